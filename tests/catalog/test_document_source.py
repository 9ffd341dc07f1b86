"""Reading YAML and JSON: what values mean, where they stand, what is refused before it hurts."""

from __future__ import annotations

import json

import pytest

from catalog.document import DocumentInvalid
from catalog.source import Source, read_source
from catalog.yaml_scalars import plain_scalar
from tests.effort import seconds_of_work


def read(source: str | bytes, media_type: str | None = None) -> Source:
    return read_source(source.encode() if isinstance(source, str) else source, media_type)


def only_problem(source: str | bytes, media_type: str | None = None) -> tuple[str, int, int]:
    with pytest.raises(DocumentInvalid) as caught:
        read(source, media_type)
    (one,) = caught.value.problems
    assert one.hint
    return one.code, one.line or 0, one.column or 0


@pytest.mark.parametrize(
    ("text", "means"),
    [
        *[(word, word) for word in ("on", "off", "yes", "no", "y", "n", "NO", "nil", "tRUE")],
        *[(text, text) for text in ("1:30", "012", "0o8", "1_000", "2026-12-18", "0b1", "1e", ".")],
        *[(text, text) for text in ("-", "+", "0x", "--1", "1.2.3", "1,5", "inf", "nan")],
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("Null", None),
        ("0", 0),
        ("-7", -7),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("9007199254740991", 9007199254740991),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5e-3", -0.0015),
        ("1e3", 1000.0),
        ("1e21", 1e21),
    ],
)
def test_an_unquoted_scalar_means_what_yaml_1_2_says(text: str, means: object) -> None:
    found = plain_scalar(text)
    assert found == means
    assert type(found) is type(means)


def test_quotes_and_blocks_are_always_text() -> None:
    assert read("a: '1'\nb: \"true\"\nc: |\n  null\nd: >-\n  2\n").value == {
        "a": "1",
        "b": "true",
        "c": "null\n",
        "d": "2",
    }


def test_core_tags_are_known_and_others_are_refused() -> None:
    assert read("a: !!str 12\nb: !!int '3'\nc: ! 4\nd: !!map {e: !!seq []}").value == {
        "a": "12",
        "b": 3,
        "c": "4",
        "d": {"e": []},
    }
    assert only_problem("a:\n  b: !!python/object:os.system x") == ("custom_tag", 2, 6)
    assert only_problem("a: !mine {}") == ("custom_tag", 1, 4)
    assert only_problem("a: !!int x") == ("custom_tag", 1, 4)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "empty", 1, 1),
        ("# only a comment\n", "empty", 1, 1),
        ("a: 1\n---\nb: 2", "several_documents", 2, 1),
        ("a:\n\tb: 1", "syntax", 2, 1),
        ("a: b: c", "syntax", 1, 5),
        ("a: @x", "syntax", 1, 4),
        ("a: [1,\n  2", "syntax", 3, 1),
        ("a: *x", "syntax", 1, 4),
        ("a: \x01", "invalid_character", 1, 4),
        ("a: &x [1, *x]", "alias_of_itself", 1, 11),
        ("a: 1\nb: 2\na: 3", "duplicate_key", 3, 1),
        ("1: x", "key_not_text", 1, 1),
        ("a: {true: x}", "key_not_text", 1, 5),
        ("? [a]\n: 1", "key_not_text", 1, 3),
        ("a: .nan", "number_not_finite", 1, 4),
        ("a: -.inf", "number_not_finite", 1, 4),
        ("a: 9007199254740992", "number_too_large", 1, 4),
        ("a: 1e999", "number_too_large", 1, 4),
        ("a: 1e16", "number_too_large", 1, 4),
        ('a: "\\0"', "null_character", 1, 4),
        ("b: &b {c: 1}\na:\n  <<: *b", "merge_key", 3, 3),
    ],
)
def test_yaml_that_can_not_be_taken_is_told_with_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    assert only_problem(text) == (code, line, column)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ('{"a": 1,}', "syntax", 1, 9),
        ("{'a': 1}", "syntax", 1, 2),
        ('{"a": NaN}', "syntax", 1, 7),
        ("", "syntax", 1, 1),
        ('{\n "a": 1,\n "a": 2}', "duplicate_key", 3, 2),
        ('{"b": [1,\n 9007199254740992]}', "number_too_large", 2, 2),
        ('{"b": 1e999}', "number_too_large", 1, 2),
        ('{"b": 9007199254740992.0}', "number_too_large", 1, 2),
        ('{"b": "\\u0000"}', "null_character", 1, 2),
        ('{"b": "\\ud800"}', "invalid_character", 1, 2),
    ],
)
def test_json_that_can_not_be_taken_is_told_with_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    assert only_problem(text, "application/json") == (code, line, column)


