"""The server in this very process: the same API and authorisation, without a socket."""

import logging
import os
from pathlib import Path

import django
import httpx
from django.apps import apps
from django.db import DatabaseError, connection

from config.requests import StrictHandler, StrictRequest


class InProcessRequest(StrictRequest):
    """A request whose host nobody can have forged, whatever ALLOWED_HOSTS says."""

    is_in_process = True  # and so in no log of the server's

    def get_host(self) -> str:
        """Return the one name there is."""
        return "in-process"


class InProcessHandler(StrictHandler):
    """Django's handler, without config.wsgi: here a private key is where it belongs."""

    request_class = InProcessRequest


def is_worth_logging(record: logging.LogRecord) -> bool:
    """Leave out what the server logs of our own refused requests: we raise it as an error."""
    ours = isinstance(getattr(record, "request", None), InProcessRequest)
    return record.levelno >= logging.ERROR or not ours


def is_set_up() -> bool:
    """Whether the database of this server is there and has tables; none is made by asking."""
    database = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not (
        connection.is_in_memory_db() or Path(database).is_file()  # type: ignore[attr-defined]
    ):
        return False
    try:
        return bool(connection.introspection.table_names())
    except DatabaseError:
        return False


def transport() -> httpx.BaseTransport:
    """Return a transport that calls the project's own WSGI application."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not apps.ready:
        django.setup()
    logging.getLogger("django.request").addFilter(is_worth_logging)
    return httpx.WSGITransport(InProcessHandler())
