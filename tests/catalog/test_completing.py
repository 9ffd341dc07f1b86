"""What is offered at a cursor may stand there; where that can't be told, nothing is offered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.document import DocumentInvalid, parse_document
from catalog.examples import example_source, shipped_examples
from catalog.pages.completing import Completion, complete
from catalog.pages.drafting import SKELETON
from connectors.registry import registry
from tests.effort import seconds_of_work

TASKS = registry().manifests()
HEAD = """\
apiVersion: maestro/v1
kind: Workflow
metadata: {name: tried, title: Tried, version: 1.0.0, category: HR}
parameters: {type: object, properties: {who: {type: string, title: Who leaves}}}
secrets: {key: {description: Opens it}}
endpoints: {directory: {default: "https://directory.example"}}
"""
STEPS = """\
steps:
  - id: look
    task: http.request@1
    with:
      url: https://directory.example
  - id: tell
    task: email.send@1
    needs: [look]
"""


def offered(text: str) -> Completion:
    """What is offered at the `|` in `text`."""
    return complete(text.replace("|", "", 1), text.index("|"), TASKS)


def texts(text: str) -> list[str]:
    return [each.text for each in offered(text).offers]


@pytest.mark.parametrize(
    ("text", "some", "never"),
    [
        ("|", ["apiVersion: ", "metadata: "], ["id: "]),
        ("me|", ["metadata: "], ["kind: "]),
        (f"{HEAD}|", ["steps: ", "outputs: "], ["metadata: ", "apiVersion: "]),
        ("metadata:\n  na|", ["name: "], ["title: "]),
        ("metadata:\n  name: x\n  |\n  title: y\n", ["version: "], ["name: ", "title: "]),
        ("metadata:\n  risk: |", ["low", "high"], []),
        ("metadata: {name: x, ri|", ["risk: "], ["name: "]),
        ("metadata: {risk: h|", ["high"], ["low"]),
        ("secrets: {a: {|}, description: {}}", ["description: "], []),
        (f"{STEPS}    |", ["with: ", "retry: "], ["needs: ", "task: ", "id: "]),
        (f"{STEPS}  - |", ["id: ", "task: "], []),
        (f"{STEPS}  - id: x\n    task: |", ["core.approval@1", "http.request@1"], []),
        (f"{STEPS}  - id: x\n    task: http|", ["http.request@1"], ["email.send@1"]),
        (f"{STEPS}  - {{id: x, task: co|", ["core.set@1"], ["email.send@1"]),
        (f"{STEPS}  - {{id: x, task: core.wait@1, with: {{|", ["duration: ", "until: "], ["to: "]),
        (f"{STEPS}  - id: x\n    needs: [|", ["look", "tell"], ["x"]),
        (f"{STEPS}  - id: x\n    needs: [look, t|", ["tell"], ["look"]),
        (f"{STEPS}    with:\n      |", ["to: ", "subject: "], ["url: "]),
        (f"{STEPS}    with: {{to: a, |", ["subject: "], ["to: "]),
        (STEPS.replace("url: https://directory.example", "|"), ["url: ", "method: "], ["to: "]),
        ("steps:\n  - id: a\n    with:\n      |\n    task: core.wait@1\n", ["until: "], ["to: "]),
        ("steps:\n- id: a\n  task: core.fail@1\n  with:\n    |", ["message: "], []),
        (f"{STEPS}    retry:\n      |", ["attempts: ", "initial: "], ["id: "]),
        (f"{STEPS}    on_error: |", ["collect"], []),
        (f"{HEAD}{STEPS}    when: ${{{{ par|", ["params.who"], []),
        (
            f"{HEAD}{STEPS}    when: ${{{{ steps.look.|",
            ["steps.look.output"],
            ["steps.tell.output"],
        ),
        (f"{HEAD}{STEPS}    when: ${{{{ secrets.|", ["secrets.key"], []),
        (f"{HEAD}{STEPS}    when: ${{{{ endpoints.d| }}}}", ["endpoints.directory"], []),
    ],
)
def test_what_may_stand_there_is_offered(text: str, some: list[str], never: list[str]) -> None:
    found = texts(text)
    assert set(some) <= set(found)
    assert not set(never) & set(found)


@pytest.mark.parametrize(
    "text",
    [
        "# a comm|",
        "metadata:\n  risk: low # h|",
        "metadata:\n  description: |-\n    na|".replace("|-", ">-"),
        "metadata:\n  title: one\n    two|",
        "metadata: {name: x,\n  ti|",
        "metadata:\n\tna|",
        'metadata: {title: "a, ri|',
        "parameters:\n  |",
        "unheard:\n  |",
        "steps:\n  - id: a\n    task: no.such@1\n    with:\n      |",
        "- |",
        "- - |",
        "outputs:\n  |",
    ],
)
def test_where_it_can_t_be_told_nothing_is_offered(text: str) -> None:
    assert texts(text) == []


def test_an_offer_says_what_it_is_and_what_it_replaces() -> None:
    found = offered("metadata:\n  own|")
    assert found.typed == "own"
    assert [(each.text, each.title) for each in found.offers] == [("owner_team: ", "Owner")]
    assert found.offers[0].description == "The team that answers for it."


WHOLE = [SKELETON, *(str(example_source(each.name)) for each in shipped_examples())]
_VALUES = {"url: ": "https://x.example"}


@settings(max_examples=300)
@given(st.data())
def test_a_key_that_is_offered_is_never_reported_as_unknown(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(WHOLE))
    lines = whole.split("\n")
    at = data.draw(st.integers(0, len(lines)))
    column = data.draw(st.sampled_from([0, 2, 4, 6, 8, 10]))
    dash = data.draw(st.sampled_from(["", "- "]))
    before = "".join(f"{each}\n" for each in lines[:at]) + " " * column + dash
    after = "".join(f"\n{each}" for each in lines[at:])
    found = complete(before + after, len(before), TASKS)
    for offer in found.offers:
        if offer.text.endswith(": "):
            assert_known(f"{before}{offer.text}1{after}", offer.text[:-2])


@settings(max_examples=300)
@given(st.data())
def test_a_key_that_is_offered_inside_of_braces_is_known_too(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(WHOLE))
    places = [at + 1 for at, char in enumerate(whole) if char == "{" and whole[at - 1] != "$"]
    at = data.draw(st.sampled_from(places))
    for offer in complete(whole, at, TASKS).offers:
        if offer.text.endswith(": "):
            text = f"{whole[:at]}{offer.text}1, {whole[at:]}"
            assert_known(text, offer.text[:-2])


def assert_known(text: str, key: str) -> None:
    """Whatever else is wrong with `text`, it is not that the key is unknown, or there twice."""
    try:
        parse_document(text.encode(), manifests=TASKS)
    except DocumentInvalid as invalid:
        for problem in invalid.problems:
            if problem.code in ("unknown_key", "unknown_input", "additionalProperties"):
                assert not problem.path.endswith(f"/{key}"), (problem, text)
            assert problem.code != "duplicate_key", (problem, text)


@given(st.text(max_size=200), st.integers(-5, 300))
def test_any_text_is_answered(text: str, cursor: int) -> None:
    complete(text, cursor, TASKS)


@pytest.mark.parametrize(
    "line",
    [
        "-  " * 60 + "!",
        "- " + " " * 100_000 + "!",
        " " * 100_000 + "!",
        "a" * 100_000 + "!",
        "a: " + "a" * 100_000 + "!",
        "a: ${{ " + "a" * 100_000 + "!",
    ],
)
def test_a_line_made_to_be_slow_is_read_once(line: str) -> None:
    with seconds_of_work(20):
        complete(f"{line}\n  - ", len(line) + 5, TASKS)
        complete(line, len(line), TASKS)
