"""Processes that serve stop looking through what they loaded."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from maestro.kernel.garbage import settle

TOLD = "import gc; print(gc.get_freeze_count() > 100_000, gc.get_threshold()[0] > 700)"


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param("import maestro.wsgi", id="web"),
        pytest.param(
            "import django; django.setup(); import maestro.celery;"
            " from celery.signals import worker_ready; worker_ready.send(None)",
            id="worker",
        ),
    ],
)
def test_what_is_loaded_is_left_alone(begun: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"{begun}\n{TOLD}"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "maestro.settings.lint"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["True", "True"], ran.stderr


def test_what_refers_to_itself_is_still_collected() -> None:
    class Ring:
        def __init__(self) -> None:
            self.ring = self

    settle()
    gc.collect()
    before = sum(isinstance(each, Ring) for each in gc.get_objects())
    Ring()
    assert sum(isinstance(each, Ring) for each in gc.get_objects()) == before + 1
    gc.collect()
    assert sum(isinstance(each, Ring) for each in gc.get_objects()) == before
