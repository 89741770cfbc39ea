"""How Django is set up: every value comes from selfimprove/config.py or is fixed here."""

import os
import sys
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext

from selfimprove import config, folder, logs

django_stubs_ext.monkeypatch()  # ModelAdmin[Model] fails at import without it

SELFIMPROVE = config.load()
BASE_DIR = config.ROOT
CONFIG_DIR = BASE_DIR / "config"
DATA_DIR = folder.prepare(Path(SELFIMPROVE.paths.data).expanduser().resolve())
ROLE = os.environ.get("SELFIMPROVE_ROLE", "cli")  # web, worker or cli; set by the supervisor
DEBUG = False
TESTING = "pytest" in sys.modules

SECRET_KEY = os.environ.get("SECRET_KEY") or folder.secret_key(DATA_DIR)
ALLOWED_HOSTS = list(SELFIMPROVE.web.allowed_hosts)

INSTALLED_APPS = [
    "selfimprove",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    "django_q",
    "audit",
    "targets",
    "telemetry",
    "validation",
    "benchmarks",
    "personas",
    "proposals",
    "delivery",
    "generations",
    "evaluation",
    "notifications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "selfimprove.web.middleware.relax_admin_csp",
    "selfimprove.web.unavailable.say_when_the_database_is_away",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "selfimprove.urls"
WSGI_APPLICATION = "selfimprove.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "selfimprove.web.frame.frame",
            ],
        },
    }
]

# One writer at a time, readers beside it: without IMMEDIATE and WAL most concurrent writes fail.
_PRAGMAS = (
    f"PRAGMA journal_mode=WAL;PRAGMA synchronous={'OFF' if TESTING else 'FULL'};"
    "PRAGMA foreign_keys=ON;PRAGMA recursive_triggers=ON;PRAGMA mmap_size=134217728;"
    "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-65536;PRAGMA wal_autocheckpoint=4000;"
    "PRAGMA secure_delete=ON;"  # what was erased from the log must not stay in free pages
)
_SQLITE: dict[str, Any] = {
    "ENGINE": "selfimprove.sqlite",  # Django's own, where writers take turns
    "NAME": DATA_DIR / "db.sqlite3",
    "CONN_MAX_AGE": 600,
    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS},
    # A file, since threads cannot share memory; one per process, since runs happen side by side.
    "TEST": {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")},
}
_POSTGRES: dict[str, Any] = {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    # Of the few statements that ask for it the plan is kept with the connection, from the sixth
    # time on; what Django writes holds its values, and is planned each time as before.
    "OPTIONS": {"prepare_threshold": 5},
    "TEST": {"NAME": f"test_selfimprove_{os.getpid()}"},
}


def _database() -> dict[str, Any]:
    """Read DATABASE_URL; without one the database is a file in the data folder.

    How long a write waits for another process's may be set there: sqlite:///file?timeout=5
    """
    if not (url := os.environ.get("DATABASE_URL")):
        return _SQLITE
    try:
        given: dict[str, Any] = dict(dj_database_url.parse(url))
        options: dict[str, Any] = {**_SQLITE["OPTIONS"], **dict(given.get("OPTIONS") or {})}
        options["timeout"] = float(options["timeout"])
    except ValueError as error:  # the address may hold a password: it is not repeated
        raise config.BadConfiguration(
            "DATABASE_URL cannot be read; write postgres://NAME:PASSWORD@HOST/DATABASE"
            " or sqlite:////absolute/path"
        ) from error
    if given["ENGINE"] == "django.db.backends.sqlite3":
        return {**_SQLITE, "NAME": given["NAME"], "OPTIONS": options}
    return {**given, **_POSTGRES, "OPTIONS": {**_POSTGRES["OPTIONS"], **given.get("OPTIONS", {})}}


DATABASES: dict[str, Any] = {"default": _database()}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # of one import: some products write a file for each run

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "selfimprove_session"
CSRF_COOKIE_NAME = "selfimprove_csrf"

_TIMEOUT = SELFIMPROVE.worker.timeout_seconds
Q_CLUSTER: dict[str, Any] = {
    "name": "selfimprove",
    "label": "Queue",
    "orm": "default",
    "workers": SELFIMPROVE.worker.processes,
    # The retry clock starts when a task is prefetched: with anything queued locally, tasks double.
    "queue_limit": 1,
    "bulk": 1,
    "timeout": _TIMEOUT,
    "retry": 3 * _TIMEOUT + 60,
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,  # our own Run rows keep results; saving costs a table lock per task
    "catch_up": False,
    "scheduler": False,  # one unreadable schedule row stops them all; schedules.py is ours
    "poll": 0.2,
    "guard_cycle": 0.5,  # its timeout test compares floats with zero: 0.5 is exact
    "recycle": 200,
    "max_rss": 1_500_000,
    "ALT_CLUSTERS": {},  # naming a cluster without it is a KeyError at import
}

UNFOLD = {
    "SITE_TITLE": "selfimprove back office",
    "SITE_HEADER": "selfimprove",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SITE_ICON": lambda _: "/static/selfimprove/favicon.svg",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _: "/static/selfimprove/favicon.svg",
        }
    ],
    "STYLES": [lambda _: "/static/selfimprove/admin.css"],
    "SCRIPTS": [lambda _: "/static/selfimprove/admin.js"],
    "COLORS": {
        "primary": {  # the accent of our own pages, in the back office's steps
            "50": "#f3f4fd",
            "100": "#ebecfb",
            "200": "#d5d8f7",
            "300": "#b4baff",
            "400": "#8d94ee",
            "500": "#5a62de",
            "600": "#4049c4",
            "700": "#373fae",
            "800": "#2d348c",
            "900": "#23274a",
            "950": "#171a33",
        }
    },
}

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGGING = logs.configure(role=ROLE)
