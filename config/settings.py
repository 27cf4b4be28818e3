"""Settings, all from the environment through typed readers; a wrong value stops the start.

`BATUTA_ENV` is `development` (default), `test` or `production`; production refuses defaults (see `config/checks.py`).
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

BATUTA_ENV = env.str("BATUTA_ENV", "development")
if BATUTA_ENV not in ("development", "test", "production"):
    raise SystemExit(f"BATUTA_ENV was {BATUTA_ENV!r}; it must be development, test or production")
PRODUCTION = BATUTA_ENV == "production"
DEBUG = env.bool("DEBUG", False)
BASE_URL = env.str("BASE_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}").rstrip("/")
HTTPS = env.bool("HTTPS", PRODUCTION)

_INSECURE_KEY = "development-only-secret-key-that-production-refuses-to-start-with"
SECRET_KEY = env.str("SECRET_KEY", "" if PRODUCTION else _INSECURE_KEY)
if not SECRET_KEY:
    raise SystemExit("SECRET_KEY is missing: production needs its own (any 50 random characters)")
# An old SECRET_KEY stays here until digests and sessions that were made with it are gone.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "testserver", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL] if BASE_URL.startswith("https") else [])

# The key ring of the vault (D17): `id:base64,…`, the first one encrypts. `./batuta up` generates it into var/.
BATUTA_KEYS = env.str("BATUTA_KEYS", "" if PRODUCTION else "dev:ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtISE=")
if not BATUTA_KEYS:
    raise SystemExit("BATUTA_KEYS is missing: production needs its own key ring, `id:base64 of 32 random bytes`")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",  # its pages are gathered in config/urls.py: no worker needs them in memory
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework_simplejwt",  # for its translations only
    "accounts",
    "exchanges",
    "bots",
    "subscriptions",
    "signals",
    "notifications",
    "front",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.browser_security.BrowserSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.query_names.QueryNamesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
# The API answers with and without a trailing slash by its own patterns; a redirect would drop a POST's body.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database, cache, broker -------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql://postgres@127.0.0.1:5432/batuta")}
_database = DATABASES["default"]
_socket_folder = _database.get("OPTIONS", {}).pop("host", None)
if _socket_folder:
    _database["HOST"] = _socket_folder
_database.setdefault("OPTIONS", {})
# A pool instead of persistent connections: under ASGI each request may run in another thread.
_database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.int("DB_POOL", 20), "timeout": 0.7}
_database["OPTIONS"]["connect_timeout"] = 2
# A process that freezes or hangs with a transaction open would keep what it had locked, and others would wait for it for ever.
_database["OPTIONS"]["options"] = " ".join(
    filter(
        None,
        (f"-c idle_in_transaction_session_timeout={env.int('DB_IDLE_S', 30)}s", _database["OPTIONS"].get("options")),
    )
)
_database["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", "test_batuta")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        "KEY_PREFIX": "batuta",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "redis://127.0.0.1:6379/0")  # OPS-08
CELERY_RESULT_BACKEND = env.str("CELERY_RESULT_BACKEND", "redis://127.0.0.1:6379/1")

# Beat is the only scheduler (D31); what must also run without it is done by the workers themselves.
CELERY_BEAT_SCHEDULE = {
    "check-waiting-keys": {"task": "exchanges.check_waiting", "schedule": 60.0},
    "destroy-idle-keys": {"task": "exchanges.destroy_idle_keys", "schedule": 60.0},
    "read-balances": {"task": "exchanges.read_all_balances", "schedule": 300.0},
    "take-stock-of-notices": {"task": "notifications.take_stock", "schedule": 15.0},
    # one that waited for long says nothing about now; lives for 35 s (front.heartbeats)
    "beat-heart": {"task": "front.beat_heart", "schedule": 10.0, "options": {"expires": 10}},
    "run-canaries-daily": {"task": "exchanges.run_canaries", "schedule": 86_400.0},  # B14
    "check-keys-daily": {"task": "exchanges.check_all", "schedule": 86_400.0},  # EXC-19
}

# How often an account that holds something is compared with its exchange (ORD-09); what was traded or touched is asked at once.
RECONCILE_SECONDS = env.int("BATUTA_RECONCILE_SECONDS", 60)
if not 10 <= RECONCILE_SECONDS <= 300:
    raise SystemExit(f"BATUTA_RECONCILE_SECONDS was {RECONCILE_SECONDS}; it must be from 10 to 300")
# After how many failures in a row of one recurring work administrators are told (OPS-09).
ALERT_AFTER_FAILURES = env.int("BATUTA_ALERT_AFTER_FAILURES", 3)
if not 1 <= ALERT_AFTER_FAILURES <= 100:
    raise SystemExit(f"BATUTA_ALERT_AFTER_FAILURES was {ALERT_AFTER_FAILURES}; it must be from 1 to 100")

# --- people ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/dashboard/"
LOGOUT_REDIRECT_URL = "/"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),  # D20
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),  # SEC-02
    "SIGNING_KEY": SECRET_KEY,
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "user_id",
}
PASSWORD_RESET_TIMEOUT = 3600
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # production answers /metrics only with it
# Addresses or networks of proxies whose forwarded addresses are believed (D31), `unix` for a socket; none by default.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# --- API ---------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.FamilyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "config.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsing.LimitedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.quotas.ApiQuota"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.answer_problem",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# Requests per person (anonymous: per address) over the whole API.
API_QUOTA = env.str("API_QUOTA", "6000/m")
SPECTACULAR_SETTINGS = {
    "TITLE": "Batuta API",
    "DESCRIPTION": "Managed copy trading: bots, subscriptions, signals, executions.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AccountStatusEnum": "exchanges.models.AccountStatus",
        "BotStatusEnum": "bots.models.BotStatus",
        "SubscriptionStatusEnum": "subscriptions.models.SubscriptionStatus",
        "SignalStatusEnum": "signals.models.SignalStatus",
        "ExecutionStatusEnum": "signals.states.Status",
        "OrderStatusEnum": "signals.models.OrderStatus",
        "PositionStatusEnum": "config.schema.PositionStatus",
        "PositionSideEnum": "config.schema.PositionSide",
        "ActiveOrPausedEnum": ["active", "paused"],
        "MarginModeEnum": "bots.models.MarginMode",
        "StrategySourceEnum": "signals.strategy_sources.StrategySource",
    },
    "PREPROCESSING_HOOKS": ["config.schema.keep_v1"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.schema.declare_problems",
    ],
}

UNFOLD = {
    "SITE_TITLE": "Batuta",
    "SITE_HEADER": "Batuta",
    "SITE_SYMBOL": "queue_music",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "front.icons.favicon"}],
}

# --- languages and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Portuguese (Brazil)")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "front.formats"  # 24-hour times in English too
USE_I18N = USE_TZ = USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "UTC"

# --- files -------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- mail --------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend" if PRODUCTION else "django.core.mail.backends.console.EmailBackend",
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Batuta <no-reply@localhost>")
if env.str("EMAIL_URL", ""):
    vars().update(env.email("EMAIL_URL"))

# --- browser security --------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600 * 21
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        # the hash is the style of lightweight-charts' attribution logo
        "style-src": ["'self'", "'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# --- trading -----------------------------------------------------------------------------------------------------

# BATUTA_EXCHANGE_URL_<VENUE> sends all of that venue's traffic to another address; paper's simulator is the default.
EXCHANGE_URLS = {
    name.removeprefix("BATUTA_EXCHANGE_URL_").lower(): url.rstrip("/")
    for name, url in env.ENVIRON.items()
    if name.startswith("BATUTA_EXCHANGE_URL_") and url
}
EXCHANGE_URLS.setdefault("paper", "http://127.0.0.1:9000")
# Rate budgets are shared by all processes that leave by the same address: give it a name where there are several.
EXCHANGE_EGRESS = env.str("BATUTA_EGRESS", "default")
# The public addresses by which our machines leave, for clients who restrict their keys to addresses. Nobody guesses them.
EGRESS_ADDRESSES = [text.strip() for text in env.list("BATUTA_EGRESS_ADDRESSES", default=[]) if text.strip()]
for _address in EGRESS_ADDRESSES:
    try:
        ip_network(_address)
    except ValueError as error:
        raise SystemExit(f"BATUTA_EGRESS_ADDRESSES has {_address!r}: neither an address nor a network") from error
# Venues whose limits also hold where another address stands in for them (a relay, a simulator with limits).
LIMITED_STAND_INS = env.list("BATUTA_LIMITED_STAND_INS", default=[])
# How long saving keys waits for the exchange's word, in seconds.
KEY_CHECK_WAIT_S = 8.0
# Exchanges whose redirect to another machine is wanted in production (see config/checks.py).
ALLOWED_EXCHANGE_URLS = env.list("BATUTA_ALLOWED_EXCHANGE_URLS", default=[])
# Keys of demo accounts for the daily test trade (manage.py canary): BATUTA_CANARY_<VENUE>={"api_key": …, "secret_key": …, …}
CANARY_KEYS = {
    name.removeprefix("BATUTA_CANARY_").lower(): env.json(name)
    for name, value in env.ENVIRON.items()
    if name.startswith("BATUTA_CANARY_") and value
}
SIMULATOR_TOKEN = env.str("BATUTA_SIMULATOR_TOKEN", "" if PRODUCTION else "development-simulator-token")

# --- logs --------------------------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", "text")
if LOG_FORMAT not in ("text", "json"):
    raise SystemExit(f"LOG_FORMAT was {LOG_FORMAT!r}; it must be text or json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "config.log_lines.TextLines"}, "json": {"()": "config.log_lines.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
AXES_VERBOSE = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "accounts.client_ip.client_ip"
# the name of the field in every form and in authenticate(); by default axes would look for `email` and lock nobody
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "accounts.signing_in.axes_username"
AXES_LOCKOUT_CALLABLE = "accounts.signing_in.answer_locked_out"
AXES_DISABLE_ACCESS_LOG = True  # the audit log keeps it

if BATUTA_ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")
