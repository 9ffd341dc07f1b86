"""Times and lengths of time as people say them, in the viewer's zone. `switchboard.py` makes them
template tags.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.template import Context
from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from maestro.kernel import clock


def ago(context: Context, moment: datetime | None, nothing: str = "") -> SafeString:
    """“14 min ago” up to a day, then the date, in the viewer's zone."""
    if moment is None:
        return _no_time(nothing)
    present = _present(context)
    return _time(moment, _relative(present - moment) or _dated(moment, present))


def at(context: Context, moment: datetime | None, nothing: str = "") -> SafeString:
    """The time of today with its seconds, else the date and the time, in the viewer's zone."""
    if moment is None:
        return _no_time(nothing)
    present = _present(context)
    local = timezone.localtime(moment)
    if local.date() == timezone.localtime(present).date():
        return _time(moment, written(local, "H:i:s"))
    return _time(moment, _dated(moment, present))


def day(moment: datetime | date | None, nothing: str = "") -> SafeString:
    """The date in full: 4 November 2026."""
    if moment is None:
        return _no_time(nothing)
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return _time(moment, written(local, "j F Y"))


def since(context: Context, moment: datetime | None) -> SafeString:
    """How long it has been going on. It counts up in the page while the page is open."""
    if moment is None:
        return SafeString("")
    length = max((_present(context) - moment).total_seconds(), 0.0)
    return format_html(
        '<span data-since="{}">{}</span>', _iso(moment), duration(timedelta(seconds=int(length)))
    )


def page_time(context: Context) -> str:
    """The moment at which the page was made, by the server's clock."""
    return _iso(_present(context))


def duration(length: timedelta | float | None) -> str:
    """`2.1 s`, `1 min 32 s`, `3 h 5 min`. A plain number is in seconds."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    seconds = max(seconds, 0.0)
    if 0 < seconds < 0.9995:
        return f"{max(round(seconds * 1000), 1)} ms"
    if seconds < 59.95:
        return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, size, less, smaller in (
        ("days", 86400, "h", 3600),
        ("h", 3600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= size:
            count, rest = divmod(whole, size)
            name = ngettext("day", "days", count) if unit == "days" else unit
            return (
                f"{count} {name} {rest // smaller} {less}" if rest >= smaller else f"{count} {name}"
            )
    return f"{whole} s"


def iso(moment: datetime | date | None) -> str:
    """RFC 3339, for attributes that programs read."""
    return _iso(moment) if moment else ""


def _present(context: Context) -> datetime:
    """The time of the page: `now` from the view, else asked for once a page."""
    present = context.get("now")
    if not isinstance(present, datetime):
        present = clock.now()
        context.dicts[0]["now"] = present
    return present


def _relative(length: timedelta) -> str:
    seconds = length.total_seconds()
    past, seconds = seconds >= 0, abs(seconds)
    form = gettext("{} ago") if past else gettext("in {}")
    if seconds < 10:
        return gettext("just now") if past else gettext("now")
    if seconds < 60:
        return form.format(f"{int(seconds)} s")
    if seconds < 3600:
        return form.format(f"{int(seconds // 60)} min")
    return form.format(f"{int(seconds // 3600)} h") if seconds < 86400 else ""


def _dated(moment: datetime, present: datetime) -> str:
    local, today = timezone.localtime(moment), timezone.localtime(present)
    return written(local, "j F, H:i" if local.year == today.year else "j F Y, H:i")


def _no_time(nothing: str) -> SafeString:
    return format_html('<span class="mute">{}</span>', nothing or gettext("never"))


def _iso(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return moment.isoformat()


def _time(moment: datetime | date, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', _iso(moment), text)
