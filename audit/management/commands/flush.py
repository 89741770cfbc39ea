"""Why can `flush` not empty this database? Because the log in it may not be emptied."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as Flush
from django.db import connections

from audit import triggers
from audit.texts import indexing
from audit.ties import guards


class Command(Flush):
    """Refuse; the test runner alone may empty its own throw-away database between tests."""

    def handle(self, **options: Any) -> None:
        """Refuse, or take the refusals out for the length of one flush of a test database."""
        connection = connections[options["database"]]
        if not (settings.TESTING and _throw_away(connection.settings_dict)):
            raise CommandError(
                "The log cannot be emptied, so this database cannot be flushed."
                " To start afresh, choose another database or another data folder."
            )
        guards.remove(connection)
        triggers.remove(connection)
        try:
            super().handle(**options)
            indexing.empty(connection)
        finally:
            triggers.install(connection)
            guards.install(connection)


def _throw_away(database: dict[str, Any]) -> bool:
    name = str(database["NAME"]).rpartition("/")[2]
    return "test" in name or "memory" in name
