from __future__ import annotations

from collections.abc import Iterable

from catalog.models import Standing, TemplateAudience, Visibility, WorkflowTemplate
from governance.models import Decision
from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Problem,
    TenantRequired,
)
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from marketplace.models import Release
from marketplace.policies import TEMPLATE_UPDATE, found_template, named_template
from marketplace.services.audience import (
    Audience,
    audience_of,
    audience_problems,
    find_audience,
    revision_of,
    write_audience,
)


class TemplateChanged(Conflict):
    """Somebody else changed who finds the template since it was looked at."""

    code = "template_changed"


WIDTH = [Visibility.INTERNAL, Visibility.PARTNERS, Visibility.PUBLIC]


def update_template(
    *,
    actor: Actor,
    template: str,
    visibility: str = "",
    audience: Iterable[str] | None = None,
    expected_revision: str | None = None,
) -> WorkflowTemplate:
    """Change who finds a template of the actor's tenant: its visibility, and whom it names.

    Nobody finds more than its latest release was reviewed for: for that a new version is put
    forward. `audience` replaces the whole list; None leaves it. One that is partner-curated names
    somebody. `expected_revision` is what was looked at (`audience.revision_of`), None asks for
    nothing. What stays as it is leaves no receipt. Raises `Denied`, `NotFound`, `TemplateChanged`,
    `InvalidInput` with every problem.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    tenant_id = actor.tenant_id
    with tenant_scope(tenant_id):
        named = named_template(tenant_id, template)
        refuse_out_of_scope(actor=actor, action=TEMPLATE_UPDATE, resource=named)
        publisher, _, slug = template.rpartition("/")
        row = (
            WorkflowTemplate.objects.for_tenant(tenant_id)
            .select_for_update(
                no_key=True
            )  # a group that names it may be changed at the same moment
            .filter(slug=slug, publisher=publisher or actor.tenant_slug)
            .first()
        )
        if row is None:
            raise NotFound(
                "There is no such template of yours.", hint="Look at the workflow's page."
            )
        decision = authorize(
            actor=actor, action=TEMPLATE_UPDATE, resource=found_template(row, tenant_id)
        )
        before = _seen_by(row)
        if expected_revision not in (None, revision_of(row.visibility, audience_of(row))):
            raise TemplateChanged(
                f"Somebody has changed who finds {row.title} since you looked.",
                hint="Load it again, look at who finds it now, then change that.",
            )
        problems = _visibility_problems(row, visibility) if visibility else []
        names = None if audience is None else [name for name in audience if name.strip()]
        wanted, unknown = find_audience(tenant_id, names or ())
        problems += unknown
        seen_by = visibility or row.visibility
        if names is not None:
            problems += audience_problems(seen_by, named=bool(names))
        elif visibility == Visibility.PARTNERS:
            problems += audience_problems(seen_by, named=bool(audience_of(row)))
        if problems:
            raise InvalidInput("The template can't be changed like this.", problems=problems)
        if visibility:
            row.visibility = visibility
            row.save(update_fields=["visibility", "updated_at"])
        if names is not None:
            write_audience(row, wanted)
        _prove(actor, row, decision, before)
    return row


def name_partners(*, actor: Actor, template: WorkflowTemplate, audience: Audience) -> None:
    """Let a template name these and nobody else, with the version that is put forward for them.

    What is listed already is found by them from now on, so that this is `update_template`: policy is
    asked, and it leaves a receipt. Raises `Denied`.
    """
    if template.standing == Standing.UNLISTED:
        write_audience(template, audience)
        return
    decision = authorize(
        actor=actor, action=TEMPLATE_UPDATE, resource=found_template(template, template.tenant_id)
    )
    before = _seen_by(template)
    write_audience(template, audience)
    _prove(actor, template, decision, before)


def _prove(
    actor: Actor, template: WorkflowTemplate, decision: Decision, before: dict[str, object]
) -> None:
    """The receipt and the event of a change; what stays as it is leaves none."""
    after = _seen_by(template)
    if after == before:
        return
    issue_receipt(
        kind=TEMPLATE_UPDATE,
        actor=actor,
        tenant_id=template.tenant_id,
        subject_type="template",
        subject_id=str(template.pk),
        subject_digest=digest(after),
        predicate={"template": template.address, "before": before, "after": after},
        decision=decision,
    )
    publish_event("template.updated", subject=str(template.pk), by=actor, template=template.address)


def _seen_by(template: WorkflowTemplate) -> dict[str, object]:
    """Whom it names, as it is written, and the tenants that these are now."""
    slugs = TemplateAudience.objects.filter(template=template).values_list("member_slug", flat=True)
    return {
        "visibility": template.visibility,
        "audience": audience_of(template),
        "partners": sorted(set(slugs)),
    }


def _visibility_problems(template: WorkflowTemplate, visibility: str) -> list[Problem]:
    if visibility not in Visibility.values:
        known = ", ".join(Visibility.values)
        return [Problem("/visibility", f"Choose one of {known}.", "unknown_choice")]
    found = Release.objects.filter(pk__in=[template.latest_release_id])
    reviewed = found.values_list("reviewed_for", flat=True).first() or Visibility.INTERNAL
    if WIDTH.index(Visibility(visibility)) <= WIDTH.index(Visibility(reviewed)):
        return []
    return [
        Problem(
            "/visibility",
            f"Its latest release was reviewed for {reviewed}, not for {visibility}.",
            "not_reviewed_for",
            "Put a new version forward with that visibility.",
        )
    ]
