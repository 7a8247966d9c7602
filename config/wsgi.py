"""The entry point of servers. Client commands never come through here."""

import os

from django.core.wsgi import get_wsgi_application

from config.checks import refuse_to_serve_on_errors

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
refuse_to_serve_on_errors()
