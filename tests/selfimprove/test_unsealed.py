"""Does the clock find every entry that nobody asks the seal for, and does it ask only once?"""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import sequencer
from audit.events import Event
from selfimprove import runs
from selfimprove.models import Run, RunState
from selfimprove.wakes import SEAL, WAKES, Unsealed
from tests.audit.entries import write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Write only what wakes nothing by itself."""
    assert Event.PROPOSAL_REVIEWED not in WAKES


def look(unsealed: Unsealed) -> bool:
    return unsealed.look(timezone.now())


def queued() -> bool:
    return Run.objects.filter(name=SEAL, state=RunState.QUEUED).exists()


def test_an_empty_log_asks_for_nothing() -> None:
    assert not look(Unsealed())
    assert not queued()


def test_what_was_there_before_the_clock_began_is_asked_for() -> None:
    write(1)
    assert look(Unsealed())
    assert queued()


def test_what_comes_between_two_looks_is_asked_for_and_sealed_by_the_tick() -> None:
    unsealed = Unsealed()
    look(unsealed)
    write(3)
    assert look(unsealed)
    fence = Run.objects.get(name=SEAL).fence
    assert runs.perform(SEAL, fence) == "sealed up to 3"
    assert not look(unsealed)
    assert not queued()


def test_what_waits_already_is_not_asked_for_each_moment() -> None:
    unsealed = Unsealed()
    write(2)
    look(unsealed)
    Run.objects.update(state=RunState.IDLE)  # the tick refused them, or cannot seal at all
    assert not look(unsealed)
    assert not queued()
    write(1)
    assert look(unsealed)
    assert queued()


def test_what_comes_while_the_tick_runs_has_it_run_again() -> None:
    unsealed = Unsealed()
    write(1)
    look(unsealed)
    Run.objects.update(state=RunState.RUNNING, lease_until=timezone.now() + runs.LEASE)
    write(1)
    assert look(unsealed)
    assert Run.objects.get(name=SEAL).wanted


def test_what_was_rolled_back_asks_for_nothing() -> None:
    unsealed = Unsealed()
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    assert not look(unsealed)


def test_a_look_that_could_not_ask_asks_the_next_time() -> None:
    unsealed = Unsealed()
    write(1)
    with connection.schema_editor() as editor:
        editor.alter_db_table(Run, "selfimprove_run", "selfimprove_elsewhere")
    try:
        with pytest.raises(DatabaseError):
            look(unsealed)
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Run, "selfimprove_elsewhere", "selfimprove_run")
    assert look(unsealed)
    assert queued()


@pytest.fixture
def late() -> Iterator[Callable[[], None]]:
    """Write an entry in another transaction, and return what commits it."""
    written, commit = threading.Event(), threading.Event()

    def act() -> None:
        with transaction.atomic():
            write(1, subject="late")
            written.set()
            commit.wait(60)
        connection.close()

    def end() -> None:
        commit.set()
        thread.join()

    thread = threading.Thread(target=act)
    thread.start()
    assert written.wait(60)
    yield end
    end()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there ids commit in their order")
def test_what_commits_after_what_was_written_after_it_is_found(late: Callable[[], None]) -> None:
    unsealed = Unsealed()
    write(1)
    assert look(unsealed)
    sequencer.seal(timezone.now())
    assert not look(unsealed)
    late()
    assert look(unsealed)


def test_a_clock_that_has_much_before_it_looks_at_the_newest_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sequencer, "GLANCE", 5)
    unsealed = Unsealed()
    write(20)
    assert look(unsealed)
    assert len(sequencer.newest_unsealed()) == 5
    write(1)
    assert look(unsealed)
