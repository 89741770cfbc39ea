"""Name the telemetry room for Django."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Declare the room."""

    name = "telemetry"
    default_auto_field = "django.db.models.BigAutoField"
