"""Name the targets room for Django."""

from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """Declare the room."""

    name = "targets"
    default_auto_field = "django.db.models.BigAutoField"
