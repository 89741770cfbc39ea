"""Do gates that start programs run side by side, come to an end, and say what they hear?"""

import threading
import time
from pathlib import Path

import pytest
from django.conf import LazySettings

from targets.repository import Change, Repository
from tests.validation.asking.gates import Doing, Watcher, numbered, passing
from tests.validation.changing import (
    LIMITS,
    WHITELIST,
    changed,
    make_repository,
    manifest_with_tests,
)
from validation.asking import beside
from validation.gates import tests as tests_gate
from validation.models import Outcome
from validation.verdicts import Context, Gate, GateVerdict


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


def asked(
    repository: Repository,
    *gates: Gate,
    watcher: Watcher | None = None,
    seconds: float = 60,
    at_once: int = 2,
    command: tuple[str, ...] = ("true",),
) -> dict[int, GateVerdict]:
    change = changed(repository, {"README.md": "# y\n"})
    context = Context(repository, manifest_with_tests(*command, seconds=30), WHITELIST, LIMITS)
    return beside.ask(
        numbered(*gates),
        change,
        context,
        watcher or Watcher(),
        most_seconds=seconds,
        at_once=at_once,
    )


def obedient(change: Change, context: Context) -> Outcome:
    """Run until told to stop."""
    assert context.stopped is not None
    while not context.stopped():
        time.sleep(0.01)
    return Outcome.PASSED


def test_two_run_at_the_same_time_where_there_are_two_places(repository: Repository) -> None:
    meeting = threading.Barrier(2, timeout=20)

    def meets(*_: object) -> Outcome:
        meeting.wait()
        return Outcome.PASSED

    found = asked(repository, Doing("a", meets), Doing("b", meets))
    assert [answer.outcome for answer in found.values()] == [Outcome.PASSED] * 2


def test_never_more_than_there_are_places(repository: Repository) -> None:
    inside: list[int] = []
    most: list[int] = []

    def counts(*_: object) -> Outcome:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        return Outcome.PASSED

    found = asked(repository, *(Doing(f"g{number}", counts) for number in range(6)), at_once=2)
    assert len(found) == 6
    assert max(most) <= 2


def test_one_that_is_too_slow_is_stopped_and_its_answer_counts_for_nothing(
    repository: Repository,
) -> None:
    found = asked(repository, Doing("slow", obedient), passing(), seconds=0.5)
    assert found[0].outcome == Outcome.COULD_NOT_RUN
    assert found[0].summary == "the gate gave no answer within 0.5 seconds and was ended"
    assert found[1].outcome == Outcome.PASSED


def test_one_that_does_not_even_stop_is_given_up(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "GRACE", 0.3)
    release = threading.Event()

    def deaf(*_: object) -> Outcome:
        release.wait(60)
        return Outcome.PASSED

    found = asked(repository, Doing("deaf", deaf), passing(), seconds=0.3)
    release.set()
    assert found[0].outcome == Outcome.COULD_NOT_RUN
    assert found[1].outcome == Outcome.PASSED


def test_a_person_stops_all_that_run_and_none_begins_after(repository: Repository) -> None:
    watcher = Watcher(stop_when=lambda one: one.beats > 3)
    gates = [Doing(name, obedient) for name in "abc"]
    found = asked(repository, *gates, watcher=watcher)
    assert sorted(found) == [0, 1]
    assert {answer.summary for answer in found.values()} == {"stopped by sam"}
    assert watcher.begun() == ["a", "b"]


def test_the_watcher_hears_what_the_tests_say_and_is_told_by_one_thread_only(
    repository: Repository,
) -> None:
    watcher = Watcher()
    found = asked(
        repository, tests_gate, watcher=watcher, command=("sh", "-c", "echo one; echo two; true")
    )
    assert found[0].outcome == Outcome.ACKNOWLEDGE, found  # an exit code can be forged
    said = b"".join(piece for gate, piece in watcher.output if gate == "tests")
    assert b"one\ntwo" in said
    assert watcher.threads == {threading.get_ident()}


def test_stopping_ends_the_programs_of_the_target(repository: Repository) -> None:
    watcher = Watcher(stop_when=lambda one: bool(one.output))
    began = time.monotonic()
    found = asked(
        repository, tests_gate, watcher=watcher, command=("sh", "-c", "echo on; sleep 300")
    )
    assert found[0].summary == "stopped by sam"
    assert time.monotonic() - began < 60


def test_what_broke_in_a_thread_is_an_answer(repository: Repository) -> None:
    def breaks(*_: object) -> Outcome:
        raise ZeroDivisionError

    found = asked(repository, Doing("breaks", breaks), passing())
    assert [str(found[number].outcome) for number in (0, 1)] == ["COULD_NOT_RUN", "PASSED"]
    assert "ZeroDivisionError" in found[0].summary


def test_the_time_of_one_gate_follows_the_time_of_the_tests(settings: LazySettings) -> None:
    assert beside.seconds(LIMITS) == beside.LEAST_SECONDS
    assert beside.seconds(LIMITS) < settings.SELFIMPROVE.worker.timeout_seconds
