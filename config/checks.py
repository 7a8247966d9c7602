"""What must hold before this project serves: `manage.py check` tells, config.wsgi refuses.

Client commands skip system checks: they run where a private key does belong.
"""

import logging
import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from apps.web.outages import is_outage
from config.schema_guard import problems

logger = logging.getLogger(__name__)

TAG = "sealform"

PRIVATE_KEY_VARIABLES = (
    "SEALFORM_CREDENTIALS",
    "SEALFORM_PASSPHRASE_FILE",
)


def private_key_is_elsewhere(**_: Any) -> list[CheckMessage]:
    found = [name for name in PRIVATE_KEY_VARIABLES if os.environ.get(name)]
    if not found:
        return []
    return [
        Error(
            f"a client's keys are in the web server's environment: {', '.join(found)}",
            hint="Keep keys where the server cannot read them: unset the variable here, and "
            "set it only in the shell that runs client commands.",
            id="sealform.E001",
        )
    ]


def secret_key_is_set(**_: Any) -> list[CheckMessage]:
    if settings.DEBUG or _has_secret_key():
        return []
    return [
        Error(
            "no SECRET_KEY is set",
            hint="Set SECRET_KEY, or SECRET_KEY_FILE to a file that holds it: 50 random "
            "characters or more, kept secret and kept.",
            id="sealform.E002",
        )
    ]


def static_files_are_collected(**_: Any) -> list[CheckMessage]:
    if (settings.STATIC_ROOT / "staticfiles.json").is_file():
        return []
    return [
        Warning(
            f"static files have not been collected into {settings.STATIC_ROOT}",
            hint="Run `manage.py collectstatic`, after each upgrade too.",
            id="sealform.W001",
        )
    ]


def the_proxy_is_known(**_: Any) -> list[CheckMessage]:
    """With HTTPS there is always a proxy, since this server itself speaks plain HTTP."""
    found: list[CheckMessage] = []
    if not settings.SECURE_SSL_REDIRECT:
        return found
    if not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "HTTPS is on, so a proxy stands before this server, and TRUSTED_PROXIES is 0: all "
                "visitors count as one, and throttle each other",
                hint="Set TRUSTED_PROXIES to how many proxies append to X-Forwarded-For; mostly 1.",
                id="sealform.W002",
            )
        )
    if not settings.SECURE_PROXY_SSL_HEADER:
        found.append(
            Warning(
                "HTTPS is on and TRUST_FORWARDED_PROTO is off: behind a proxy that ends TLS every "
                "page redirects to itself for ever",
                hint="Let the proxy set X-Forwarded-Proto itself, and set TRUST_FORWARDED_PROTO.",
                id="sealform.W003",
            )
        )
    return found


def register_all() -> None:
    register(private_key_is_elsewhere, TAG)
    register(secret_key_is_set, TAG)
    register(static_files_are_collected, TAG, deploy=True)
    register(the_proxy_is_known, TAG, deploy=True)


def refuse_to_serve_on_errors() -> None:
    """Raise ImproperlyConfigured when a check of ours fails."""
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        lines = [f"({error.id}) {error.msg}. {error.hint}" for error in errors]
        raise ImproperlyConfigured("refusing to serve: " + " ".join(lines))


def refuse_to_serve_another_schema() -> None:
    """Raise ImproperlyConfigured when the database answers, and is not this code's."""
    try:
        found = next(problems(), "")
    except Exception as error:
        if not is_outage(error):
            raise
        logger.warning("the database does not answer: serving 503 until it does")
        return
    finally:
        connections.close_all()
    if found:
        raise ImproperlyConfigured(f"refusing to serve: {found}")


def _has_secret_key() -> bool:
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django's answer to an empty one
        return False
