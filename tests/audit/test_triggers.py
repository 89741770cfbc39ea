"""Does the database itself refuse to change or lose a line of the log?"""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from audit import sequencer, triggers
from audit.models import Anchor, Checkpoint, Citation, Entry, Leaf, Node
from audit.verify import verify
from tests.audit.entries import NOW, write

pytestmark = pytest.mark.django_db

REFUSED = "the log is append-only"


@pytest.fixture(autouse=True)
def sealed_log() -> None:
    [first] = write(1)
    write(1, cites=[first.uid])
    sequencer.seal(NOW)
    Node.objects.create(level=8, number=0, node_hash="")
    Anchor.objects.create(size=2, root="", kind="file", place="/x", reference="", note="", at=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = body",
        "UPDATE audit_leaf SET leaf_hash = ''",
        "UPDATE audit_checkpoint SET root = ''",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_node SET node_hash = ''",
        "DELETE FROM audit_node",
        "UPDATE audit_citation SET entry_id = entry_id",
        "DELETE FROM audit_citation",
        "UPDATE audit_anchor SET root = ''",
        "DELETE FROM audit_anchor",
        "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint WHERE true"
        " ON CONFLICT (size) DO UPDATE SET root = ''",
    ],
)
def test_a_change_by_hand_is_refused(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match=REFUSED),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Entry.objects.count() == 2


@pytest.mark.parametrize("model", [Entry, Leaf, Checkpoint, Node, Citation, Anchor])
def test_a_change_through_the_models_is_refused(
    model: type[Entry | Leaf | Checkpoint | Node | Citation | Anchor],
) -> None:
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        model.objects.all()._raw_delete(using="default")
    row = model.objects.all()[0]
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        row.save(force_update=True)


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize(
    "statement",
    [
        "REPLACE INTO audit_leaf SELECT * FROM audit_leaf",
        "INSERT OR REPLACE INTO audit_checkpoint SELECT * FROM audit_checkpoint",
        "REPLACE INTO audit_entry (id, uid, body, leaf_hash)"
        " SELECT id, uid, body, 'forged' FROM audit_entry",
        "INSERT OR REPLACE INTO audit_entry (uid, body, leaf_hash)"
        " SELECT uid, body, 'forged' FROM audit_entry",
    ],
)
def test_replacing_a_row_is_refused_too(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match=REFUSED),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_writing_many_at_once_changes_no_row_that_is_there() -> None:
    entry = Entry.objects.order_by("id")[0]
    forged = Entry(id=entry.pk, uid=entry.uid, body=entry.body, leaf_hash="00" * 32)
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        Entry.objects.bulk_create(
            [forged], update_conflicts=True, unique_fields=["uid"], update_fields=["leaf_hash"]
        )
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        Entry.objects.bulk_update([forged], ["leaf_hash"])
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(leaf_hash="00" * 32)
    Entry.objects.bulk_create([forged], ignore_conflicts=True)
    assert Entry.objects.get(pk=entry.pk).leaf_hash == entry.leaf_hash
    assert verify().problems[0].where == "node 8/0"  # which this module's own setting up invented


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("before", ["", "SET LOCAL session_replication_role = replica; "])
def test_emptying_a_table_is_refused_in_every_session_role(before: str) -> None:
    with (
        pytest.raises(IntegrityError, match=REFUSED),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{before}TRUNCATE audit_checkpoint")


def test_a_lost_trigger_is_missed_and_put_back() -> None:
    lost = "audit_leaf_no_update"
    on = " ON audit_leaf" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {lost}{on}")
    assert triggers.missing(connection) == (lost,)
    triggers.after_migrate(using="default")
    assert triggers.missing(connection) == ()


NAMESAKES = {
    "sqlite": [
        "DROP TRIGGER audit_entry_no_update",
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END",
    ],
    "postgresql": [
        "SET CONSTRAINTS ALL IMMEDIATE",
        "DROP TRIGGER audit_entry_no_update ON audit_entry",
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry"
        " FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_refuse()",
        "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_no_update",
    ],
}


def test_a_namesake_that_refuses_nothing_is_missed_and_exchanged() -> None:
    with connection.cursor() as cursor:
        for statement in NAMESAKES[connection.vendor]:
            cursor.execute(statement)
    assert triggers.missing(connection) == ("audit_entry_no_update",)
    triggers.install(connection)
    assert triggers.missing(connection) == ()
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        Entry.objects.update(leaf_hash="")


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_update",
        "ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_no_update",
        "ALTER TABLE audit_entry ENABLE REPLICA TRIGGER audit_entry_no_update",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NEW; END $$",
    ],
)
def test_a_trigger_that_is_switched_off_or_hollow_is_missed(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert "audit_entry_no_update" in triggers.missing(connection)
    assert "audit_entry_no_update" in verify().unguarded
    triggers.install(connection)
    assert triggers.missing(connection) == ()


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_trigger_of_that_name_on_another_table_does_not_count() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TRIGGER audit_entry_no_update ON audit_entry")
        cursor.execute(
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_head"
            " FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        )
    assert triggers.missing(connection) == ("audit_entry_no_update",)


def test_flush_refuses_outside_of_tests(settings: Settings) -> None:
    settings.TESTING = False
    with pytest.raises(CommandError, match="cannot be emptied"):
        call_command("flush", interactive=False, stdout=StringIO())
    assert Entry.objects.count() == 2
