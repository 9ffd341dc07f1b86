"""What is known of a value that one schema took, asked keyword by keyword of the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from catalog.json_schema import matches
from catalog.schema_parts import Parts, Schema, Side, is_trivial, opened, types_of

Assumed: TypeAlias = "frozenset[tuple[str, str, bool]]"

# The type that a keyword is about; it says nothing of values of another.
_ABOUT = {
    "format": "string",
    "pattern": "string",
    "minLength": "string",
    "maxLength": "string",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "number",
    "minItems": "array",
    "maxItems": "array",
    "uniqueItems": "array",
    "prefixItems": "array",
    "items": "array",
    "contains": "array",
    "minContains": "array",
    "maxContains": "array",
    "unevaluatedItems": "array",
    "required": "object",
    "properties": "object",
    "patternProperties": "object",
    "additionalProperties": "object",
    "propertyNames": "object",
    "minProperties": "object",
    "maxProperties": "object",
    "dependentRequired": "object",
    "dependentSchemas": "object",
    "unevaluatedProperties": "object",
}
_UPPER = ("maxLength", "maxItems", "maxProperties", "maxContains")


class Judge(Protocol):
    """What a view asks about parts that stand inside of its value, or beside it."""

    before: Side
    after: Side

    def same(self, before: Any, after: Any) -> bool: ...

    def holds(
        self,
        before: Schema,
        after: Schema,
        *,
        filled: bool = True,
        assumed: Assumed = frozenset(),
        depth: int = 0,
    ) -> bool: ...

    def shown(
        self, before: Parts, after: Schema, filled: bool, assumed: Assumed, depth: int
    ) -> bool: ...

    def default_fits(self, before: Any, after: Any) -> bool: ...


class View:
    """A value that every schema of `parts` took, opened: what the next schema may rely on."""

    def __init__(
        self, judge: Judge, parts: Parts, filled: bool, assumed: Assumed, depth: int
    ) -> None:
        self._judge = judge
        self._parts = parts
        self._known = [part for part in parts if isinstance(part, Mapping)]
        self._filled = filled
        self._assumed = assumed
        self._depth = depth
        self._types = frozenset.intersection(*map(types_of, parts))

    def meets(self, wanted: Schema) -> bool:
        """Whether the keywords of `wanted` hold; what it refers to stands beside it."""
        if not isinstance(wanted, Mapping):
            return bool(wanted) or not self._types
        return all(self._meets(keyword, wanted) for keyword in wanted)

    def _meets(self, keyword: str, wanted: Mapping[str, Any]) -> bool:
        about = _ABOUT.get(keyword)
        kinds = {"integer", "fraction"} if about == "number" else {about}
        if about and self._types.isdisjoint(kinds):
            return True
        ask = _ASKED.get(keyword)
        return ask is None or ask(self, wanted, keyword)

    def _types_fit(self, wanted: Mapping[str, Any], _keyword: str) -> bool:
        return self._types <= types_of({"type": wanted["type"]})

    def _listed(self, _wanted: Mapping[str, Any], _keyword: str) -> bool:
        """Of values that can't be told one by one it is not shown that they are listed."""
        return False

    def _said(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        """Whether the same was said before, word by word."""
        return any(
            keyword in part
            and self._judge.same({keyword: part[keyword]}, {keyword: wanted[keyword]})
            for part in self._known
        )

    def _bounded(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        limit = wanted[keyword]
        if keyword in _UPPER:
            return any(part.get(keyword, limit + 1) <= limit for part in self._known)
        return limit == 0 or any(part.get(keyword, -1) >= limit for part in self._known)

    def _at_least(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        limit, strict = wanted[keyword], keyword == "exclusiveMinimum"
        return any(
            ("exclusiveMinimum" in part and part["exclusiveMinimum"] >= limit)
            or ("minimum" in part and _beyond(part["minimum"], limit, strict))
            for part in self._known
        )

    def _at_most(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        limit, strict = wanted[keyword], keyword == "exclusiveMaximum"
        return any(
            ("exclusiveMaximum" in part and part["exclusiveMaximum"] <= limit)
            or ("maximum" in part and _beyond(limit, part["maximum"], strict))
            for part in self._known
        )

    def _multiple(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        """Fractions are divided as the validator does it, rounded: only the same one is sure."""
        unit = wanted[keyword]
        units = [part[keyword] for part in self._known if keyword in part]
        whole = isinstance(unit, int)
        return any(
            one == unit or (whole and isinstance(one, int) and one % unit == 0) for one in units
        )

    def _unique(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        return not wanted[keyword] or any(
            part.get("uniqueItems") or part.get("maxItems", 2) <= 1 for part in self._known
        )

    def _items(self, wanted: Mapping[str, Any], _keyword: str) -> bool:
        every = [*self._known, wanted]
        count = max(len(part.get("prefixItems", ())) for part in every)
        for index in range(count + 1):
            before = [_item(part, index) for part in self._known]
            if not self._inside(before, _item(wanted, index), self._filled):
                return False
        return True

    def _contains(self, wanted: Mapping[str, Any], _keyword: str) -> bool:
        if "contains" not in wanted:
            return True
        keys = ("contains", "minContains", "maxContains")
        return any(self._judge.same(_only(part, keys), _only(wanted, keys)) for part in self._known)

    def _unevaluated(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        return is_trivial(wanted[keyword])

    def _required(self, wanted: Mapping[str, Any], _keyword: str) -> bool:
        return self._must(wanted) <= self._given()

    def _given(self) -> set[str]:
        """The keys that the value had for certain, before any default was filled in."""
        return set().union(*map(self._must, self._known))

    def _must(self, part: Mapping[str, Any]) -> set[str]:
        names = set(part.get("required", ()))
        if self._filled:
            properties = part.get("properties", {})
            names -= {name for name in names if _has_default(properties.get(name))}
        return names

    def _members(self, wanted: Mapping[str, Any], _keyword: str) -> bool:
        return self._named(wanted) and self._others(wanted)

    def _named(self, wanted: Mapping[str, Any]) -> bool:
        names = dict.fromkeys(name for part in [*self._known, wanted] for name in _names(part))
        return all(self._member(wanted, name) for name in names)

    def _member(self, wanted: Mapping[str, Any], name: str) -> bool:
        before = [one for part in self._known for one in _member(part, name)]
        old = [part["properties"][name] for part in self._known if name in _names(part)]
        declared = wanted.get("properties", {}).get(name)
        filled = self._filled
        if filled and declared is not None:
            if not self._judge.default_fits(old[0] if old else None, declared):
                return False
            if not old and self._judge.after.fills(declared):
                return any(one is False for one in before)
        if filled and declared is None:
            # It was filled in before, and is not now.
            if any(self._judge.before.fills(one) for one in old):
                return False
            filled = False
        return all(self._inside(before, one, filled) for one in _member(wanted, name))

    def _others(self, wanted: Mapping[str, Any]) -> bool:
        """Keys that neither names: what the patterns and the rest say of them."""
        patterns = wanted.get("patternProperties", {})
        rest = wanted.get("additionalProperties", True)
        if not patterns and is_trivial(rest):
            return True
        return any(self._others_of(part, patterns, rest) for part in self._known)

    def _others_of(
        self, part: Mapping[str, Any], patterns: Mapping[str, Any], rest: Schema
    ) -> bool:
        had = part.get("patternProperties", {})
        if patterns and set(had) != set(patterns):
            return False
        pairs = [(one, patterns.get(pattern, rest)) for pattern, one in had.items()]
        pairs.append((part.get("additionalProperties", True), rest))
        return all(self._inside([before], after, False) for before, after in pairs)

    def _key_names(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        names = wanted[keyword]
        if any(
            self._inside([part[keyword]], names, False) for part in self._known if keyword in part
        ):
            return True
        return any(
            _is_closed(part) and all(self._judge.after.accepts(names, key) for key in _names(part))
            for part in self._known
        )

    def _fewest(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        return len(self._given()) >= wanted[keyword] or self._bounded(wanted, keyword)

    def _most(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        return self._bounded(wanted, keyword) or any(
            _is_closed(part) and len(_names(part)) <= wanted[keyword] for part in self._known
        )

    def _dependent(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        given = self._given()
        for name, needed in wanted[keyword].items():
            known = given.union(*(part.get(keyword, {}).get(name, ()) for part in self._known))
            never = any(_is_closed(part) and name not in _names(part) for part in self._known)
            if not never and not set(needed) <= known:
                return False
        return True

    def _branching(self, wanted: Mapping[str, Any], _keyword: str) -> bool:
        keys = ("if", "then", "else")
        if "then" not in wanted and "else" not in wanted:
            return True
        return any(self._judge.same(_only(part, keys), _only(wanted, keys)) for part in self._known)

    def _any_of(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        branches = wanted[keyword]
        if self._said(wanted, keyword) or self._one_of(self._parts, branches):
            return True
        kinds = [{"type": "number" if kind == "fraction" else kind} for kind in self._types]
        return len(kinds) > 1 and all(
            self._one_of((*self._parts, kind), branches) for kind in kinds
        )

    def _one_of(self, parts: Parts, branches: Sequence[Schema]) -> bool:
        known = tuple(map(opened, parts))
        return any(
            self._judge.shown(known, branch, False, self._assumed, self._depth + 1)
            for branch in branches
        )

    def _exactly_one(self, wanted: Mapping[str, Any], keyword: str) -> bool:
        if self._said(wanted, keyword):
            return True
        kinds = [types_of(branch) for branch in wanted[keyword]]
        apart = sum(map(len, kinds)) == len(frozenset().union(*kinds))
        return apart and self._any_of(wanted, keyword)

    def _inside(self, before: Sequence[Schema], after: Schema, filled: bool) -> bool:
        """Whether a part of the value that all of `before` took is taken by `after`."""
        some = [one for one in before if not is_trivial(one)] or list(before[:1]) or [True]
        whole: Schema = some[0] if len(some) == 1 else {"allOf": some}
        return self._judge.holds(
            whole, after, filled=filled, assumed=self._assumed, depth=self._depth + 1
        )


def _beyond(one: Any, other: Any, strict: bool) -> bool:
    return bool(one > other if strict else one >= other)


def _only(part: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: part[key] for key in keys if key in part}


def _item(part: Mapping[str, Any], index: int) -> Any:
    prefix = part.get("prefixItems", ())
    return prefix[index] if index < len(prefix) else part.get("items", True)


def _names(part: Mapping[str, Any]) -> Mapping[str, Any]:
    names: Mapping[str, Any] = part.get("properties", {})
    return names


def _has_default(part: Any) -> bool:
    return isinstance(part, Mapping) and "default" in part


def _is_closed(part: Mapping[str, Any]) -> bool:
    """Whether it takes no other keys than its properties."""
    return part.get("additionalProperties", True) is False and not part.get("patternProperties")


def _member(part: Mapping[str, Any], name: str) -> Iterator[Any]:
    """All that `part` says of the value under the key `name`."""
    named = name in _names(part)
    if named:
        yield _names(part)[name]
    for pattern, schema in part.get("patternProperties", {}).items():
        if matches(pattern, name):
            named = True
            yield schema
    if not named:
        yield part.get("additionalProperties", True)


_ASKED: dict[str, Callable[[View, Mapping[str, Any], str], bool]] = {
    "type": View._types_fit,
    "enum": View._listed,
    "const": View._listed,
    "format": View._said,
    "pattern": View._said,
    "not": View._said,
    "dependentSchemas": View._said,
    "minLength": View._bounded,
    "maxLength": View._bounded,
    "minItems": View._bounded,
    "maxItems": View._bounded,
    "minProperties": View._fewest,
    "maxProperties": View._most,
    "minimum": View._at_least,
    "exclusiveMinimum": View._at_least,
    "maximum": View._at_most,
    "exclusiveMaximum": View._at_most,
    "multipleOf": View._multiple,
    "uniqueItems": View._unique,
    "items": View._items,
    "prefixItems": View._items,
    "contains": View._contains,
    "minContains": View._contains,
    "maxContains": View._contains,
    "unevaluatedItems": View._unevaluated,
    "unevaluatedProperties": View._unevaluated,
    "required": View._required,
    "properties": View._members,
    "patternProperties": View._members,
    "additionalProperties": View._members,
    "propertyNames": View._key_names,
    "dependentRequired": View._dependent,
    "if": View._branching,
    "anyOf": View._any_of,
    "oneOf": View._exactly_one,
}
