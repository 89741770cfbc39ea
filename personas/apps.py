"""Name the personas room for Django."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    """Declare the room."""

    name = "personas"
    default_auto_field = "django.db.models.BigAutoField"
