"""Name the proposals room for Django."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    """Declare the room."""

    name = "proposals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the log watch over the status."""
        from audit.ties.declared import declare
        from proposals.models import STATE

        declare(STATE)
