"""Whether what a parameters schema took is still taken by the next one: sound, not complete.

    taken = Subsumption(before, after).holds(before, after)

`holds` is true only where it was shown that every value that resolves against the schema before
(its defaults filled in, then validated) resolves against the one after. Where it can't be shown it
is false: the keywords of JSON Schema are judged by structure, one by one (Habib et al., "Finding
data compatibility bugs with JSON subschema checks", ISSTA 2021, has the general question). The one
thing left out is the limit on references that a validation may follow.

Filling defaults in changes a value before it is validated. Where that could matter (a keyword that
looks at the whole value), a schema with defaults inside has to be the same before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.parameters import fill_part
from catalog.schema_parts import (
    ANY_TYPE,
    Parts,
    Schema,
    Side,
    dereferenced,
    is_simple,
    is_trivial,
    opened,
    types_of,
    written,
)
from catalog.schema_view import Assumed, View

MAX_WORK = 5_000  # comparisons of two schemas; what takes more is not shown
_MAX_DEPTH = 40


class Subsumption:
    """Two schemas of parameters, `before` and `after`; see the module."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.before = Side(before)
        self.after = Side(after)
        self._same_references = (
            self.before.what_references_mean() == self.after.what_references_mean()
        )
        self._work = 0

    def same(self, before: Any, after: Any) -> bool:
        """Whether the two parts say the same; what only describes does not count."""
        one = written(before)
        return one == written(after) and (self._same_references or '"$ref"' not in one)

    def holds(
        self,
        before: Schema,
        after: Schema,
        *,
        filled: bool = True,
        assumed: Assumed = frozenset(),
        depth: int = 0,
    ) -> bool:
        """Whether `after` takes what `before` took; `filled` where defaults are filled in there.

        `assumed` are pairs that are being shown further up, outside of the value looked at now.
        """
        if not self._go_on(depth):
            return False
        before = dereferenced(self.before.root, before)
        after = dereferenced(self.after.root, after)
        if before is False or is_trivial(after) or self.same(before, after):
            return True
        fills = filled and (self.before.fills(before) or self.after.fills(after))
        pair = (written(before), written(after), fills)
        if pair in assumed:
            return True
        if fills and not (is_simple(before) and is_simple(after)):
            return False
        return self.shown((before,), after, fills, assumed | {pair}, depth)

    def shown(
        self, before: Parts, after: Schema, filled: bool, assumed: Assumed, depth: int
    ) -> bool:
        """Whether a value that all of `before` take is taken by `after`."""
        if not self._go_on(depth):
            return False
        parts = self.before.flattened(before)
        wanted = self.after.flattened((after,))
        if parts is None or wanted is None:
            return False
        if any(part is False for part in parts):
            return True
        if not filled and (values := _values(parts)) is not None:
            whole: Schema = {"allOf": list(parts)}
            taken = [value for value in values if self.before.accepts(whole, value)]
            return all(self.after.accepts(after, value) for value in taken)
        view = View(self, parts, filled, assumed, depth)
        if all(view.meets(one) for one in wanted):
            return True
        return not filled and self._by_cases(parts, after, assumed, depth)

    def default_fits(self, before: Any, after: Any) -> bool:
        """Whether the default of `after`, filled in where nothing was given, is taken by it."""
        if not isinstance(after, Mapping) or "default" not in after:
            return True
        if isinstance(before, Mapping) and "default" in before and self.same(before, after):
            return True
        value = fill_part(self.after.root, after, after["default"])
        return self.after.accepts(after, value)

    def _go_on(self, depth: int) -> bool:
        self._work += 1
        return self._work <= MAX_WORK and depth <= _MAX_DEPTH

    def _by_cases(self, parts: Parts, after: Schema, assumed: Assumed, depth: int) -> bool:
        """Whether it holds for each of the alternatives that one of the parts offers."""
        for index, part in enumerate(parts):
            if not isinstance(part, Mapping):
                continue
            for keyword in ("anyOf", "oneOf"):
                if keyword in part:
                    rest = {key: value for key, value in part.items() if key != keyword}
                    others = (*parts[:index], rest, *parts[index + 1 :])
                    known = tuple(map(opened, others))
                    return all(
                        self.shown((*known, one), after, False, assumed, depth + 1)
                        for one in part[keyword]
                    )
        return False


def _values(parts: Parts) -> list[Any] | None:
    """The values that there are at most, None where they can't be told one by one."""
    types = ANY_TYPE
    for part in parts:
        if isinstance(part, Mapping):
            if "const" in part:
                return [part["const"]]
            if "enum" in part:
                return list(part["enum"])
        types &= types_of(part)
    return [True, False, None] if types <= {"boolean", "null"} else None
