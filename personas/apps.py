"""Name the personas room for Django."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    """Declare the room."""

    name = "personas"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the database keep settled money as it is."""
        from audit.ties.kept import declare
        from personas.ledger.lines import KEPT

        declare(KEPT)
