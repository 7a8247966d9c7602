from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "apps.vault"
    label = "vault"
    verbose_name = "Sealed data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.vault import errors  # noqa: F401, PLC0415 - joins the catalogue
