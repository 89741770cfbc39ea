"""Name the proposals room for Django."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    """Declare the room."""

    name = "proposals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the log watch over the status, and over what lets changes through."""
        from audit.ties import kept
        from audit.ties.declared import declare
        from proposals.models import STATE
        from proposals.revising import records as revising
        from proposals.standing import records as standing

        declare(STATE)
        declare(standing.STATE)
        for one in (standing.KEPT, *standing.FINAL, *revising.FINAL):
            kept.declare(one)
