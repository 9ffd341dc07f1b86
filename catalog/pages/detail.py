"""One workflow's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.control_tasks import APPROVAL, CALL
from catalog.document import Document, Step
from catalog.models import DefinitionStatus
from catalog.pages.addresses import edit_url
from catalog.pages.approvals import approval_notes
from catalog.pages.comparing import compare_url
from catalog.pages.listing import detail_url
from catalog.services.read_detail import WorkflowDetail
from connectors.contract import TaskError
from connectors.outbound.hosts import parse_url
from governance.models import Receipt
from governance.services.verify_receipt import verify_receipt
from maestro.kernel.pages.graph import GraphStep, draw
from maestro.kernel.pages.parameters import parameter_rows

NOTES = {
    DefinitionStatus.DRAFT.value: gettext_lazy(
        "It is a draft: nobody can run it until a version is frozen."
    ),
    DefinitionStatus.DEPRECATED.value: gettext_lazy(
        "It is deprecated. It still runs; look for its successor."
    ),
    DefinitionStatus.ARCHIVED.value: gettext_lazy(
        "It is archived. Nobody can start it unless its owner restores it."
    ),
}


def detail(found: WorkflowDetail, asked: Mapping[str, str]) -> dict[str, Any]:
    """The context of `catalog/detail.html`; `asked` is the query of its address."""
    definition, document = found.definition, found.document
    run_why = why_not(found)
    return {
        "workflow": _workflow(found),
        "note": str(NOTES.get(definition.status, "")),
        "version": _version(found) if found.version else None,
        "run_url": "" if run_why else _run_url(found),
        "run_why": run_why,
        "edit_url": edit_url(definition, _unless_latest(found)),
        "edit_why": found.why_not_edit,
        "release_url": _release_url(found) if found.has_template else "",
        "publish_url": _publish_url(found),
        "approvals": approval_notes(document, _obligations(found)) if document else (),
        "versions": list(_versions(found)),
        "versions_pager": _pager(
            asked, "versions", found.versions[-1].version if found.more_versions else ""
        ),
        "runs_url": _link("runtime:list", workflow=definition.address),
        "runs_part_url": _link("runtime:latest", workflow=definition.address),
        "receipts": [_receipt(receipt) for receipt in found.receipts],
        "receipts_pager": _pager(
            asked, "receipts", str(found.receipts[-1].pk) if found.more_receipts else ""
        ),
    } | (_contents(document) if document else {"reach": {}, "steps": []})


def why_not(found: WorkflowDetail) -> str:
    """Why the one who looks can't run it; empty when they can."""
    if found.document is None:
        return _("It has no version yet. Freeze one first.")
    if found.is_archived:
        return _("It is archived. Ask its owner to bring it back.")
    if found.start is not None and not found.start.allow:
        if found.start.deny:
            return found.start.deny[0].message
        return _("Policy does not allow it.")
    return ""


def _release_url(found: WorkflowDetail) -> str:
    """Its page in the marketplace."""
    definition = found.definition
    return reverse("marketplace:release", args=[definition.publisher, definition.slug])


def host_of(address: str) -> str:
    """`host`, or `host:port` where the port is not the scheme's own; the text when it is no URL."""
    try:
        return parse_url(address).authority
    except TaskError:
        return address


def _workflow(found: WorkflowDetail) -> dict[str, Any]:
    definition = found.definition
    return {
        "title": definition.title,
        "description": definition.description,
        "address": definition.address,
        "category": _(definition.get_category_display()),
        "category_url": _link("catalog:list", category=definition.category),
        "owner_team": definition.owner_team,
        "risk": definition.risk,
        "status": definition.status,
        "scope": _(definition.get_scope_display()),
        "tags": [(name, _link("catalog:list", tag=name)) for name in found.tags],
        "updated_at": definition.updated_at,
    }


def _version(found: WorkflowDetail) -> dict[str, Any]:
    version = found.version
    assert version is not None  # noqa: S101 - checked by the caller
    return {
        "version": version.version,
        "digest": version.digest,
        "created_at": version.created_at,
        "frozen_by_name": version.frozen_by_name,
        "changelog": version.changelog,
        "is_latest": version.version == found.definition.latest_version,
    }


def _obligations(found: WorkflowDetail) -> list[dict[str, Any]]:
    return [duty.as_dict() for duty in found.asked.obligations] if found.asked else []


