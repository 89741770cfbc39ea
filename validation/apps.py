"""Name the validation room for Django."""

from django.apps import AppConfig


class ValidationConfig(AppConfig):
    """Declare the room."""

    name = "validation"
    default_auto_field = "django.db.models.BigAutoField"
