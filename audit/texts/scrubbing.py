"""What of an erased text is left in the files of the database, and how does it go too?"""

from functools import partial

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def once_committed(connection: BaseDatabaseWrapper) -> None:
    """Have SQLite overwrite what it still holds, as soon as the erasure is committed.

    Pages are overwritten as rows go (`secure_delete`); the write-ahead log keeps their former
    content until it is emptied. PostgreSQL drops dead rows when it vacuums.
    """
    if connection.vendor == "sqlite":
        transaction.on_commit(partial(_empty_the_log_ahead, connection))


def _empty_the_log_ahead(connection: BaseDatabaseWrapper) -> None:
    # Readers may hold it up for now: then the next checkpoint that finds none empties it.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
