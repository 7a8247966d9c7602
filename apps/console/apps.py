from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin

# Others' rooms get a name that people understand.
NAMES = {
    "auth": "Users of this admin",
    "otp_totp": "One-time codes",
    "otp_static": "Recovery codes",
}
WORDS = {
    "auth.Group": ("group of admins", "groups of admins"),
    "otp_static.StaticDevice": ("set of recovery codes", "sets of recovery codes"),
    "otp_totp.TOTPDevice": ("app for one-time codes", "apps for one-time codes"),
}


class ConsoleConfig(AppConfig):
    name = "apps.console"
    label = "console"
    default = True
    default_auto_field = "django.db.models.BigAutoField"


class ConsoleAdminConfig(admin.AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default = False
    default_site = "apps.console.site.ConsoleSite"

    def ready(self) -> None:
        """Call others' rooms and tables by words that admins know."""
        super().ready()
        for label, name in NAMES.items():
            apps.get_app_config(label).verbose_name = name
        for label, (one, several) in WORDS.items():
            meta = apps.get_model(label)._meta
            meta.verbose_name, meta.verbose_name_plural = one, several
