"""Settings, all from the environment or from an `.env` file beside manage.py.

Importing this file needs no secret, no database and no network, so that client
commands start on a machine that has none of them.
"""

import os
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


class _Env(environ.Env):  # type: ignore[misc, no-any-unimported] # it has no types
    """The environment; what cannot be read is named, and not shown: it may be a secret."""

    def get_value(self, var: str, *arguments: Any, **options: Any) -> Any:
        try:
            return super().get_value(var, *arguments, **options)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} is not a number") from error


env = _Env()


def _text(name: str, path: str) -> str:
    """What stands in the file that the variable `name` names."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")  # editors may write a mark
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{name} is not text in UTF-8: save it as that") from error


# SEALFORM_ENV_FILE: another file than `.env`; empty reads no file. What the environment
# already says wins over the file.
_env_file = os.environ.get("SEALFORM_ENV_FILE", str(BASE_DIR / ".env"))
if _env_file and Path(_env_file).is_file():
    _lines = _text("SEALFORM_ENV_FILE", _env_file).split("\n")
    env.read_env(StringIO("\n".join(line.rstrip() for line in _lines)))


def _value_or_file(name: str, default: str) -> str:
    """The variable `name`, or what stands in the file that `name`_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    return _text(f"{name}_FILE", path).strip() if path else os.environ.get(name, default)


# --- Secrets and switches ---------------------------------------------------------------

# SECRET_KEY or SECRET_KEY_FILE: signs sessions. No default: serving without it is refused
# (config/checks.py), client commands never ask for it.
SECRET_KEY = _value_or_file("SECRET_KEY", default="")

# DEBUG: Django's error pages, which show what was posted. Never on a real server.
DEBUG = env.bool("DEBUG", default=False)

# ALLOWED_HOSTS: the names this server answers to, by comma.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])

# LOG_LEVEL: of what goes to stderr; INFO has a line for each request, WARNING for what went wrong.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")

# METRICS_TOKEN or METRICS_TOKEN_FILE: who may read /metrics; if absent, this very machine alone.
METRICS_TOKEN = _value_or_file("METRICS_TOKEN", default="")

# --- HTTPS --------------------------------------------------------------------------------

# HTTPS: secure cookies, redirects to https:// and HSTS, all at once.
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS

# HSTS_SECONDS, HSTS_INCLUDE_SUBDOMAINS, HSTS_PRELOAD: how long browsers insist on https://.
# Preloading binds the whole domain for years, so only its owner may ask for it.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = HTTPS and env.bool("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # about preloading
    "axes.W001",  # the default cache counts in each process for itself, as CACHE_URL says
]

# TRUST_FORWARDED_PROTO: believe the proxy's X-Forwarded-Proto. Only behind a proxy that sets
# the header itself, or anybody can pretend to have come by https://.
TRUST_FORWARDED_PROTO = env.bool("TRUST_FORWARDED_PROTO", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_FORWARDED_PROTO else None

# TRUSTED_PROXIES: how many proxies stand in front and append to X-Forwarded-For; throttling
# and login protection then see the visitor's address instead of the proxy's. Of an IPv6
# address they see the /64 network.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# CSRF_TRUSTED_ORIGINS: origins, by comma, that may post to the admin from another host.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications -------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.SealformConfig",
    "apps.directory",
    "apps.vault",
    "apps.intake",
    "apps.console",
    "apps.console.apps.ConsoleAdminConfig",  # django.contrib.admin, with our site
    "apps.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.apps.StaticFiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]

MIDDLEWARE = [
    # For every answer.
    "config.front.every_answer",
    "config.health.answer_monitors",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before WhiteNoise: static files carry the policy too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.caching.keep_no_answers",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.api_handler.straight_to_the_api",  # what stands below never runs for /api/
    # For people with a session: the admin.
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",  # after authentication, which it completes
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as axes asks
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
            ],
        },
    },
]

# --- Database and cache -------------------------------------------------------------------

DATABASES_OF = ("sqlite://", "postgres://", "postgresql://")


