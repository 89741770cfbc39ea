"""Name the audit room for Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """Declare the room."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the database's own refusals put back after each migration."""
        from audit import triggers

        post_migrate.connect(triggers.after_migrate, sender=self)