def _contents(document: Document) -> dict[str, Any]:
    return {
        "parameters": parameter_rows(document.parameters),
        "secrets": [
            (secret.name, _sentence(secret.description)) for secret in document.secrets.values()
        ],
        "graph": draw([_drawn(step) for step in document.steps]),
        "steps": [_step(step) for step in document.steps],
        "reach": reach(document),
    }


def reach(document: Document) -> dict[str, list[str]]:
    """What a run can touch: hosts, tasks, secrets and other workflows, by name."""
    hosts = {
        host_of(endpoint.default)
        if endpoint.default
        else _("%(endpoint)s (given when run)") % {"endpoint": endpoint.name}
        for endpoint in document.endpoints.values()
    }
    called = {str(step.with_.get("workflow", "")) for step in document.steps if step.task == CALL}
    return {
        "hosts": sorted(hosts),
        "tasks": sorted({step.task for step in document.steps}),
        "secrets": sorted(document.secrets),
        "workflows": sorted(called),
    }


def _sentence(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".!?" else text


def _drawn(step: Step) -> GraphStep:
    return GraphStep(step.id, step.task, step.needs, step.task == APPROVAL)


def _step(step: Step) -> dict[str, Any]:
    said = []
    if step.for_each is not None:
        said.append(_("once for each of many"))
    if step.when is not None:
        said.append(_("if its condition holds"))
    return {
        "id": step.id,
        "task": step.task,
        "text": ", ".join(said),
        "needs": step.needs,
        "retries": step.retry.attempts,
        "gate": step.task == APPROVAL,
    }


def _versions(found: WorkflowDetail) -> Iterator[dict[str, Any]]:
    shown = found.version.pk if found.version else None
    first = None if found.more_versions else len(found.versions) - 1
    for place, version in enumerate(found.versions):
        yield {
            "version": version.version,
            "created_at": version.created_at,
            "changelog": version.changelog,
            "url": f"{detail_url(found.definition)}?{urlencode({'version': version.version})}",
            "current": version.pk == shown,
            "compare_url": ""
            if place == first
            else compare_url(found.definition, "", version.version),
        }


def _pager(asked: Mapping[str, str], name: str, last: str) -> dict[str, str]:
    """Links to what is older than `last` of a list and back to its newest, as far as they lead on."""
    kept = {each: asked[each] for each in ("version", "versions", "receipts") if asked.get(each)}
    newest = {each: text for each, text in kept.items() if each != name}
    return {
        "older": f"?{urlencode(kept | {name: last})}#{name}" if last else "",
        "newest": f"?{urlencode(newest)}#{name}" if name in kept else "",
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.pk,
        "url": reverse("tenancy:receipt", args=[receipt.pk]),
        "state": "verified" if verify_receipt(receipt).verified else "invalid",
        "what": _what(receipt.kind, receipt.statement["predicate"].get("what", {})),
        "at": receipt.created_at,
        "by": receipt.actor_name,
        "digest": receipt.digest,
    }


def _what(kind: str, what: dict[str, Any]) -> str:
    if kind == "workflow.freeze":
        version = what.get("version")
        if not version:
            return _("Freeze of a version")
        return _("Freeze of %(version)s") % {"version": version}
    if kind == "workflow.edit_metadata":
        names = ", ".join(name.replace("_", " ") for name in what.get("after", {}))
        return _("Edit: %(names)s") % {"names": names}
    return _("Made") if kind == "workflow.create" else kind


def _publish_url(found: WorkflowDetail) -> str:
    """Where one asks that it be published; empty where one may not, or there is nothing yet."""
    if found.why_not_edit or found.version is None or found.is_archived:
        return ""
    definition = found.definition
    url = reverse("marketplace:publish", args=[definition.publisher, definition.slug])
    return f"{url}?{urlencode({'version': found.version.version})}"


def _run_url(found: WorkflowDetail) -> str:
    definition, version = found.definition, _unless_latest(found)
    url = reverse("runtime:run", args=[definition.publisher, definition.slug])
    return f"{url}?{urlencode({'version': version})}" if version else url


def _unless_latest(found: WorkflowDetail) -> str:
    """The version that is shown, empty for the latest."""
    latest = found.definition.latest_version
    return found.version.version if found.version and found.version.version != latest else ""


def _link(name: str, **query: str) -> str:
    return f"{reverse(name)}?{urlencode(query)}"
