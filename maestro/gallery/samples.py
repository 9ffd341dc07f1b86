"""One context for each page and state, as the views give it: for the tests, and to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from django.contrib.auth.forms import AuthenticationForm

from maestro.gallery import (
    sample_authoring,
    sample_installing,
    sample_managing,
    sample_marketplace,
    sample_partners,
    sample_publishing,
    sample_settings,
    sample_upgrading,
)
from maestro.gallery.sample_catalog import (
    catalog_empty,
    catalog_list,
    catalog_new,
    detail,
    detail_draft,
)
from maestro.gallery.sample_execution import execution_failed, execution_running, live
from maestro.gallery.sample_operating import (
    cancel,
    cancel_none,
    execution_graph,
    execution_graph_too_large,
    executions_filtered,
    executions_looked,
    rerun,
    rerun_unconfirmed,
    run_presets,
    run_viewer,
)
from maestro.gallery.sample_runs import (
    approvals,
    approvals_empty,
    executions,
    executions_empty,
    run_form,
    run_simulated,
    run_with_errors,
)
from maestro.tenancy.demo import DEMO_PASSWORD, demo_people


class _Refused(AuthenticationForm):
    """The sign-in form with a wrong password in it, without asking anybody whether it is wrong."""

    def clean(self) -> NoReturn:
        raise self.get_invalid_login_error()


def login() -> dict[str, Any]:
    return {"form": AuthenticationForm(), "next": "/"}


def login_demo() -> dict[str, Any]:
    return {
        "form": AuthenticationForm(),
        "next": "/executions/",
        "demo_accounts": demo_people(),
        "demo_password": DEMO_PASSWORD,
    }


def session_ended() -> dict[str, Any]:
    return {"form": AuthenticationForm(), "next": "/executions/"}


def login_refused() -> dict[str, Any]:
    posted = {"username": "ines@acme.test", "password": "not this one"}
    return {"form": _Refused(data=posted), "next": "/"}


Sample = tuple[str, Callable[[], dict[str, Any]]]
"""A template, and what it is given."""

PAGES: Mapping[str, Sample] = {
    "catalog": ("catalog/list.html", catalog_list),
    "catalog-empty": ("catalog/list.html", catalog_empty),
    "catalog-new": ("catalog/list.html", catalog_new),
    "detail": ("catalog/detail.html", detail),
    "detail-draft": ("catalog/detail.html", detail_draft),
    "diff": ("catalog/diff.html", sample_authoring.diff),
    "edit": ("catalog/edit.html", sample_authoring.edit),
    "edit-problems": ("catalog/edit.html", sample_authoring.edit_with_problems),
    "edit-read-only": ("catalog/edit.html", sample_authoring.edit_read_only),
    "edit-new": ("catalog/edit.html", sample_authoring.new),
    "marketplace": ("marketplace/list.html", sample_marketplace.marketplace),
    "marketplace-empty": ("marketplace/list.html", sample_marketplace.marketplace_empty),
    "marketplace-new": ("marketplace/list.html", sample_marketplace.marketplace_new),
    "release": ("marketplace/release.html", sample_marketplace.release),
    "release-withdrawn": ("marketplace/release.html", sample_marketplace.release_withdrawn),
    "release-managed": ("marketplace/release.html", sample_managing.managed),
    "release-managed-by-an-author": (
        "marketplace/release.html",
        sample_managing.managed_by_an_author,
    ),
    "release-ending-errors": ("marketplace/release.html", sample_managing.ending_errors),
    "release-finding-errors": ("marketplace/release.html", sample_managing.finding_errors),
    "release-finding-late": ("marketplace/release.html", sample_managing.finding_late),
    "release-ending-refused": ("marketplace/release.html", sample_managing.ending_refused),
    "publish": ("marketplace/publish.html", sample_publishing.publish),
    "submission": ("marketplace/submission.html", sample_publishing.submission),
    "submissions": ("marketplace/submissions.html", sample_publishing.submissions),
    "submissions-empty": ("marketplace/submissions.html", sample_publishing.submissions_empty),
    "adoptions": ("marketplace/adoptions.html", sample_upgrading.adoptions),
    "adoptions-none": ("marketplace/adoptions.html", sample_managing.adopted_by_nobody),
    "adoptions-propose-errors": ("marketplace/adoptions.html", sample_managing.propose_errors),
    "adoptions-viewer": ("marketplace/adoptions.html", sample_managing.propose_viewer),
    "partner-groups": ("marketplace/partner_groups.html", sample_partners.groups),
    "partner-groups-empty": ("marketplace/partner_groups.html", sample_partners.groups_empty),
    "partner-groups-viewer": ("marketplace/partner_groups.html", sample_partners.groups_viewer),
    "partner-group": ("marketplace/partner_group.html", sample_partners.group),
    "partner-group-new": ("marketplace/partner_group.html", sample_partners.group_new),
    "partner-group-errors": ("marketplace/partner_group.html", sample_partners.group_errors),
    "partner-group-late": ("marketplace/partner_group.html", sample_partners.group_late),
    "partner-group-gone": ("marketplace/partner_group.html", sample_partners.group_gone),
    "partner-group-viewer": ("marketplace/partner_group.html", sample_partners.group_viewer),
    "partner-group-delete": (
        "marketplace/partner_group_delete.html",
        sample_partners.group_delete,
    ),
    "partner-group-delete-late": (
        "marketplace/partner_group_delete.html",
        sample_partners.group_delete_late,
    ),
    "install": ("marketplace/install.html", sample_installing.install),
    "install-errors": ("marketplace/install.html", sample_installing.install_with_errors),
    "configure": ("marketplace/configure.html", sample_installing.configure),
    "configure-late": ("marketplace/configure.html", sample_installing.configure_late),
    "installations": ("marketplace/installations.html", sample_installing.installations),
    "installations-new": ("marketplace/installations.html", sample_installing.installations_new),
    "installation": ("marketplace/installation.html", sample_installing.installation),
    "installation-stopped": (
        "marketplace/installation.html",
        sample_installing.installation_stopped,
    ),
    "installation-news": (
        "marketplace/installation.html",
        sample_upgrading.installation_news,
    ),
    "upgrade": ("marketplace/upgrade.html", sample_upgrading.upgrade),
    "upgrade-errors": ("marketplace/upgrade.html", sample_upgrading.upgrade_errors),
    "upgrade-fine": ("marketplace/upgrade.html", sample_upgrading.upgrade_fine),
    "run-installed": ("runtime/run.html", sample_installing.run_installed),
    "run-installed-refused": ("runtime/run.html", sample_installing.run_installed_refused),
    "run": ("runtime/run.html", run_form),
    "run-errors": ("runtime/run.html", run_with_errors),
    "run-simulated": ("runtime/run.html", run_simulated),
    "run-presets": ("runtime/run.html", run_presets),
    "run-viewer": ("runtime/run.html", run_viewer),
    "rerun": ("runtime/rerun.html", rerun),
    "rerun-unconfirmed": ("runtime/rerun.html", rerun_unconfirmed),
    "cancel": ("runtime/cancel.html", cancel),
    "cancel-none": ("runtime/cancel.html", cancel_none),
    "execution": ("runtime/execution.html", execution_running),
    "execution-graph": ("runtime/execution.html", execution_graph),
    "execution-graph-too-large": ("runtime/execution.html", execution_graph_too_large),
    "execution-failed": ("runtime/execution.html", execution_failed),
    "executions": ("runtime/list.html", executions),
    "executions-filtered": ("runtime/list.html", executions_filtered),
    "executions-looked": ("runtime/list.html", executions_looked),
    "executions-empty": ("runtime/list.html", executions_empty),
    "approvals": ("runtime/approvals.html", approvals),
    "approvals-empty": ("runtime/approvals.html", approvals_empty),
    "what-for": ("switchboard/purpose.html", sample_settings.what_for),
    "go-on-in": ("switchboard/go_on.html", sample_settings.go_on_in),
    "accesses": ("settings/accesses.html", sample_settings.accesses),
    "accesses-empty": ("settings/accesses.html", sample_settings.accesses_empty),
    "audit": ("settings/audit.html", sample_settings.audit),
    "audit-broken": ("settings/audit.html", sample_settings.audit_broken),
    "policy-data": ("settings/policy_data.html", sample_settings.policy_data),
    "policy-data-conflict": ("settings/policy_data.html", sample_settings.policy_data_conflict),
    "policy-data-viewer": ("settings/policy_data.html", sample_settings.policy_data_viewer),
    "secret-link": ("settings/secret_link.html", sample_settings.secret_link),
    "secret-link-closed": ("settings/secret_link.html", sample_settings.secret_link_closed),
    "login": ("switchboard/login.html", login),
    "login-demo": ("switchboard/login.html", login_demo),
    "session-ended": ("switchboard/login.html", session_ended),
    "login-refused": ("switchboard/login.html", login_refused),
}
PARTIALS: Mapping[str, Sample] = {
    "results": ("catalog/_results.html", catalog_list),
    "marketplace-results": ("marketplace/_results.html", sample_marketplace.marketplace),
    "preview": ("runtime/_preview.html", run_form),
    "checked": ("catalog/_checked.html", sample_authoring.edit),
    "live": ("runtime/_live.html", live),
    "step": ("runtime/_step_body.html", lambda: {"step": execution_running()["steps"][3]}),
}
