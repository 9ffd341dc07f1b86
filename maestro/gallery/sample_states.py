"""Pages of which one part is not there: still asked for, or not to be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from maestro.gallery.sample_catalog import detail
from maestro.gallery.sample_execution import execution_running
from maestro.gallery.samples import Sample


def loading() -> dict[str, Any]:
    return detail() | {"runs_part_url": reverse("gallery:part", args=["slow"])}


def failed_in_part() -> dict[str, Any]:
    return detail() | {"runs_part_url": reverse("gallery:part", args=["away"])}


def out_of_date() -> dict[str, Any]:
    return execution_running() | {"live_url": reverse("gallery:part", args=["away"])}


PARTLY: Mapping[str, tuple[str, Sample]] = {
    "loading": ("A part is loading (“Runs”)", ("catalog/detail.html", loading)),
    "partial-failure": (
        "A part could not be read (“Runs”)",
        ("catalog/detail.html", failed_in_part),
    ),
    "out-of-date": ("A live page that gets no answer", ("runtime/execution.html", out_of_date)),
}
