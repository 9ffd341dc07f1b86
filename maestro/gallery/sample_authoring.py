"""Contexts of the pages on which workflows are written and compared, made as the views make them."""

from __future__ import annotations

from typing import Any

from catalog.document import DocumentInvalid, parse_document
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.pages.comparing import comparing
from catalog.pages.drafting import SKELETON, Draft
from catalog.pages.editing import editing, task_list
from catalog.services.compare_versions import Compared
from catalog.services.examine_document import Examined
from catalog.services.read_editing import Editing
from connectors.registry import registry
from maestro.kernel.errors import Problem

_LONG = "It greets whoever is named, in the words of the house. " * 4
_NOTE = (
    "templates:\n  note:\n    subject: Hello\n    text: |\n      Dear colleague,\n      welcome.\n"
)
# Without expressions: what looks like a template's own marks never stands in a page of the gallery.
_NEW = SKELETON.replace("${{ params.who }}", "there").replace(
    "${{ steps.greet.output.text }}", "Hello there"
)
_BEFORE = _NEW.replace("steps:  ", f"{_NOTE}steps:  ")
_AFTER = (
    _BEFORE.replace("version: 1.0.0", "version: 1.1.0")
    .replace("risk: low ", "risk: medium ")
    .replace("What it does, for the one who runs it.", f"{_LONG}It says so.")
    .replace("      welcome.\n", "      welcome to the team.\n      See you soon.\n")
    .replace(
        "outputs:", "  - {id: tell, task: core.set@1, needs: [greet], with: {values: {}}}\noutputs:"
    )
)
_WRONG = _AFTER.replace("core.set@1 ", "core.sett@1 ").replace("  title: My", "  titel: My")


def _version(text: str) -> WorkflowVersion:
    document = parse_document(text.encode(), manifests=registry().manifests())
    return WorkflowVersion(
        definition=_definition(),
        version=document.version,
        digest=document.digest,
        frozen=document.frozen,
        source=text,
    )


def _editing(*args: Any) -> dict[str, Any]:
    """The page with a few tasks in its list."""
    few = {ref: registry().manifests()[ref] for ref in ("core.approval@1", "core.wait@1")}
    return editing(*args) | {"tasks": task_list(few)}


def _definition() -> WorkflowDefinition:
    return WorkflowDefinition(
        slug="my-workflow", title="My workflow", publisher="acme", latest_version="1.0.0"
    )


def _examined(text: str, latest: WorkflowVersion | None = None) -> Examined:
    try:
        document = parse_document(text.encode(), manifests=registry().manifests())
    except DocumentInvalid as invalid:
        return Examined(invalid.problems)
    return Examined((), document, latest)


def diff() -> dict[str, Any]:
    return comparing(
        Compared(_definition(), _version(_BEFORE), _version(_AFTER), ["1.1.0", "1.0.0"])
    )


def edit() -> dict[str, Any]:
    before = _version(_BEFORE)
    begun = Editing("", _definition(), before)
    return _editing(begun, Draft(_AFTER, "my-workflow"), _examined(_AFTER, before))


def edit_with_problems() -> dict[str, Any]:
    begun = Editing("", _definition(), _version(_BEFORE))
    missing = Problem("/purpose", "Choose what this is for.", "purpose_required")
    return _editing(begun, Draft(_WRONG, "my-workflow"), _examined(_WRONG), [missing])


def edit_read_only() -> dict[str, Any]:
    why = "This needs the role author here. Ask an admin of the tenant for it."
    return _editing(Editing(why, _definition(), _version(_BEFORE)), Draft(_BEFORE, "my-workflow"))


def new() -> dict[str, Any]:
    return _editing(Editing(""), Draft(_NEW), _examined(_NEW))
