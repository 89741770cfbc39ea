"""Name the composition root for Django, and join the rooms at start-up."""

from django.apps import AppConfig


class SelfimproveConfig(AppConfig):
    """Declare the room."""

    name = "selfimprove"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follow the log, put sign-ins on it, and tell telemetry what answers its patterns."""
        from selfimprove import wakes
        from selfimprove.console import remedies
        from selfimprove.web import sign_ins

        wakes.join()
        sign_ins.join()
        remedies.join()
