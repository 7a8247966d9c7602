from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "apps.directory"
    label = "directory"
    verbose_name = "Clients, groups and keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.directory import errors  # noqa: F401, PLC0415 - joins the catalogue
