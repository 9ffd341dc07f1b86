"""Each way in which a document can be wrong is told with its path, its line and what to do."""

from __future__ import annotations

import pytest

from catalog.document_schema import DOCUMENT_SCHEMA
from tests.catalog.documents import RIGHT, changed, parse, problems_of

STEP = "    needs: [close]\n    when: ${{ params.count > 0 }}"
URL = '      url: ${{ endpoints.directory + "/" + params.who }}'

# What is replaced by what; then code, path, line, and a word of the hint.
TABLE = [
    ("metadata:\n", "metdata:\n", "unknown_key", "/metdata", 3, "Did you mean 'metadata'"),
    ("  title: Close accounts\n", "", "missing_key", "/metadata", 3, "Add title"),
    ("kind: Workflow", "kind: Workfow", "not_allowed", "/kind", 2, "'Workflow'"),
    ("apiVersion: maestro/v1", "apiVersion: [1]", "not_allowed", "/apiVersion", 1, "maestro/v1"),
    ("title: Close accounts", "title: [x]", "wrong_type", "/metadata/title", 5, ""),
    ("title: Close accounts", "title: ''", "too_short", "/metadata/title", 5, "Write"),
    ("title: Close accounts", f"title: {'x' * 121}", "too_long", "/metadata/title", 5, "Shorten"),
    ("name: close-accounts", "name: Close it", "wrong_format", "/metadata/name", 4, "offboard"),
    ("name: close-accounts", 'name: "close-accounts\\n"', "wrong_format", "/metadata/name", 4, "slug"),
    ("version: 1.2.0", "version: '1.2'", "wrong_format", "/metadata/version", 6, "1.0.0"),
    ("version: 1.2.0", "version: 1.2.0\n  tags: [a, a]", "duplicate_item", "/metadata/tags/1", 7, "one"),
    ("  - id: close\n", "  - id: find\n", "duplicate_step", "/steps/1/id", 24, "own"),
    ("needs: [find]", "needs: [fnd]", "unknown_need", "/steps/1/needs/0", 25, "Did you mean 'find'"),
    ("    needs: [find]", "    needs: [tell]", "cycle", "/steps/1/needs", 25, "Remove"),
    ("task: email.send@1", "task: email.sent@1", "unknown_task", "/steps/2/task", 32, "email.send@1"),
    ("task: email.send@1", "task: email.send@7", "unknown_task_major", "/steps/2/task", 32, "email.send@1"),
    ("task: email.send@1", "task: email", "wrong_format", "/steps/2/task", 32, "kind.task@major"),
    (URL, "      timeout: 3", "missing", "/steps/0/with/url", 21, "URL"),
    ("      auth:", "      ath:", "unknown_key", "/steps/0/with/ath", 23, "'auth'"),
    (URL, "      url: ${{ params.count }}", "wrong_type", "/steps/0/with/url", 22, "string(x)"),
    (URL, "      url: ${{ size(params.who) }}", "wrong_type", "/steps/0/with/url", 22, "string(x)"),
    ("params.who }}\n      auth", "params.wo }}\n      auth", "unknown_parameter", "/steps/0/with/url", 22, "'who'"),
    ("steps.find.output.body", "steps.fnd.output.body", "unknown_step", "/steps/1/for_each", 26, "'find'"),
    ("steps.find.output.body", "steps.find.outptu", "unknown_reference", "/steps/1/for_each", 26, "'output'"),
    ("steps.find.output.body", "steps.close.output", "reads_itself", "/steps/1/for_each", 26, "before"),
    ("steps.find.output.body", "steps[params.who].output", "reference_unclear", "/steps/1/for_each", 26, "name"),
    (STEP, "    when: ${{ steps.find.output.status == 200 }}", "not_needed", "/steps/2/when", 30, "Add find to needs"),
    ('"${{ endpoints.directory }}', '"${{ endpoints.directry }}', "unknown_endpoint", "/steps/1/with/url", 28, "'directory'"),
    ("secrets.token }", "secrets.tokn }", "unknown_secret", "/steps/0/with/auth/bearer", 23, "'token'"),
    (URL, "      url: ${{ secrets.token }}", "secret_outside", "/steps/0/with/url", 22, "no secret at url"),
    ('"${{ secrets.token }}"', '"Bearer ${{ secrets.token }}"', "secret_not_whole", "/steps/0/with/auth/bearer", 23, "alone"),
    ('"${{ secrets.token }}"', "\"${{ '' + secrets.token }}\"", "secret_not_whole", "/steps/0/with/auth/bearer", 23, "alone"),
    ("${{ params.count > 0 }}", "${{ secrets.token == '' }}", "secret_outside", "/steps/2/when", 31, "with"),
    ("${{ params.count > 0 }}", "${{ item > 0 }}", "item_outside", "/steps/2/when", 31, "for_each"),
    ("${{ params.count > 0 }}", "${{ execution.startd_at == '' }}", "unknown_reference", "/steps/2/when", 31, "'started_at'"),
    ("${{ params.count > 0 }}", "${{ params.count }}", "wrong_type", "/steps/2/when", 31, "Compare"),
    ("${{ params.count > 0 }}", "params.count > 0", "not_an_expression", "/steps/2/when", 31, "${{ params.count > 0 }}"),
    ("${{ params.count > 0 }}", "${{ params.count > }}", "expression_invalid", "/steps/2/when", 31, "CEL"),
    ("${{ params.count > 0 }}", "${{ parms.count > 0 }}", "expression_invalid", "/steps/2/when", 31, "params"),
    ("${{ steps.find.output.body }}", "${{ params.who }}", "wrong_type", "/steps/1/for_each", 26, ""),
    ('json: {n: "${{ index }}"}', 'json: {"${{ index }}": 1}', "expression_in_key", "/steps/1/with/json/${{ index }}", 28, "values"),
    ("template: done", "template: dne", "unknown_template", "/steps/2/with/template", 33, "'done'"),
    ("    task: email.send@1", "    task: email.send@1\n    timeout: 5 min", "wrong_format", "/steps/2/timeout", 33, "20s"),
    ("    task: email.send@1", "    task: email.send@1\n    timeout: 0s", "out_of_range", "/steps/2/timeout", 33, "1ms"),
    ("    task: email.send@1", "    task: email.send@1\n    timeout: 9000h", "out_of_range", "/steps/2/timeout", 33, "72h"),
    ("    task: email.send@1", "    task: email.send@1\n    retry: {attempts: 11}", "out_of_range", "/steps/2/retry/attempts", 33, "1 and 10"),
    ("    task: email.send@1", "    task: email.send@1\n    retry: {on: [unavailble]}", "not_allowed", "/steps/2/retry/on/0", 33, "'unavailable'"),
    ("    task: email.send@1", "    task: email.send@1\n    on_error: ignore", "not_allowed", "/steps/2/on_error", 33, "continue"),
    ("    task: email.send@1", "    task: email.send@1\n    max_parallel: 51", "out_of_range", "/steps/2/max_parallel", 33, "50"),
    ("https://directory.example", "ftp://directory.example", "endpoint_invalid", "/endpoints/directory/default", 17, "http"),
    ("https://directory.example", "https://a:b@directory.example", "endpoint_invalid", "/endpoints/directory/default", 17, "host"),
    ("https://directory.example", "https:///x", "endpoint_invalid", "/endpoints/directory/default", 17, "host"),
    ("  type: object\n  required", "  type: array\n  required", "schema_invalid", "/parameters/type", 8, "object"),
    ("{type: integer, default: 1}", "{type: intger}", "schema_invalid", "/parameters/properties/count/type", 12, "json-schema"),
    ("{type: integer, default: 1}", "{type: integer, default: x}", "default_invalid", "/parameters/properties/count/default", 12, "fits"),
    ("{type: integer, default: 1}", "{$ref: 'https://a.example/s'}", "schema_reference", "/parameters/properties/count/$ref", 12, "#/$defs"),
    ("{type: integer, default: 1}", "{$ref: '#/$defs/no'}", "schema_reference", "/parameters/properties/count/$ref", 12, "local"),
    ("{type: integer, default: 1}", "{$id: x}", "schema_refused", "/parameters/properties/count/$id", 12, ""),
    ("{type: integer, default: 1}", "{pattern: '(?=a)'}", "pattern_invalid", "/parameters/properties/count/pattern", 12, "RE2"),
    ("{type: integer, default: 1}", f"{{pattern: {'a' * 501}}}", "pattern_invalid", "/parameters/properties/count/pattern", 12, "Shorten"),
    ("  type: object\n  required", "  $ref: '#'\n  required", "schema_too_complex", "/parameters", 7, "Unroll"),
    ("{who: ana@acme.test}", "{who: ana}", "example_invalid", "/examples/0/parameters/who", 40, ""),
    ("{who: ana@acme.test}", "{who: a@b.c, whom: 1}", "example_invalid", "/examples/0/parameters/whom", 40, "'who'"),
    ("  closed: ${{ steps.close", "  closed: ${{ steps.clse", "unknown_step", "/outputs/closed", 37, "'close'"),
    ("  closed: ${{ steps.close.output.map(r, r.body) }}", "  closed: ${{ secrets.token }}", "secret_outside", "/outputs/closed", 37, "with"),
    ("  token: {", "  Token-1: {", "wrong_format", "/secrets/Token-1", 15, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "line", "hint"),
    TABLE,
    ids=[f"{row[2]}-{row[1][:40]}" for row in TABLE],
)
def test_a_problem_is_told_where_it_stands_with_what_to_do(
    old: str, new: str, code: str, path: str, line: int, hint: str
) -> None:
    found = problems_of(changed(old, new))
    matching = [one for one in found if (one.code, one.path) == (code, path)]
    assert matching, [(one.code, one.path, one.line) for one in found]
    assert matching[0].line == line
    assert matching[0].column
    assert hint in matching[0].hint
    assert matching[0].message


