"""The entry point of servers. Client commands never come through here."""

import os

import django

from config.checks import refuse_to_serve_another_schema, refuse_to_serve_on_errors
from config.requests import StrictHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)
application = StrictHandler()
refuse_to_serve_on_errors()
refuse_to_serve_another_schema()
