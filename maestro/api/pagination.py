"""Cursor pagination: stable while rows are added, and as fast on the last page as on the first."""

from __future__ import annotations

from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """By id, which goes with time. `?page_size=` up to 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor, when it is one of ours. Raises `NotFound`: a position is an id."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                self.read_position(str(cursor.position))
            except ValueError:
                raise NotFound(str(self.invalid_cursor_message)) from None
        return cursor

    def read_position(self, text: str) -> object:
        """The id in a cursor. Raises `ValueError`."""
        return UUID(text)


class OldestFirst(NewestFirst):
    """The same, in the order in which things happened."""

    ordering = "id"


class Numbered(OldestFirst):
    """The same, of what is numbered."""

    def read_position(self, text: str) -> object:
        """The number in a cursor."""
        if len(text) > 18 or not (text.isascii() and text.isdigit()):
            raise ValueError(text)
        return int(text)
