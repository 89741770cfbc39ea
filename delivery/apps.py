"""Name the delivery room for Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Declare the room."""

    name = "delivery"
    default_auto_field = "django.db.models.BigAutoField"
