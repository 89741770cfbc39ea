"""Is each way to tamper noticed by what the documentation says it is noticed by?"""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import sequencer
from audit.keys import session
from audit.models import Checkpoint, Entry, Leaf
from audit.verify import verify
from tests.audit.entries import NOW, as_the_owner_of_the_database, clear_up, places, spoil, write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 2])
def test_rows_that_are_added_in_bulk_are_named_and_never_sealed(count: int) -> None:
    made = write(3)
    fields = ("uid", "body", "leaf_hash", "signature")
    rows = [[getattr(entry, name) for name in fields] for entry in made[:count]]
    for number, row in enumerate(rows):
        other = f"00000000-0000-4000-8000-{number:012d}"
        row[1] = row[1].replace(row[1][row[1].index('"uid":"') + 7 :][:36], other)
        row[1] = row[1].replace('"wseq":', '"wseq":9')
        row[0] = other
    Entry.objects.bulk_create(Entry(**dict(zip(fields, row, strict=True))) for row in rows)
    verdict = verify()
    assert len([one for one in verdict.problems if "does not match its hash" in one.what]) == count
    sequencer.seal(NOW)
    assert not Leaf.objects.filter(entry__uid__in=[row[0] for row in rows]).exists()
    assert verify().ok is False


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: Entry.objects.update(body="{}"), id="update()"),
        pytest.param(lambda: Entry.objects.all().delete(), id="delete()"),
        pytest.param(
            lambda: Entry.objects.bulk_update(list(Entry.objects.all()), ["leaf_hash"]),
            id="bulk_update()",
        ),
        pytest.param(
            lambda: connection.cursor().execute("UPDATE audit_entry SET signature = ''"),
            id="raw SQL",
        ),
    ],
)
def test_what_the_application_could_do_by_mistake_is_refused(change: Callable[[], object]) -> None:
    write(2)
    before = list(Entry.objects.order_by("id").values_list("body", "leaf_hash", "signature"))
    with pytest.raises(DatabaseError), transaction.atomic():
        change()
    assert before == list(
        Entry.objects.order_by("id").values_list("body", "leaf_hash", "signature")
    )


def test_an_unsealed_entry_that_is_not_its_writers_last_is_missed() -> None:
    made = write(3)
    verdict = spoil(("DELETE FROM audit_entry WHERE id = %s", [made[1].pk]))
    assert places(verdict) == [f"row {made[2].pk}"]
    assert "is missing before it" in verdict.problems[0].what


def test_a_last_unsealed_entry_is_missed_once_its_writer_goes_on() -> None:
    made = write(3)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [made[2].pk])
    assert verify().ok  # the documentation says so
    [after] = write(1)
    assert places(verify()) == [f"row {after.pk}"]


def test_a_last_unsealed_entry_whose_session_ended_leaves_no_trace() -> None:
    made = write(2)
    session.forget()
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [made[1].pk])
    write(1)
    assert verify().ok  # open, and the documentation says so: what is sealed cannot go like this


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_is_within_what_clocks_are(hours: int) -> None:
    for off in (0, hours, 0):
        write(1, at=NOW + timedelta(hours=off))
        sequencer.seal(NOW)
    verdict = verify()
    assert (verdict.ok, verdict.remarks) == (True, ())
    assert [leaf.index for leaf in Leaf.objects.order_by("entry_id")] == [0, 1, 2]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_steps_by_more_is_remarked_and_moves_nothing(hours: int) -> None:
    for off in (0, hours, 0):
        write(1, at=NOW + timedelta(hours=off, seconds=off))
        sequencer.seal(NOW)
    verdict = verify()
    assert verdict.ok
    assert [remark.where for remark in verdict.remarks] == ["leaf 1"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["checkpoint", "citation", "leaf", "node"])
def test_a_table_that_was_dropped_is_no_verified_log(table: str) -> None:
    write(2)
    sequencer.seal(NOW)
    renamed = f"ALTER TABLE audit_{table} RENAME TO audit_{table}_away"
    with as_the_owner_of_the_database() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA legacy_alter_table=ON")
        cursor.execute(renamed)
        out = StringIO()
        with pytest.raises(CommandError, match="could not be verified") as ended:
            call_command("verify-log", stdout=out)
        cursor.execute(f"ALTER TABLE audit_{table}_away RENAME TO audit_{table}")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA legacy_alter_table=OFF")
    assert ended.value.returncode == 3
    assert "as it was recorded" not in out.getvalue()
    assert verify().ok
    clear_up()


def test_a_table_that_was_emptied_is_noticed() -> None:
    write(2)
    sequencer.seal(NOW)
    assert Checkpoint.objects.exists()
    verdict = spoil(("DELETE FROM audit_leaf", []))
    assert not verdict.ok
    assert "the rest was cut off" in str(verdict.problems)
