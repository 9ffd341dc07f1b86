"""What the demo's marketplace begins with, made through the services as people would make it.

Three templates of acme: one that everybody finds and that is certified, one for globex, one whose
second release is breaking and says how parameters come to it. Globex has the first of these two
installed, with a few executions; one version waits for its reviewers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from catalog.models import Visibility
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.start_execution import start_execution
from marketplace.models import (
    Certification,
    Release,
    Submission,
    VerifiedPublisher,
    WorkflowInstance,
)
from marketplace.services.approve_release import approve_release
from marketplace.services.certify_release import CHECKLIST, certify_release
from marketplace.services.decide_review import decide_review
from marketplace.services.install_release import install_release
from marketplace.services.publish_release import publish_release
from marketplace.services.request_publish import request_publish
from marketplace.services.run_checks import run_checks
from marketplace.services.verify_publisher import verify_publisher


@dataclass(frozen=True, slots=True)
class DemoRelease:
    """A version of acme's to publish, and who finds it."""

    workflow: str
    number: str
    visibility: str = Visibility.PUBLIC
    audience: tuple[str, ...] = ()


CERTIFIED = DemoRelease("collect-access-evidence", "5.0.2")
INSTALLED = DemoRelease("welcome-newcomer", "1.1.0")
RELEASES = (
    CERTIFIED,
    DemoRelease("investigate-cost-anomaly", "2.0.1", Visibility.PARTNERS, ("globex",)),
    INSTALLED,
    DemoRelease("welcome-newcomer", "2.0.0"),
)
IN_REVIEW = DemoRelease("offboard-employee", "3.2.0")
INSTALLATION = "welcome"
NEWCOMERS = ("jo@acme.test", "ravi@acme.test", "lena@acme.test")
"""People of the practice world's directory."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does it: acme's author; globex's admin and operator; the platform's people by role, as
    they act in acme and, for `platform_admin`, in the platform's own tenant."""

    author: Actor
    admin: Actor
    operator: Actor
    platform: Mapping[str, Actor] = field(default_factory=dict)


def fill_marketplace(cast: Cast) -> None:
    """Publish, certify, install, start: each of it that is not there yet.

    Needs the system's workflows and the examples. Raises what the services raise.
    """
    if not VerifiedPublisher.objects.filter(publisher="acme").exists():
        verify_publisher(
            actor=cast.platform["platform_admin"],
            publisher="acme",
            evidence="The demo says so. Elsewhere this names how it was confirmed.",
        )
    for wanted in RELEASES:
        _publish(cast, wanted)
    _certify(cast)
    _submit(cast, IN_REVIEW)
    _install(cast)


def _publish(cast: Cast, wanted: DemoRelease) -> None:
    tenant_id = _tenant(cast.author)
    with tenant_scope(tenant_id):  # all of it or nothing, so that a start after a stop goes on
        submission = _submit(cast, wanted)
        if submission is None:
            return
        run_checks(
            actor=system_actor("check", tenant_id=tenant_id),
            submission_id=submission.pk,
        )
        for kind in submission.required_reviews:
            decide_review(
                actor=cast.platform[f"{kind}_reviewer"],
                submission_id=submission.pk,
                kind=kind,
                decision="approve",
                rationale="It does what it says, and reaches the practice world only.",
                controls=["SOC2:CC8.1"],
            )
        approve_release(
            actor=cast.platform["approver"],
            submission_id=submission.pk,
            rationale="Reviewed, and fit for those who find it.",
        )
        publish_release(
            actor=system_actor("publish-release", tenant_id=tenant_id),
            submission_id=submission.pk,
        )


def _submit(cast: Cast, wanted: DemoRelease) -> Submission | None:
    """Put it forward, if nobody ever did."""
    tenant_id = _tenant(cast.author)
    with tenant_scope(tenant_id):
        rows = Submission.objects.for_tenant(tenant_id).filter(number=wanted.number)
        if rows.filter(template__slug=wanted.workflow).exists():
            return None
        return request_publish(
            actor=cast.author,
            workflow=wanted.workflow,
            version=wanted.number,
            visibility=wanted.visibility,
            audience=wanted.audience,
        )


def _certify(cast: Cast) -> None:
    tenant_id = _tenant(cast.author)
    with tenant_scope(tenant_id):
        release = Release.objects.for_tenant(tenant_id).get(
            slug=CERTIFIED.workflow, number=CERTIFIED.number
        )
        if Certification.objects.filter(release=release).exists():
            return
        certify_release(
            actor=cast.platform["publisher"],
            release=release.pk,
            checklist=[{"item": item, "done": True, "note": ""} for item in CHECKLIST],
            rationale="Held against each point of the checklist.",
        )


def _install(cast: Cast) -> None:
    tenant_id = _tenant(cast.admin)
    with tenant_scope(tenant_id):
        if WorkflowInstance.objects.for_tenant(tenant_id).filter(name=INSTALLATION).exists():
            return
        install_release(
            actor=cast.admin,
            release=f"acme/{INSTALLED.workflow}@{INSTALLED.number}",
            name=INSTALLATION,
            parameters={"laptop": "powerful"},
            secrets={"ticket_writer": "ticket_writer"},
            environment="staging",
            policies={"asked": ["email"]},
        )
        for email in NEWCOMERS:
            start_execution(
                actor=cast.operator, installation=INSTALLATION, parameters={"email": email}
            )


def _tenant(actor: Actor) -> UUID:
    assert actor.tenant_id is not None  # noqa: S101 - the demo's people have a tenant
    return actor.tenant_id
