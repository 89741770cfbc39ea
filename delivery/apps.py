"""Name the delivery room for Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Declare the room."""

    name = "delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the log watch over plan, stage and outcome."""
        from audit.ties.declared import declare
        from delivery.models import STATE

        declare(STATE)
