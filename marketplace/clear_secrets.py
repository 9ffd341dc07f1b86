"""Whether a text seems to be a secret in clear: by its form, by the name that it goes under, or by how
random it is. Pure; what is found is never told itself."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Anybody sends texts of megabytes: none of these may try again from each letter of a long run.
_KNOWN: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}\b")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Slack webhook", re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w+")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("an API key", re.compile(r"\bsk-[\w-]{20,}")),
    ("a SendGrid key", re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{30,}")),
    ("a JSON Web Token", re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a password in an address", re.compile(r"\w://[^/\s:@${}]+:[^/\s@${}]+@")),
    ("a bearer token", re.compile(r"\bBearer\s+[A-Za-z0-9._~+/-]{20,}=*", re.IGNORECASE)),
)
_WORD = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|secret|token|api_?key|private_?key|credential)s?$"
)
_HARMLESS = re.compile(r"[0-9a-f-]{36}|sha(?:256|512)[:-].*|[a-z]+(?:[-_][a-z]+)*", re.IGNORECASE)
ENTROPY = 4.3  # bits a character; English words and slugs stay below 4
SHORTEST = 8  # characters of a value under a name like password


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place (JSON pointer) at which a secret seems to stand, and what it looks like.

    `certain` is one of a known form or under the name of a secret; another one is merely random.
    """

    path: str
    what: str
    certain: bool


def suspects(value: Any, path: str, name: str = "") -> Iterator[Suspect]:
    """Each text in `value` that seems to be a secret; `name` is what `value` goes under."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from suspects(item, f"{path}/{escaped(key)}", str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from suspects(item, f"{path}/{index}", name)
    elif isinstance(value, str) and (found := _in_text(value, name)) is not None:
        certain, what = found
        yield Suspect(path, what, certain)


def _in_text(text: str, name: str) -> tuple[bool, str] | None:
    for what, pattern in _KNOWN:
        if pattern.search(text):
            return True, what
    plain = _without_expressions(text).strip()
    if plain == text.strip() and _NAMED.search(name.lower()) and _is_value(plain):
        return True, f"the value of {name}"
    for word in _WORD.findall(plain):
        if not _HARMLESS.fullmatch(word) and entropy(word) >= ENTROPY and _is_mixed(word):
            return False, "a random key"
    return None


def _without_expressions(text: str) -> str:
    """The text with a space for each `${{ … }}`; one that does not end stays."""
    kept, at = [], 0
    while (start := text.find("${{", at)) >= 0 and (end := text.find("}}", start)) >= 0:
        kept.append(text[at:start])
        at = end + 2
    return " ".join([*kept, text[at:]])


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


def escaped(key: Any) -> str:
    """A name as it stands in a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")
