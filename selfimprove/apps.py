"""Name the composition root for Django, and join the rooms at start-up."""

from django.apps import AppConfig


class SelfimproveConfig(AppConfig):
    """Declare the room."""

    name = "selfimprove"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follow the log, put sign-ins on it, tell what answers patterns and where to publish."""
        from selfimprove import wakes
        from selfimprove.console import remedies
        from selfimprove.publishing import outlets
        from selfimprove.web import sign_ins

        wakes.join()
        sign_ins.join()
        remedies.join()
        outlets.join()
