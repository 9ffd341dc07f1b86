from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import semver

from catalog.diff import Klass, compare, understated
from catalog.document import Document, DocumentInvalid, parse_document
from catalog.models import Category, WorkflowDefinition, WorkflowVersion
from catalog.policies import READ, new_workflow_resource
from catalog.services.read_document import frozen_document
from catalog.source import read_source
from connectors.registry import registry
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Problem, TenantRequired
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope

_MEANS = {
    Klass.BREAKING: "the change is breaking",
    Klass.CAPABILITY: "it reaches more, or asks fewer people",
    Klass.COMPATIBLE: "the change is compatible",
}


@dataclass(frozen=True, slots=True)
class Examined:
    """What freezing a document would meet, policy aside.

    `document` is None when it can't be read. `latest` is the version of its workflow that is in use
    now, with what it froze; `same` is the version that this very document is already.
    """

    problems: tuple[Problem, ...]
    document: Document | None = None
    latest: WorkflowVersion | None = None
    same: WorkflowVersion | None = None

    @property
    def is_valid(self) -> bool:
        """Whether freezing it would go well, unless somebody is faster."""
        return not self.problems


def examine_document(
    *, actor: Actor, source: bytes, media_type: str = "", slug: str = ""
) -> Examined:
    """Every way in which `freeze_version` would refuse the document, each at its line.

    It is read and held against the catalog as a freeze does it; nothing is kept. Raises `Denied`,
    `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=READ, resource=new_workflow_resource(actor.tenant_id))
    with tenant_scope(actor.tenant_id):
        try:
            document = parse_for(actor.tenant_id, source, media_type)
        except DocumentInvalid as invalid:
            return Examined(invalid.problems)
        problems = metadata_problems(document, slug)
        definition = (
            WorkflowDefinition.objects.for_tenant(actor.tenant_id)
            .filter(slug=document.name)
            .defer("search")
            .first()
        )
        if definition is None or (slug and document.name != slug):
            return Examined(placed(problems, document, media_type), document)
        wanted = {document.version, definition.latest_version}
        frozen = {
            row.version: row
            for row in WorkflowVersion.objects.of(definition).filter(version__in=wanted)
        }
    for row in frozen.values():
        row.definition = definition
    known, latest = frozen.get(document.version), frozen.get(definition.latest_version)
    refused = version_problem(known, latest, document)
    problems += [refused] if refused else []
    same = known if refused is None else None
    return Examined(placed(problems, document, media_type), document, latest, same)


def parse_for(tenant_id: UUID, source: bytes, media_type: str = "") -> Document:
    """The document as `tenant_id` may freeze it: what it calls must be there. Needs its scope.

    Raises `DocumentInvalid`.
    """
    return parse_document(
        source,
        media_type=media_type or None,
        manifests=registry().manifests(system=tenant_id == PLATFORM_TENANT),
        known_workflows=lambda address: _versions_at(tenant_id, address),
    )


def metadata_problems(document: Document, slug: str) -> list[Problem]:
    """What the catalog needs beyond what the format asks for."""
    problems = []
    if slug and document.name != slug:
        problems.append(
            Problem(
                "/metadata/name",
                f"This document is of {document.name}, not of {slug}.",
                "wrong_name",
                f"Write {slug} here, or begin a new workflow with it.",
            )
        )
    if not document.category:
        known = ", ".join(Category.values)
        problems.append(
            Problem(
                "/metadata/category", "The category is missing.", "required", f"One of {known}."
            )
        )
    return problems


def version_problem(
    known: WorkflowVersion | None, latest: WorkflowVersion | None, document: Document
) -> Problem | None:
    """Why its number can't be frozen: `known` has it with other contents, it is not above that of
    `latest`, or it says less than what changes against `latest`.
    """
    if known is not None:
        if known.digest == document.digest:
            return None
        return Problem(
            "/metadata/version",
            f"Version {document.version} is frozen, with other contents.",
            "version_taken",
            "Raise metadata.version: what is frozen never changes.",
        )
    if latest is None:
        return None
    if semver.Version.parse(document.version) <= semver.Version.parse(latest.version):
        return Problem(
            "/metadata/version",
            f"Version {document.version} is not above {latest.version}, the latest.",
            "version_not_above",
            f"Write a version above {latest.version} (Semantic Versioning 2.0.0, § 11).",
        )
    return _understatement(latest, document)


def _understatement(latest: WorkflowVersion, document: Document) -> Problem | None:
    found = compare(frozen_document(latest), document, registry().manifests())
    wanted = understated(latest.version, document.version, found)
    if wanted is None or found.klass is None:
        return None
    first, *others = found.of(found.klass)
    more = f" (and {len(others)} more like it)" if others else ""
    return Problem(
        "/metadata/version",
        f"Version {document.version} says less than it changes against {latest.version}. "
        f"{first.message}{more}",
        "version_understated",
        f"Write {wanted} or above: {_MEANS[found.klass]}.",
    )


def placed(
    problems: Iterable[Problem], document: Document, media_type: str = ""
) -> tuple[Problem, ...]:
    """The problems of a document that reads well, each with its line and column."""
    found = tuple(problems)
    if not found:
        return ()
    source = read_source(document.source.encode(), media_type or None)
    located = []
    for each in found:
        line, column = source.locate(each.path.removeprefix("/").split("/"))
        located.append(replace(each, line=line, column=column))
    return tuple(sorted(located, key=lambda each: (each.line or 0, each.column or 0)))


def _versions_at(tenant_id: UUID, address: str) -> list[str] | None:
    """The versions of a workflow that the tenant sees, None when there is no such workflow."""
    definition = WorkflowDefinition.objects.at_address(tenant_id, address).first()
    if definition is None:
        return None
    return list(WorkflowVersion.objects.of(definition).values_list("version", flat=True))
