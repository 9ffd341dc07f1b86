"""The steps as a drawing."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from maestro.gallery.sample_facts import STEPS
from maestro.kernel.pages.graph import GAP, HEIGHT, MARGIN, MAX_STEPS, WIDTH, GraphStep, draw


@st.composite
def workflows(draw_value: st.DrawFn) -> list[GraphStep]:
    count = draw_value(st.integers(1, 14))
    return [
        GraphStep(
            f"s{at}",
            "core.set@1",
            tuple(
                f"s{need}"
                for need in sorted(
                    draw_value(
                        st.sets(st.integers(0, at - 1), max_size=3) if at else st.just(set())
                    )
                )
            ),
        )
        for at in range(count)
    ]


def test_a_step_stands_below_what_it_needs_and_alone_under_it() -> None:
    made = draw(STEPS)
    assert made is not None
    at = {node.id: node for node in made.nodes}
    assert at["find_accounts"].y < at["approve"].y < at["revoke_cloud"].y < at["notify_payroll"].y
    assert at["hand_over_files"].x == at["suspend_directory"].x
    assert at["approve"].gate
    assert made.description == (
        "find_accounts, then approve (waits for people), then suspend_directory, revoke_cloud and "
        "open_ticket at once, then hand_over_files, then notify_payroll. "
        "The same steps follow as a list."
    )


@given(workflows())
def test_no_two_boxes_touch_and_none_leaves_the_drawing(steps: list[GraphStep]) -> None:
    made = draw(steps)
    assert made is not None
    assert {node.id for node in made.nodes} == {step.id for step in steps}
    assert len(made.cords) == sum(len(step.needs) for step in steps)
    for node in made.nodes:
        assert MARGIN - 1 <= node.x <= made.width - MARGIN - WIDTH + 1
        assert MARGIN <= node.y <= made.height - MARGIN - HEIGHT
    for one, other in combinations(made.nodes, 2):
        assert one.y != other.y or abs(one.x - other.x) >= WIDTH + GAP - 0.2


@given(workflows())
def test_a_cord_goes_down_only(steps: list[GraphStep]) -> None:
    made = draw(steps)
    assert made is not None
    y = {node.id: node.y for node in made.nodes}
    for step in steps:
        assert all(y[need] < y[step.id] for need in step.needs)


def test_what_can_not_be_drawn_is_left_to_the_list() -> None:
    assert draw([]) is None
    assert draw([GraphStep("a", "", ("b",)), GraphStep("b", "", ("a",))]) is None
    assert draw([GraphStep(f"s{at}", "") for at in range(MAX_STEPS + 1)]) is None
    assert draw([GraphStep("a", "", ("gone",))]) is not None


def test_a_long_name_is_cut_and_said_whole() -> None:
    made = draw([GraphStep("a" * 40, "b" * 40)])
    assert made is not None
    assert (len(made.nodes[0].name), made.nodes[0].id) == (21, "a" * 40)
