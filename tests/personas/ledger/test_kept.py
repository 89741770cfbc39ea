"""Is it noticed, and mended, when the database no longer keeps closed lines?"""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from audit.ties import guards
from personas.models import Line
from tests.personas.ledger.spend import spend

pytestmark = pytest.mark.django_db(transaction=True)
GUARD = "personas_line_kept_update"


def drop() -> None:
    """Take the guard away, as somebody with the database's password could."""
    on = " ON personas_line" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {GUARD}{on}")


def test_a_guard_that_is_gone_is_named_and_put_back() -> None:
    assert guards.missing(connection) == ()
    drop()
    assert guards.missing(connection) == (GUARD,)
    guards.install(connection)
    assert guards.missing(connection) == ()


def test_migrating_puts_it_back() -> None:
    line = spend()
    drop()
    call_command("migrate", verbosity=0)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Line.objects.filter(pk=line.pk).update(cost=1)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL truncates")
def test_all_lines_at_once_cannot_be_emptied_either() -> None:
    spend()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE personas_line CASCADE")
    assert Line.objects.count() == 1
