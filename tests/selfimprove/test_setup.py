"""What is prepared once, what is refused with one sentence, and what a restart keeps."""

import fcntl
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from audit.events import Event
from audit.models import Entry
from audit.ties import guards
from selfimprove import setup
from selfimprove.setup import CannotStart


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_refused_with_one_that_is_free(taken: int) -> None:
    with pytest.raises(CannotStart) as refusal:
        setup.check_port("127.0.0.1", taken)
    told = str(refusal.value)
    assert told.startswith(f"Port {taken} on 127.0.0.1 cannot be used (Address already in use).")
    other = int(told.rpartition("--set web.port=")[2])
    assert other != taken
    setup.check_port("127.0.0.1", other)
    assert "\n" not in told


def test_the_port_that_is_named_is_not_taken_as_well(taken: int) -> None:
    with socket.socket() as next_door:
        next_door.bind(("127.0.0.1", taken + 1))
        next_door.listen()
        with pytest.raises(CannotStart) as refusal:
            setup.check_port("127.0.0.1", taken)
    assert f"web.port={taken + 1}" not in str(refusal.value)


def test_an_address_that_is_not_ours_is_refused_and_the_loopback_named() -> None:
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1 .*web\.host=127\.0\.0\.1"):
        setup.check_port("192.0.2.1", 8100)


def test_behind_the_last_port_none_is_made_up() -> None:
    with pytest.raises(CannotStart) as refusal:
        setup.check_port("192.0.2.1", 65535)
    assert "65536" not in str(refusal.value)


@pytest.mark.django_db
def test_the_first_account_is_made_once_and_may_do_everything() -> None:
    name, password = setup.first_account()
    assert setup.first_account() == (name, password)
    person = User.objects.get()
    assert person.check_password(password)
    assert person.is_superuser
    assert person.is_staff
    assert person.has_perm("proposals.decide_proposal")
    assert list(person.groups.values_list("name", flat=True)) == ["admin"]


@pytest.mark.django_db
def test_the_first_password_is_readable_by_its_owner_only_and_gone_once_changed(
    data_folder: Path,
) -> None:
    path = data_folder / "first-password"
    path.write_text("left by somebody else")
    path.chmod(0o666)
    _, password = setup.first_account()
    assert path.read_text() == password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    person = User.objects.get()
    person.set_password("mine alone")
    person.save()
    assert setup.first_account() == ("admin", "")
    assert not path.exists()


@pytest.mark.django_db
def test_an_account_that_was_taken_away_does_not_come_back_while_there_are_others() -> None:
    setup.first_account()
    User.objects.create_superuser("olga", password="a better name")
    User.objects.get(username="admin").delete()
    assert setup.first_account() == ("", "")
    assert list(User.objects.values_list("username", flat=True)) == ["olga"]


@pytest.mark.django_db
def test_a_start_that_broke_off_before_the_account_makes_another_password(
    data_folder: Path,
) -> None:
    (data_folder / "first-password").write_text("never used")
    _, password = setup.first_account()
    assert password not in ("", "never used")
    assert User.objects.get().check_password(password)


@pytest.mark.django_db
def test_without_the_role_no_account_is_half_made() -> None:
    Group.objects.filter(name="admin").delete()
    with pytest.raises(Group.DoesNotExist):
        setup.first_account()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_refused_and_left_alone() -> None:
    MigrationRecorder(connection).record_applied("telemetry", "0999_from_the_future")
    with pytest.raises(CannotStart, match=r"newer selfimprove.*telemetry\.0999_from_the_future"):
        setup.prepare_database()


@pytest.mark.django_db
def test_what_a_foreign_application_left_is_no_reason_to_refuse() -> None:
    MigrationRecorder(connection).record_applied("elsewhere", "0001_initial")
    setup.prepare_database()


def test_two_cannot_prepare_at_once(settings: LazySettings) -> None:
    with (
        setup.alone(),
        (settings.DATA_DIR / "setup.lock").open("w") as file,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.django_db
def test_preparing_again_keeps_everything() -> None:
    Group.objects.create(name="kept")
    setup.prepare_database()
    assert Group.objects.filter(name="kept").exists()


@pytest.mark.django_db(transaction=True)
def test_guards_that_somebody_took_away_are_put_back_and_told() -> None:
    setup.prepare_database()
    assert not Entry.objects.filter(event=Event.LOG_UNGUARDED).exists()
    on = " ON proposals_proposal" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER proposals_proposal_tied_update{on}")
    setup.prepare_database()
    assert guards.missing(connection) == ()
    told = Entry.objects.get(event=Event.LOG_UNGUARDED)
    assert told.facts["guards"] == ["proposals_proposal_tied_update"]
