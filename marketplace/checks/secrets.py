"""No secret stands in clear: not in a step, a default, a template, an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.checking import ERROR, WARNING, Found, Subject
from marketplace.clear_secrets import escaped, suspects


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
    for one in suspects(value, path, name):
        yield Found(
            ERROR if one.certain else WARNING,
            "secret_in_clear",
            f"This looks like {one.what}.",
            one.path,
            "Declare it under secrets, and write ${{ secrets.name }} here. If it was real,"
            " change it where it is used: a frozen version is never deleted.",
        )


def _defaults(schema: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """The values that a schema holds: defaults, examples, constants, choices; and whose."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _defaults(item, f"{path}/{index}")
    if not isinstance(schema, Mapping):
        return
    for key, item in schema.items():
        at = f"{path}/{escaped(key)}"
        if key in ("default", "examples", "const", "enum"):
            yield at, item, path.rpartition("/")[2]
        else:
            yield from _defaults(item, at)
