"""A parameter schema as a table."""

from __future__ import annotations

from maestro.gallery.sample_facts import SCHEMA
from maestro.kernel.pages.parameters import ParameterRow, parameter_rows


def test_each_parameter_is_a_row_and_a_group_is_the_rows_in_it() -> None:
    rows = {row.name: row for row in parameter_rows(SCHEMA)}
    assert list(rows)[:5] == [
        "employee_email",
        "last_day",
        "reason",
        "systems",
        "handover.manager_email",
    ]
    assert rows["employee_email"].type == "e-mail"
    assert rows["reason"].choices == ("Resignation", "Redundancy", "End of contract")
    assert rows["systems"].type == "list of text, 1–12"
    assert rows["keep"].type == "list of 3 choices"
    assert rows["days"] == ParameterRow("days", "whole number", False, "Forward mail for", "30")
    assert rows["handover.manager_email"].required
    assert not rows["handover.message"].required


def test_what_is_in_a_group_that_may_be_left_out_is_not_needed() -> None:
    inside = {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}
    assert not parameter_rows({"type": "object", "properties": {"a": inside}})[0].required


def test_a_schema_without_parameters_has_no_rows() -> None:
    assert parameter_rows({}) == ()
    assert parameter_rows(True) == ()
