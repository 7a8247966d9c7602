from django.apps import AppConfig


class ClientConfig(AppConfig):
    name = "apps.client"
    label = "client"
    default_auto_field = "django.db.models.BigAutoField"
