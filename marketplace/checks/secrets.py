"""No secret stands in clear: not in a step, a default, a template, an example."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.checking import ERROR, WARNING, Found, Subject

_KNOWN: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{60,}\b")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Slack webhook", re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w+")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a SendGrid key", re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("a JSON Web Token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@${}]+:[^/\s@${}]+@")),
    ("a bearer token", re.compile(r"\bBearer\s+[A-Za-z0-9._~+/-]{20,}=*", re.IGNORECASE)),
)
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_NAMED = re.compile(r"(?:passw(?:or)?d|secret|token|api_?key|private_?key|credential)s?$")
_HARMLESS = re.compile(r"[0-9a-f-]{36}|sha(?:256|512)[:-].*|[a-z]+(?:[-_][a-z]+)*", re.IGNORECASE)
ENTROPY = 4.3  # bits a character; English words and slugs stay below 4
SHORTEST = 8  # characters of a value under a name like password


def check(subject: Subject) -> Iterator[Found]:
    """Each place at which a secret seems to stand; the secret itself is never part of a finding."""
    frozen = subject.frozen
    for index, step in enumerate(frozen["steps"]):
        yield from _look(step.get("with", {}), f"/steps/{index}/with")
    for path, value, name in _defaults(frozen["parameters"], "/parameters"):
        yield from _look(value, path, name)
    for part in ("templates", "endpoints", "outputs"):
        yield from _look(frozen.get(part, {}), f"/{part}")
    for index, example in enumerate(frozen.get("examples", ())):
        yield from _look(example.get("parameters", {}), f"/examples/{index}/parameters")
    for word in ("title", "description", "changelog"):
        yield from _look(frozen["metadata"].get(word, ""), f"/metadata/{word}")


def _look(value: Any, path: str, name: str = "") -> Iterator[Found]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _look(item, f"{path}/{_escaped(key)}", str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _look(item, f"{path}/{index}", name)
    elif isinstance(value, str):
        found = _secret_in(value, name)
        if found is not None:
            level, what = found
            yield Found(
                level,
                "secret_in_clear",
                f"This looks like {what}.",
                path,
                "Declare it under secrets, and write ${{ secrets.name }} here. If it was real,"
                " change it where it is used: a frozen version is never deleted.",
            )


def _secret_in(text: str, name: str) -> tuple[str, str] | None:
    for what, pattern in _KNOWN:
        if pattern.search(text):
            return ERROR, what
    plain = _EXPRESSION.sub(" ", text).strip()
    if plain == text.strip() and _NAMED.search(name.lower()) and _is_value(plain):
        return ERROR, f"the value of {name}"
    for word in _WORD.findall(plain):
        if not _HARMLESS.fullmatch(word) and entropy(word) >= ENTROPY and _is_mixed(word):
            return WARNING, "a random key"
    return None


def _is_value(text: str) -> bool:
    """Not a name of something, a mask or a word such as `vault_writer`."""
    return (
        len(text) >= SHORTEST
        and " " not in text
        and not _HARMLESS.fullmatch(text)
        and len(set(text)) > 3
    )


def _is_mixed(word: str) -> bool:
    kinds = (str.isdigit, str.islower, str.isupper)
    return sum(any(kind(letter) for letter in word) for kind in kinds) == len(kinds)


def entropy(text: str) -> float:
    """Bits a character, by how often each stands in it (Shannon)."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def _defaults(schema: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """The values that a schema holds: defaults, examples, constants, choices; and whose."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _defaults(item, f"{path}/{index}")
    if not isinstance(schema, Mapping):
        return
    for key, item in schema.items():
        at = f"{path}/{_escaped(key)}"
        if key in ("default", "examples", "const", "enum"):
            yield at, item, path.rpartition("/")[2]
        else:
            yield from _defaults(item, at)


def _escaped(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
