"""Name the notifications room for Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Declare the room."""

    name = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Note what people hear of in the transaction in which it happens."""
        from audit import follow
        from notifications.kinds import CASES
        from notifications.noting import note

        follow.accompany(CASES, note)
