"""Does a statement whose plan is kept do what it would do if it were planned anew?"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from audit.log import Actor
from audit.models import Entry
from audit.verify import verify
from audit.writing import planned
from selfimprove import settings
from tests.audit.entries import clear_up, write

pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql = pytest.mark.skipif(
    "postgresql" not in settings.DATABASES["default"]["ENGINE"],
    reason="PostgreSQL only: SQLite keeps no plan longer than its tables stand as they are",
)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    clear_up()


def from_elsewhere(*statements: str) -> None:
    """Run statements over a connection of their own."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=60)
    assert failures == []


def kept_plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def test_values_are_no_part_of_a_statement() -> None:
    for value in ("a", "' OR 1=1 --", "%s", "100 %", "é\n\t\x1f", 7):
        with planned.cursor(connection) as cursor:
            cursor.execute("SELECT CASE WHEN %s = %s THEN 'same' END", [value, value])
            assert cursor.fetchone() == ("same",)


def test_a_connection_that_is_closed_is_opened() -> None:
    connection.close()
    with planned.cursor(connection) as cursor:
        cursor.execute("SELECT 'here'")
        assert cursor.fetchone() == ("here",)


@pytest.mark.parametrize("ending", ["commits", "rolls back", "refused", "lost"])
def test_entries_of_every_kind_follow_whatever_happened_before(ending: str) -> None:
    ada = Actor.person(User.objects.create_user("ada"))
    for actor in (ada, Actor("person", "eve"), Actor.agent("EvalAgent")):
        for count in range(8):
            write(1, actor=actor, reason="why" * (count % 2), texts={"words": "w"})
        ENDINGS[ending]()
        write(2, actor=actor)
    assert Entry.objects.filter(event="proposal.reviewed").count() == 30
    assert verify().problems == ()


def _rolls_back() -> None:
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)


def _refused() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write(1)
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM audit_entry")
        transaction.set_rollback(True)


ENDINGS: dict[str, Callable[[], Any]] = {
    "commits": lambda: None,
    "rolls back": _rolls_back,
    "refused": _refused,
    "lost": connection.close,
}


@on_postgresql
def test_the_plan_is_kept_for_the_connection_and_forgotten_with_a_rollback() -> None:
    write(10)
    assert kept_plans() == 1
    write(10)
    assert kept_plans() == 1
    _rolls_back()
    assert kept_plans() == 0
    write(10)
    assert kept_plans() == 1


@on_postgresql
def test_what_django_writes_is_planned_each_time_as_it_holds_its_values() -> None:
    for _ in range(10):
        assert not Entry.objects.filter(subject="nothing").exists()
    assert kept_plans() == 0


@on_postgresql
def test_what_others_do_to_the_table_holds_for_a_plan_that_is_kept() -> None:
    write(10)
    assert kept_plans() == 1
    from_elsewhere("ALTER TABLE audit_entry ADD CONSTRAINT odd CHECK (target <> 'odd')")
    try:
        with pytest.raises(IntegrityError, match="odd"):
            write(1, target="odd")
        write(7)
        from_elsewhere("ALTER TABLE audit_entry ALTER COLUMN signature TYPE varchar(500)")
        write(1)
    finally:
        from_elsewhere(
            "ALTER TABLE audit_entry ALTER COLUMN signature TYPE text",
            "ALTER TABLE audit_entry DROP CONSTRAINT odd",
        )
    write(1)
    assert Entry.objects.count() == 19
    assert verify().problems == ()


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ("", {"prepare_threshold": 5}),
        ("?sslmode=require", {"prepare_threshold": 5, "sslmode": "require"}),
    ],
)
def test_what_the_address_of_the_database_says_is_kept_beside_it(
    behind: str, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://ada:x@127.0.0.1:1/log{behind}")
    assert settings._database()["OPTIONS"] == expected
