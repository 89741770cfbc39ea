"""Name the benchmarks room for Django."""

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    """Declare the room."""

    name = "benchmarks"
    default_auto_field = "django.db.models.BigAutoField"