def test_the_right_document_has_neither_problems_nor_warnings() -> None:
    assert parse(RIGHT).warnings == ()


def test_every_problem_is_told_at_once_in_the_order_of_the_document() -> None:
    text = changed("needs: [find]", "needs: [fnd]").replace("email.send@1", "email.sent@1")
    text = text.replace("risk", "risk").replace("version: 1.2.0", "version: one")
    codes = [one.code for one in problems_of(text)]
    assert codes[0] == "wrong_format"
    assert {"unknown_need", "unknown_task"} <= set(codes)
    lines = [one.line or 0 for one in problems_of(text)]
    assert lines == sorted(lines)


def test_a_cycle_is_named() -> None:
    text = changed(URL, URL + "\n    needs: [tell]".replace("    needs", "    needs")).replace(
        '      auth: {bearer: "${{ secrets.token }}"}\n', ""
    )
    cycle = next(one for one in problems_of(text) if one.code == "cycle")
    assert "find → tell → close → find" in cycle.message


def test_a_step_that_needs_itself_is_a_cycle() -> None:
    found = problems_of(changed("needs: [find]", "needs: [find, close]"))
    assert [one.message for one in found] == ["These steps wait for each other: close → close."]


def test_a_step_may_read_what_it_waits_for_by_another_step() -> None:
    parse(changed("${{ params.count > 0 }}", "${{ steps.find.output.status == 200 }}"))


