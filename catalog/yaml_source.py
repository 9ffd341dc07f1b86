"""Reading YAML 1.2 (core schema, https://yaml.org/spec/1.2.2/#103-core-schema) with positions.

libyaml's parser gives the events; what a plain scalar means is decided here, because libyaml's own
readers follow YAML 1.1, where `on` is true and `1:30` is 90. One thing is stricter than the core
schema: a number with a leading zero (`012`) stays text, since 1.1 reads 10 and 1.2 reads 12.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml._yaml import CParser

from catalog.source_problems import (
    MAX_DEPTH,
    MAX_EXPANDED,
    MAX_SAFE_INTEGER,
    DocumentInvalid,
    Node,
    Path,
    is_exact,
    pointer,
    refuse,
    refuse_all,
    too_deep,
)
from maestro.kernel.errors import Problem

_CONSTANTS: dict[str, Any] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAYBE_NUMBER = frozenset("+-.0123456789")
_SPECIAL = _MAYBE_NUMBER | {"", "~", "n", "N", "t", "T", "f", "F"}
_CORE = "tag:yaml.org,2002:"
_MAX_DIGITS = 400
_TAGGED: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}


class _RefusedError(Exception):
    """A scalar that can't be taken; becomes a problem where it stands."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def plain_scalar(text: str) -> Any:
    """What an unquoted scalar means under the core schema."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _MAYBE_NUMBER:
        return text
    if len(text) > _MAX_DIGITS and _FLOAT.fullmatch(text):
        raise _too_large()
    if _INTEGER.fullmatch(text):
        value = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if abs(value) > MAX_SAFE_INTEGER:
            raise _too_large()
        return value
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not is_exact(number):
            raise _too_large()
        return number
    if _NOT_FINITE.fullmatch(text):
        raise _RefusedError(
            "number_not_finite",
            f"{text} is not a number that JSON knows.",
            "Leave it out, or write it as text in quotes.",
        )
    return text


def _too_large() -> _RefusedError:
    return _RefusedError(
        "number_too_large",
        "The number is beyond what JSON readers keep exactly (±9007199254740991).",
        "Write it as text in quotes.",
    )


def _tagged(tag: str, text: str) -> Any:
    """The scalar `text` under an explicit core tag."""
    kind = tag.removeprefix(_CORE) if tag.startswith(_CORE) else ""
    if tag == "!" or kind == "str":
        return text
    types = _TAGGED.get(kind)
    if types is None:
        raise _RefusedError(
            "custom_tag",
            f"The tag {tag} is not known here.",
            "Leave the tag out: plain YAML is enough.",
        )
    value = plain_scalar(text)
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise _RefusedError(
            "custom_tag", f"{text!r} is not of the tag {tag}.", "Leave the tag out."
        )
    return value


def read_yaml(text: str) -> tuple[Any, Node]:
    """The JSON value that `text` says and where each part of it stands.

    Aliases share the value they name; they are bounded by what they come to when written out.
    Raises `DocumentInvalid` with one problem for a syntax error and with every one for duplicate
    keys, keys that are not text, custom tags and numbers that JSON can't say.
    """
    try:
        return _Composer(text).document()
    except yaml.MarkedYAMLError as error:
        raise _syntax(error) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        raise refuse(
            "invalid_character",
            "The document holds a character that YAML does not allow.",
            "Remove it, or write it as an escape in double quotes.",
            before.count("\n") + 1,
            len(before) - before.rfind("\n"),
        ) from None


def _syntax(error: yaml.MarkedYAMLError) -> DocumentInvalid:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = str(error.problem or "it can't be read")
    hint = "Check indentation, quotes and brackets around this place."
    if "cannot start any token" in problem or "tab" in problem:
        hint = (
            "YAML is indented with spaces: replace tabs, and quote text that begins with @, ` or %."
        )
    elif "mapping values are not allowed" in problem:
        hint = "Quote the text if it holds a colon, or check the indentation."
    elif "undefined alias" in problem:
        hint = (
            "Define the anchor (&name) before the alias (*name), or quote text that begins with *."
        )
    elif "could not find expected ':'" in problem:
        hint = "A key is followed by a colon and a space."
    return refuse("syntax", f"The YAML can't be read here: {problem}.", hint, line, column)


class _Frame:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "before", "children", "column", "container", "height", "key", "line")

    def __init__(self, event: Any, size: int, line: int, column: int, *, is_map: bool) -> None:
        self.container: Any = {} if is_map else []
        self.children: Any = {} if is_map else []
        self.anchor: str | None = event.anchor
        self.before = size
        self.height = 0
        self.key: tuple[str, int, int] | None = None
        self.line, self.column = line, column

    def take(self, value: Any, node: Node) -> bool:
        """Put a scalar where it belongs; False where it needs a closer look."""
        container = self.container
        if type(container) is list:
            container.append(value)
            self.children.append(node)
            return True
        if self.key is None:
            if type(value) is not str:
                return False
            self.key = (value, node[0], node[1])
            return True
        key, line, column = self.key
        if key in container or key == "<<":
            return False
        self.key = None
        container[key] = value
        self.children[key] = (line, column, None)
        return True


class _Composer:
    """Builds the value and the positions from the parser's events, without recursion."""

    def __init__(self, text: str) -> None:
        self._parser = CParser(text)
        self._problems: list[Problem] = []
        self._anchors: dict[str, tuple[Any, Node, int, int]] = {}
        self._open: set[str] = set()
        self._size = 0

    def document(self) -> tuple[Any, Node]:
        """The one document of the stream."""
        parser = self._parser
        parser.get_event()
        event: Any = parser.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            raise refuse(
                "empty", "The document is empty.", "Start with apiVersion: maestro/v1.", 1, 1
            )
        value, node = self._compose()
        parser.get_event()
        event = parser.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            mark = event.start_mark
            raise refuse(
                "several_documents",
                "There is more than one document in the file.",
                "Keep one workflow a file.",
                mark.line + 1,
                mark.column + 1,
            )
        if self._problems:
            raise refuse_all(self._problems)
        return value, node

    def _compose(self) -> tuple[Any, Node]:
        get_event = self._parser.get_event
        scalar_event = yaml.ScalarEvent
        stack: list[_Frame] = []
        while True:
            event: Any = get_event()
            kind = type(event)
            mark = event.start_mark
            line, column = mark.line + 1, mark.column + 1
            height = 0
            if kind is scalar_event:
                value = event.value
                # Most scalars are text that begins like no constant and no number.
                if event.tag or "\0" in value or (not event.style and value[:1] in _SPECIAL):
                    value = self._scalar(event, stack, line, column)
                node: Node = (line, column, None)
                self._size += len(event.value) + 4
                if event.anchor:
                    self._anchors[event.anchor] = (value, node, len(event.value) + 4, 0)
                if stack and stack[-1].take(value, node):
                    continue
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                is_map = kind is yaml.MappingStartEvent
                self._start(event, stack, line, column, is_map=is_map)
                continue
            elif kind is yaml.AliasEvent:
                value, node, size, height = self._alias(event, line, column)
                self._size += size
                if len(stack) + height > MAX_DEPTH:
                    raise too_deep(line, column)
            else:
                value, node, height = self._end(stack)
            if self._size > MAX_EXPANDED:
                raise refuse(
                    "aliases_too_large",
                    "The document's aliases expand to more than 4 MiB.",
                    "Write out what is needed, or use fewer aliases.",
                    line,
                    column,
                )
            if not stack:
                return value, node
            self._place(stack, value, node, height, line, column)

    def _start(
        self, event: Any, stack: list[_Frame], line: int, column: int, *, is_map: bool
    ) -> None:
        if len(stack) >= MAX_DEPTH:
            raise too_deep(line, column)
        if stack and type(stack[-1].container) is dict and stack[-1].key is None:
            raise refuse(
                "key_not_text", "A key must be text.", "Use a plain word as the key.", line, column
            )
        tag = event.tag
        if tag and tag not in ("!", _CORE + ("map" if is_map else "seq")):
            self._report(
                _RefusedError(
                    "custom_tag", f"The tag {tag} is not known here.", "Leave the tag out."
                ),
                self._path(stack),
                line,
                column,
            )
        if event.anchor:
            # A name used again points to the new node from here on, even inside itself.
            self._anchors.pop(event.anchor, None)
            self._open.add(event.anchor)
        stack.append(_Frame(event, self._size, line, column, is_map=is_map))
        self._size += 4

    def _end(self, stack: list[_Frame]) -> tuple[Any, Node, int]:
        frame = stack.pop()
        node: Node = (frame.line, frame.column, frame.children)
        height = frame.height + 1
        if frame.anchor in self._open:
            self._open.discard(frame.anchor)
            self._anchors[frame.anchor] = (frame.container, node, self._size - frame.before, height)
        return frame.container, node, height

    def _alias(self, event: Any, line: int, column: int) -> tuple[Any, Node, int, int]:
        name = event.anchor
        if name in self._open:
            raise refuse(
                "alias_of_itself",
                f"The alias *{name} stands inside what it names.",
                "Write the value out.",
                line,
                column,
            )
        if name not in self._anchors:
            raise refuse(
                "syntax",
                f"The alias *{name} names nothing.",
                "Define the anchor (&name) before the alias, or quote text that begins with *.",
                line,
                column,
            )
        value, node, size, height = self._anchors[name]
        return value, (line, column, node[2]), size, height

    def _place(
        self, stack: list[_Frame], value: Any, node: Node, height: int, line: int, column: int
    ) -> None:
        """Put what was read into the mapping or sequence around it, or keep it as the next key."""
        frame = stack[-1]
        if height > frame.height:
            frame.height = height
        if type(frame.container) is list:
            frame.container.append(value)
            frame.children.append(node)
            return
        if frame.key is None:
            if not isinstance(value, str):
                self._report(
                    _RefusedError(
                        "key_not_text", f"The key {value!r} is not text.", "Put the key in quotes."
                    ),
                    self._path(stack),
                    line,
                    column,
                )
            frame.key = (str(value), line, column)
            return
        key, line, column = frame.key
        frame.key = None
        if key in frame.container or key == "<<":
            refused = _RefusedError(
                "merge_key", "Merge keys (<<) are not part of YAML 1.2.", "Write the keys out."
            )
            if key != "<<":
                refused = _RefusedError(
                    "duplicate_key",
                    f"The key {key!r} is written twice; it first stands in line "
                    f"{frame.children[key][0]}.",
                    "Keep one of them.",
                )
            self._report(refused, (*self._path(stack), key), line, column)
            return
        frame.container[key] = value
        frame.children[key] = (line, column, node[2])

    def _scalar(self, event: Any, stack: list[_Frame], line: int, column: int) -> Any:
        text: str = event.value
        try:
            if "\0" in text:
                raise _RefusedError(
                    "null_character",
                    "The text holds a NUL character, which can't be stored.",
                    "Remove it.",
                )
            if event.tag:
                return _tagged(event.tag, text)
            return text if event.style else plain_scalar(text)
        except _RefusedError as refused:
            self._report(refused, self._path(stack), line, column)
            return text.replace("\0", "")

    @staticmethod
    def _path(stack: list[_Frame]) -> Path:
        """Where the node that is being read stands."""
        path: list[str | int] = []
        for frame in stack:
            if type(frame.container) is list:
                path.append(len(frame.container))
            elif frame.key is not None:
                path.append(frame.key[0])
        return tuple(path)

    def _report(self, refused: _RefusedError, path: Path, line: int, column: int) -> None:
        self._problems.append(
            Problem(pointer(path), refused.message, refused.code, refused.hint, line, column)
        )
