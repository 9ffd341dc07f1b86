"""Calls over HTTP."""

from connectors.kinds.http.task import HttpRequest

__all__ = ["HttpRequest"]
