"""The practice world as a process of its own, as the supervisor starts it."""

from __future__ import annotations

import os
import subprocess
import sys

import requests

from tests.embedded.test_supervisor import free_ports
from tests.embedded.waiting import until


def test_it_serves_until_it_is_told_to_end() -> None:
    http_port, smtp_port = free_ports(2)
    ports = {"PRACTICE_HTTP_PORT": str(http_port), "PRACTICE_SMTP_PORT": str(smtp_port)}
    process = subprocess.Popen([sys.executable, "-m", "maestro.practice"], env=os.environ | ports)

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{http_port}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    until(answers, of="the practice world")
    process.terminate()
    assert process.wait(10) == 0


def test_a_busy_port_is_said() -> None:
    http_port = free_ports(1)[0]
    ports = {"PRACTICE_HTTP_PORT": str(http_port), "PRACTICE_SMTP_PORT": str(http_port)}
    process = subprocess.run(
        [sys.executable, "-m", "maestro.practice"],
        env=os.environ | ports,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert process.returncode == 1
    assert "can't listen" in process.stderr
