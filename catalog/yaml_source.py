"""Reading YAML 1.2, one document, with the position of every node.

libyaml's parser gives the events; what a plain scalar means is decided in `catalog.yaml_scalars`,
because libyaml's own readers follow YAML 1.1, where `on` is true and `1:30` is 90.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml._yaml import CParser

from catalog.source_problems import (
    MAX_DEPTH,
    MAX_EXPANDED,
    DocumentInvalid,
    Node,
    Path,
    pointer,
    refuse,
    refuse_all,
    too_deep,
)
from catalog.yaml_scalars import CORE, SPECIAL, RefusedError, plain_scalar, tagged_scalar
from maestro.kernel.errors import Problem


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
    return refuse("syntax", f"The YAML can't be read here: {problem}.", hint, *_at(mark))


def _at(mark: Any) -> tuple[int, int]:
    """Line and column from 1; libyaml's marks count from 0."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Frame:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "before", "children", "container", "height", "key", "mark")

    def __init__(self, event: Any, size: int, mark: Any, *, is_map: bool) -> None:
        self.container: Any = {} if is_map else []
        self.children: Any = {} if is_map else []
        self.anchor: str | None = event.anchor
        self.before = size
        self.height = 0
        self.key: tuple[str, Any] | None = None
        self.mark = mark

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
            self.key = (value, node[0])
            return True
        key, mark = self.key
        if key in container or key == "<<":
            return False
        self.key = None
        container[key] = value
        self.children[key] = (mark, None)
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
                *_at(mark),
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
            height = 0
            if kind is scalar_event:
                value = event.value
                # Most scalars are text that begins like no constant and no number.
                if event.tag or "\0" in value or (not event.style and value[:1] in SPECIAL):
                    value = self._scalar(event, stack, mark)
                node: Node = (mark, None)
                self._size += len(event.value) + 4
                if event.anchor:
                    self._anchors[event.anchor] = (value, node, len(event.value) + 4, 0)
                if stack and stack[-1].take(value, node):
                    continue
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                is_map = kind is yaml.MappingStartEvent
                self._start(event, stack, mark, is_map=is_map)
                continue
            elif kind is yaml.AliasEvent:
                value, node, size, height = self._alias(event, mark)
                self._size += size
                if len(stack) + height > MAX_DEPTH:
                    raise too_deep(*_at(mark))
            else:
                value, node, height = self._end(stack)
            if self._size > MAX_EXPANDED:
                raise refuse(
                    "aliases_too_large",
                    "The document's aliases expand to more than 4 MiB.",
                    "Write out what is needed, or use fewer aliases.",
                    *_at(mark),
                )
            if not stack:
                return value, node
            self._place(stack, value, node, height, mark)

    def _start(self, event: Any, stack: list[_Frame], mark: Any, *, is_map: bool) -> None:
        if len(stack) >= MAX_DEPTH:
            raise too_deep(*_at(mark))
        if stack and type(stack[-1].container) is dict and stack[-1].key is None:
            raise refuse(
                "key_not_text", "A key must be text.", "Use a plain word as the key.", *_at(mark)
            )
        tag = event.tag
        if tag and tag not in ("!", CORE + ("map" if is_map else "seq")):
            self._report(
                RefusedError(
                    "custom_tag", f"The tag {tag} is not known here.", "Leave the tag out."
                ),
                self._path(stack),
                mark,
            )
        if event.anchor:
            # A name used again points to the new node from here on, even inside itself.
            self._anchors.pop(event.anchor, None)
            self._open.add(event.anchor)
        stack.append(_Frame(event, self._size, mark, is_map=is_map))
        self._size += 4

    def _end(self, stack: list[_Frame]) -> tuple[Any, Node, int]:
        frame = stack.pop()
        node: Node = (frame.mark, frame.children)
        height = frame.height + 1
        if frame.anchor in self._open:
            self._open.discard(frame.anchor)
            self._anchors[frame.anchor] = (frame.container, node, self._size - frame.before, height)
        return frame.container, node, height

    def _alias(self, event: Any, mark: Any) -> tuple[Any, Node, int, int]:
        name = event.anchor
        if name in self._open:
            raise refuse(
                "alias_of_itself",
                f"The alias *{name} stands inside what it names.",
                "Write the value out.",
                *_at(mark),
            )
        if name not in self._anchors:
            raise refuse(
                "syntax",
                f"The alias *{name} names nothing.",
                "Define the anchor (&name) before the alias, or quote text that begins with *.",
                *_at(mark),
            )
        value, node, size, height = self._anchors[name]
        return value, (mark, node[1]), size, height

    def _place(self, stack: list[_Frame], value: Any, node: Node, height: int, mark: Any) -> None:
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
                    RefusedError(
                        "key_not_text", f"The key {value!r} is not text.", "Put the key in quotes."
                    ),
                    self._path(stack),
                    mark,
                )
            frame.key = (str(value), mark)
            return
        key, mark = frame.key
        frame.key = None
        if key in frame.container or key == "<<":
            refused = RefusedError(
                "merge_key", "Merge keys (<<) are not part of YAML 1.2.", "Write the keys out."
            )
            if key != "<<":
                refused = RefusedError(
                    "duplicate_key",
                    f"The key {key!r} is written twice; it first stands in line "
                    f"{frame.children[key][0].line + 1}.",
                    "Keep one of them.",
                )
            self._report(refused, (*self._path(stack), key), mark)
            return
        frame.container[key] = value
        frame.children[key] = (mark, node[1])

    def _scalar(self, event: Any, stack: list[_Frame], mark: Any) -> Any:
        text: str = event.value
        try:
            if "\0" in text:
                raise RefusedError(
                    "null_character",
                    "The text holds a NUL character, which can't be stored.",
                    "Remove it.",
                )
            if event.tag:
                return tagged_scalar(event.tag, text)
            return text if event.style else plain_scalar(text)
        except RefusedError as refused:
            self._report(refused, self._path(stack), mark)
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

    def _report(self, refused: RefusedError, path: Path, mark: Any) -> None:
        self._problems.append(
            Problem(pointer(path), refused.message, refused.code, refused.hint, *_at(mark))
        )
