"""Parts of pages that ask again and again whether anything is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_cache_control


def live_part(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """The part, or 304 where its `etag` is the one that the page has already."""
    response: HttpResponse
    if request.headers.get("If-None-Match") == context["etag"]:
        response = HttpResponseNotModified()
    else:
        response = render(request, template, dict(context))
    response["ETag"] = context["etag"]
    patch_cache_control(response, private=True, no_cache=True)
    return response
