"""The libraries' models, in the console's clothes. Imported when every app's admin has been."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from axes.utils import reset
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from maestro.kernel.actor import Actor
from maestro.kernel.console import LibraryAdmin, link, row_action

SCHEDULES = (ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule)
OURS = (*SCHEDULES, PeriodicTask, AccessAttempt, AccessFailureLog, AccessLog)
for _model in OURS:
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(LibraryAdmin):
    """The platform's own beats. They are written in `maestro/celery.py` and put here when beat
    starts, so a change made here would not last."""

    list_display = ["name", "task", "enabled", "shown_last_run_at", "total_run_count"]
    list_filter = ["enabled"]
    list_select_related = ["interval", "crontab", "solar", "clocked"]
    search_fields = ["name", "task"]
    ordering = ["name"]
    fields = [
        "name", "task", "enabled", "description", "interval", "crontab", "solar", "clocked",
        "shown_last_run_at", "total_run_count", "queue", "expire_seconds", "args", "kwargs",
    ]  # fmt: skip


@admin.register(*SCHEDULES)
class ScheduleAdmin(LibraryAdmin):
    """A time at which a beat comes round."""

    list_display = ["__str__"]


class _AttemptAdmin(LibraryAdmin):
    """Who tried to sign in. What they sent is not shown: a password may stand in any field."""

    hidden = ["get_data", "post_data"]
    keyset = True
    ordering = ["-pk"]
    sortable_by: list[str] = []
    search_fields = ["username__istartswith", "ip_address__startswith"]
    search_help_text = "An address of a person or of a machine, from its beginning."
    show_facets = admin.ShowFacets.NEVER


@admin.register(AccessAttempt)
class AccessAttemptAdmin(_AttemptAdmin):
    """Failed sign-ins that still count."""

    list_display = ["username", "ip_address", "failures_since_start", "shown_attempt_time"]
    fields = [
        "username", "ip_address", "user_agent", "path_info", "failures_since_start",
        "shown_attempt_time",
    ]  # fmt: skip
    row_actions = ["unlock"]

    @row_action(
        label="Let them sign in again", done="let in again", roles={"platform_admin"}, many=True
    )
    def unlock(self, request: HttpRequest, actor: Actor, row: AccessAttempt, rationale: str) -> str:
        """Forget the failures of this account from this address."""
        reset(ip=row.ip_address, username=row.username)
        return f"{row.username} may sign in from {row.ip_address} again."


@admin.register(AccessAttemptExpiration)
class AccessAttemptExpirationAdmin(LibraryAdmin):
    """When a failed sign-in ceases to count."""

    list_display = ["attempt", "shown_expires_at"]
    list_display_links = ["shown_expires_at"]
    fields = ["attempt", "shown_expires_at"]
    list_select_related = ["access_attempt"]

    @admin.display(description="Attempt")
    def attempt(self, row: AccessAttemptExpiration) -> SafeString:
        """Of whom."""
        return link("axes.AccessAttempt", row.pk, row.access_attempt.username or "nobody")


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(_AttemptAdmin):
    """Every failed sign-in."""

    hidden: list[str] = []
    list_display = ["username", "ip_address", "locked_out", "shown_attempt_time"]
    fields = [
        "username",
        "ip_address",
        "user_agent",
        "path_info",
        "locked_out",
        "shown_attempt_time",
    ]


@admin.register(AccessLog)
class AccessLogAdmin(_AttemptAdmin):
    """Every sign-in, and when it ended."""

    hidden = ["session_hash"]
    list_display = ["username", "ip_address", "shown_attempt_time", "shown_logout_time"]
    fields = [
        "username", "ip_address", "user_agent", "path_info", "shown_attempt_time",
        "shown_logout_time",
    ]  # fmt: skip


@admin.register(LogEntry)
class LogEntryAdmin(LibraryAdmin):
    """What was done in this console. The proof of it is in decisions and receipts."""

    list_display = ["shown_action_time", "user", "what", "object_repr", "said"]
    list_select_related = ["user", "content_type"]
    list_display_links = ["shown_action_time"]
    search_fields = ["object_repr"]
    keyset = True
    ordering = ["-pk"]
    sortable_by: list[str] = []
    show_facets = admin.ShowFacets.NEVER
    fields = ["shown_action_time", "user", "what", "object_repr", "object_id", "said"]

    @admin.display(description="What")
    def what(self, row: LogEntry) -> str:
        """The kind of thing it was done to."""
        return str(row.content_type.name) if row.content_type else ""

    @admin.display(description="Done")
    def said(self, row: LogEntry) -> str:
        """In words."""
        return str(row.get_change_message())
