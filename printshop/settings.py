"""Settings, all of them from the environment; README.md lists the variables.

Without any variable this is a safe shop on one machine: SQLite under ``var/``, no debug pages and a secret key that
is made on first use and kept beside the database.
"""

import secrets
from datetime import timedelta
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
# Former keys, after a change: what they sealed and signed still opens.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
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
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "printshop.api",
    "printshop.bulk",
    "printshop.webhooks",
    "catalog",
    "orders",
    "jobs",
    "printshop.magento",
    "printshop.demo",
    "printshop.backup",
]

MIDDLEWARE = [
    "printshop.metrics.requests_measured",
    "printshop.api.logs.requests_named",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "printshop.policies.PolicyMiddleware",
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
CSRF_FAILURE_VIEW = "printshop.api.error_pages.stale"

# Five wrong passwords for one name from one address: no more tries for a quarter of an hour.
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AXES_FAILURE_LIMIT = env.int("LOGIN_ATTEMPTS", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_COOLOFF_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "printshop.api.limits.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# printshop.api.admin shows its attempts in the admin's own look.
AXES_ENABLE_ADMIN = False

# What a browser may load: everything from here. `printshop.policies` loosens it for the admin alone.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# Behind TLS: `HTTPS=on`, and `PROXY_SSL_HEADER` where a proxy ends it (for example `HTTP_X_FORWARDED_PROTO=https`).
HTTPS = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Load balancers and supervisors ask the process itself, without TLS.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
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
    # The last connection that closes folds the write-ahead log into the file and syncs it: too much for every request.
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": env.int("LOCK_TIMEOUT_MS", default=20_000) / 1000,
    },
}
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous={}; PRAGMA foreign_keys=ON;"
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=60_000)
# A silent server is given up after so long: its machine, when nothing acknowledges what was sent; itself, when it does
# not end a statement that had to end.
DB_SILENCE_SECONDS = env.int("DB_SILENCE_SECONDS", default=20)
DATABASE_PATIENCE_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + DB_SILENCE_SECONDS if STATEMENT_TIMEOUT_MS else None
POSTGRESQL: dict[str, Any] = {
    "ENGINE": "printshop.api.postgresql",
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": env.int("DB_CONNECT_SECONDS", default=5),
        "tcp_user_timeout": DB_SILENCE_SECONDS * 1000,
        "keepalives_idle": max(1, DB_SILENCE_SECONDS // 2),
        "keepalives_interval": max(1, DB_SILENCE_SECONDS // 4),
        "server_side_binding": True,
        # Named statements outlive a transaction: 0 switches them off for a pooler that hands connections round.
        "prepare_threshold": env.int("PREPARE_THRESHOLD", default=5) or None,
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=10_000)}"
        " -c idle_in_transaction_session_timeout=120000",
    },
}


def database(url: str, synchronous: str = "FULL") -> dict[str, Any]:
    """Django's settings for a database URL, with the options its engine needs; how SQLite waits for the disk."""
    config = environ.Env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        return {**config, **SQLITE, "OPTIONS": {**SQLITE["OPTIONS"], "init_command": PRAGMAS.format(synchronous)}}
    pool = {
        "min_size": 1,
        "max_size": env.int("DB_POOL_SIZE", default=16),
        "timeout": env.float("DB_POOL_WAIT_SECONDS", default=10),
    }
    options = {**POSTGRESQL["OPTIONS"], **config.get("OPTIONS", {}), "pool": pool}
    return {**config, **POSTGRESQL, "OPTIONS": options}


DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR / 'shop.sqlite3'}"
DATABASES = {"default": database(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # SQLite has one writer: counters live in a file of their own, so that counting a GET never waits for an import.
    main = Path(DATABASES["default"]["NAME"])
    # A count that a power cut forgets harms nobody, and every request would wait for the disk.
    counters = main.with_name(f"{main.stem}-counters.sqlite3")
    DATABASES["counters"] = database(f"sqlite:///{counters}", synchronous="NORMAL")
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

# --- The queue: a message is a wake-up, the work is in the database ------------------------------------------------
QUEUE_LEASE_SECONDS = env.float("QUEUE_LEASE_SECONDS", default=30)
QUEUE_SWEEP_SECONDS = env.float("QUEUE_SWEEP_SECONDS", default=5)
QUEUE_HEARTBEAT_SECONDS = env.float("QUEUE_HEARTBEAT_SECONDS", default=3)
# A worker that was silent for so long counts as gone.
QUEUE_SILENCE_SECONDS = 5 * QUEUE_HEARTBEAT_SECONDS
# A wake-up is sent anew after each lease; past this the earlier ones need not be heard any more.
QUEUE_WAKE_EXPIRES = 2 * max(QUEUE_LEASE_SECONDS, 30)
# The name in the broker, for shops that share one.
QUEUE_NAME = env.str("QUEUE_NAME", default="printshop")
BROKER_URL = env.str("BROKER_URL", default="") or "filesystem://"
# How long a request may have to wait for a broker that does not answer, and for how long it is then left alone.
BROKER_PATIENCE_SECONDS = 1
BROKER_REST_SECONDS = 5

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_TIMEOUT = BROKER_PATIENCE_SECONDS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_HEARTBEAT = 60
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = QUEUE_NAME
# A worker takes one wake-up at a time and keeps it until the chunk is over: the others stay for its colleagues.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
if BROKER_URL.startswith("filesystem:"):
    messages = VAR / "queue"
    messages.mkdir(mode=0o700, parents=True, exist_ok=True)
    CELERY_BROKER_URL = "folder://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"folder": str(messages), "polling_interval": 0.1}
elif BROKER_URL.startswith(("amqp:", "amqps:", "pyamqp:")):
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
elif BROKER_URL.startswith(("redis:", "rediss:")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{QUEUE_NAME}:", "socket_connect_timeout": 5}
# Endpoints on private addresses and without TLS: for tests and demonstrations alone, never where others make endpoints.
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)
WEBHOOK_SWEEP_SECONDS = env.float("WEBHOOK_SWEEP_SECONDS", default=1)
# Without it /metrics answers 404.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- The log: stderr, a line a record, in which no row, person or secret is shown (printshop.api.logs) ---------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"discretion": {"()": "printshop.api.logs.Discretion"}},
    "formatters": {"lines": {"()": "printshop.api.logs.Lines"}, "json": {"()": "printshop.api.logs.JSONLines"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["discretion"],
            "formatter": env.str("LOG_FORMAT", default="lines"),
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Its own handlers would say everything twice, and by mail.
        "django": {"handlers": [], "level": "INFO"},
        # These write out requests, addresses and keys that are not ours to tell.
        **{name: {"level": "WARNING"} for name in ("httpx", "httpcore", "axes")},
        # It would tell of every wake-up, which says nothing; what was carried out is told by us.
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
    },
}

# --- The API -------------------------------------------------------------------------------------------------------
BODY_LIMIT_BYTES = 2_000_000
# What is queued may be larger: nobody waits for it.
DEFERRED_BODY_LIMIT_BYTES = 20_000_000
# The largest body of any route; the API refuses at BODY_LIMIT_BYTES in its own words long before Django does.
DATA_UPLOAD_MAX_MEMORY_SIZE = 21_000_000
# Shipping sends three fields for each of 500 orders.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "printshop.api.errors.answer_exception",
    "DEFAULT_RENDERER_CLASSES": ["printshop.api.answers.ORJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "printshop.api.answers.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["printshop.api.strict_json.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

# The document of the API; `printshop.openapi` adds what it says of the whole.
SPECTACULAR_SETTINGS = {
    "TITLE": "Printshop",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVERS": [{"url": "/", "description": "This shop"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["printshop.openapi.complete"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "displayRequestDuration": True,
        "docExpansion": "none",
        "filter": True,
        "persistAuthorization": True,
        "tryItOutEnabled": True,
        "validatorUrl": None,
    },
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

# --- The admin -----------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Printshop",
    "SITE_HEADER": "Printshop",
    "SITE_SYMBOL": "print",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "printshop.navigation.favicon"}],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["printshop.navigation.stylesheet"],
    "DASHBOARD_CALLBACK": "printshop.dashboard.dashboard",
    "SIDEBAR": {"show_search": True, "navigation": "printshop.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        },
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
# A replace that switches off more SKUs has to be confirmed by typing their number.
UPLOAD_TYPE_IN_ABOVE = env.int("UPLOAD_TYPE_IN_ABOVE", default=20)
MEDIA_LIMIT_BYTES = env.int("MEDIA_LIMIT_BYTES", default=10_000_000)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
