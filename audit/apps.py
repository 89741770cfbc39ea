"""Name the audit room for Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    """Declare the room."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the database's own refusals put back after each migration, and begin the log."""
        from audit import triggers
        from audit.keys import beginning
        from audit.texts import indexing
        from audit.ties import guards

        for aside in (guards, indexing, triggers):
            pre_migrate.connect(aside.before_migrate, sender=self)
        post_migrate.connect(triggers.after_migrate, sender=self)
        post_migrate.connect(indexing.after_migrate, sender=self)
        post_migrate.connect(guards.after_migrate, sender=self)
        post_migrate.connect(beginning.after_migrate, sender=self)
