"""rego-cpp, the Rego engine of this process, as far as decisions need it.

Policies are compiled by regopy's classes. Questions are handed over, and answers taken, by the
functions of its C interface (`rego_c.h`) that those classes stand on: the classes take a text for
the JSON of itself, so that `"low"` in quotation marks was low, a text ended at its first NUL and an
accent was not that of the data; they cut a whole number to 64 bits; and they take twice as long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from regopy import Interpreter, LogLevel, RegoError, rego_shared

_c = rego_shared.rego
_LEAST, _MOST = -(2**63), 2**63 - 1


class Compiled:
    """Modules and data, compiled for some entry points (`package/rule`).

    It serves one thread at a time: shared at the same moment by two, one answer in ten was wrong.
    Errors of built-in functions end in no answer instead of "undefined". Raises `RegoError` when
    they do not compile.
    """

    def __init__(
        self, modules: Mapping[str, str], data: Mapping[str, Any], entry_points: Sequence[str]
    ) -> None:
        interpreter = Interpreter()
        interpreter.strict_built_in_errors = True
        interpreter.log_level = LogLevel.NONE  # it writes to stderr; errors reach us anyway
        for name, source in modules.items():
            interpreter.add_module(name, source)
        interpreter.add_data_json(json.dumps(data, ensure_ascii=False))
        self._plan = interpreter.build(None, entry_points)
        self._interpreter = interpreter
        if not self._plan.ok():
            raise RegoError("they do not compile")

    def answer(self, entry_point: str, facts: Mapping[str, Any]) -> str:
        """What a rule says to an input: JSON in the form of rego-cpp, or `undefined`.

        Raises `RegoError` when there is no answer, and `ValueError` for an input that can't be told
        exactly: a whole number beyond 64 bits, a number of more digits than it keeps, or a
        text that is no UTF-8; `TypeError` for what is no JSON.
        """
        self._hand_over(facts)
        output = rego_shared.rego_bundle_query_entrypoint(
            self._interpreter._impl, self._plan._impl, entry_point
        )
        if not output:
            raise RegoError("no output")
        try:
            said = rego_shared.rego_output_string(output)
            if not rego_shared.rego_output_ok(output):
                raise RegoError(said)
            return str(said)
        finally:
            rego_shared.rego_free_output(output)

    def _hand_over(self, facts: Mapping[str, Any]) -> None:
        made = rego_shared.rego_new_input()
        try:
            _add(made, facts)
            rego_shared.rego_set_input(self._interpreter._impl, made)
        finally:
            rego_shared.rego_free_input(made)


def _add(made: int, value: Any) -> None:
    """Put a JSON value on top of an input that is being made; what it consists of comes first."""
    match value:
        case str():
            code = _c.regoInputString(made, _json_text(value))
        case None:
            code = _c.regoInputNull(made)
        case bool():
            code = _c.regoInputBoolean(made, value)
        case Mapping():
            for name, item in value.items():
                _c.regoInputString(made, _name(name))
                _add(made, item)
                _c.regoInputObjectItem(made)
            code = _c.regoInputObject(made, len(value))
        case list() | tuple():
            for item in value:
                _add(made, item)
            code = _c.regoInputArray(made, len(value))
        case int() if _LEAST <= value <= _MOST:
            code = _c.regoInputInt(made, value)
        case float() if _is_told_exactly(value):
            code = _c.regoInputFloat(made, value)
        case int() | float():
            raise ValueError("policy can't be asked about a number of so many digits")
        case _:
            raise TypeError(f"policy can't be asked about a {type(value).__name__}")
    if code:
        raise RegoError("the input is not taken", code)


def _json_text(text: str) -> bytes:
    return encode_basestring(text).encode()


_name = lru_cache(1024)(_json_text)  # facts bear the same names in each question


def _is_told_exactly(number: float) -> bool:
    """rego-cpp writes a number with six digits behind the point, and fifteen in all."""
    return isfinite(number) and float(f"{number:.6f}") == number == float(f"{number:.15g}")
