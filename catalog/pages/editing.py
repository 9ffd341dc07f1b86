"""The page on which a workflow document is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.examples import shipped_examples
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.pages.addresses import edit_url
from catalog.pages.comparing import changed
from catalog.pages.drafting import Draft
from catalog.pages.judging import asked_number
from catalog.pages.listing import detail_url
from catalog.services.compare_versions import judge
from catalog.services.examine_document import Examined
from catalog.services.read_document import frozen_document
from catalog.services.read_editing import Editing
from catalog.source_problems import MAX_PROBLEMS
from connectors.contract import Manifest
from connectors.registry import registry
from maestro.kernel.errors import Problem
from maestro.kernel.pages.summary import Wrong
from maestro.tenancy.pages.questions import ask_purpose, errors_of, settings_form

MOST_CHANGES = 100
EXCERPT = 120  # characters of a line that are quoted


def editing(
    begun: Editing,
    draft: Draft,
    examined: Examined | None = None,
    problems: Iterable[Problem] = (),
    *,
    asks: str = "",
    example: str = "",
) -> dict[str, Any]:
    """The context of `catalog/edit.html`.

    `problems` are what is wrong besides the document; `asks` is a sentence that asks to look again
    before it is frozen.
    """
    problems = tuple(problems)
    definition, version = begun.definition, begun.version
    form = settings_form(
        [ask_purpose(draft.purpose, errors_of(problems).get("purpose", ""))], problems
    )
    summary = form.summary
    if summary and examined and examined.problems:
        summary = (Wrong(_count(len(examined.problems)), "checked"), *summary)
    latest = definition.latest_version if definition else ""
    return {
        "workflow": _workflow(definition) if definition else None,
        "version": version.version if version else "",
        "latest": latest,
        "is_older": bool(version and version.version != latest),
        "action": edit_url(definition) if definition else reverse("catalog:new"),
        "text": draft.text,
        "slug": definition.slug if definition else "",
        "why_not": begun.why_not,
        "form": {"fields": form.fields, "summary": summary},
        "asks": asks,
        "example": example,
        "examples": () if definition or begun.why_not else _examples(),
        "checked": checking(examined, draft.text) if examined else None,
        "tasks": () if begun.why_not else task_list(registry().manifests()),
    }


def task_list(manifests: Mapping[str, Manifest]) -> list[dict[str, Any]]:
    """The tasks that a step may have, with what each is given."""
    return [
        {
            "ref": ref,
            "title": manifest.title,
            "description": manifest.description,
            "inputs": [
                {
                    "name": name,
                    "needed": name in manifest.input_schema.get("required", ()),
                    "text": part.get("description", part.get("title", "")),
                }
                for name, part in manifest.input_schema.get("properties", {}).items()
            ],
        }
        for ref, manifest in sorted(manifests.items())
    ]


def checking(examined: Examined, text: str) -> dict[str, Any]:
    """The context of `catalog/_checked.html`: what freezing the document would meet."""
    document, latest, same = examined.document, examined.latest, examined.same
    lines = text.split("\n")
    found = {
        "said": _count(len(examined.problems)) if examined.problems else _verdict(examined),
        "valid": examined.is_valid,
        "problems": [_problem(each, lines) for each in examined.problems],
        "cut": len(examined.problems) >= MAX_PROBLEMS,
        "warnings": [_problem(each, lines) for each in document.warnings] if document else [],
        "digest": document.digest if document else "",
        "same": same.version if same else "",
        "same_url": _version_url(same) if same else "",
        "before": latest.version if latest else "",
        "after": document.version if document else "",
        "seen": shown(examined),
    }
    if not examined.is_valid or document is None or latest is None or same:
        return found | {"changes": None}
    before = frozen_document(latest)
    judged = judge(before, document)
    return found | {
        "changes": changed(before.frozen, document.frozen, MOST_CHANGES),
        "asks": asked_number(judged.diff, judged.smallest),
    }


def shown(examined: Examined) -> str:
    """Tells the changes that were shown: from what to what. Empty where there are none to see."""
    if examined.document is None or examined.latest is None:
        return ""
    return f"{examined.latest.digest} {examined.document.digest}"


def _workflow(definition: WorkflowDefinition) -> dict[str, str]:
    return {
        "title": definition.title,
        "address": definition.address,
        "url": detail_url(definition),
    }


def _examples() -> list[dict[str, str]]:
    return [
        {
            "name": each.name,
            "title": each.title,
            "description": each.description,
            "risk": each.risk,
            "url": f"{reverse('catalog:new')}?{urlencode({'example': each.name})}",
        }
        for each in shipped_examples()
    ]


def _count(count: int) -> str:
    return ngettext(
        "%(count)s problem in the document", "%(count)s problems in the document", count
    ) % {"count": count}


def _verdict(examined: Examined) -> str:
    assert examined.document is not None  # noqa: S101 - what has no problem was read
    version = {"version": examined.document.version}
    if examined.same:
        return _("This is version %(version)s already, byte for byte in what it does") % version
    if examined.latest:
        return _("It can be frozen as %(version)s") % version
    return _("It can be frozen as %(version)s, the first version of a new workflow") % version


def _version_url(version: WorkflowVersion) -> str:
    url = detail_url(version.definition)
    return f"{url}?{urlencode({'version': version.version})}"


def _problem(problem: Problem, lines: Sequence[str]) -> dict[str, Any]:
    line = problem.line or 0
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return {
        "line": line,
        "column": problem.column or 1,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
        "code": problem.code,
        "excerpt": text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…",
    }
