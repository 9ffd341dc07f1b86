"""For type checking, which reads the models and starts nothing."""

from maestro.settings.base import *  # noqa: F403

SECRET_KEY = "for-type-checking-only"  # noqa: S105
DATABASES = {
    alias: {"ENGINE": "django.db.backends.postgresql", "NAME": "unused"}
    for alias in ("default", "jobs", "platform", "owner")
}
MAESTRO_DEMO = False
GALLERY = True  # so that its addresses are there to be checked
ALLOWED_HOSTS = ["testserver"]
MAESTRO_KEY_FILE = ""
MAESTRO_SIGNING_KEYS = ""
MAESTRO_SIGNING_KEY_FILE = ""
