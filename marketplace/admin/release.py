from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from governance.services.authorize import preview
from governance.services.verify_release import verify_release
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.console import (
    PLATFORM,
    ConsoleAdmin,
    Panel,
    TenantFilter,
    link,
    pill,
    row_action,
    when,
)
from maestro.kernel.console.actions import USUAL_PURPOSE, PurposeActionForm
from maestro.kernel.errors import InvalidInput
from marketplace.admin.deciding import DecidingAdmin
from marketplace.admin.queues import CertifyFilter, RiskFilter
from marketplace.checklists import CERTIFICATION
from marketplace.models import Certification, Release, ReleaseHealth
from marketplace.policies import CERTIFY, DEPRECATE, WITHDRAW, release_resource
from marketplace.services.certify_release import (
    LONGEST_DAYS,
    USUAL_DAYS,
    certify_release,
    revoke_certification,
)
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.withdraw_release import withdraw_release

WITHDRAWERS = {"publisher", "platform_admin"}


class ReasonActionForm(PurposeActionForm):
    """The form over the list, with the reason that whoever installed them reads."""

    reason = forms.CharField(
        label="",
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(
            {"aria-label": "Reason", "placeholder": "Why, for whoever installed them"}
        ),
    )


@admin.register(Release)
class ReleaseAdmin(DecidingAdmin):
    """What was published: is it what was signed, is it certified, and what becomes of it."""

    hidden = ["signatures"]
    heavy = ["statement", "changes", "capabilities", "migrations", "changelog"]
    list_display = [
        "title", "publisher", "number", "risk", "state", "tenant", "shown_created_at",
    ]  # fmt: skip
    list_filter = [CertifyFilter, "status", RiskFilter, TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["slug__istartswith"]
    search_ids = ["pk", "template_id", "version_id"]
    ordering = ["-id"]
    change_form_outer_before_template = "console/release/page.html"
    warn_unsaved_form = False
    row_actions = ["withdraw_and_stop", "withdraw_and_warn"]
    fields = [
        "title", "publisher", "slug", "number", "state", "status_reason", "replacement",
        "signature", "digest", "risk", "changelog", "reviews", "reviewed_by",
        "published_by_name", "template_page", "origin", "tenant", "shown_created_at",
    ]  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        purposes = staticmethod(self.admin_site.purposes)
        self.action_form = type("ActionForm", (ReasonActionForm,), {"purposes": purposes})

    @admin.display(description="Status")
    def state(self, row: Release) -> SafeString:
        """Coloured."""
        return pill({"published": "active"}.get(row.status, row.status), row.get_status_display())

    @admin.display(description="Signature")
    def signature(self, row: Release) -> SafeString:
        """Verified when the page is opened, as at each run."""
        held = Release.objects.using(PLATFORM).only("statement", "signatures").get(pk=row.pk)
        answer = verify_release(
            statement=held.statement,
            signatures=held.signatures,
            digest=row.digest,
            publisher=row.publisher,
        )
        if answer.verified:
            return pill("approved", _("Verified now"))
        return pill("failed", _("Not verified: %(why)s") % {"why": answer.why_not})

    @admin.display(description="Reviews")
    def reviews(self, row: Release) -> SafeString:
        """Where they are."""
        return link("marketplace.Submission", row.submission_id, "The submission with its reviews")

    @admin.display(description="Template")
    def template_page(self, row: Release) -> SafeString:
        """Of what it is a release."""
        return link("catalog.WorkflowTemplate", row.template_id, row.address)

    # --- the page

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what may be done to it."""
        row = kwargs.get("obj")
        if row is not None:
            actor = self.admin_site.acting(request, row.tenant_id, USUAL_PURPOSE)
            resource = release_resource(row, visibility=row.template.visibility)
            may = {
                name: preview(actor=actor, action=action, resource=resource).allow
                for name, action in (
                    ("certify", CERTIFY), ("deprecate", DEPRECATE), ("withdraw", WITHDRAW),
                )
            }  # fmt: skip
            certified = self._certifications(row).valid(now()).first()
            told = self.forms_of(request, row)
            context |= told | {
                "release": row,
                "certified": certified,
                "may_certify": may["certify"] and row.status != "withdrawn",
                "may_deprecate": may["deprecate"] and row.status in ("published", "superseded"),
                "may_withdraw": may["withdraw"] and row.status != "withdrawn",
                "items": [
                    {
                        "index": index,
                        "text": _(item.text),
                        "hint": _(item.hint),
                        "done": f"done-{index}" in told["refused"],
                        "note": told["refused"].get(f"note-{index}", ""),
                    }
                    for index, item in enumerate(CERTIFICATION)
                ],
                "usual_days": USUAL_DAYS,
                "longest_days": LONGEST_DAYS,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """What was certified, and taken back."""
        return [
            Panel.of(
                "Certifications",
                ("Who", "What", "Why", "Until", "When"),
                self._certifications(row),
                lambda one: (
                    one.certified_by_name,
                    "Taken back" if one.revokes_id else "Certified",
                    one.rationale,
                    "" if one.revokes_id else when(one.expires_at),
                    when(one.created_at),
                ),
            )
        ]

    def _certifications(self, row: Release) -> Any:
        return Certification.objects.using(PLATFORM).filter(release=row).order_by("-id")

    def decide(self, request: HttpRequest, actor: Actor, row: Release) -> str:
        """Certify it, take that back, advise against it, or withdraw it."""
        sent = request.POST
        reason, replacement = sent.get("reason", ""), sent.get("replacement", "").strip()
        what = sent.get("what", "")
        if what == "certify":
            checklist = [
                {
                    "item": item.text,
                    "done": f"done-{index}" in sent,
                    "note": sent.get(f"note-{index}", "")[:500],
                }
                for index, item in enumerate(CERTIFICATION)
            ]
            made = certify_release(
                actor=actor,
                release=row.pk,
                checklist=checklist,
                rationale=reason,
                days=_days(sent.get("days", "")),
            )
            return f"{row} is certified until {made.expires_at:%Y-%m-%d}."
        if what == "revoke":
            revoke_certification(actor=actor, release=row.pk, rationale=reason)
            return f"{row} is certified no more."
        if what == "deprecate":
            deprecate_release(actor=actor, release=row.pk, reason=reason, replacement=replacement)
            return f"{row} is deprecated: people are told, and it still runs."
        if what == "withdraw":
            mode = sent.get("mode", "")
            withdraw_release(
                actor=actor, release=row.pk, mode=mode, reason=reason, replacement=replacement
            )
            return f"{row} is withdrawn."
        raise InvalidInput("Nothing was chosen.", hint="Press one of the buttons.")

    # --- the list

    @row_action(
        label="Withdraw, and stop what has it",
        done="withdrawn",
        roles=WITHDRAWERS,
        many=True,
        danger=True,
    )
    def withdraw_and_stop(
        self, request: HttpRequest, actor: Actor, row: Release, rationale: str
    ) -> str:
        """With the one reason of the list's form."""
        return self._withdraw(request, actor, row, "stop")

    @row_action(
        label="Withdraw, and warn who has it",
        done="withdrawn",
        roles=WITHDRAWERS,
        many=True,
        danger=True,
    )
    def withdraw_and_warn(
        self, request: HttpRequest, actor: Actor, row: Release, rationale: str
    ) -> str:
        """With the one reason of the list's form."""
        return self._withdraw(request, actor, row, "warn")

    def _withdraw(self, request: HttpRequest, actor: Actor, row: Release, mode: str) -> str:
        withdraw_release(
            actor=actor, release=row.pk, mode=mode, reason=request.POST.get("reason", "")
        )
        return f"{row} is withdrawn."


@admin.register(Certification)
class CertificationAdmin(ConsoleAdmin):
    """What was certified, until when."""

    list_display = ["certified_by_name", "shown_expires_at", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["certified_by_name__istartswith"]
    search_ids = ["pk", "release_id"]
    ordering = ["-id"]
    fields = [
        "release_page", "rationale", "shown_checklist", "certified_by_name", "shown_expires_at",
        "tenant", "shown_created_at",
    ]  # fmt: skip

    @admin.display(description="Release")
    def release_page(self, row: Certification) -> SafeString:
        """Of what."""
        return link("marketplace.Release", row.release_id)


@admin.register(ReleaseHealth)
class ReleaseHealthAdmin(ConsoleAdmin):
    """How releases did."""

    list_display = [
        "release_id",
        "runs_7",
        "failure_rate_7",
        "rolled_up_at",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["last_run_status__exact"]
    search_ids = ["pk", "release_id"]
    ordering = ["-id"]
    fields = [
        "release_id",
        "runs_7",
        "runs_30",
        "tenants_30",
        "failure_rate_7",
        "failure_rate_30",
        "average_seconds",
        "p95_seconds",
        "rolled_up_at",
        "tenant",
        "shown_created_at",
    ]


def _days(text: str) -> int:
    """A number of days; none for what is no number, which the service then refuses."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
