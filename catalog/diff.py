"""What a version changes for those who use the one before, and which number it must have at least.

    diff = compare(before, after, registry().manifests())
    understated(before.version, after.version, diff)    # "2.0.0", or None where it will do

Pure Python. `docs/versions.md` has the table of all changes; `catalog.changes` is its source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import semver

from catalog.changes import CODES, Change, Klass, VersionDiff, change, ordered
from catalog.document_model import Document
from catalog.document_schema import RISKS
from catalog.parameter_changes import parameter_changes
from catalog.reach_changes import reach_changes
from connectors.contract import Manifest

__all__ = ["CODES", "Change", "Klass", "VersionDiff", "compare", "smallest", "understated"]

_OF_THE_VERSION = ("version", "changelog")


def compare(before: Document, after: Document, manifests: Mapping[str, Manifest]) -> VersionDiff:
    """All changes from `before` to `after`; none where they freeze the same but for the version's
    number and changelog.

    `manifests` are the tasks by `kind.task@major`; of one that is not there any more, nothing is
    known to be able to do anything.
    """
    return ordered(
        [
            *_metadata(before, after),
            *parameter_changes(before.parameters, after.parameters),
            *reach_changes(before, after, manifests),
            *_described(before, after),
            *_steps(before, after),
            *_outputs(before, after),
            *_rest(before, after),
        ]
    )


def smallest(before_version: str, diff: VersionDiff) -> str:
    """The lowest number that would do after `before_version` (Semantic Versioning 2.0.0).

    Breaking asks for a major, a new capability for a minor, anything else for a patch; below 1.0.0
    breaking asks for a minor (§ 4). A pre-release has promised nothing beyond its own number: after
    2.0.0-rc.1, 2.0.0 takes a breaking change.
    """
    before = semver.Version.parse(before_version)
    core = before.finalize_version()
    if diff.klass is Klass.BREAKING and core.major:
        enough = (core.minor, core.patch) == (0, 0)
        raised = core.bump_major()
    elif diff.klass in (Klass.BREAKING, Klass.CAPABILITY):
        enough = core.patch == 0
        raised = core.bump_minor()
    else:
        enough = True
        raised = core.bump_patch()
    return str(core if before.prerelease and enough else raised)


def understated(before_version: str, after_version: str, diff: VersionDiff) -> str | None:
    """The lowest number that would do where `after_version` is below it, else None.

    A pre-release of a number that would do will do.
    """
    wanted = smallest(before_version, diff)
    given = semver.Version.parse(after_version).finalize_version()
    return wanted if given < semver.Version.parse(wanted) else None


def _metadata(before: Document, after: Document) -> Iterator[Change]:
    old, new = before.frozen["metadata"], after.frozen["metadata"]
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        if key in _OF_THE_VERSION or _same(one, other):
            continue
        at = ("metadata", key)
        if key == "risk":
            raised = RISKS.index(other) > RISKS.index(one)
            code = "risk_raised" if raised else "risk_lowered"
            yield change(code, at, f"The risk is {other}; it was {one}.", one, other)
        else:
            words = key.replace("_", " ")
            yield change("described", at, f"Its {words} changed.", one, other)


def _described(before: Document, after: Document) -> Iterator[Change]:
    for part, word in (("secrets", "secret"), ("endpoints", "endpoint")):
        old, new = before.frozen[part], after.frozen[part]
        for name in new:
            if name in old and old[name]["description"] != new[name]["description"]:
                text = f"The words about the {word} `{name}` changed."
                yield change("described", (part, name, "description"), text)


def _steps(before: Document, after: Document) -> Iterator[Change]:
    old = {step["id"]: step for step in before.frozen["steps"]}
    new = {step["id"]: step for step in after.frozen["steps"]}
    read = {
        one.path[0] for one in before.output_template.references if one.root == "steps" and one.path
    }
    for index, name in enumerate(old):
        if name in new:
            continue
        at = ("steps", index)
        if name in read:
            text = f"The step `{name}`, which the outputs read, is gone or has another id."
            yield change("output_step_removed", at, text, before=old[name])
        else:
            yield change("step_removed", at, f"The step `{name}` is gone.", before=old[name])
    for index, name in enumerate(new):
        if name not in old:
            yield change("step_added", ("steps", index), f"The step `{name}` is new.")
            continue
        if _same(old[name], new[name]):
            continue
        for key in dict.fromkeys([*old[name], *new[name]]):
            one, other = old[name].get(key), new[name].get(key)
            if not _same(one, other):
                text = f"In the step `{name}`, `{key}` changed."
                yield change("step_changed", ("steps", index, key), text, one, other)
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield change("step_order", ("steps",), "The steps are written in another order.")


def _outputs(before: Document, after: Document) -> Iterator[Change]:
    old, new = before.outputs, after.outputs
    for name in dict.fromkeys([*old, *new]):
        at = ("outputs", name)
        if name not in new:
            text = f"The output `{name}` is gone."
            yield change("output_removed", at, text, before=old[name])
        elif name not in old:
            yield change("output_added", at, f"The output `{name}` is new.", after=new[name])
        elif not _same(old[name], new[name]):
            text = f"The output `{name}` is made in another way."
            yield change("output_changed", at, text, old[name], new[name])


def _rest(before: Document, after: Document) -> Iterator[Change]:
    old, new = before.templates, after.templates
    for name in dict.fromkeys([*old, *new]):
        if not _same(old.get(name), new.get(name)):
            text = f"The template `{name}` changed."
            yield change("template_changed", ("templates", name), text)
    if not _same(before.frozen["examples"], after.frozen["examples"]):
        yield change("example_changed", ("examples",), "The examples changed.")
    if not _same(before.frozen.get("migrations", []), after.frozen.get("migrations", [])):
        text = "How installations of older versions come to this one changed."
        yield change("migration_changed", ("migrations",), text)


def _same(before: Any, after: Any) -> bool:
    """Whether two JSON values are the same; in Python 1 is True."""
    return json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
