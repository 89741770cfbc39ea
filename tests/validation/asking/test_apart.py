"""Can a gate that hangs, dies or leaves something behind hold up the others?"""

import os
import resource
import threading
import time
from pathlib import Path

import psutil
import pytest
from django.db import connection

from targets.manifest import Manifest
from targets.models import Target
from targets.repository import Change, Repository
from tests.validation.asking.gates import (
    Doing,
    Watcher,
    die,
    numbered,
    passing,
    sleep,
    spin,
    start_something,
)
from tests.validation.changing import AT, LIMITS, WHITELIST, changed, make_repository
from validation.asking import apart
from validation.models import Outcome
from validation.verdicts import Context, CouldNotRun, Gate, GateVerdict, Mark

SHORT = 0.4


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


def asked(
    repository: Repository, *gates: Gate, watcher: Watcher | None = None, seconds: float = SHORT
) -> dict[int, GateVerdict]:
    change = changed(repository, {"README.md": "# y\n"})
    context = Context(repository, Manifest(), WHITELIST, LIMITS)
    watcher = watcher or Watcher()
    return apart.ask(numbered(*gates), change, context, watcher, seconds=seconds)


def outcomes(found: dict[int, GateVerdict]) -> list[tuple[int, str]]:
    return [(number, str(answer.outcome)) for number, answer in sorted(found.items())]


@pytest.mark.parametrize("act", [sleep, spin], ids=["sleeps", "holds the lock"])
def test_a_gate_that_hangs_is_ended_and_the_rest_are_asked(
    repository: Repository, act: object
) -> None:
    hanging = Doing("hanging", act)  # type: ignore[arg-type]
    found = asked(repository, passing("a"), hanging, passing("b"))
    assert outcomes(found) == [(0, "PASSED"), (1, "COULD_NOT_RUN"), (2, "PASSED")]
    assert found[1].summary == "the gate gave no answer within 0.4 seconds and was ended"
    assert found[1].gate == "hanging"


def test_a_process_that_dies_is_said_and_the_rest_are_asked(repository: Repository) -> None:
    found = asked(repository, Doing("dying", die), passing(), Doing("again", die))
    assert outcomes(found) == [(0, "COULD_NOT_RUN"), (1, "PASSED"), (2, "COULD_NOT_RUN")]
    assert found[0].summary == "the process that asked the gate ended (with code 7)"


def test_what_a_hanging_gate_started_is_ended_with_it(repository: Repository) -> None:
    asked(repository, Doing("leaving", start_something), seconds=1.5)
    left = int((repository.git_dir / "left-behind").read_text())
    for _ in range(100):
        if not psutil.pid_exists(left) or psutil.Process(left).status() == "zombie":
            break
        time.sleep(0.05)
    else:
        pytest.fail("it lives on")


def test_every_word_of_an_answer_comes_through(repository: Repository) -> None:
    mark = Mark("a.py", 3, "m\u00fc\ud800 ", refuses=False)
    given = GateVerdict("g", "q", Outcome.ACKNOWLEDGE, "s\u20ac", (mark,) * 500, steady=False)
    [(_, found)] = asked(repository, Doing("g", lambda *_: given), seconds=20).items()
    assert found.summary == "s€"
    assert len(found.findings) == 500
    assert (found.findings[0].line, found.findings[0].refuses) == (3, False)
    assert found.steady is False


def test_a_gate_that_breaks_breaks_as_it_would_here(repository: Repository) -> None:
    def cannot(*_: object) -> Outcome:
        raise CouldNotRun("no shell")

    def breaks(*_: object) -> Outcome:
        raise KeyError("x")

    found = asked(repository, Doing("a", cannot), Doing("b", breaks), passing(), seconds=20)
    assert outcomes(found) == [(0, "COULD_NOT_RUN"), (1, "COULD_NOT_RUN"), (2, "PASSED")]
    assert found[0].summary == "no shell"
    assert "KeyError" in found[1].summary


def test_an_answer_that_is_none_is_not_taken_for_one(repository: Repository) -> None:
    hole = Doing("hole", lambda *_: open(os.devnull))  # type: ignore[arg-type]  # noqa: SIM115,PTH123
    found = asked(repository, hole, passing(), seconds=20)
    assert outcomes(found) == [(0, "COULD_NOT_RUN"), (1, "PASSED")]


def test_a_check_that_is_stopped_ends_its_process_at_once(repository: Repository) -> None:
    watcher = Watcher(stop_when=lambda one: one.begun() == ["a", "b"] and one.beats > 4)
    began = time.monotonic()
    found = asked(
        repository, passing("a"), Doing("b", spin), passing("c"), watcher=watcher, seconds=60
    )
    assert outcomes(found) == [(0, "PASSED")]
    assert watcher.begun() == ["a", "b"]
    assert time.monotonic() - began < 30
    assert not forks()


def test_the_watcher_is_told_in_order(repository: Repository) -> None:
    watcher = Watcher()
    asked(repository, passing("a"), passing("b"), watcher=watcher, seconds=20)
    passed = Outcome.PASSED
    assert watcher.seen == [("a", None), ("a", passed), ("b", None), ("b", passed)]
    assert watcher.beats


@pytest.mark.django_db
def test_the_connection_of_the_parent_is_left_alone(repository: Repository) -> None:
    def looks(*_: object) -> Outcome:
        return Outcome.REFUSED if connection.connection is not None else Outcome.PASSED

    Target.objects.create(slug="x", name="X", origin="/x", created_at=AT)
    assert connection.connection is not None
    found = asked(repository, Doing("looks", looks), Doing("dies", die), seconds=20)
    assert found[0].outcome == Outcome.PASSED
    assert Target.objects.get().slug == "x"


def test_no_process_is_left_and_none_is_made_for_nothing(repository: Repository) -> None:
    assert asked(repository) == {}
    asked(repository, passing(), Doing("x", sleep))
    assert not forks()


def forks() -> list[psutil.Process]:
    """Return the processes that were forked from this one and run its program."""
    me = psutil.Process()
    return [child for child in me.children() if child.cmdline() == me.cmdline()]


def test_a_check_may_run_in_any_thread(repository: Repository) -> None:
    found: list[dict[int, GateVerdict]] = []
    gates = (passing("a"), Doing("b", sleep), passing("c"))
    thread = threading.Thread(target=lambda: found.append(asked(repository, *gates)))
    thread.start()
    thread.join(60)
    assert outcomes(found[0]) == [(0, "PASSED"), (1, "COULD_NOT_RUN"), (2, "PASSED")]


def test_the_kernel_ends_what_nobody_ends(repository: Repository) -> None:
    def limit(*_: object) -> GateVerdict:
        soft, _hard = resource.getrlimit(resource.RLIMIT_CPU)
        return GateVerdict("limit", "q", Outcome.PASSED, str(soft))

    before = resource.getrlimit(resource.RLIMIT_CPU)
    assert asked(repository, Doing("limit", limit), seconds=20)[0].summary == "21"
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


def test_changes_are_read_in_the_other_process_as_they_are_here(repository: Repository) -> None:
    def reads(change: Change, context: Context) -> Outcome:
        same = context.after(change, "README.md") == "# y\n"
        return Outcome.PASSED if same else Outcome.REFUSED

    assert outcomes(asked(repository, Doing("reads", reads), seconds=20)) == [(0, "PASSED")]
