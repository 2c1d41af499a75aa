"""Settings as an operator would have them for an API: no debugging, persistent connections, a write-ahead log.

What pages and admin need of middleware (sessions, messages, redirects) would only cost time, and is left out.
"""

import os

SECRET_KEY = "nobody signs in to a benchmark"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.peer.project.urls"
INSTALLED_APPS = [
    "bench.peer.project",
    "wagtail.api.v2",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "rest_framework",
    "django.contrib.auth",
    "django.contrib.contenttypes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_DATABASE"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536"},
    }
}
STATIC_URL = "/static/"
LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("ar", "Arabic"), ("fa", "Farsi"), ("sq", "Albanian")]
USE_I18N = WAGTAIL_I18N_ENABLED = True
USE_TZ = True
TIME_ZONE = "UTC"
WAGTAIL_SITE_NAME = "Newsroom"
WAGTAILADMIN_BASE_URL = WAGTAILAPI_BASE_URL = "https://news.example"
WAGTAILAPI_LIMIT_MAX = 100
