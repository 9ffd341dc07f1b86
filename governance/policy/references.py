"""What policies refer to: what leads nowhere is found before they are put in force, and what of a
question they never look at need not be handed to them.

rego-cpp compiles a call of a function that does not exist, and a rule of another package that is
not there, into "undefined"; then `deny contains reasons.mispelt if …` never denies. OPA's
compiler refuses both; so do we, in the style that `opa fmt` gives a file: a rule begins in the
first column, and nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|#[^\n]*')
_PACKAGE = re.compile(r"^package\s+([\w.]+)", re.MULTILINE)
_IMPORT = re.compile(r"^import\s+data\.([\w.]+)(?:\s+as\s+(\w+))?", re.MULTILINE)
_HEAD = re.compile(r"^(?:default\s+)?([a-zA-Z_]\w*)", re.MULTILINE)
_CALL = re.compile(r"(?<![\w.\]])([a-zA-Z_]\w*(?:\.\w+)*)\(")
_REFERENCE = re.compile(r"(?<![\w.\]])([a-zA-Z_]\w*)\.(\w+)")
_WITH = re.compile(r"(?<![\w.])with\s+(?:input|data|\w+\.)")
_FACT = re.compile(r"(?<![\w.])input((?:\.\w+)*)\b")
_NO_HEAD = frozenset({"package", "import"})
AGREED = frozenset(
    {
        "abs",
        "array.concat",
        "array.reverse",
        "count",
        "is_array",
        "is_boolean",
        "is_null",
        "is_number",
        "is_object",
        "is_set",
        "is_string",
        "object.get",
        "object.remove",
        "startswith",
        "strings.any_prefix_match",
        "sum",
        "trim_prefix",
        "type_name",
    }
)
"""The built-in functions that policies may call: both engines have them and answer them alike
(tests/governance/policy/test_rego_cpp.py asks both), and they see nothing but what they are given.
Of OPA's others rego-cpp 1.5 lacks some, answers many otherwise (what is sorted, or counts letters of
a text) and ends its process over a few (`object.subset`, `regex.split`). `count` is for collections:
of a text rego-cpp counts `\\"` as two."""


Facts: TypeAlias = "Mapping[str, Facts] | None"


@dataclass(frozen=True, slots=True)
class _Module:
    name: str
    package: str
    imports: Mapping[str, str]
    rules: frozenset[str]
    code: str


class References:
    """The references of some modules, which are named with their sources. Each is parsed once."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = tuple(_parse(name, source) for name, source in modules.items())

    def unresolved(self) -> list[str]:
        """Every call that is of no rule and not `AGREED`, and every rule of an imported package that
        is not there, as `file: name`."""
        rules: dict[str, set[str]] = {}
        for module in self._modules:
            rules.setdefault(module.package, set()).update(module.rules)
        return sorted(
            {f"{module.name}: {name}" for module in self._modules for name in _lost(module, rules)}
        )

    def unsafe(self) -> list[str]:
        """What the engine can't do safely, as `file: what`: `with`, because regopy 1.5 ends the
        process over many uses of it; and `$"…"`, because code stands in what is taken for a text
        here."""
        found = []
        for module in self._modules:
            found += [f"{module.name}: with"] if _WITH.search(module.code) else []
            found += [f'{module.name}: $"…"'] if "$" in module.code else []
        return sorted(found)

    def facts_read(self) -> Facts:
        """The names that are looked up in `input`, nested as there; None for all that is below.

        An `input` on its own, or with an index, is all of it: what is not sure to be left alone
        counts as looked at.
        """
        read: Facts = {}
        for module in self._modules:
            for path in _FACT.findall(module.code):
                read = _with(read, path.split(".")[1:])
        return read


def _with(read: Facts, path: list[str]) -> Facts:
    if read is None or not path:
        return None
    below = read.get(path[0], {})
    return {**read, path[0]: _with(below, path[1:])}


def _parse(name: str, source: str) -> _Module:
    code = _TEXT.sub(lambda found: '""' if found[0][0] in '"`' else "", source)
    package = _PACKAGE.search(code)
    return _Module(
        name=name,
        package=package[1] if package else "",
        imports={alias or path.rpartition(".")[2]: path for path, alias in _IMPORT.findall(code)},
        rules=frozenset(_HEAD.findall(code)) - _NO_HEAD,
        code=code,
    )


def _lost(module: _Module, rules: Mapping[str, set[str]]) -> Iterator[str]:
    for call in _CALL.findall(module.code):
        path, _, rule = call.rpartition(".")
        package = module.imports.get(path, path.removeprefix("data.")) if path else module.package
        if call not in AGREED and rule not in rules.get(package, ()):
            yield call
    for alias, rule in _REFERENCE.findall(module.code):
        package = module.imports.get(alias, "")
        if package in rules and rule not in rules[package]:
            yield f"{alias}.{rule}"
