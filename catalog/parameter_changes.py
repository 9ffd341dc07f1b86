"""What changed in a workflow's parameters, for those who give them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.changes import Change, Klass, change
from catalog.json_schema import label
from catalog.schema_parts import bare, dereferenced
from catalog.shape import in_words
from catalog.source_problems import Path
from catalog.subsumption import Subsumption

_LIMITS = {
    "minLength": "needs at least {} characters",
    "maxLength": "takes at most {} characters",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minItems": "needs at least {} entries",
    "maxItems": "takes at most {} entries",
    "minProperties": "needs at least {} keys",
    "maxProperties": "takes at most {} keys",
}
# What is judged together with what stands beside it is told as a whole.
_ALONE = frozenset([*_LIMITS, "type", "enum", "const", "format", "pattern", "uniqueItems"])


def parameter_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Every change of the schema. None of them is breaking only where all that resolved before
    resolves after.
    """
    if _text(before) == _text(after):
        return
    walk = _Walk(before, after)
    found = list(walk.members(before, after, ("parameters",), ()))
    yield from found
    broken = any(one.klass is Klass.BREAKING for one in found)
    if not broken and not walk.fits.holds(before, after):
        yield walk.narrowed(before, after, ("parameters",), ())
    elif not found:
        kind = "parameter_described" if walk.fits.same(before, after) else "parameter_widened"
        said = "The words about the parameters changed."
        if kind == "parameter_widened":
            said = "The parameters take all that they took, and more."
        yield change(kind, ("parameters",), said)


class _Walk:
    """Both schemas, gone through side by side; `named` is a parameter's place in what is given."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.fits = Subsumption(before, after)
        self._open: list[tuple[Any, Any]] = []  # schemas that may refer to themselves

    def members(
        self, before: Mapping[str, Any], after: Mapping[str, Any], path: Path, named: Path
    ) -> Iterator[Change]:
        """The changes of the keys of an object."""
        old, new = before.get("properties", {}), after.get("properties", {})
        for name in dict.fromkeys([*old, *new]):
            at, who = (*path, "properties", name), (*named, name)
            if name not in new:
                text = f"The parameter {_say(who)} is gone."
                yield change("parameter_removed", at, text, before=old[name])
            elif name not in old:
                yield _added(name, after, at, who)
            else:
                yield from self._presence(name, before, after, at, who)
                yield from self._value(old[name], new[name], at, who)

    def _presence(
        self,
        name: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        at: Path,
        who: Path,
    ) -> Iterator[Change]:
        old, new = before["properties"][name], after["properties"][name]
        had, has = _default(old), _default(new)
        was = name in before.get("required", ()) and had is None
        must = name in after.get("required", ()) and has is None
        if must and not was:
            why = "has no default any more" if had is not None else "is required"
            text = f"The parameter {_say(who)} must be given now: it {why}."
            yield change("parameter_became_required", at, text, old, new)
        elif was and not must:
            text = f"The parameter {_say(who)} may be left out now."
            yield change("parameter_optional", at, text, old, new)
        if _text(had) != _text(has):
            text = f"What is used when {_say(who)} is left out changed."
            yield change(
                "parameter_default", (*at, "default"), text, *(one and one[0] for one in (had, has))
            )

    def _value(self, before: Any, after: Any, at: Path, who: Path) -> Iterator[Change]:
        if _text(before) == _text(after) and self.fits.same(before, after):
            return
        old = dereferenced(self.fits.before.root, before)
        new = dereferenced(self.fits.after.root, after)
        if self.fits.same(_no_default(old), _no_default(new)):
            if _text(_no_default(before)) != _text(_no_default(after)):
                yield change("parameter_described", at, f"The words about {_say(who)} changed.")
            return
        found: list[Change] = []
        known = any(one is old and other is new for one, other in self._open)
        if _has_members(old) and _has_members(new) and not known:
            self._open.append((old, new))
            found = list(self.members(old, new, at, who))
            self._open.pop()
            yield from found
        broken = any(one.klass is Klass.BREAKING for one in found)
        if self.fits.holds(before, after):
            if not found:
                text = f"The parameter {_say(who)} takes all that it took, and more."
                yield change("parameter_widened", at, text, before, after)
        elif not broken:
            yield self.narrowed(old, new, at, who)

    def narrowed(self, before: Any, after: Any, at: Path, who: Path) -> Change:
        """The change of a value that takes less, at the keyword by which it does."""
        name = f"The parameter {_say(who)}" if who else "The set of parameters"
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            old, new = before.get("items", True), after.get("items", True)
            if not self.fits.holds(old, new):
                return self.narrowed(old, new, (*at, "items"), (*who, "items"))
            for keyword in sorted(_ALONE & set(bare(after))):
                wanted = {keyword: after[keyword]}
                if not self.fits.holds(before, wanted, filled=False):
                    text = _less(name, keyword, before.get(keyword), after[keyword])
                    return change(
                        "parameter_narrowed",
                        (*at, keyword),
                        text,
                        before.get(keyword),
                        after[keyword],
                    )
        text = f"{name} takes less than it did, or can't be shown to take as much."
        return change("parameter_narrowed", at, text, before, after)


def _added(name: str, after: Mapping[str, Any], at: Path, who: Path) -> Change:
    part = after["properties"][name]
    if name in after.get("required", ()) and _default(part) is None:
        text = f"The new parameter {_say(who)} must be given."
        return change("parameter_required", at, text, after=part)
    return change(
        "parameter_added", at, f"The parameter {_say(who)} is new and may be left out.", after=part
    )


def _less(name: str, keyword: str, before: Any, after: Any) -> str:
    if keyword == "type":
        was = f" It could be {in_words(before)}." if before else ""
        return f"{name} must be {in_words(after)} now.{was}"
    if keyword in ("enum", "const"):
        listed = after if keyword == "enum" else [after]
        gone = [str(one) for one in before or () if one not in listed] if keyword == "enum" else []
        if gone:
            return f"{name} does not take {', '.join(gone[:5])} any more."
        return f"{name} takes only what is listed now."
    if keyword in _LIMITS:
        was = f" The limit was {before}." if before is not None else " There was no such limit."
        return f"{name} {_LIMITS[keyword].format(after)} now.{was}"
    return f"{name} takes less than it did, or can't be shown to take as much: its {keyword}."


def _say(who: Path) -> str:
    return f"`{label(who)}`" if who else "themselves"


def _default(part: Any) -> tuple[Any] | None:
    return (part["default"],) if isinstance(part, Mapping) and "default" in part else None


def _no_default(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    return {key: value for key, value in part.items() if key != "default"}


def _has_members(part: Any) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("properties"), Mapping)


def _text(value: Any) -> str:
    """The value as text: in Python 1 is True."""
    return json.dumps(value, sort_keys=True)
