"""The tests: the real PostgreSQL, made ready by `tests.services` before this is read."""

from maestro.settings import env
from maestro.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-tests-" + "0" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PUBLIC_URL = "https://maestro.test"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _alias(name: str, mirror: str | None = None, *, keep: bool = False) -> dict[str, object]:
    settings = env.database(name, pool=False, keep=keep)
    # The one real database comes first; the other aliases are the same one, as other roles.
    settings["TEST"] = (
        {"MIRROR": mirror}
        if mirror
        else {"NAME": env.text("TEST_DATABASE", "test_maestro"), "DEPENDENCIES": []}
    )
    return settings


DATABASES = {
    "default": _alias("DATABASE_URL", "owner"),
    "jobs": _alias("DATABASE_JOBS_URL", "owner", keep=True),
    "platform": _alias("DATABASE_PLATFORM_URL", "owner"),
    "owner": _alias("DATABASE_OWNER_URL"),
}
MAESTRO_DEMO = True
GALLERY = True
MAESTRO_KEY_FILE = str(MAESTRO_HOME / "test-keys.json")  # noqa: F405
MAESTRO_SIGNING_KEYS = ""
MAESTRO_SIGNING_KEY_FILE = str(MAESTRO_HOME / "test-signing.pem")  # noqa: F405
MAESTRO_TEST_CLOCK = True
MEDIA_ROOT = MAESTRO_HOME / "test-files"  # noqa: F405
CELERY_BROKER_URL = "memory://"
AXES_ENABLED = True
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
POLICY_FOLLOWED = False  # a thread of its own would hold the test database
