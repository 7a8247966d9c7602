"""The project's own settings, read from nothing that lies around on this machine."""

import os

os.environ["SEALFORM_ENV_FILE"] = ""
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + 4 * "0123456789")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("HTTPS", "False")
# Playwright runs an event loop in the thread of the test, which Django would take for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE, STORAGES

# Fast, because nothing in the tests is worth cracking.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files straight from the source tree: nothing is collected first.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Whatever a test asks of the API, the schema has to know how it was answered.
MIDDLEWARE = ["tests.tools.described.statuses_are_described", *MIDDLEWARE]
