"""Does what waits age in the open: reminded, escalated, ended, each once?"""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from audit.log import Actor
from audit.models import Entry
from proposals import lifecycle, tasks
from proposals.lifecycle import Move
from proposals.models import Notice, Proposal, Status
from proposals.publish import publish
from proposals.waiting import ageing
from proposals.waiting.rules import Kind
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, git, make_proposal, make_report, make_target
from validation.models import Outcome

MEDIUM = {Kind.REMINDER: 72, Kind.ESCALATION: 168, Kind.EXPIRY: 1080}


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def _told(hours: float) -> list[str]:
    return [notice.kind for notice in ageing.age(_at(hours))]


def test_a_fresh_proposal_is_left_alone(target: Target) -> None:
    make_proposal(target)
    assert _told(71) == []
    assert tasks.age() != ""


def test_it_is_reminded_escalated_and_ended_each_once(target: Target) -> None:
    proposal = make_proposal(target)
    for kind, hours in MEDIUM.items():
        assert _told(hours - 1) == []
        assert _told(hours) == [kind]
        assert _told(hours + 0.5) == []
    proposal.refresh_from_db()
    assert proposal.status == Status.SUPERSEDED
    assert proposal.reason == "Expired: nobody decided it within 45 days."
    assert _told(5000) == []
    assert Notice.objects.count() == 3


def test_the_log_says_who_was_told_and_cites_the_proposal(target: Target) -> None:
    proposal = make_proposal(target)
    born = proposal.transitions.get().entry_uid
    for hours in MEDIUM.values():
        _told(hours)
    told = list(Entry.objects.filter(subject=f"proposal:{proposal.pk}").order_by("id"))[-3:]
    assert [entry.event for entry in told] == [
        "proposal.reminded",
        "proposal.escalated",
        "proposal.superseded",
    ]
    assert [entry.facts.get("told") for entry in told[:2]] == ["reviewers", "operators and admins"]
    assert told[0].reason == "It waits 3 days for a reviewer."
    assert told[2].facts["expired"] is True
    assert all(str(born) in map(str, entry.cites) for entry in told)
    notices = Notice.objects.order_by("at")
    assert [notice.entry_uid for notice in notices] == [entry.uid for entry in told]


def test_the_end_is_written_to_git(target: Target) -> None:
    proposal = make_proposal(target)
    _told(168)
    _told(1080)
    publish(target, _at(1081))
    text = git(
        Repository.of(target).git_dir, "show", f"refs/heads/selfimprove/proposals:{proposal.path}"
    )
    assert "status: superseded" in text
    assert "Expired: nobody decided it" in text


@pytest.mark.parametrize(
    ("severity", "first"), [("critical", 4), ("high", 24), ("medium", 72), ("low", 168)]
)
def test_what_matters_more_is_told_sooner(target: Target, severity: str, first: int) -> None:
    make_proposal(target, severity=severity)
    assert _told(first - 0.1) == []
    assert _told(first) == [Kind.REMINDER]


def test_after_a_long_silence_of_ours_nothing_ends_at_once(target: Target) -> None:
    proposal = make_proposal(target)
    assert _told(3000) == [Kind.ESCALATION]
    assert _told(3000.1) == []
    assert _told(3024) == [Kind.EXPIRY]
    proposal.refresh_from_db()
    assert proposal.reason == "Expired: nobody decided it within 126 days."


def test_new_words_wait_anew(target: Target) -> None:
    proposal = make_proposal(target)
    _told(72)
    Proposal.objects.filter(pk=proposal.pk).update(updated_at=_at(73))
    assert _told(100) == []  # it was told of the text that was there before
    assert _told(168) == []
    assert _told(73 + 168) == [Kind.ESCALATION]


def test_what_its_check_refused_waits_for_its_writer(target: Target) -> None:
    proposal = make_proposal(target)
    make_report(proposal, Outcome.REFUSED)
    _told(72)
    notice = Notice.objects.get()
    assert notice.told == "writer"
    assert Entry.objects.get(event="proposal.reminded").reason == (
        "It waits 3 days for its writer: a check refused it."
    )
    _told(168)
    _told(1080)
    proposal.refresh_from_db()
    assert proposal.reason == (
        "Expired: its check refused it, and nobody reworded it within 45 days."
    )


@pytest.mark.parametrize("outcome", [None, Outcome.COULD_NOT_RUN, Outcome.NOT_RUN])
def test_what_could_not_be_checked_is_no_trouble_of_people(
    target: Target, outcome: str | None
) -> None:
    proposal = make_proposal(target)
    if outcome is None:
        Proposal.objects.filter(pk=proposal.pk).update(report=None)
    else:
        make_report(proposal, outcome)
    assert _told(5000) == []


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PENDING])
def test_only_what_awaits_review_ages(target: Target, status: Status) -> None:
    make_proposal(target, status=status)
    assert _told(9999) == []


def test_who_decides_in_the_same_moment_is_not_overruled(target: Target) -> None:
    proposal = make_proposal(target)
    _told(168)
    lifecycle.advance(
        proposal, Move.REJECT, actor=Actor("person", "ada"), at=_at(1079), reason="No."
    )
    assert ageing._told(proposal.pk, _at(1080)) is None
    proposal.refresh_from_db()
    assert proposal.status == Status.REJECTED


def test_a_worker_that_dies_in_the_middle_leaves_nothing(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = make_proposal(target)
    _told(168)

    class Killed(BaseException):
        """Stands for a worker that is gone."""

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Notice.objects, "create", dies)
        with pytest.raises(Killed):
            ageing.age(_at(1080))
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert not Entry.objects.filter(event="proposal.superseded").exists()
    assert _told(1080) == [Kind.EXPIRY]


def test_many_are_told_in_one_look_and_only_what_is_due(target: Target) -> None:
    for _ in range(5):
        make_proposal(target)
    make_proposal(target, severity="low")
    assert _told(72) == [Kind.REMINDER] * 5


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_it_once(tmp_path: Path) -> None:
    make_proposal(make_target(tmp_path))
    gate, told = threading.Barrier(2), []

    def look() -> None:
        gate.wait()
        try:
            told.extend(ageing.age(_at(72)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert Notice.objects.count() == 1
    assert Entry.objects.filter(event="proposal.reminded").count() == 1
