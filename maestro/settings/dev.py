"""`make run`: everything on one machine, embedded, with people to try it as."""

from maestro.settings import env
from maestro.settings.base import *  # noqa: F403

DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.secret("MAESTRO_SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
DATABASES = {
    "default": env.database("DATABASE_URL"),
    "jobs": env.database("DATABASE_JOBS_URL", pool=False, keep=True),
    "platform": env.database("DATABASE_PLATFORM_URL"),
    "owner": env.database("DATABASE_OWNER_URL", pool=False),
}
MAESTRO_DEMO = True
GALLERY = True
MAESTRO_KEY_FILE = str(MAESTRO_HOME / "secrets" / "keys.json")  # noqa: F405
MAESTRO_SIGNING_KEYS = ""
MAESTRO_SIGNING_KEY_FILE = str(MAESTRO_HOME / "secrets" / "signing.pem")  # noqa: F405

# The practice world's mail sink, which `make run` starts.
PLATFORM_CONNECTIONS.setdefault(  # noqa: F405
    "smtp",
    {
        "host": "127.0.0.1",
        "port": env.integer("PRACTICE_SMTP_PORT", 1025),
        "tls": "none",
        "sender": "maestro@acme.test",
        "sender_name": "Maestro",
    },
)
STATIC_ROOT = None  # nothing is collected first: files are served from where they lie
WHITENOISE_USE_FINDERS = True
