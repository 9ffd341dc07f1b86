"""The reviewers' console: unfold's settings, the menu by task, in the order of the work."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.text import format_lazy

# The libraries' admins are ours (maestro/console/libraries.py).
AXES_ENABLE_ADMIN = False


def _item(title: str, model: str, icon: str, **more: Any) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model.replace('.', '_').lower()}_changelist")
    return {"title": title, "icon": icon, "link": link, **more}


def _queue(title: str, model: str, icon: str, queue: str) -> dict[str, Any]:
    """A list narrowed to what waits in one queue, with how much does."""
    item = _item(title, model, icon, badge=f"maestro.console.menu.{queue}_badge")
    more = {
        "link": format_lazy("{}?queue={}", item["link"], queue),
        "badge_variant": "info",
        "active": lambda request: (
            request.path == str(item["link"]) and request.GET.get("queue") == queue
        ),
    }
    return item | more


def _group(title: str, *items: dict[str, Any], folded: bool = False) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": folded, "items": list(items)}


_NAVIGATION = [
    {
        "title": "Work waiting",
        "items": [
            {"title": "Overview", "icon": "inbox", "link": reverse_lazy("admin:index")},
            _item(
                "Approvals",
                "governance.ApprovalRequest",
                "how_to_reg",
                badge="maestro.console.menu.approvals_badge",
                badge_variant="warning",
            ),
            _queue("Security reviews", "marketplace.Submission", "security", "security"),
            _queue("Performance reviews", "marketplace.Submission", "speed", "performance"),
            _queue("Docs reviews", "marketplace.Submission", "menu_book", "docs"),
            _queue("To approve", "marketplace.Submission", "task_alt", "approve"),
            _queue("To certify", "marketplace.Release", "workspace_premium", "certify"),
            _item("Approval decisions", "governance.ApprovalDecision", "gavel"),
        ],
    },
    _group(
        "Catalog",
        _item("Workflows", "catalog.WorkflowDefinition", "account_tree"),
        _item("Versions", "catalog.WorkflowVersion", "commit"),
        _item("Use cases", "catalog.WorkflowTag", "sell"),
    ),
    _group(
        "Marketplace",
        _item("Submissions", "marketplace.Submission", "rate_review"),
        _item("Reviews", "marketplace.Review", "fact_check"),
        _item("Findings", "marketplace.Finding", "troubleshoot"),
        _item("Evidence of reviews", "marketplace.ReviewEvidence", "attach_file"),
        _item("Who is looking", "marketplace.ReviewLease", "visibility"),
        _item("Templates", "catalog.WorkflowTemplate", "storefront"),
        _item("Grants on templates", "marketplace.TemplateUserObjectPermission", "key_vertical"),
        _item("Grants to groups", "marketplace.TemplateGroupObjectPermission", "group_add"),
        _item("Releases", "marketplace.Release", "new_releases"),
        _item("Certifications", "marketplace.Certification", "verified"),
        _item("Health", "marketplace.ReleaseHealth", "monitor_heart"),
        _item("Verified publishers", "marketplace.VerifiedPublisher", "verified_user"),
        _item("Audiences", "catalog.TemplateAudience", "groups"),
        _item("Groups of partners", "catalog.PartnerGroup", "handshake"),
        _item("Partners of groups", "catalog.GroupMember", "diversity_3"),
    ),
    _group(
        "Installations",
        _item("Installations", "marketplace.WorkflowInstance", "deployed_code"),
        _item("Changes", "marketplace.InstanceChange", "change_history"),
        _item("Who is on what", "marketplace.Adoption", "share"),
        _item("Proposals", "marketplace.UpgradeProposal", "upgrade"),
        _item("Roll-outs", "marketplace.Rollout", "waves"),
        _item("Grants", "runtime.Grant", "lock_open"),
        _item("Withdrawals", "runtime.Withdrawal", "block"),
    ),
    _group(
        "Runs",
        _item("Executions", "runtime.Execution", "play_circle"),
        _item("Steps", "runtime.StepRun", "footprint"),
        _item("Events", "runtime.ExecutionEvent", "timeline"),
        _item("Presets", "runtime.RunPreset", "bookmark"),
        _item("Saved views", "runtime.SavedFilter", "filter_alt"),
    ),
    _group(
        "Governance",
        _item("Policy decisions", "governance.Decision", "policy"),
        _item("Policy inputs", "governance.PolicyInput", "data_object"),
        _item("Policies", "governance.PolicyBundle", "rule"),
        _item("Policy data", "governance.PolicyData", "tune"),
        _item("Purposes", "governance.PurposeEntry", "flag"),
        _item("Receipts", "governance.Receipt", "receipt_long"),
        _item("Trusted keys", "governance.TrustedKey", "vpn_key"),
        _item("Audit trail", "governance.AuditLink", "link"),
        _item("Records to be linked", "governance.AuditDue", "add_link"),
        _item("Evidence", "governance.EvidenceBundle", "inventory_2"),
        _item("Evidence to be made", "governance.EvidenceDue", "pending_actions"),
        _item("Secrets", "governance.Secret", "key"),
        _item("Connections", "connectors.Connection", "cable"),
    ),
    _group(
        "Tenants & people",
        _item("Tenants", "tenancy.Tenant", "domain"),
        _item("People", "tenancy.User", "person"),
        _item("Groups of people", "auth.Group", "group"),
        _item("Memberships", "tenancy.Membership", "badge"),
        _item("API tokens", "tenancy.ApiToken", "token"),
    ),
    _group(
        "Platform",
        _item("Heartbeats", "kernel.Heartbeat", "ecg_heart"),
        _item("Outbox", "kernel.OutboxEvent", "outbox"),
        _item("Done in the console", "admin.LogEntry", "history"),
        _item("Failed sign-ins", "axes.AccessAttempt", "lock"),
        _item("Sign-in failures", "axes.AccessFailureLog", "lock_clock"),
        _item("Sign-ins", "axes.AccessLog", "login"),
        _item("Lock-out ends", "axes.AccessAttemptExpiration", "timer"),
        _item("Beats", "django_celery_beat.PeriodicTask", "schedule"),
        _item("Crontabs", "django_celery_beat.CrontabSchedule", "calendar_month"),
        _item("Intervals", "django_celery_beat.IntervalSchedule", "hourglass"),
        _item("Clocked times", "django_celery_beat.ClockedSchedule", "alarm"),
        _item("Solar times", "django_celery_beat.SolarSchedule", "sunny"),
        folded=True,
    ),
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Maestro console",
    "SITE_HEADER": "Maestro",
    "SITE_SUBHEADER": "Reviewers' console",
    "SITE_URL": "/",
    "SITE_SYMBOL": "tune",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("switchboard/favicon.svg"),
        }
    ],
    "STYLES": [lambda request: static("console/console.css")],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 195)",
            "100": "oklch(93% .04 195)",
            "200": "oklch(88% .07 195)",
            "300": "oklch(80% .1 195)",
            "400": "oklch(70% .11 195)",
            "500": "oklch(58% .1 195)",
            "600": "oklch(48% .085 195)",
            "700": "oklch(41% .07 195)",
            "800": "oklch(35% .06 195)",
            "900": "oklch(29% .05 195)",
            "950": "oklch(20% .04 195)",
        },
    },
    "SIDEBAR": {"show_search": True, "navigation": _NAVIGATION},
    "ACCOUNT": {
        "navigation": [{"title": "Switchboard", "link": "/"}],
    },
}
