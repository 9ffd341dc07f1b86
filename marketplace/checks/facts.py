"""It says what it is, whose it is, and what is new in it."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.checking import ERROR, WARNING, Found, Subject

SHORTEST = 20
"""Characters of a description that says something."""
_NEEDED = {
    "description": "Say what it does, in a sentence or two.",
    "changelog": "Say what is new in this version.",
    "owner_team": "Name the team that answers for it.",
}


def check(subject: Subject) -> Iterator[Found]:
    """A missing fact is an error, a description of a few letters a warning."""
    metadata = subject.frozen["metadata"]
    for name, hint in _NEEDED.items():
        words = name.replace("_", " ")
        text = str(metadata.get(name, "")).strip()
        if not text:
            yield Found(
                ERROR, f"{name}_missing", f"The {words} is missing.", f"/metadata/{name}", hint
            )
        elif name == "description" and len(text) < SHORTEST:
            yield Found(
                WARNING,
                "description_short",
                "The description says little.",
                "/metadata/description",
                hint,
            )
    for kind in ("secrets", "endpoints"):
        for name, one in subject.frozen.get(kind, {}).items():
            if not str(one.get("description", "")).strip():
                yield Found(
                    WARNING,
                    "not_described",
                    f"{name} has no description.",
                    f"/{kind}/{name}",
                    "Say what it is for: whoever installs it must choose one.",
                )
