"""A database that is busy or away becomes a clear page, changes nothing and loses nothing."""

import os
import sqlite3
from pathlib import Path

import pytest
from django.db import (
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from django.test import Client, RequestFactory

from audit.models import Entry
from proposals.models import Proposal, Status
from selfimprove.models import Switch
from selfimprove.web import unavailable
from tests.factories import make_proposal, make_target, make_user
from tests.selfimprove import away

pytestmark = pytest.mark.django_db(transaction=True)
only_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite has one writer")
only_postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="needs a connection to lose"
)


@pytest.fixture
def patient() -> Client:
    """Visit as a browser does: a failure is an answer, never an exception."""
    return Client(raise_request_exception=False)


@only_sqlite
def test_a_decision_while_another_process_writes_is_told_to_come_back(
    patient: Client, tmp_path: Path
) -> None:
    proposal = make_proposal(make_target(tmp_path))
    patient.force_login(make_user("reviewer"))
    entries = Entry.objects.count()
    path = f"{proposal.get_absolute_url()}reject/"
    _wait_briefly()
    with away.held_by_another_process(_file()):
        answer = patient.post(path, {"reason": "it is not worth it"})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "The database is busy or away" in answer.content.decode()
    assert "what you typed is still there" in answer.content.decode()
    assert Proposal.objects.get().status == Status.PENDING
    assert Entry.objects.count() == entries
    assert patient.post(path, {"reason": "it is not worth it"}).status_code == 302
    assert Proposal.objects.get().status == Status.REJECTED


@only_sqlite
def test_pages_are_read_while_another_process_writes(patient: Client) -> None:
    patient.force_login(make_user("viewer"))
    with away.held_by_another_process(_file()):
        assert patient.get("/proposals/").status_code == 200


@only_sqlite
def test_a_sign_in_while_another_process_writes_signs_nobody_in(patient: Client) -> None:
    person = make_user("viewer")
    _wait_briefly()
    form = {"username": person.username, "password": "long enough 1"}
    with away.held_by_another_process(_file()):
        answer = patient.post("/sign-in/", form)
        assert answer.status_code == 503
        assert "selfimprove_session" not in answer.cookies
    assert patient.get("/").status_code == 302
    assert not Entry.objects.exists()
    assert patient.post("/sign-in/", form).status_code == 302
    assert patient.get("/").status_code == 200


@only_sqlite
def test_pausing_the_loop_while_another_process_writes_pauses_nothing(patient: Client) -> None:
    patient.force_login(make_user("operator"))
    _wait_briefly()
    with away.held_by_another_process(_file()):
        answer = patient.post("/settings/pause/", {"reason": "look first"})
    assert answer.status_code == 503
    assert not Switch.objects.exists()


def test_what_needs_no_database_is_served_without_one(patient: Client) -> None:
    with away.database_away():
        assert patient.get("/sign-in/").status_code == 200
        assert patient.get("/healthz").status_code == 200


def test_a_signed_in_person_is_told_when_the_database_is_away(patient: Client) -> None:
    patient.force_login(make_user("viewer"))
    with away.database_away():
        answer = patient.get("/proposals/")
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert 'href="/proposals/"' in page
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "/proc/nowhere" not in page
    assert patient.get("/proposals/").status_code == 200


@only_postgres
def test_a_connection_that_was_cut_is_told_and_made_again(patient: Client) -> None:
    patient.force_login(make_user("viewer"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    assert patient.get("/proposals/").status_code == 503
    connection.close()
    assert patient.get("/proposals/").status_code == 200


def test_a_fault_of_ours_is_not_sold_as_a_busy_database() -> None:
    with transaction.atomic(), pytest.raises((OperationalError, ProgrammingError)) as fault:
        connection.cursor().execute("SELECT * FROM nowhere")
    assert not unavailable.is_away(fault.value)
    assert not unavailable.is_away(ValueError("database is locked"))
    assert not unavailable.is_away(None)


def test_an_ordinary_failure_keeps_its_page() -> None:
    request = RequestFactory().get("/")
    try:
        raise ValueError("database is locked")
    except ValueError:
        answer = unavailable.failed(request)
    assert answer.status_code == 500
    assert "Something failed on our side" in answer.content.decode()


@pytest.mark.parametrize(
    ("code", "away_then"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_CORRUPT, False),
    ],
)
def test_the_result_code_decides_and_not_the_words(code: int, away_then: bool) -> None:
    cause = sqlite3.OperationalError("whatever it says")
    cause.sqlite_errorcode = code
    error = OperationalError("whatever it says")
    error.__cause__ = cause
    assert unavailable.is_away(error) is away_then
    assert unavailable.is_away(InterfaceError("connection already closed"))


def _file() -> Path:
    return Path(os.fspath(connection.settings_dict["NAME"]))


def _wait_briefly() -> None:
    away.wait_briefly_for_locks()
