"""For type checking, which reads the models and starts nothing."""

from maestro.settings.base import *  # noqa: F403

SECRET_KEY = "for-type-checking-only"  # noqa: S105
DATABASES = {
    alias: {"ENGINE": "django.db.backends.postgresql", "NAME": "unused"}
    for alias in ("default", "jobs", "platform", "owner")
}
MAESTRO_DEMO = False
MAESTRO_KEY_FILE = ""