def test_every_duplicate_is_told_at_once() -> None:
    with pytest.raises(DocumentInvalid) as caught:
        read("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [(one.path, one.line) for one in caught.value.problems] == [("/a", 2), ("/b/c", 3)]


def test_positions_are_kept_for_yaml_and_found_for_json() -> None:
    yaml = read("a:\n  - b\n  - {c: 1,\n     d/e~f: 2}\n")
    assert yaml.locate(("a", 1, "d/e~f")) == (4, 6)
    assert yaml.locate(("a", 0)) == (2, 5)
    text = '{\n "a": [1,\n  {"b\\"": 2}]}'
    assert read(text).locate(("a", 1, 'b"')) == (3, 4)
    assert read(text).locate(("a", 9, "x")) == (2, 2)


def test_the_content_type_decides_and_without_one_the_text_does() -> None:
    assert read('{"a": "\\/"}').value == {"a": "/"}
    assert read("{a: 1}").value == {"a": 1}
    assert read('{"a": 1,}').value == {"a": 1}
    assert only_problem("a: 1", "application/json; charset=utf-8")[0] == "syntax"
    assert read("a: 1", "application/yaml; charset=utf-8").value == {"a": 1}
    assert read("a: 1", "application/vnd.maestro+yaml").value == {"a": 1}
    assert only_problem("a: 1", "image/png")[0] == "media_type"


def test_a_syntax_error_of_json_is_told_as_one_of_json() -> None:
    with pytest.raises(DocumentInvalid, match="JSON"):
        read('{"a": [1, 2}')


def test_utf8_is_required_and_a_byte_order_mark_is_skipped() -> None:
    assert read(b"\xef\xbb\xbfa: \xc3\xa9").value == {"a": "é"}
    assert only_problem(b"a: 1\nb: \xff") == ("not_utf8", 2, 4)
    assert only_problem("a: 1".encode("utf-16"))[0] == "not_utf8"


def test_aliases_share_what_they_name() -> None:
    found = read("a: &x {b: [1]}\nc: *x\n")
    assert found.value == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert found.locate(("c",)) == (2, 1)
    assert read("x: &a [&a [1], *a]\ny: *a").value == {"x": [[1], [1]], "y": [1]}


def billion_laughs(levels: int, width: int) -> str:
    lines = ["a0: &a0 [lol, lol]"]
    lines += [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]"
        for level in range(1, levels)
    ]
    return "\n".join(lines)


def test_a_billion_laughs_are_refused_before_they_are_laughed() -> None:
    assert only_problem(billion_laughs(12, 9))[0] == "aliases_too_large"
    assert only_problem("a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 100 + "]")[0] == (
        "aliases_too_large"
    )


def test_depth_that_aliases_add_up_is_refused() -> None:
    assert only_problem(billion_laughs(40, 1))[0] == "too_deep"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", '{"a": ', "? "])
def test_deep_nesting_is_refused(opening: str) -> None:
    code, _line, _column = only_problem(opening * 50_000)
    assert code in ("too_deep", "syntax", "key_not_text")


def test_depth_is_counted_to_32_in_both_formats() -> None:
    for levels, right in ((32, True), (33, False)):
        text = "[" * levels + "]" * levels
        for media_type in ("application/json", "application/yaml"):
            if right:
                read(text, media_type)
            else:
                assert only_problem(text, media_type)[0] == "too_deep"


def test_ten_megabytes_are_refused_without_being_parsed() -> None:
    assert only_problem(b"\xff" * 10_000_000) == ("too_large", 1, 1)


def test_a_document_of_one_mebibyte_of_numbers_is_read() -> None:
    raw = json.dumps([1] * 349_000)
    assert len(raw) < 1024 * 1024
    assert len(read(raw, "application/yaml").value) == 349_000


def test_a_number_of_a_million_digits_is_refused() -> None:
    digits = "1" * 1_000_000
    assert only_problem(digits, "application/yaml")[0] == "number_too_large"
    assert only_problem(digits, "application/json")[0] == "number_too_large"
    assert only_problem(digits + ".5", "application/json")[0] == "number_too_large"


@pytest.mark.parametrize("space", [" ", "\n", "\t"])
def test_space_behind_a_json_document_is_not_looked_through_again_and_again(space: str) -> None:
    with seconds_of_work(20):
        assert only_problem('{"a": 1, "a": 2}' + space * 500_000)[0] == "duplicate_key"
