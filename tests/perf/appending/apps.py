"""Name the tables of this measurement for Django, and whom the peers watch."""

from importlib import import_module

from django.apps import AppConfig, apps


class AppendingConfig(AppConfig):
    """Declare the tables."""

    name = "tests.perf.appending"
    label = "appending"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the log watch over one kind of row, and django-auditlog over another."""
        from audit.ties.declared import declare
        from tests.perf.appending.models import TIE, Diffed

        declare(TIE)
        if apps.is_installed("auditlog"):
            import_module("auditlog.registry").auditlog.register(Diffed)
