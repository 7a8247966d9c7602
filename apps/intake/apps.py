from corsheaders.signals import check_request_enabled
from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "apps.intake"
    label = "intake"
    verbose_name = "Forms and manifests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.intake import errors  # noqa: F401, PLC0415 - joins the catalogue
        from apps.intake.visiting.cors import form_allows_origin  # noqa: PLC0415 - needs the models

        check_request_enabled.connect(form_allows_origin)
