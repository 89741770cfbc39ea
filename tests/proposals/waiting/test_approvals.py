"""What do pages say of an approval that runs out, and what does asking again change?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import LazySettings

from audit.log import Actor
from audit.models import Entry
from proposals import decision, lifecycle
from proposals.documents import parse
from proposals.lifecycle import IllegalMove, Move, ReasonMissing
from proposals.models import Proposal, Status
from proposals.publish import publish
from proposals.rebuild import rows_from_git
from proposals.records import UnreadableRecord, full_text, read_log, words_of
from proposals.taking_over import _refuse_impossible
from proposals.waiting import approvals
from proposals.waiting.ageing import age
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, commit_to_origin, make_proposal, make_report, make_user
from tests.proposals.waiting.set import review
from tests.tied import lose

OURSELVES = Actor.system("delivery")
LATER = NOW + timedelta(days=14)


def _again(proposal: Proposal, reason: str = "Look again.") -> Proposal:
    return approvals.ask_again(proposal, reason=reason, actor=OURSELVES, at=LATER)


@pytest.mark.parametrize(
    ("risk", "days", "words"),
    [
        ("low", 0, "The approval ends in 14 days, unless it is merged by then."),
        ("high", 0, "The approval ends in 7 days, unless it is merged by then."),
        ("low", 13, "The approval ends in 24 hours, unless it is merged by then."),
        ("low", 15, "The approval ends now, unless it is merged already."),
    ],
)
def test_the_time_that_is_left_is_said(target: Target, risk: str, days: int, words: str) -> None:
    proposal = make_proposal(target, status=Status.APPROVED, risk=risk)
    assert proposal.decided_at
    assert approvals.remaining(proposal, proposal.decided_at + timedelta(days=days)) == words


@pytest.mark.parametrize(
    "status", [status for status in Status if status not in approvals.UNMERGED]
)
def test_only_an_approval_that_its_delivery_may_still_rest_on_can_end(
    target: Target, status: Status
) -> None:
    proposal = make_proposal(target, status=status)
    assert approvals.ends_at(proposal) is None
    assert approvals.remaining(proposal, NOW) == ""
    with pytest.raises(IllegalMove):
        _again(proposal)
    proposal.refresh_from_db()
    assert proposal.status == status


def test_the_setting_names_the_days(target: Target, settings: LazySettings) -> None:
    review(settings, approval_days={"low": 1})
    proposal = make_proposal(target, status=Status.APPROVED)
    assert approvals.why_ended(proposal).startswith("The approval ended after 1 day, and")
    assert list(approvals.overdue(NOW + timedelta(hours=20))) == []
    assert list(approvals.overdue(NOW + timedelta(hours=26))) == [proposal]


def test_asking_again_takes_a_reason(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    with pytest.raises(ReasonMissing):
        _again(proposal, " ")
    assert Proposal.objects.get().status == Status.APPROVED


def test_where_nothing_moved_words_and_check_stay_as_they_are(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    moved = _again(proposal)
    same = ("document", "document_digest", "diff", "diff_digest", "base_commit", "report_id")
    assert [getattr(moved, name) for name in same] == [getattr(proposal, name) for name in same]
    assert (moved.status, moved.reason) == (Status.PENDING, "Look again.")
    assert moved.version == proposal.version + 1


def test_on_new_ground_it_says_where_it_would_stand_and_waits_for_a_check(
    target: Target,
) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    head = commit_to_origin(target, {"README.md": "Hello.\n"})
    repository = Repository.of(target)
    repository.fetch()
    change = repository.apply(head, proposal.diff)
    moved = approvals.ask_again(
        proposal, reason="It moved.", actor=OURSELVES, at=LATER, onto=change, facts={"rule": "x"}
    )
    assert (moved.base_commit, moved.report) == (head, None)
    words = words_of(moved)
    assert (words.base, words.diff) == (head, change.diff)
    facts = Entry.objects.get(event="proposal.lapsed").facts
    assert (facts["old_base"], facts["base"]) == (proposal.base_commit, head)
    assert (facts["old_document"], facts["document"]) == (
        proposal.document_digest,
        moved.document_digest,
    )
    assert facts["rule"] == "x"
    with pytest.raises(decision.StaleDigest):
        decision.approve(
            moved, reviewer=make_user(), document_digest=proposal.document_digest, at=LATER
        )


def test_what_is_asked_again_ages_anew(target: Target) -> None:
    proposal = make_proposal(target)
    for hours in (72, 168):
        age(NOW + timedelta(hours=hours))
    lifecycle.advance(
        proposal, Move.APPROVE, actor=Actor.person(make_user()), at=NOW + timedelta(hours=200)
    )
    _again(proposal)
    assert age(LATER + timedelta(hours=71)) == []
    assert [one.kind for one in age(LATER + timedelta(hours=72))] == ["reminder"]


def test_a_row_that_was_lost_comes_back_undecided(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    _again(proposal)
    publish(target, LATER)
    proposal.refresh_from_db()
    lose(Proposal.objects.filter(pk=proposal.pk))
    assert rows_from_git(target).written == 1
    back = Proposal.objects.get()
    assert (back.status, back.reviewer, back.decided_at) == (Status.PENDING, "", None)
    assert back.version == proposal.version
    assert decision.approvals(back) == []
    make_report(back)
    later = LATER + timedelta(hours=1)
    digest = back.document_digest
    again = decision.approve(back, reviewer=make_user(), document_digest=digest, at=later)
    assert again.status == Status.APPROVED


def test_git_cannot_claim_that_people_are_asked_again_without_a_reason(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    _again(proposal)
    document = parse(full_text(Proposal.objects.get()))
    moves = read_log(document)
    _refuse_impossible(moves)
    silent = replace(moves[-1], reason="")
    with pytest.raises(UnreadableRecord, match="needs a reason"):
        _refuse_impossible([*moves[:-1], silent])
