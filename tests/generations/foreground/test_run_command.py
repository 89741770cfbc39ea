"""Does `run` carry one generation to its end, and tell a person and a program what came of it?"""

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from generations.foreground.asked import person
from generations.foreground.telling import Progress
from generations.models import Generation, Outcome, Reason
from generations.phases.shape import Answer, Passed, Turn
from generations.reporting import document, files
from generations.running import loop, recording
from proposals.models import Proposal
from targets.models import Target
from tests.benchmarks.test_bench_command import Terminal
from tests.factories import make_target
from tests.generations import walked
from tests.generations.endings import bare_target, opened, ran
from tests.generations.foreground.typed import CTRL_C, END, typed, when

pytestmark = pytest.mark.django_db(transaction=True)
RUN = ("run", "--target", "gateway", "--dry-run")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def test_an_accepted_dry_run_ends_with_0_and_proposes_nothing(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch)
    said = typed(*RUN, "--brief", "Give the search more time")
    assert said.code == 0
    assert "gateway #1: Would have been proposed (dry run)" in said.out
    assert "embedded" not in said.out
    assert "no model call" in said.out
    steps = [line for line in said.err.splitlines() if ": passed" in line]
    assert len(steps) == 8
    assert steps[0].startswith("gateway #1 baseline: passed, ")
    assert "\x1b" not in said.err
    generation = Generation.objects.get()
    assert (generation.outcome, generation.brief) == ("ACCEPTED", "Give the search more time")
    assert files.path_of(generation).read_bytes() == document.encoded(generation)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("phase", "does", "code", "words"),
    [
        ("safety", walked.refuses, 1, "Rejected (A gate refused it): A gate refused it: os.sys"),
        ("plan", walked.finds_nothing, 3, "Nothing to improve (Nothing would change): Nothing"),
        ("build", walked.breaks, 2, "Failed (An error on our side): Gave up after 1 errors"),
    ],
    ids=["rejected", "nothing", "failed"],
)
def test_each_other_end_has_its_code_and_its_reason(
    phase: str,
    does: walked.Does,
    code: int,
    words: str,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "MOST_ERRORS", 1)
    walked.walk(monkeypatch, **{phase: does})
    said = typed(*RUN)
    assert said.code == code
    assert words in said.out
    assert files.path_of(Generation.objects.get()).exists()


