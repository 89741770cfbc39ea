"""Name the generations room for Django."""

from django.apps import AppConfig


class GenerationsConfig(AppConfig):
    """Declare the room."""

    name = "generations"
    default_auto_field = "django.db.models.BigAutoField"
