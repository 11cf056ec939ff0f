"""Settings, all of them from the environment; README.md lists the variables.

Without any variable this is a safe shop on one machine: SQLite under ``var/``, no debug pages and a secret key that
is made on first use and kept beside the database.
"""

import secrets
from pathlib import Path
from typing import Any

import environ

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.str("PRINTSHOP_VAR", default=str(BASE_DIR / "var"))).resolve()
VAR.mkdir(parents=True, exist_ok=True)


def kept_secret(path: Path) -> str:
    """The secret of this installation: made once, readable by its owner alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(VAR / "secret_key")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "printshop.urls"
WSGI_APPLICATION = "printshop.wsgi.application"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "printshop.api",
    "printshop.bulk",
    "catalog",
    "orders",
    "jobs",
    "printshop.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
APPEND_SLASH = False

# Behind TLS: `HTTPS=on`, and `PROXY_SSL_HEADER` where a proxy ends it (for example `HTTP_X_FORWARDED_PROTO=https`).
HTTPS = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if proxy_header := env.str("PROXY_SSL_HEADER", default=""):
    SECURE_PROXY_SSL_HEADER = tuple(proxy_header.split("=", 1))

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
    }
]

# --- Databases -----------------------------------------------------------------------------------------------------
SQLITE: dict[str, Any] = {
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    },
}
POSTGRESQL: dict[str, Any] = {
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "server_side_binding": True,
        # Named statements outlive a transaction: 0 switches them off for a pooler that hands connections round.
        "prepare_threshold": env.int("PREPARE_THRESHOLD", default=5) or None,
        "options": f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=60_000)}"
        f" -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=10_000)}"
        " -c idle_in_transaction_session_timeout=120000",
    },
}


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL, with the options its engine needs."""
    config = environ.Env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        return {**config, **SQLITE}
    pool = {"min_size": 1, "max_size": env.int("DB_POOL_SIZE", default=16), "timeout": 10}
    options = {**POSTGRESQL["OPTIONS"], **config.get("OPTIONS", {}), "pool": pool}
    return {**config, **POSTGRESQL, "OPTIONS": options}


DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR / 'shop.sqlite3'}"
DATABASES = {"default": database(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # SQLite has one writer: counters live in a file of their own, so that counting a GET never waits for an import.
    main = Path(DATABASES["default"]["NAME"])
    DATABASES["counters"] = database(f"sqlite:///{main.with_name(f'{main.stem}-counters.sqlite3')}")
DATABASE_ROUTERS = ["printshop.api.counters.CounterRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Rate limits (requests a minute; `RATE_LIMITS=off` for tests and benchmarks) -----------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "counters": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "printshop.api.counters.CounterCache",
        "LOCATION": "rate_limit_counters",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
RATELIMIT_ENABLE = env.str("RATE_LIMITS", default="on").lower() not in {"off", "0", "false", "no"}
RATELIMIT_USE_CACHE = "counters"
RATE_LIMITS = {
    "anonymous": env.int("RATE_LIMIT_ANONYMOUS", default=20),
    "standard": env.int("RATE_LIMIT_STANDARD", default=300),
    "admin": env.int("RATE_LIMIT_ADMIN", default=1_000),
    "orders-bulk": env.int("RATE_LIMIT_ORDERS_BULK", default=10),
    "jobs-bulk": env.int("RATE_LIMIT_JOBS_BULK", default=20),
    "skus-bulk": env.int("RATE_LIMIT_SKUS_BULK", default=5),
}
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# --- The API -------------------------------------------------------------------------------------------------------
BODY_LIMIT_BYTES = 2_000_000
# The largest body of any route; the API refuses at BODY_LIMIT_BYTES in its own words long before Django does.
DATA_UPLOAD_MAX_MEMORY_SIZE = 21_000_000
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "printshop.api.errors.answer_exception",
    "DEFAULT_RENDERER_CLASSES": ["printshop.api.answers.ORJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["printshop.api.strict_json.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}

# --- The shop ------------------------------------------------------------------------------------------------------
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="USD")
SHIPPING_FLAT = env.str("SHIPPING_FLAT", default="0")
TAX_RATE = env.str("TAX_RATE", default="0")
IDEMPOTENCY_HOURS = env.int("IDEMPOTENCY_HOURS", default=24)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
