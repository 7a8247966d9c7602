from django.apps import AppConfig

from config import checks


class SealformConfig(AppConfig):
    name = "config"
    label = "sealform"
    verbose_name = "Sealform"

    def ready(self) -> None:
        checks.register_all()
