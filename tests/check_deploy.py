"""Django's deployment checks under the production settings, with values made up for this run.

python -m tests.check_deploy
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys


def environment() -> dict[str, str]:
    """What production must set; nothing here is reached or used."""
    roles = {"": "app", "_OWNER": "owner", "_JOBS": "jobs", "_PLATFORM": "platform"}
    return {
        "DJANGO_SETTINGS_MODULE": "maestro.settings.prod",
        "ALLOWED_HOSTS": "maestro.example",
        "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
        "MAESTRO_PUBLIC_URL": "https://maestro.example",
        "MAESTRO_SECRET_KEY": secrets.token_urlsafe(64),
        "MAESTRO_KEYS": secrets.token_urlsafe(64),
        "MAESTRO_SIGNING_KEYS": secrets.token_urlsafe(64),
        **{
            f"DATABASE{suffix}_URL": f"postgresql://maestro_{role}:unused@127.0.0.1/maestro"
            for suffix, role in roles.items()
        },
    }


if __name__ == "__main__":
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    sys.exit(subprocess.run(command, env=os.environ | environment(), check=False).returncode)
