"""What does a door say when there is no room, and is nothing acknowledged that is not stored?"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection

from telemetry.doors import pressure
from telemetry.doors.refusals import Refusal
from telemetry.models import Event
from tests.telemetry.doors.knock import Knock, called
from tests.telemetry.doors.otel import JSON, encoded, span, traces


@contextmanager
def somebody_writes() -> Iterator[None]:
    """Hold what a writer needs, from another connection; ours gives up soon."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")
        name = connection.settings_dict["NAME"]
        with closing(sqlite3.connect(name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    import psycopg

    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 50")
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("LOCK TABLE telemetry_token IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_a_503_and_the_same_request_is_stored_later() -> None:
    knock = Knock()
    with somebody_writes():
        answer = knock.events(called(1))
        spans = knock.post("/v1/traces", encoded(traces(span("execute_tool x")), JSON), JSON)
    for refused in (answer, spans):
        assert refused.status_code == 503
        assert int(refused["Retry-After"]) > 0
    assert "send it again" in answer.json()["error"]
    assert spans.json()["code"] == 14
    assert not Event.objects.exists()
    assert knock.events(called(1)).json()["accepted"] == 1


@pytest.mark.django_db
def test_when_others_take_all_room_one_is_told_to_come_back() -> None:
    knock = Knock()
    with ExitStack() as stack:
        for _ in range(3):  # of four threads: one is left for people
            stack.enter_context(pressure.room())
        full = knock.events(called(1))
        spans = knock.post("/v1/traces", b"{}", JSON)
    assert (full.status_code, full["Retry-After"]) == (429, "1")
    assert spans.status_code == 503  # some exporters do not repeat a 429
    assert not Event.objects.exists()
    assert knock.events(called(1)).status_code == 200


@pytest.mark.django_db
def test_a_fault_of_ours_is_not_called_busy() -> None:
    with pytest.raises(ProgrammingError), pressure.room():
        raise ProgrammingError("no such column")
    missing = OperationalError("no such table")
    missing.__cause__ = sqlite3.OperationalError("no such table")
    missing.__cause__.sqlite_errorcode = sqlite3.SQLITE_ERROR
    with pytest.raises(OperationalError), pressure.room():
        raise missing
    lost = OperationalError("server closed the connection")
    lost.__cause__ = psycopg.OperationalError("server closed the connection")
    for gone in (lost, InterfaceError("connection already closed")):
        with pytest.raises(Refusal, match="busy or away"), pressure.room():
            raise gone
