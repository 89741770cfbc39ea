"""Do those that write to one SQLite file take turns, whatever becomes of them?"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import (
    IntegrityError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

from selfimprove.sqlite import turns
from selfimprove.sqlite.base import turn_file

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere writers need no line"),
    pytest.mark.django_db(transaction=True),
]


def free() -> bool:
    """Say whether it is nobody's turn."""
    file = os.open(turn_file(connection.settings_dict["NAME"]), os.O_RDONLY | os.O_CREAT)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def waiting() -> int:
    """Count those that wait in line, as the system sees it."""
    node = turn_file(connection.settings_dict["NAME"]).stat().st_ino
    locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return sum("-> FLOCK" in line and f":{node} " in line for line in locks)


def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def threads(*acts: Callable[[], object]) -> Iterator[list[threading.Thread]]:
    """Run each in a thread with a connection of its own, one in line before the next begins."""

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()

    started = []
    try:
        for act in acts:
            before = waiting()
            started.append(threading.Thread(target=run, args=[act]))
            started[-1].start()
            until(lambda: waiting() > before)  # noqa: B023 - asked at once
        yield started
    finally:
        for thread in started:
            thread.join(60)


def named(name: str) -> Group:
    return Group.objects.create(name=name)


def test_a_transaction_has_the_turn_until_it_is_committed() -> None:
    assert free()
    with transaction.atomic():
        assert not free()
        named("a")
        assert not free()
    assert free()


def test_what_is_rolled_back_leaves_the_turn() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        named("a")
        raise ZeroDivisionError
    assert free()
    assert not Group.objects.filter(name="a").exists()


def test_what_is_nested_leaves_it_to_the_outermost() -> None:
    with transaction.atomic():
        with transaction.atomic():
            named("a")
        assert not free()
        with suppress(ZeroDivisionError), transaction.atomic():
            named("b")
            raise ZeroDivisionError
        assert not free()
        named("c")
    assert free()
    assert set(Group.objects.filter(name__in="abc").values_list("name", flat=True)) == {"a", "c"}


def test_what_follows_the_commit_is_done_out_of_turn() -> None:
    seen: list[bool] = []
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append(free()))
    assert seen == [True]


def test_a_single_write_has_its_turn_and_a_read_needs_none() -> None:
    connection.ensure_connection()
    connection.connection.create_function("is_free", 0, lambda: str(free()))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES (is_free())")
        assert free()
        cursor.execute(
            "WITH one AS (SELECT is_free() AS n)"
            " UPDATE auth_group SET name = name || ' ' || (SELECT n FROM one)"
            " WHERE name IN ('True', 'False')"
        )
        assert free()
        cursor.execute("SELECT name, is_free() FROM auth_group WHERE name LIKE 'False%%'")
        assert cursor.fetchall() == [("False False", "True")]
        cursor.executemany("INSERT INTO auth_group (name) VALUES (%s || is_free())", ["x", "y"])
    assert Group.objects.filter(name__in=["xFalse", "yFalse"]).count() == 2
    assert free()


def test_a_commit_that_is_refused_leaves_the_turn() -> None:
    def act() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (9999, 9999)"
            )
            assert not free()

    with pytest.raises(IntegrityError):
        act()
    assert free()
    named("after")


def test_a_beginning_that_is_refused_leaves_the_turn() -> None:
    other = connection.copy()
    other.turn = turns.Turn(None)  # type: ignore[attr-defined]
    try:
        other.connect()
        other.turn.path = None  # type: ignore[attr-defined]
        other.connection.execute("BEGIN IMMEDIATE")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20")
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pytest.fail("another one writes")
        assert free()
    finally:
        other.connection.execute("ROLLBACK")
        other.close()
        connection.close()


def test_a_connection_that_is_closed_leaves_the_turn() -> None:
    with suppress(Exception), transaction.atomic():
        named("a")
        connection.close()
        assert free()
    assert free()
    assert not Group.objects.filter(name="a").exists()


def test_threads_write_in_the_order_in_which_they_came() -> None:
    came: list[int] = []

    def write(number: int) -> None:
        with transaction.atomic():
            came.append(number)
            named(str(number))

    with ExitStack() as line, transaction.atomic():
        named("first")
        line.enter_context(threads(*(partial(write, n) for n in range(5))))
        assert came == []
    assert came == list(range(5))
    assert free()


def test_who_takes_too_long_loses_the_turn_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.05)
    monkeypatch.setattr(turns, "NAMED", 0.05)
    with transaction.atomic():
        named("a")
        until(free)
        named("b")
    assert "a long transaction" in caplog.text
    assert Group.objects.filter(name__in="ab").count() == 2
    with transaction.atomic():
        assert not free()


def test_a_transaction_that_waits_for_another_writer_ends_in_an_error_and_not_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.05)
    failed: list[str] = []

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20")
        try:
            named("b")
        except OperationalError as error:
            failed.append(str(error))

    with transaction.atomic():
        named("a")
        with threads(write):
            pass  # waits for it
    assert failed == ["database is locked"]
    assert Group.objects.filter(name="a").exists()


def test_a_child_that_was_forked_meanwhile_has_no_part_in_the_turn() -> None:
    end, told = os.pipe()
    with transaction.atomic():
        named("a")
        child = os.fork()
        if child == 0:
            connection.turn.leave()  # type: ignore[attr-defined]
            held = connection.turn.held  # type: ignore[attr-defined]
            os.close(told)
            os.read(end, 1)  # until the parent lets go
            os._exit(int(held))
        assert not free()
    assert free()
    os.close(told)
    os.close(end)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    named("b")


def test_many_rows_in_one_call_are_one_turn_each() -> None:
    close_old_connections()
    Group.objects.bulk_create(Group(name=str(n)) for n in range(10))
    group = Group.objects.get(name="1")
    group.permissions.set(Permission.objects.all()[:3])
    assert free()