def test_names_inside_text_of_an_expression_are_not_references() -> None:
    parse(changed("${{ params.count > 0 }}", "${{ params.who != 'steps.nope.output' }}"))


def test_a_loops_variable_hides_a_root() -> None:
    expression = "${{ [1].all(steps, steps > 0) }}"
    parse(changed("${{ params.count > 0 }}", expression))


def test_a_value_that_is_an_expression_may_stand_where_a_schema_wants_a_number() -> None:
    parse(changed("    task: email.send@1", "    task: email.send@1\n    max_parallel: 10"))
    text = changed("method: PUT, url", "max_bytes: '${{ params.count }}', url")
    parse(text)
    wrong = text.replace("params.count }}', url", "params.who }}', url")
    assert [one.code for one in problems_of(wrong)] == ["wrong_type"]


def test_an_expression_does_not_hide_a_missing_key_beside_it() -> None:
    found = problems_of(changed("auth: {bearer:", "auth: {basic:"))
    assert {one.code for one in found} >= {"secret_outside"}
    text = changed(
        '{bearer: "${{ secrets.token }}"}', '{basic: {username: "${{ secrets.token }}"}}'
    )
    assert [(one.code, one.path) for one in problems_of(text)] == [
        ("missing", "/steps/0/with/auth/basic/password")
    ]


def test_what_deserves_a_warning_does_not_stop_the_document() -> None:
    text = changed(
        'task: email.send@1\n    with: {to: "${{ params.who }}", template: done}',
        "task: old.thing@1",
    )
    text = text.replace('      auth: {bearer: "${{ secrets.token }}"}\n', "    max_parallel: 3\n")
    found = {(one.code, one.path) for one in parse(text).warnings}
    assert found == {
        ("deprecated_task", "/steps/2/task"),
        ("unused_secret", "/secrets/token"),
        ("unused_template", "/templates/done"),
        ("no_effect", "/steps/0/max_parallel"),
    }


def test_too_many_steps_are_refused_without_reading_each() -> None:
    text = RIGHT.split("steps:")[0] + "steps:\n" + "  - {id: a, task: core.set@1}\n" * 2001
    assert [one.code for one in problems_of(text) if one.path == "/steps"] == ["too_many"]


def test_a_document_that_is_no_map_is_refused() -> None:
    assert [one.code for one in problems_of("[1]")] == ["wrong_type"]
    assert [one.code for one in problems_of("a text")] == ["wrong_type"]


def test_a_step_that_is_no_map_does_not_hide_the_others() -> None:
    text = changed(
        "  - id: find\n    task: http.request@1\n", "  - 3\n  - id: find\n    task: no.task@1\n"
    )
    codes = {one.code for one in problems_of(text)}
    assert {"wrong_type", "unknown_task"} <= codes


def test_the_schema_says_of_every_key_what_it_is_for() -> None:
    def look(schema: object, at: str) -> None:
        if isinstance(schema, dict):
            for name, part in schema.get("properties", {}).items():
                assert part.get("title") or part.get("description"), f"{at}/{name}"
                look(part, f"{at}/{name}")
            look(schema.get("items"), f"{at}/items")

    look(DOCUMENT_SCHEMA, "")
