"""Is a running check seen, stopped and taken over, with few writes, and is one of them alone?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Entry
from proposals import checks, tasks
from proposals.checks import BeingChecked
from proposals.models import Proposal, RunningCheck, Status
from proposals.running import keeping
from proposals.running.keeping import DEAD_AFTER, NothingToAsk, NothingToStop
from targets.models import Target
from tests.factories import FILES, make_proposal, make_target, make_user, tools_diff
from tests.people import pseudonym
from validation.models import Outcome, Report

pytestmark = pytest.mark.django_db
SLOW = '[tests]\ncommand = ["sh", "-c", "echo begun; sleep 120"]\n'


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def sam() -> User:
    return make_user("admin", name="sam")


def unchecked(target: Target) -> Proposal:
    proposal = make_proposal(target, diff=tools_diff(1200))
    Proposal.objects.filter(pk=proposal.pk).update(report=None)
    proposal.refresh_from_db()
    return proposal


class Clock:
    """Tell a time that only moves when it is told to."""

    def __init__(self) -> None:
        self.at = timezone.now()

    def __call__(self) -> datetime:
        return self.at


def test_while_it_runs_the_row_says_which_gate_is_at_work_and_afterwards_it_is_gone(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "WRITE_SECONDS", 0)
    seen: list[tuple[str, int]] = []
    before = keeping.Running.beat

    def looks(running: keeping.Running) -> None:
        before(running)
        row = RunningCheck.objects.get()
        seen.append((row.gate, row.answered))

    monkeypatch.setattr(keeping.Running, "beat", looks)
    checks.check(unchecked(target), timezone.now())
    assert {"size", "safety", "tests"} <= {gate for gate, _ in seen}
    assert [count for _, count in seen] == sorted(count for _, count in seen)
    assert not RunningCheck.objects.exists()


def test_what_the_tests_say_is_kept_while_they_run_and_a_person_can_stop_them(
    tmp_path: Path, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "WRITE_SECONDS", 0.05)
    target = make_target(tmp_path, files={**FILES, ".selfimprove.toml": SLOW})
    proposal = unchecked(target)
    heard: list[str] = []
    before = keeping.Running.beat

    def presses(running: keeping.Running) -> None:
        before(running)
        row = RunningCheck.objects.get()
        if "begun" in row.lines and not row.stopped_by:
            heard.append(row.lines)
            keeping.stop(proposal, person=sam, at=timezone.now())

    monkeypatch.setattr(keeping.Running, "beat", presses)
    report = checks.check(proposal, timezone.now())
    assert heard == ["begun"]
    assert (report.outcome, report.stopped_by) == (Outcome.COULD_NOT_RUN, "sam")
    assert report.results.get(gate="tests").summary == "stopped by sam"
    assert report.results.get(gate="safety").outcome == Outcome.PASSED
    entry = Entry.objects.get(event="check.stopped")
    assert (entry.actor, entry.subject) == (pseudonym("sam"), f"proposal:{proposal.pk}")
    much_later = timezone.now() + timedelta(days=1)
    assert not checks.waiting(much_later).exists(), "who stopped it asks again"


def test_who_stopped_it_can_have_it_checked_again_anew(target: Target, sam: User) -> None:
    proposal = unchecked(target)
    report = checks.check(proposal, timezone.now())
    Report.objects.filter(pk=report.pk).update(outcome=Outcome.COULD_NOT_RUN, stopped_by="sam")
    assert not checks.waiting(timezone.now()).exists()
    keeping.ask_again(proposal, person=sam, at=timezone.now())
    assert checks.waiting(timezone.now()).get() == proposal
    assert Entry.objects.get(event="check.asked").subject == f"proposal:{proposal.pk}"
    assert tasks.check() == "1 checked"
    fresh = Proposal.objects.select_related("report").get().report
    assert fresh is not None
    assert fresh.pk != report.pk
    assert not fresh.results.filter(found_at__isnull=False).exists(), "nothing is found again"
    assert tasks.check() == "0 checked"


def test_a_check_after_a_waiver_finds_the_other_answers_again(target: Target) -> None:
    proposal = unchecked(target)
    first = checks.check(proposal, timezone.now())
    Report.objects.filter(pk=first.pk).update(void="A waiver came.")
    proposal = Proposal.objects.select_related("report", "target").get()
    second = checks.check(proposal, timezone.now())
    assert second.digest == first.digest
    assert second.results.filter(found_at__isnull=False).count() >= 6


def test_what_somebody_checks_is_not_begun_twice(target: Target) -> None:
    proposal = unchecked(target)
    running = keeping.begin(proposal)
    assert running is not None
    with pytest.raises(BeingChecked):
        checks.check(proposal, timezone.now())
    assert tasks.check() == "0 checked"
    running.end()
    assert tasks.check() == "1 checked"


def test_a_check_that_nobody_keeps_alive_is_taken_over(target: Target) -> None:
    proposal, clock = unchecked(target), Clock()
    dead = keeping.begin(proposal, clock)
    assert dead is not None
    assert keeping.begin(proposal, clock) is None
    assert not checks.waiting(clock.at).exists()
    clock.at += DEAD_AFTER
    assert checks.waiting(clock.at).get() == proposal
    assert keeping.of(proposal, clock.at) is None
    alive = keeping.begin(proposal, clock)
    assert alive is not None
    dead.began("size")
    dead.end()
    row = RunningCheck.objects.get()
    assert row.gate == "", "whoever came to life again says nothing any more"
    alive.end()
    assert not RunningCheck.objects.exists()


def test_a_wish_to_stop_does_not_outlive_the_check_it_was_for(target: Target, sam: User) -> None:
    proposal, clock = unchecked(target), Clock()
    keeping.begin(proposal, clock)
    keeping.stop(proposal, person=sam, at=clock.at)
    clock.at += DEAD_AFTER
    again = keeping.begin(proposal, clock)
    assert again is not None
    again.began("size")
    assert again.stopped_by() == ""


def test_a_check_that_breaks_leaves_no_row(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr("validation.runner.check", breaks)
    with pytest.raises(OSError, match="no disk"):
        checks.check(unchecked(target), timezone.now())
    assert not RunningCheck.objects.exists()


def test_hundreds_of_beats_in_a_moment_are_one_write(target: Target) -> None:
    running = keeping.begin(unchecked(target))
    assert running is not None
    running.began("tests")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for number in range(500):
            running.heard("tests", f"line {number}\n".encode())
            running.beat()
    writes = [one for one in asked.captured_queries if one["sql"].startswith("UPDATE")]
    assert len(writes) <= 2
    assert len(asked) <= 6


def test_nothing_runs_nothing_is_stopped(target: Target, sam: User) -> None:
    proposal = unchecked(target)
    with pytest.raises(NothingToStop):
        keeping.stop(proposal, person=sam, at=timezone.now())
    keeping.begin(proposal)
    keeping.stop(proposal, person=sam, at=timezone.now())
    with pytest.raises(NothingToStop):
        keeping.stop(proposal, person=sam, at=timezone.now())
    assert Entry.objects.filter(event="check.stopped").count() == 1


def test_what_is_on_its_way_or_decided_is_not_asked_for_again(target: Target, sam: User) -> None:
    proposal = unchecked(target)
    with pytest.raises(NothingToAsk, match="on its way"):
        keeping.ask_again(proposal, person=sam, at=timezone.now())
    decided = make_proposal(target, status=Status.REJECTED)
    with pytest.raises(NothingToAsk, match="Rejected"):
        keeping.ask_again(decided, person=sam, at=timezone.now())
    checked = make_proposal(target)
    keeping.begin(checked)
    with pytest.raises(NothingToAsk, match="on its way"):
        keeping.ask_again(checked, person=sam, at=timezone.now())
    assert not Entry.objects.filter(event="check.asked").exists()


def test_who_may_not_neither_stops_nor_asks(target: Target) -> None:
    viewer = make_user("viewer")
    proposal = make_proposal(target)
    keeping.begin(proposal)
    with pytest.raises(PermissionDenied):
        keeping.stop(proposal, person=viewer, at=timezone.now())
    with pytest.raises(PermissionDenied):
        keeping.ask_again(proposal, person=viewer, at=timezone.now())
    assert RunningCheck.objects.get().stopped_by == ""
