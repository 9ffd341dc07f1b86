"""What every environment shares. What differs is read by `env` in dev, test and prod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from maestro.settings import env
from maestro.settings.console import AXES_ENABLE_ADMIN, UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent.parent
MAESTRO_HOME = Path(env.text("MAESTRO_HOME", str(BASE_DIR / "var"))).resolve()

# Where people reach it. Mails name pages by it, which no request's Host may decide.
PUBLIC_URL = env.origin("MAESTRO_PUBLIC_URL", "http://localhost:8000")

INSTALLED_APPS = [
    "maestro.apps.MaestroConfig",
    "maestro.kernel.apps.KernelConfig",
    "maestro.telemetry.apps.TelemetryConfig",
    "governance.apps.GovernanceConfig",
    "maestro.tenancy.apps.TenancyConfig",
    "maestro.router.apps.RouterConfig",
    "connectors.apps.ConnectorsConfig",
    "catalog.apps.CatalogConfig",
    "maestro.runtime.apps.RuntimeConfig",
    "marketplace.apps.MarketplaceConfig",
    "maestro.api.apps.ApiConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "maestro.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "axes",
    "csp",
    "guardian",
]

MIDDLEWARE = [
    "maestro.telemetry.middleware.RequestIdMiddleware",
    "maestro.kernel.headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "maestro.tenancy.middleware.ActorMiddleware",
]

ROOT_URLCONF = "maestro.urls"
WSGI_APPLICATION = "maestro.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maestro.tenancy.context.switchboard",
            ],
        },
    }
]

DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Grants on one thing are looked up where policy is asked (ADR 20); guardian answers nobody by itself,
# adds no methods to people, and makes no account for those who are nobody.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
LOGIN_URL = reverse_lazy("tenancy:login")
LOGIN_REDIRECT_URL = reverse_lazy("catalog:list")
LOGOUT_REDIRECT_URL = reverse_lazy("tenancy:login")

# Five wrong passwords for one account from one address close it to that address for 15 minutes.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_USERNAME_FORM_FIELD = "username"  # the form's name for it, whatever the model calls it
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "switchboard/locked_out.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_IPWARE_PROXY_COUNT = env.integer("MAESTRO_PROXY_COUNT", 0)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT: Path | None = MAESTRO_HOME / "static"
MEDIA_ROOT = MAESTRO_HOME / "files"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # a document of 1 MiB, and what surrounds it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["maestro.api.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["maestro.api.permissions.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "maestro.api.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "maestro.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Maestro",
    "DESCRIPTION": "Find, run and follow workflows.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/",
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "Environment": "maestro.runtime.models.Environment",
        "ExecutionStatus": "maestro.api.schema.execution_statuses",
        "InstallationStatus": "marketplace.models.InstanceStatus",
        "ReleaseChannel": "marketplace.models.Channel",
        "StepStatus": "maestro.api.schema.step_statuses",
        "WorkflowStatus": "catalog.models.DefinitionStatus",
    },
}

# Days that what policy was asked is kept after the last decision on it; 0: for ever.
MAESTRO_POLICY_INPUT_DAYS = env.integer("MAESTRO_POLICY_INPUT_DAYS", 90)

# The engine. Seconds unless said otherwise.
RUNTIME_LEASE = env.integer("RUNTIME_LEASE", 30)  # silent for longer, a worker loses its step
RUNTIME_TAKEOVERS = 3  # how often a step may lose its worker before it fails as worker_lost
RUNTIME_SWEEP_BATCH = 500
# Seconds between two waves of followers: long enough that what was upgraded has run.
MARKETPLACE_WAVE_SECONDS = env.integer("MARKETPLACE_WAVE_SECONDS", 900)
MAESTRO_TEST_CLOCK = False
GALLERY = False  # /gallery/, every state of every page: where the product is built, nowhere else

# Who decides: `embedded`, Rego in each process, or `opa`, a server at OPA_URL that follows /bundles/.
POLICY_ENGINE = env.one_of("POLICY_ENGINE", ("embedded", "opa"))
OPA_URL = env.text("OPA_URL", "http://127.0.0.1:8181")  # or unix:///path/of/its/socket
OPA_TOKEN = env.text("OPA_TOKEN", "")
# What fetches /bundles/maestro.tar.gz shows this; without one nobody gets it.
MAESTRO_BUNDLE_TOKEN = env.text("MAESTRO_BUNDLE_TOKEN", "")
POLICY_FOLLOWED = True  # whether a process looks each second if another revision is in force

# Addresses that outbound calls may reach besides public ones; see connectors/outbound.
OUTBOUND_PRIVATE_RANGES: list[str] = env.words("MAESTRO_PRIVATE_RANGES", "")
OUTBOUND_EXACT: list[str] = env.words("MAESTRO_REACHABLE", "")  # host:port, for the practice world

# Where the values of tenants' secrets may be kept besides the database: of environment, file and
# vault those that are named here.
SECRET_SOURCES = env.words("MAESTRO_SECRET_SOURCES", "")
SECRET_PREFIX = env.text("MAESTRO_SECRET_PREFIX", "MAESTRO_SECRET_")
SECRET_FOLDER = env.text("MAESTRO_SECRET_FOLDER", "")
VAULT_ADDRESS = env.text("MAESTRO_VAULT_ADDRESS", "")
VAULT_TOKEN_FILE = env.text("MAESTRO_VAULT_TOKEN_FILE", "")  # read at each call: it is renewed
VAULT_TOKEN = "" if VAULT_TOKEN_FILE else env.text("MAESTRO_VAULT_TOKEN", "")
VAULT_NAMESPACE = env.text("MAESTRO_VAULT_NAMESPACE", "")
VAULT_MOUNT = env.text("MAESTRO_VAULT_MOUNT", "secret")
VAULT_CA = env.text("MAESTRO_VAULT_CA", "")  # a file of certificates to trust, else the system's

# What a tenant without a connection of its own uses, by kind.
PLATFORM_CONNECTIONS: dict[str, dict[str, Any]] = {}
if env.text("MAESTRO_SMTP_HOST", ""):
    PLATFORM_CONNECTIONS["smtp"] = {
        "host": env.text("MAESTRO_SMTP_HOST"),
        "port": env.integer("MAESTRO_SMTP_PORT", 587),
        "tls": env.text("MAESTRO_SMTP_TLS", "starttls"),
        "sender": env.text("MAESTRO_SMTP_SENDER"),
    }

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "memory://")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "maestro.telemetry.logs.RequestFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}
    },
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "django.db.backends": {"level": "INFO"}},
}