def test_after_an_error_it_waits_and_tries_again(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FIRST_PAUSE_SECONDS", 1)
    walked.walk(monkeypatch, build=walked.in_turn(walked.breaks, walked.passes))
    said = typed(*RUN)
    assert said.code == 0
    assert "build: error on our side" in said.err
    assert "s, attempt 2: build is done" in said.err


def test_a_program_gets_the_published_document(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, safety=walked.refuses)
    said = typed(*RUN, "--json", "--engine", "model")
    assert said.code == 1
    assert said.out.encode() == document.encoded(Generation.objects.get())
    assert said.json["writer"] == "model"


@pytest.mark.parametrize("words", [RUN, ("loop", *RUN[1:], "--generations", "2")])
def test_on_a_full_disk_it_does_not_begin_and_says_so(
    target: Target, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        told = typed(*words, "--json")
    assert told.code == 2
    assert "No space left on device" in told.json["error"]
    assert not Generation.objects.exists()
    walked.walk(monkeypatch)
    assert typed(*words).code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--target", "gone"], "there is no target 'gone'; known: gateway"),
        (["--repo", "/nowhere"], "manage.py target add --origin /nowhere"),
    ],
    ids=["target", "repository"],
)
def test_what_cannot_begin_is_exit_code_2_and_changes_nothing(
    words: list[str], why: str, target: Target
) -> None:
    said = typed("run", *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
    told = typed("run", *words, "--json")
    assert (told.code, told.json["exit_code"]) == (2, 2)
    assert why in told.json["error"]
    assert not Generation.objects.exists()


def test_a_paused_target_and_one_at_work_are_refused(target: Target) -> None:
    Target.objects.update(paused=True)
    assert "gateway is paused: resume it first" in typed(*RUN).err
    Target.objects.update(paused=False)
    opened(target, asked_by="somebody else")
    said = typed(*RUN)
    assert said.code == 2
    assert "at work already" in said.err


def test_a_target_is_found_by_its_repository(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch)
    monkeypatch.chdir(Path(target.origin).parent)
    assert typed("run", "--repo", "origin.git", "--dry-run").code == 0
    second = bare_target("twin")
    Target.objects.filter(pk=second.pk).update(origin=target.origin)
    said = typed("run", "--repo", target.origin)
    assert said.code == 2
    assert "say which with --target" in said.err


def test_ctrl_c_calls_it_off_within_moments(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, measure=walked.takes_long)
    sender = once_in("measure", CTRL_C)
    began = time.monotonic()
    said = typed(*RUN)
    sender.join()
    assert said.code == 130
    assert "Cancelled (A person or the clock ended it): Called off by" in said.out
    assert time.monotonic() - began < 30
    generation = Generation.objects.get()
    assert (generation.outcome, generation.reason_kind) == (Outcome.CANCELLED, Reason.STOPPED)
    assert generation.runs.last().result == "STOPPED"  # type: ignore[union-attr]
    assert files.path_of(generation).exists()


def test_an_end_from_outside_leaves_it_free_and_the_same_command_goes_on(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, build=walked.takes_long)
    sender = once_in("build", END)
    said = typed(*RUN)
    sender.join()
    assert said.code == 130
    assert "gateway #1 was left" in said.err
    generation = Generation.objects.get()
    assert (generation.outcome, generation.phase) == ("", "build")
    assert generation.cancelled_by == ""
    assert generation.lease_until is generation.kept_until is None
    walked.walk(monkeypatch)
    again = typed(*RUN)
    assert again.code == 0
    assert "gateway #1 goes on from build" in again.err
    assert Generation.objects.count() == 1


def once_in(phase: str, *signals: int, between: float = 0.0) -> threading.Thread:
    at_work = Generation.objects.filter(phase=phase).exclude(activity="")
    return when(lambda: at_work.exists(), *signals, between=between)


def test_ctrl_c_twice_leaves_at_once_even_what_does_not_listen(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()

    def deaf(turn: Turn) -> Answer:
        turn.told("hears nothing")
        free.wait(60)
        return Passed("It went on.")

    walked.walk(monkeypatch, build=deaf)
    monkeypatch.setattr("generations.foreground.driving.LONGEST_GOODBYE", 1)
    sender = once_in("build", CTRL_C, CTRL_C, between=1.0)
    said = typed(*RUN)
    sender.join()
    assert said.code == 130
    assert "was left" in said.err
    generation = Generation.objects.get()
    assert generation.is_open
    free.set()
    for thread in threading.enumerate():
        if thread.daemon and "_work" in thread.name:
            thread.join(10)
    assert Generation.objects.get().phase == "build"  # what it found out too late is not recorded
    ended = loop.drive(generation.pk, timezone.now)
    assert ended.outcome == Outcome.CANCELLED


def test_another_wish_does_not_go_on_with_what_was_left(target: Target) -> None:
    opened(target, asked_by=_me(), dry_run=True)
    for words in (
        ["run", "--target", "gateway"],
        [*RUN, "--brief", "x"],
        [*RUN, "--engine=model"],
    ):
        assert "at work already" in typed(*words).err


def _me() -> str:
    return person().id


def test_a_worker_beside_us_may_do_the_work(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, build=walked.takes_long)
    generation = opened(target, at=timezone.now(), asked_by=_me(), dry_run=True)

    def work() -> None:
        try:
            loop.drive(generation.pk, timezone.now)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    sender = once_in("build", CTRL_C)
    said = typed(*RUN)
    worker.join()
    sender.join()
    assert said.code == 130
    runs = Generation.objects.get().runs
    assert [run.phase for run in runs.all()] == ["baseline", "plan", "build"]


def test_a_report_that_cannot_be_written_is_said_and_the_end_stands(
    target: Target, monkeypatch: pytest.MonkeyPatch, data_folder: Path
) -> None:
    (data_folder / "reports").write_text("a file where a folder should be")
    walked.walk(monkeypatch)
    said = typed(*RUN)
    assert said.code == 0
    assert "gen-1.json was not written" in said.err
    assert Generation.objects.get().outcome == Outcome.ACCEPTED


def test_a_database_error_of_the_thread_is_raised_where_somebody_waits(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(loop, "step", away)
    with pytest.raises(OSError, match="away"):
        typed(*RUN)


def test_on_a_terminal_a_bar_is_drawn_and_taken_away_for_lines_that_stay() -> None:
    screen = Terminal()
    progress = Progress(screen)
    generation = opened(bare_target(), phase="build", activity="writes: more time")
    progress.show(generation, None)
    assert "2/8 gateway #1 build writes: more time" in screen.getvalue()
    drawn = screen.getvalue()
    progress.show(generation, None)
    assert screen.getvalue() == drawn  # what has not changed is not drawn again
    run = ran(generation, "build", "PASSED", timezone.now() - timedelta(seconds=9))
    progress.show(generation, run)
    assert "gateway #1 build: passed, 2.0 s: build said so\n" in screen.getvalue()
    progress.show(generation, None)
    progress.clear()
    assert screen.getvalue().endswith("\r\x1b[K")
