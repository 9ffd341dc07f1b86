from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from catalog.models import WorkflowTemplate
from governance.models import Decision
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from marketplace.checklists import CERTIFICATION
from marketplace.models import Certification, Release, ReleaseStatus
from marketplace.policies import CERTIFY, release_resource
from marketplace.services.decide_review import rationale_problems
from marketplace.services.own_release import locked_release, own_release
from marketplace.services.release_receipt import release_receipt

LONGEST_DAYS = 730
USUAL_DAYS = 365
CHECKLIST = tuple(item.text for item in CERTIFICATION)


class CertificationRefused(Conflict):
    """It can't be certified, or its certification can't be revoked, as things stand."""

    code = "certification_refused"


def certify_release(
    *,
    actor: Actor,
    release: str | UUID,
    checklist: Iterable[Mapping[str, Any]],
    rationale: str,
    days: int = USUAL_DAYS,
) -> Certification:
    """Certify a release for some days (1 to 730): each item of `CHECKLIST` is done.

    `checklist` is a list of `{item, done, note}`. Raises `Denied` (also for one's own), `NotFound`,
    `InvalidInput` with every problem, `CertificationRefused` for one that is withdrawn.
    """
    tenant_id, release_id = own_release(actor=actor, release=release, action=CERTIFY)
    items = [dict(one) for one in checklist]
    with tenant_scope(tenant_id):
        row = locked_release(release_id)
        decision = authorize(
            actor=actor,
            action=CERTIFY,
            resource=release_resource(row, visibility=row.template.visibility),
        )
        problems = [*rationale_problems(rationale), *_checklist_problems(items)]
        if not 1 <= days <= LONGEST_DAYS:
            text = f"Between 1 and {LONGEST_DAYS} days."
            problems.append(Problem("/days", text, "out_of_range"))
        if problems:
            raise InvalidInput("The release can't be certified like this.", problems=problems)
        if row.status == ReleaseStatus.WITHDRAWN:
            raise CertificationRefused("A withdrawn release is not certified.")
        if actor.id == row.published_by:
            raise CertificationRefused(
                "Who approved a release does not certify it.", hint="Ask somebody else."
            )
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id certify
        made = Certification.objects.create(
            tenant_id=tenant_id,
            template_id=row.template_id,
            release=row,
            checklist=items,
            rationale=rationale.strip(),
            certified_by=actor.id,
            certified_by_name=actor.name or actor.email,
            published_by=row.published_by,
            expires_at=now() + timedelta(days=days),
        )
        _note(row)
        _tell(actor, row, made, decision)
    return made


def revoke_certification(*, actor: Actor, release: str | UUID, rationale: str) -> Certification:
    """Take back the certification of a release that is in force.

    Raises `Denied`, `NotFound` where there is none, `InvalidInput`.
    """
    tenant_id, release_id = own_release(actor=actor, release=release, action=CERTIFY)
    with tenant_scope(tenant_id):
        row = locked_release(release_id)
        decision = authorize(
            actor=actor,
            action=CERTIFY,
            resource=release_resource(row, visibility=row.template.visibility),
        )
        if problems := rationale_problems(rationale):
            raise InvalidInput("Say why it is taken back.", problems=problems)
        found = Certification.objects.filter(release=row).valid(now()).order_by("-id").first()
        if found is None:
            raise NotFound("No certification of this release is in force.")
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id certify
        made = Certification.objects.create(
            tenant_id=tenant_id,
            template_id=row.template_id,
            release=row,
            rationale=rationale.strip(),
            certified_by=actor.id,
            certified_by_name=actor.name or actor.email,
            expires_at=now(),
            revokes=found,
        )
        _note(row)
        _tell(actor, row, made, decision)
    return made


def _checklist_problems(items: list[dict[str, Any]]) -> list[Problem]:
    done = {str(one.get("item", "")) for one in items if one.get("done") is True}
    return [
        Problem(f"/checklist/{index}", f"{item}: this is not done.", "not_done")
        for index, item in enumerate(CHECKLIST)
        if item not in done
    ]


def _note(release: Release) -> None:
    """The template says until when its latest release is certified."""
    template = WorkflowTemplate.objects.filter(pk=release.template_id)
    valid = Certification.objects.filter(release_id=release.pk).valid(now())
    until = valid.aggregate(until=Max("expires_at"))["until"]
    template.filter(latest_release_id=release.pk).update(certified_until=until)


def _tell(actor: Actor, release: Release, made: Certification, decision: Decision) -> None:
    release_receipt(
        kind=CERTIFY,
        release=release,
        actor=actor,
        decision=decision,
        certified=made.revokes_id is None,
        until=made.expires_at.isoformat(timespec="seconds"),
        rationale=made.rationale,
        checklist=made.checklist,
    )
    publish_event(
        "release.certified" if made.revokes_id is None else "release.certification_revoked",
        subject=str(release.pk),
        by=actor,
        release=f"{release.address}@{release.number}",
        reason=made.rationale[:500],
    )
