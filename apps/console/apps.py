from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ConsoleConfig(AppConfig):
    name = "apps.console"
    label = "console"
    default = True
    default_auto_field = "django.db.models.BigAutoField"


class ConsoleAdminConfig(admin.AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default = False
    default_site = "apps.console.site.ConsoleSite"
