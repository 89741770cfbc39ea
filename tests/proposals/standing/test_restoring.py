"""Does git say that nobody read a change, and does that come back with everything else?"""

from pathlib import Path

import pytest

from audit.models import Entry
from proposals import rebuild, records
from proposals.documents import parse
from proposals.models import Proposal, Review
from proposals.publish import publish
from proposals.records import UNDECIDED, UnreadableRecord
from proposals.standing import passing
from proposals.standing.records import Announcement, Judgement, Passage, StandingApproval
from targets.models import Target
from tests.factories import NOW, commit_to_origin, git
from tests.proposals.standing.scene import fresh, in_force, let_through, written
from tests.tied import lose, without_guards


def test_the_review_section_names_the_standing_approval_and_no_person(target: Target) -> None:
    approval = in_force(target)
    proposal = let_through(written(target))
    document = parse(records.full_text(proposal))
    assert document.review.startswith(f"### Approved under standing approval #{approval.pk}\n")
    assert " by " not in document.review
    [told] = records.read_reviews(document)
    passage = Passage.objects.get()
    assert (told.by_nobody, told.approved, told.reviewer) == (True, True, "")
    assert (told.diff, told.entry) == (passage.diff_digest, passage.entry_uid)


def test_before_the_approval_the_document_says_that_nobody_decided(target: Target) -> None:
    in_force(target)
    proposal = let_through(written(target))
    first = list(proposal.transitions.all())[:1]
    assert parse(records.text_at(proposal, first)).review == UNDECIDED


@pytest.mark.parametrize(
    "heading",
    [
        "### Approved under standing approval #",
        "### Approved under standing approval #x",
        "### Rejected under standing approval #1",
        "### Approved under standing approval #1 by ada",
    ],
)
def test_what_is_no_heading_of_ours_is_no_review(target: Target, heading: str) -> None:
    approval = in_force(target)
    proposal = let_through(written(target))
    ours = f"### Approved under standing approval #{approval.pk}\n"
    text = records.full_text(proposal).replace(ours, f"{heading}\n")
    with pytest.raises(UnreadableRecord):
        records.read_reviews(parse(text))


def _lost(proposal: Proposal) -> None:
    with without_guards():
        Judgement.objects.all().delete()
        Announcement.objects.all().delete()
        Passage.objects.all().delete()
    lose(Proposal.objects.filter(pk=proposal.pk))


def test_an_approval_that_nobody_gave_comes_back_from_git_and_the_log(target: Target) -> None:
    in_force(target)
    proposal = let_through(written(target))
    publish(target, NOW)
    before = Passage.objects.values().get()
    _lost(proposal)
    done = rebuild.rows_from_git(target)
    assert (done.written, done.unreadable, done.unproven) == (1, (), ())
    after = Passage.objects.values().get()
    assert {**after, "id": 0} == {**before, "id": 0}
    assert passing.flaw(fresh(proposal)) == ""
    assert not Review.objects.exists()


def test_without_its_standing_approval_it_does_not_come_back(target: Target) -> None:
    in_force(target)
    proposal = let_through(written(target))
    publish(target, NOW)
    _lost(proposal)
    with without_guards():
        StandingApproval.objects.all().delete()
    assert rebuild.rows_from_git(target).unreadable == ()
    assert not Passage.objects.exists()
    assert passing.flaw(fresh(proposal)) == passing.NONE


def test_a_block_that_somebody_pushed_lets_nothing_through(target: Target) -> None:
    approval = in_force(target)
    proposal = written(target)
    publish(target, NOW)
    path = Proposal.objects.get().path
    text = git(Path(target.origin), "show", f"selfimprove/proposals:{path}")
    uid = Entry.objects.get(event="proposal.created").uid
    forged = text.replace(
        UNDECIDED,
        f"### Approved under standing approval #{approval.pk}\n\n"
        f"- at: 2026-03-02T09:30:00.000000Z\n- document: {proposal.document_digest}\n"
        f"- diff: {proposal.diff_digest}\n- base: {proposal.base_commit}\n- entry: {uid}",
    )
    assert forged != text
    commit_to_origin(target, {path: f"{forged}\n"}, branch="selfimprove/proposals")
    _lost(proposal)
    rebuild.rows_from_git(target)
    assert not Passage.objects.exists()
    assert passing.flaw(fresh(proposal)) == passing.NONE
