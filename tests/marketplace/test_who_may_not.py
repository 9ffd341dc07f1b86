"""Each service of the marketplace asks policy itself: who may not do it does not, whoever calls it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from maestro.kernel.actor import system_actor
from maestro.kernel.errors import Denied, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Submission
from marketplace.services.attach_evidence import attach_evidence
from marketplace.services.certify_release import (
    CHECKLIST,
    certify_release,
    revoke_certification,
)
from marketplace.services.configure_installation import configure_installation
from marketplace.services.decide_review import decide_review
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.export_release import export_release
from marketplace.services.hold_lease import hold_lease
from marketplace.services.install_release import install_release
from marketplace.services.partner_groups import (
    delete_partner_group,
    read_partner_groups,
    set_partner_group,
)
from marketplace.services.prepare_installation import prepare_installation
from marketplace.services.prepare_publish import prepare_publish
from marketplace.services.prepare_upgrade import prepare_upgrade
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.publish_release import list_release, sign_release
from marketplace.services.read_installations import read_installation, read_installations
from marketplace.services.read_release import read_release
from marketplace.services.read_submissions import read_submission, read_submissions
from marketplace.services.rehearse_submission import rehearse_submission
from marketplace.services.request_publish import request_publish
from marketplace.services.resume_rollout import resume_rollout
from marketplace.services.show_partner_groups import show_partner_group, show_partner_groups
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
from tests.refusing import Call, let_through

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DONE = [{"item": item, "done": True, "note": ""} for item in CHECKLIST]


@dataclass
class Waiting:
    """What acme put forward: one that waits for its reviews, and one that is approved."""

    open: Submission
    approved: Submission


@pytest.fixture
def waiting(acme: Tenant) -> Waiting:
    ready = submitted(acme, name="ready")
    return Waiting(
        open=submitted(acme, name="open"), approved=approved(acme, reviewed(acme, ready))
    )


def test_only_those_who_decide_on_a_submission_do(acme: Tenant, waiting: Waiting) -> None:
    docs, publisher = staff(acme, "docs_reviewer"), staff(acme, "publisher")
    of: dict[str, Any] = {"submission_id": waiting.open.pk}
    security = of | {"kind": "security"}
    signed = sign_release(
        actor=system_actor("publish-release", tenant_id=acme.pk),
        submission_id=waiting.approved.pk,
    )
    ready: dict[str, Any] = {"submission_id": waiting.approved.pk}
    approver = staff(acme, "approver")
    assert (
        let_through(
            {
                "review": partial(
                    decide_review, actor=docs, decision="approve", rationale="Fine.", **security
                ),
                "evidence": partial(
                    attach_evidence, actor=docs, name="a.txt", content=b"a", **security
                ),
                "lease": partial(hold_lease, actor=docs, **security),
                "reject": partial(reject_submission, actor=publisher, rationale="No.", **of),
                "retract": partial(retract_submission, actor=actor_of(acme, "operator"), **of),
                "sign": partial(sign_release, actor=approver, **ready),
                "list": partial(list_release, actor=approver, signed=signed, **ready),
            }
        )
        == []
    )
    with tenant_scope(acme.pk):
        states = dict(Submission.objects.values_list("template__slug", "status"))
    assert states == {"open": "in_review", "ready": "approved"}


def test_only_those_who_answer_for_a_release_change_what_it_says(acme: Tenant) -> None:
    release = published(acme).pk
    author, admin, operator = (actor_of(acme, role) for role in ("author", "admin", "operator"))
    certify_release(
        actor=staff(acme, "publisher"), release=release, checklist=DONE, rationale="It holds."
    )
    set_partner_group(actor=author, name="friends", members=["acme"])
    why: dict[str, Any] = {"release": release, "reason": "It leaks."}
    assert (
        let_through(
            {
                "certify": partial(
                    certify_release,
                    actor=admin,
                    release=release,
                    checklist=DONE,
                    rationale="Ours.",
                ),
                "revoke": partial(
                    revoke_certification, actor=admin, release=release, rationale="No."
                ),
                "deprecate": partial(deprecate_release, actor=operator, **why),
                "withdraw": partial(withdraw_release, actor=author, mode="warn", **why),
                "update": partial(
                    update_template, actor=operator, template="tried", visibility="internal-only"
                ),
                "group": partial(
                    set_partner_group, actor=operator, name="friends", members=["acme"]
                ),
                "no group": partial(delete_partner_group, actor=operator, name="friends"),
            }
        )
        == []
    )


def test_who_has_no_role_reads_nothing(acme: Tenant, waiting: Waiting) -> None:
    published(acme)
    installed(actor_of(acme, "admin"), parameters={})
    author, nobody = actor_of(acme, "author"), actor_of(acme)
    set_partner_group(actor=author, name="friends", members=["acme"])
    (group,) = show_partner_groups(actor=author)
    of: dict[str, Any] = {"actor": nobody, "submission_id": waiting.open.pk}
    calls: dict[str, Call] = {
        "submissions": partial(read_submissions, actor=nobody),
        "submission": partial(read_submission, **of),
        "rehearse": partial(rehearse_submission, **of),
        "release": partial(read_release, actor=nobody, publisher="acme", slug="tried"),
        "bundle": partial(export_release, actor=nobody, address="acme/tried"),
        "groups": partial(read_partner_groups, actor=nobody),
        "shown groups": partial(show_partner_groups, actor=nobody),
        "shown group": partial(show_partner_group, actor=nobody, group_id=group.id),
        "to install": partial(prepare_installation, actor=nobody, release="acme/tried"),
        "installations": partial(read_installations, actor=nobody),
        "installation": partial(read_installation, actor=nobody, name="mine"),
        "to upgrade": partial(prepare_upgrade, actor=nobody, name="mine"),
    }
    with tenant_scope(acme.pk):
        assert let_through(calls) == []


@pytest.mark.parametrize("role", ["operator", "installer"])
def test_only_an_admin_takes_an_installation_out_of_use(
    acme: Tenant, globex: Tenant, role: str
) -> None:
    published(acme)
    installed(actor_of(globex, "admin"), parameters={})
    who: dict[str, Any] = {"actor": actor_of(globex, role), "name": "mine"}
    calls: dict[str, Call] = {
        "stop": partial(stop_installation, reason="Enough.", **who),
        "resume": partial(resume_installation, **who),
        "uninstall": partial(uninstall, **who),
    }
    assert let_through(calls) == []


def test_an_operator_runs_what_is_installed_and_changes_nothing_of_it(
    acme: Tenant, globex: Tenant
) -> None:
    published(acme)
    admin = actor_of(globex, "admin")
    installed(admin, parameters={})
    published(acme, number="1.0.1")
    upgrade_installation(actor=admin, name="mine")
    published(acme, number="1.0.2")
    who: dict[str, Any] = {"actor": actor_of(globex, "operator"), "name": "mine"}
    calls: dict[str, Call] = {
        "configure": partial(configure_installation, changes={"region": "eu"}, **who),
        "upgrade": partial(upgrade_installation, **who),
        "roll back": partial(roll_back_installation, **who),
    }
    assert let_through(calls) == []


def test_a_token_that_may_not_is_refused_before_anything_is_looked_for(acme: Tenant) -> None:
    """Nothing of what it names is there: to be told so, it would have to be let as far as that."""
    narrow = actor_of(acme, "admin", "author", scopes=frozenset({"workflow.read"}))
    one: dict[str, Any] = {"actor": narrow, "name": "none"}
    submission: dict[str, Any] = {"actor": narrow, "submission_id": uuid4()}
    release: dict[str, Any] = {"actor": narrow, "release": "acme/none@1.0.0"}
    calls: dict[str, Call] = {
        "put forward": partial(
            request_publish, actor=narrow, workflow="none", visibility="internal-only"
        ),
        "retract": partial(retract_submission, **submission),
        "submission": partial(read_submission, **submission),
        "deprecate": partial(deprecate_release, reason="Slow.", **release),
        "withdraw": partial(withdraw_release, reason="Slow.", mode="stop", **release),
        "update": partial(update_template, actor=narrow, template="none", visibility="x"),
        "to install": partial(prepare_installation, **release),
        "install": partial(install_release, name="mine", environment="staging", **release),
        "installation": partial(read_installation, **one),
        "configure": partial(configure_installation, changes={}, **one),
        "to upgrade": partial(prepare_upgrade, **one),
        "upgrade": partial(upgrade_installation, **one),
        "roll back": partial(roll_back_installation, **one),
        "stop": partial(stop_installation, reason="Enough.", **one),
        "resume": partial(resume_installation, **one),
        "uninstall": partial(uninstall, **one),
    }
    with tenant_scope(acme.pk):
        assert let_through(calls) == []


def test_a_token_for_installations_alone_reads_no_release_by_them(
    acme: Tenant, globex: Tenant
) -> None:
    published(acme)
    installed(actor_of(globex, "admin"), parameters={})
    published(acme, number="1.0.1")
    narrow = actor_of(globex, "admin", scopes=frozenset({"installation.*"}))
    calls: dict[str, Call] = {
        "to upgrade": partial(prepare_upgrade, actor=narrow, name="mine"),
        "upgrade": partial(upgrade_installation, actor=narrow, name="mine"),
        "to install": partial(prepare_installation, actor=narrow, release="acme/tried"),
        "install": partial(
            install_release,
            actor=narrow,
            release="acme/tried",
            name="other",
            environment="staging",
        ),
    }
    with tenant_scope(globex.pk):
        assert let_through(calls) == []


def test_who_chose_no_tenant_is_asked_to(acme: Tenant) -> None:
    nowhere = replace(actor_of(acme, "admin", "author"), tenant_id=None, tenant_slug="")
    submission: dict[str, Any] = {"actor": nowhere, "submission_id": uuid4()}
    calls: list[Call] = [
        partial(request_publish, actor=nowhere, workflow="tried", visibility="internal-only"),
        partial(prepare_publish, actor=nowhere, workflow="tried"),
        partial(retract_submission, **submission),
        partial(read_submissions, actor=nowhere),
        partial(update_template, actor=nowhere, template="tried"),
        partial(read_partner_groups, actor=nowhere),
        partial(read_release, actor=nowhere, publisher="acme", slug="tried"),
        partial(export_release, actor=nowhere, address="acme/tried"),
        partial(withdraw_release, actor=nowhere, release="acme/t@1", mode="stop", reason="No."),
        partial(propose_upgrade, actor=nowhere, slug="tried", number="1.0.0", message="Do."),
        partial(resume_rollout, actor=nowhere, release_id=uuid4()),
    ]
    for call in calls:
        with pytest.raises(TenantRequired):
            call()
    with pytest.raises(Denied):
        read_installations(actor=nowhere)
