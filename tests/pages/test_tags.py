"""Marks, times and values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from maestro.kernel.redaction import MASK
from maestro.kernel.templatetags.marks import STATES
from maestro.kernel.templatetags.switchboard import percent, short_digest
from maestro.kernel.templatetags.times import duration
from maestro.runtime.states import ExecutionStatus, StepStatus

NOW = datetime(2026, 11, 21, 9, 42, 40, tzinfo=UTC)


def drawn(source: str, **context: object) -> str:
    return Template("{% load switchboard %}" + source).render(Context({"now": NOW, **context}))


@pytest.mark.parametrize("state", [*ExecutionStatus, *StepStatus])
def test_every_state_has_a_glyph_of_the_sprite_and_a_word(state: str) -> None:
    sprite = Template("{% include 'components/sprite.html' %}").render(Context())
    assert f'id="i-{STATES[state].glyph}"' in sprite
    assert STATES[state].word in drawn("{% status state %}", state=state)


def test_a_glyph_by_itself_speaks_and_beside_a_word_it_does_not() -> None:
    assert 'role="img" aria-label="Failed"' in drawn("{% glyph 'failed' %}")
    assert 'aria-hidden="true"' in drawn("{% status 'failed' %}")


def test_a_state_and_a_kind_from_elsewhere_are_escaped() -> None:
    assert "<b" not in drawn(
        "{% status s %}{% glyph s %}{% badge s href=s %}{% icon s label=s %}", s='"<b>'
    )


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW - timedelta(seconds=3), "just now"),
        (NOW - timedelta(seconds=40), "40 s ago"),
        (NOW - timedelta(minutes=14), "14 min ago"),
        (NOW - timedelta(hours=23, minutes=59), "23 h ago"),
        (NOW - timedelta(days=3), "18 November, 09:42"),
        (NOW - timedelta(days=400), "17 October 2025, 09:42"),
        (NOW + timedelta(minutes=18, seconds=5), "in 18 min"),
        (NOW + timedelta(days=3), "24 November, 09:42"),
        (None, "never"),
    ],
)
def test_times_are_relative_up_to_a_day_and_then_dates(moment: datetime | None, text: str) -> None:
    assert text in drawn("{% ago moment %}", moment=moment)


def test_times_are_in_the_zone_of_the_viewer_and_exact_for_programs() -> None:
    with timezone.override(ZoneInfo("America/New_York")):
        html = drawn("{% at moment %}", moment=NOW)
    assert html == '<time datetime="2026-11-21T09:42:40Z">04:42:40</time>'
    assert "4 November 2026" in drawn("{% day moment %}", moment=date(2026, 11, 4))


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 s"),
        (0.0004, "1 ms"),
        (0.24, "240 ms"),
        (2.1, "2.1 s"),
        (12, "12 s"),
        (59.96, "1 min"),
        (92, "1 min 32 s"),
        (3600, "1 h"),
        (11100, "3 h 5 min"),
        (86400, "1 day"),
        (180000, "2 days 2 h"),
        (timedelta(seconds=92), "1 min 32 s"),
        (None, ""),
        (-1, "0 s"),
    ],
)
def test_a_duration_is_written_as_people_say_it(
    length: float | timedelta | None, text: str
) -> None:
    assert duration(length) == text


def test_a_digest_is_cut_in_the_middle() -> None:
    assert short_digest("sha256:41c07e9b" + "0" * 52 + "d83a") == "sha256:41c07e9b…d83a"
    assert short_digest("sha256:41c0") == "sha256:41c0"
    assert short_digest(None) == ""


def test_what_is_masked_is_drawn_and_said_as_masked() -> None:
    html = drawn("{{ value|pretty_json }}", value={"<token>": f"Bearer {MASK}"})
    assert '<span class="mask" aria-hidden="true">' in html
    assert "masked</span>" in html
    assert "<token>" not in html


def test_a_value_is_written_for_people_where_it_can_be() -> None:
    assert drawn("{{ value|json_value }}", value="a<b") == "<code>a&lt;b</code>"
    assert drawn("{{ value|json_value }}", value={"a": 1, "b": "x"}) == "<code>a: 1<br>b: x</code>"
    assert drawn("{{ value|json_value }}", value=[1, "b"]) == "<code>1</code>, <code>b</code>"
    assert "none" in drawn("{{ value|json_value }}", value=None)
    assert "&quot;b&quot;: 1" in drawn("{{ value|json_value }}", value={"a": {"b": 1}})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The parameter `a<b` is gone.", "The parameter <code>a&lt;b</code> is gone."),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("a ` alone", "a ` alone"),
        ("`a` and ` alone", "<code>a</code> and ` alone"),
        ("", ""),
    ],
)
def test_names_in_backticks_are_code(said: str, shown: str) -> None:
    assert drawn("{{ said|coded }}", said=said) == shown


def test_a_share_is_written_with_a_figure_after_the_point_while_it_is_small() -> None:
    assert [percent(share) for share in (0.012, 0.31, 0.0, None)] == ["1.2 %", "31 %", "0 %", ""]


def test_a_filter_is_taken_out_of_the_address_and_one_starts_at_page_one() -> None:
    request = RequestFactory().get("/", {"status": ["a", "b"], "q": "x y", "page": "3", "risk": ""})
    assert drawn("{% query_without 'status' 'a' %}", request=request) == "?status=b&amp;q=x+y"
    assert drawn("{% query_without 'q' %}", request=request) == "?status=a&amp;status=b"
    assert drawn("{% query_with page=4 q=None %}", request=request).endswith("page=4&amp;risk=")


def test_a_poll_asks_with_the_etag_it_was_given() -> None:
    html = drawn("<p {% if_none_match etag %}></p>", etag='"12-300"')
    asked = "{&quot;If-None-Match&quot;: &quot;\\&quot;12-300\\&quot;&quot;}"
    assert html == f'<p data-hx-headers="{asked}"></p>'


def test_the_head_of_a_table_says_what_its_columns_are() -> None:
    html = drawn("{% columns _('Name') other actions=True %}", other="<b>")
    assert html.startswith('<thead role="rowgroup"><tr role="row">')
    assert '<th scope="col" role="columnheader">Name</th>' in html
    assert '<th scope="col" role="columnheader">&lt;b&gt;</th>' in html
    assert '<span class="vh">Actions</span></th></tr></thead>' in html
    assert "Actions" not in drawn("{% columns _('Name') %}")
