"""Production: everything from the environment, nothing by default that protects anything."""

from maestro.settings import env
from maestro.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.secret("MAESTRO_SECRET_KEY", min_length=50)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
PUBLIC_URL = env.origin("MAESTRO_PUBLIC_URL", schemes=("https",))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DATABASES = {
    "default": env.database("DATABASE_URL"),
    "jobs": env.database("DATABASE_JOBS_URL", pool=False, keep=True),
    "platform": env.database("DATABASE_PLATFORM_URL"),
    "owner": env.database("DATABASE_OWNER_URL", pool=False),
}
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
MAESTRO_DEMO = False
GALLERY = False
MAESTRO_KEY_FILE = ""
MAESTRO_KEYS = env.secret("MAESTRO_KEYS")
MAESTRO_SIGNING_KEY_FILE = ""
MAESTRO_SIGNING_KEYS = env.secret("MAESTRO_SIGNING_KEYS")

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.boolean("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.boolean("SECURE_HSTS_PRELOAD", True)
if env.integer("MAESTRO_PROXY_COUNT", 0) > 0:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