def _database(url: str) -> dict[str, Any]:
    """Django's settings for the database at `url`, tuned for many writers."""
    if not url.startswith(DATABASES_OF):  # never shown: it holds a password
        raise ImproperlyConfigured(f"DATABASE_URL begins with none of {' '.join(DATABASES_OF)}")
    database: dict[str, Any] = env.db_url_config(url)
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        if database["NAME"] != ":memory:":
            database["NAME"] = BASE_DIR / database["NAME"]
        # A writer takes its lock when the transaction starts and waits for it in line;
        # upgrading a read lock later is what makes SQLite answer "database is locked".
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 10)  # then the request is answered 503
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    elif database["ENGINE"] == "django.db.backends.postgresql":
        # A thread keeps its connection; who cannot have one says so soon, and is answered 503.
        options.setdefault("connect_timeout", 3)
        if seconds := env.int("DATABASE_STATEMENT_SECONDS", default=15):
            limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
            options.setdefault("options", " ".join(f"-c {name}={seconds}s" for name in limits))
        database["CONN_MAX_AGE"] = 0 if DEBUG else 600  # runserver has a thread for each request
        database["CONN_HEALTH_CHECKS"] = True
    return database


# DATABASE_STATEMENT_SECONDS: how long PostgreSQL may work on, or wait for, one statement; 0 for as
# long as it takes, as a migration of a large table may want.
# DATABASE_URL or DATABASE_URL_FILE: sqlite:///relative/to/manage.py, sqlite:////absolute or
# postgres://user:password@host:port/name. Nothing connects before the first query.
DATABASES = {"default": _database(_value_or_file("DATABASE_URL", default="sqlite:///db.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _cache(url: str) -> dict[str, Any]:
    """Django's settings for the cache at `url`, too large to push others' counts out of."""
    cache: dict[str, Any] = env.cache_url_config(url)
    if cache["BACKEND"].endswith(("LocMemCache", "FileBasedCache", "DatabaseCache")):
        cache.setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 20_000)  # Django's own: 300
    return cache


# CACHE_URL: where throttles count; the default counts in each server process for itself.
CACHES = {"default": _cache(env.str("CACHE_URL", default="locmemcache://sealform"))}

# --- Who is calling -----------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]

# Five wrong passwords for one name from one address close that pair for an hour. It is counted in
# the cache under a hash: no name, address or browser is written down, and no row, however often.
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_FAILURE_LIMIT = "apps.console.login.failure_limit"
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "console/locked.html"
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "apps.web.addresses.client_address"

# LOGIN_RATE: how often one address may try to log in to the admin, under whatever names.
LOGIN_RATE = env.str("LOGIN_RATE", default="20/minute")

# Who asks for a page of the admin without being logged in comes here, and there afterwards.
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"

# ADMIN_REQUIRE_OTP: the admin asks for a one-time code after the password; users get a device
# by `manage.py create_otp_device NAME`.
ADMIN_REQUIRE_OTP = env.bool("ADMIN_REQUIRE_OTP", default=not DEBUG)
OTP_TOTP_ISSUER = "Sealform"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True  # an admin may remove another's device, not copy it

# --- API ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.directory.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["apps.web.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.web.renderers.CanonicalJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.web.error_handler.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,  # there is one format, and ?format= is a parameter like others
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sealform",
    "DESCRIPTION": "Forms encrypted in the browser; this server keeps only ciphertext.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# What the admin's page of a draft posts: eight times the most that can be published (1 MiB,
# docs/protocol.md §10), because each language repeats the form's own texts, to be translated. The
# API reads its bodies itself, and never more than that 1 MiB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # a draft's 128 fields, each with some 25 of its own

# No origin is allowed for all: each form brings its own list. Never with cookies.
CORS_ALLOWED_ORIGINS: list[str] = []
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/api/v1/"
CORS_ALLOW_METHODS = ["GET", "POST"]
CORS_ALLOW_HEADERS = ["content-type"]
CORS_EXPOSE_HEADERS = ["Retry-After", "X-Request-Id"]
CORS_PREFLIGHT_MAX_AGE = 600

# SUBMISSION_RATE: how often one address may send one form; number/second, minute, hour or day.
SUBMISSION_RATE = env.str("SUBMISSION_RATE", default="60/minute")

# RECEIPT_RATE: how often one address may look for what receipts of one form prove.
RECEIPT_RATE = env.str("RECEIPT_RATE", default="30/minute")

# FAILURE_RATE: how often one address may report that the page of one form refused to work;
# what is more is not counted.
FAILURE_RATE = env.str("FAILURE_RATE", default="20/minute")

# KEY_COPY_RATE: how often one client may leave a copy of its key file.
KEY_COPY_RATE = env.str("KEY_COPY_RATE", default="60/minute")

# WRONG_SECRETS_RATE: how often one address may fail to prove who it is; who has the right secret
# is never refused.
WRONG_SECRETS_RATE = env.str("WRONG_SECRETS_RATE", default="60/minute")

# FORM_BYTES_PER_DAY, SERVER_BYTES_PER_DAY: how many bytes of answers and records one form, and
# all writers together, may have stored in a day (UTC). DATABASE_BYTES: how large the database may
# become. LEAST_FREE_BYTES: what SQLite leaves free on its disk. Beyond, submissions are answered
# 507; 0 is no bound.
FORM_BYTES_PER_DAY = env.int("FORM_BYTES_PER_DAY", default=500 * 1000**2)
SERVER_BYTES_PER_DAY = env.int("SERVER_BYTES_PER_DAY", default=2 * 1000**3)
DATABASE_BYTES = env.int("DATABASE_BYTES", default=20 * 1000**3)
LEAST_FREE_BYTES = env.int("LEAST_FREE_BYTES", default=500 * 1000**2)

# --- What browsers are told ---------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# FIRST_PAGE: what stands at the bare address: `on` for a page that leads to the admin and the
# API, `off` for nothing, or the address of another page, https://… or a path.
FIRST_PAGE = env.str("FIRST_PAGE", default="on")

# DEMO: the first page names the forms, as `make demo` has it.
DEMO = env.bool("DEMO", default=False)

# --- Static files -------------------------------------------------------------------------

# Everything under static/ but the sources. A file is served at its plain address, which embed
# tags name, and at one with its hash, which never changes and is cached for good.
STATIC_URL = "/static/"
STATICFILES_DIRS = [
    (folder.name, folder)
    for folder in sorted((BASE_DIR / "static").iterdir())
    if folder.is_dir() and folder.name != "src"
]

# STATIC_ROOT: where `collectstatic` puts them and the server finds them.
STATIC_ROOT = BASE_DIR / env.str("STATIC_ROOT", default=".static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = True  # sites that embed a form load the script with SRI
# Every name with a hash names one content for good, those of earlier releases too, which
# STATIC_ROOT goes on holding and embed tags go on naming.
WHITENOISE_IMMUTABLE_FILE_TEST = rf"^{STATIC_URL}.+\.[0-9a-f]{{12}}\.[a-z0-9]+$"
# Commands that call the API in process serve no static files; for a server that has
# collected none there is the check sealform.W001.
warnings.filterwarnings("ignore", message="No directory at: ", category=UserWarning)

# --- Language, time, log ------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True

# To stderr only, as config/logs.py says: nothing of what anybody sent, and no mail to admins, which
# would hold it. Lines of Django's about requests say less than our own, and hold more.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "policy": {"()": "config.logs.PolicyFormatter"},
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEBUG else "policy",
        },
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "apps": {"level": LOG_LEVEL},
        "config": {"level": LOG_LEVEL},
        "axes": {"level": "CRITICAL"},  # it writes names and addresses
        "waitress.queue": {"level": "ERROR"},  # it warns of every request that waits its turn
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "WARNING" if DEBUG else "ERROR"},
        "django.security": {"level": "WARNING" if DEBUG else "CRITICAL"},
    },
}
