"""What owners of submissions, releases and installations are told of each kind of event. Pure.

| kinds | who submitted it, and its author | the publisher's admins | admins of those concerned |
| --- | --- | --- | --- |
| `release.reviewed`, `.approved`, `.rejected`, `.retracted`, `.published` | ✓ | | |
| `release.certified`, `rollout.halted` | | ✓ | |
| `release.deprecated`, `.withdrawn`, `.certification_revoked` | | ✓ | ✓, who have it installed |
| `upgrade.proposed` | | | ✓, who are asked |
| `installation.upgrade_waits` | | | ✓, whose it is |

Whoever did it is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.letters import Names, Note

Data = Mapping[str, Any]

_REVIEWED = {
    "approve": "approves it",
    "request_changes": "asks for changes",
    "reject": "rejects it",
}
_ENDED = {"changes_requested", "rejected"}


def _reviewed(data: Data, rationale: str) -> tuple[str, tuple[str, ...]]:
    said = f": the {data['review']} review {_REVIEWED[data['decision']]}"
    if data["status"] in _ENDED:
        return said, ("This ends it. Freeze a new version, and put that forward.",)
    return said, ()


def _rationale(words: str) -> Callable[[Data, str], tuple[str, tuple[str, ...]]]:
    return lambda _, rationale: (words, _why(rationale))


_SUBMISSIONS: Mapping[str, Callable[[Data, str], tuple[str, tuple[str, ...]]]] = {
    "release.reviewed": _reviewed,
    "release.approved": _rationale(" is approved"),
    "release.rejected": _rationale(" is rejected"),
    "release.retracted": _rationale(" was taken back"),
}
_RELEASES = {
    "release.certified": "is certified",
    "release.deprecated": "is deprecated",
    "release.withdrawn": "was withdrawn",
    "release.certification_revoked": "is no longer certified",
}

OF_SUBMISSIONS = frozenset(_SUBMISSIONS)
PUBLISHED = "release.published"
PROPOSED = "upgrade.proposed"
HALTED = "rollout.halted"
WAITS = "installation.upgrade_waits"
TO_INSTALLERS = frozenset(_RELEASES) - {"release.certified"}
OF_RELEASES = frozenset({*_RELEASES, PUBLISHED, PROPOSED, HALTED})


def of_submission(kind: str, data: Data, *, title: str, rationale: str, url: str) -> Note:
    """What became of a submission."""
    words, lines = _SUBMISSIONS[kind](data, rationale)
    return Note(f"{title}{words}", url, lines)


def published(*, title: str, url: str) -> Note:
    """That it is listed."""
    return Note(f"{title} is published", url)


def of_release(kind: str, data: Data, *, title: str, url: str) -> Note:
    """What its publisher is told of a release."""
    return Note(f"{title} {_RELEASES[kind]}", url, _because(data))


def of_installed(
    kind: str, data: Data, *, title: str, publisher: str, names: Names, url: str
) -> Note:
    """What those are told who have the release installed, under `names`."""
    lines = [f"You have installed it as {names}.", *_because(data)]
    if kind == "release.withdrawn":
        lines.append(
            "Nothing starts with it any more."
            if data.get("mode") == "stop"
            else "It can still be started, and nobody installs it any more."
        )
    return Note(f"{title} of {publisher} {_RELEASES[kind]}", url, tuple(lines))


def proposed(
    *, title: str, publisher: str, names: Names, message: str, deadline: str, by: str, url: str
) -> Note:
    """That the publisher asks for an upgrade to the release, until the day `deadline` if any."""
    until = (f"Until: {deadline}",) if deadline else ()
    return Note(
        f"{publisher} asks you to upgrade to {title}",
        url,
        (f"Asked by: {by}", f"They say: {message}", *until, f"You have it as {names}."),
    )


def halted(data: Data, *, title: str, url: str) -> Note:
    """That a release goes to no more followers until a person lets it."""
    return Note(f"The roll-out of {title} stopped", url, _because(data))


def waits(data: Data, *, name: str, url: str) -> Note:
    """That an installation which follows stays behind, because something needs a person."""
    return Note(
        f"{name} is not upgraded by itself",
        url,
        (f"New release: {data.get('release', '')}", *_because(data)),
    )


def _because(data: Data) -> tuple[str, ...]:
    instead = data.get("replacement")
    return (*_why(data.get("reason", "")), *((f"Use instead: {instead}",) if instead else ()))


def _why(words: str) -> tuple[str, ...]:
    return (f"Why: {words}",) if words else ()
