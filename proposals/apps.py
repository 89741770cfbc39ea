"""Name the proposals room for Django."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    """Declare the room."""

    name = "proposals"
    default_auto_field = "django.db.models.BigAutoField"
