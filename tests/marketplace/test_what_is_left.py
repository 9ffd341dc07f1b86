"""Each act of the marketplace leaves its receipt and its event, once."""

from __future__ import annotations

from collections import Counter

import pytest

from governance.models import Receipt
from maestro.kernel.models import OutboxEvent
from maestro.tenancy.models import Tenant
from marketplace.services.certify_release import (
    CHECKLIST,
    certify_release,
    revoke_certification,
)
from marketplace.services.configure_installation import configure_installation
from marketplace.services.decide_review import decide_review
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.note_adoption import note_adoption
from marketplace.services.partner_groups import delete_partner_group, set_partner_group
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.stop_installation import (
    resume_installation,
    stop_installation,
    uninstall,
)
from marketplace.services.update_template import update_template
from marketplace.services.upgrade_installation import (
    roll_back_installation,
    upgrade_installation,
)
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of
from tests.marketplace.worlds import approved, installed, published, reviewed, staff, submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

DONE = [{"item": item, "done": True, "note": ""} for item in CHECKLIST]


def left(tenant: Tenant, *families: str) -> tuple[dict[str, int], dict[str, int]]:
    """How many receipts and events of each kind a tenant has."""
    receipts = Receipt.objects.using("owner").filter(tenant_id=tenant.pk)
    events = OutboxEvent.objects.using("owner").filter(tenant_id=tenant.pk)
    both = (receipts, events)
    first, second = (
        Counter(
            kind
            for kind in rows.values_list("kind", flat=True)
            if kind.partition(".")[0] in families
        )
        for rows in both
    )
    return dict(first), dict(second)


def test_what_becomes_of_a_submission(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    ready = submitted(acme, author=author)
    reviewed(acme, ready)
    approved(acme, ready)
    retract_submission(actor=author, submission_id=ready.pk)
    again = submitted(acme, author=author, name="other")
    review = decide_review(
        actor=staff(acme, "docs_reviewer"),
        submission_id=again.pk,
        kind="docs",
        decision="approve",
        rationale="Read.",
    )
    decide_review(
        actor=staff(acme, "publisher"),
        submission_id=again.pk,
        kind="docs",
        decision="approve",
        rationale="Read again.",
        overrides=review.pk,
    )
    reject_submission(actor=staff(acme, "approver"), submission_id=again.pk, rationale="No.")
    assert left(acme, "release") == (
        {
            "release.submit": 2,
            "release.review": 4,
            "release.override": 1,
            "release.approve": 2,  # a rejection is the approver's decision too
            "release.retract": 1,
        },
        {
            "release.submitted": 2,
            "release.reviewed": 5,
            "release.approved": 1,
            "release.retracted": 1,
            "release.rejected": 1,
        },
    )


def test_what_is_said_of_a_release(acme: Tenant, globex: Tenant) -> None:
    author, admin = actor_of(acme, "author"), actor_of(acme, "admin")
    first = published(acme, author=author)
    certifier = staff(acme, "publisher")
    certify_release(actor=certifier, release=first.pk, checklist=DONE, rationale="It holds.")
    revoke_certification(actor=certifier, release=first.pk, rationale="Not any more.")
    note_adoption(installed(actor_of(globex, "admin"), parameters={}).pk)
    published(acme, author=author, number="1.0.1")
    propose_upgrade(actor=author, slug="tried", number="1.0.1", message="A leak.")
    deprecate_release(actor=author, release=first.pk, reason="Old.")
    withdraw_release(actor=admin, release=first.pk, mode="warn", reason="It leaks.")
    update_template(actor=author, template="tried", visibility="internal-only")
    set_partner_group(actor=author, name="friends", members=["globex"])
    delete_partner_group(actor=author, name="friends")
    receipts, events = left(acme, "release", "template", "installation", "upgrade")
    for other in ("release.submit", "release.review", "release.approve"):
        receipts.pop(other)
    for other in ("release.submitted", "release.reviewed", "release.approved"):
        events.pop(other)
    assert receipts == {
        "release.publish": 2,
        "release.certify": 2,
        "release.deprecate": 1,
        "release.withdraw": 1,
        "installation.propose": 1,
        "template.update": 3,
    }
    assert events == {
        "release.published": 2,
        "release.certified": 1,
        "release.certification_revoked": 1,
        "release.deprecated": 1,
        "release.withdrawn": 1,
        "template.updated": 1,
        "upgrade.proposed": 1,
    }


def test_what_becomes_of_an_installation(acme: Tenant, globex: Tenant) -> None:
    published(acme)
    admin = actor_of(globex, "admin")
    name = installed(admin, parameters={}).name
    published(acme, number="1.0.1")
    configure_installation(actor=admin, name=name, changes={"region": "eu"})
    upgrade_installation(actor=admin, name=name)
    roll_back_installation(actor=admin, name=name)
    stop_installation(actor=admin, name=name, reason="Enough.")
    resume_installation(actor=admin, name=name)
    uninstall(actor=admin, name=name)
    receipts, events = left(globex, "installation")
    kinds = ("create", "configure", "upgrade", "rollback", "stop", "resume", "uninstall")
    assert receipts == {f"installation.{kind}": 1 for kind in kinds}
    said = (
        "created", "configured", "upgraded", "rolled_back", "stopped", "resumed", "uninstalled",
    )  # fmt: skip
    assert events == {f"installation.{kind}": 1 for kind in said}
