"""Name the evaluation room for Django."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Declare the room."""

    name = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"
