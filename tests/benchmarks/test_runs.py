"""Is a run of a target a record that a crash, a second worker or a person's no leaves true?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit.events import Event
from audit.models import Entry
from benchmarks import tasks
from benchmarks.measures.asking import Cancelled
from benchmarks.models import SILENT, Comparison, Run, State
from benchmarks.running import runs, together
from benchmarks.running.runs import AlreadyMeasuring, Wish
from benchmarks.running.trees import UnknownCommit
from targets.manifest import BadManifest
from targets.models import Target
from targets.repository import Repository
from tests.benchmarks.trees import ADA, commit, enable, shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path, settings: LazySettings) -> Target:
    enable(settings)
    return shop(tmp_path)


def ask(target: Target, commit: str = "main", state: State = State.ASKED) -> Run:
    return runs.ask(Wish(target, commit, ADA), at=timezone.now(), state=state)


def events() -> list[str]:
    found = Entry.objects.filter(event__startswith="benchmark").order_by("id")
    return list(found.values_list("event", flat=True))


def test_the_clock_measures_what_was_asked_for(target: Target) -> None:
    run = ask(target)
    assert tasks.measure() == "1 measured, 0 were lost"
    run.refresh_from_db()
    assert (run.state, run.done, run.wanted) == (State.ENDED, 2, 2)
    assert [score.value for score in run.scores.all()] == [0.0, 0.0]
    assert events() == [Event.BENCHMARKS_ASKED, Event.BENCHMARKS_MEASURED]
    assert tasks.measure() == "0 measured, 0 were lost"


def test_one_commit_is_measured_once_at_a_time(target: Target) -> None:
    ask(target)
    with pytest.raises(AlreadyMeasuring):
        ask(target)
    assert Run.objects.count() == 1
    assert events() == [Event.BENCHMARKS_ASKED]


def test_what_is_no_commit_changes_nothing(target: Target) -> None:
    for name in ("gone", "", "-x", "main..main"):
        with pytest.raises(UnknownCommit):
            ask(target, name)
    assert not Run.objects.exists()


def test_a_run_that_waits_can_be_called_off(target: Target) -> None:
    run = ask(target)
    assert runs.cancel(run, actor=ADA, at=timezone.now())
    assert tasks.measure() == "0 measured, 0 were lost"
    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (State.CANCELLED, "ada")
    assert not runs.cancel(run, actor=ADA, at=timezone.now())
    assert events()[-1] == Event.BENCHMARKS_CANCELLED


def test_a_person_ends_what_runs(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "ALIVE", timedelta(0))
    run = ask(target, state=State.RUNNING)

    def called_off(_name: str, scored: together.Scored | None) -> None:
        if scored is None:
            runs.cancel(run, actor=ADA, at=timezone.now())

    with pytest.raises(Cancelled):
        runs.carry_out(run, told=called_off)
    run.refresh_from_db()
    assert (run.state, run.scores.count()) == (State.CANCELLED, 0)


def test_a_signal_ends_what_runs_and_says_so(target: Target) -> None:
    run = ask(target, state=State.RUNNING)
    with pytest.raises(Cancelled):
        runs.carry_out(run, stopped=lambda: True)
    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (State.CANCELLED, "ada")


def test_a_run_whose_process_is_gone_is_ended_and_goes_on_from_what_it_kept(
    target: Target,
) -> None:
    run = ask(target, state=State.RUNNING)

    def killed(_name: str, scored: together.Scored | None) -> None:
        if scored:
            raise MemoryError

    with pytest.raises(MemoryError):
        runs.carry_out(run, told=killed)
    Run.objects.filter(pk=run.pk).update(state=State.RUNNING)  # as a kill would leave it
    assert runs.sweep(timezone.now()) == 0
    assert runs.sweep(timezone.now() + SILENT * 2) == 1
    again = ask(target, state=State.RUNNING)
    _, scored = runs.carry_out(again)
    assert sorted(one.found_again for one in scored) == [False, True]


def test_a_bad_manifest_fails_the_run_with_its_place(target: Target) -> None:
    run = ask(target, commit(target, {".selfimprove.toml": "[benchmarks]\nenabled = 1\n"}))
    assert tasks.measure() == "0 measured, 0 were lost"
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "benchmarks.enabled" in run.words
    with pytest.raises(BadManifest):
        runs.tree_of(target, run.commit)


def test_two_commits_are_judged_by_the_manifest_of_the_older(target: Target) -> None:
    worse = {"shop/prices.py": "import os\n", ".selfimprove.toml": "[benchmarks]\nenabled = []\n"}
    made = commit(target, worse)
    answer = runs.whole(Wish(target, made, ADA), target.head_commit)
    assert {one.chosen.name: str(one.difference.verdict) for one in answer.compared} == {
        "lint_score": "worse",
        "code_complexity": "no difference",
    }
    rows = Comparison.objects.filter(run__commit=made, against__commit=target.head_commit)
    assert rows.get(benchmark="lint_score").losses == ["F401 shop/prices.py"]
    assert events()[-1] == Event.BENCHMARKS_COMPARED


def test_a_full_disk_fails_the_run_with_its_reason(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Repository, "export", full)
    run = ask(target)
    assert tasks.measure() == "0 measured, 0 were lost"
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "No space left on device" in run.words
    assert not run.scores.exists()
