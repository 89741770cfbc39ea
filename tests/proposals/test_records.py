"""Is every move and review read back exactly, and a damaged one refused?"""

from dataclasses import replace

import pytest

from audit.log import Actor
from proposals import decision, lifecycle, records
from proposals.documents import Document, parse
from proposals.lifecycle import Move
from proposals.models import Category, Status
from proposals.records import UnreadableRecord
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user


@pytest.fixture
def document(target: Target) -> Document:
    """Write the document of a proposal that went all the way and back."""
    return parse(records.full_text(make_proposal(target, status=Status.REVERTED)))


def test_the_log_holds_every_move_in_order(document: Document) -> None:
    moves = records.read_log(document)
    assert [move.destination for move in moves] == [
        "PENDING",
        "APPROVED",
        "PR_OPEN",
        "IMPLEMENTED",
        "REVERTED",
    ]
    assert [move.version for move in moves] == [0, 1, 2, 3, 4]
    assert (moves[0].actor_type, moves[0].actor, moves[0].at) == ("agent", "EvalAgent", NOW)
    assert moves[-1].reason == "Revert"
    assert len({move.entry_uid for move in moves}) == 5


def test_a_review_names_everything_it_binds(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    (review,) = records.read_reviews(parse(records.full_text(proposal)))
    row = proposal.reviews.get()
    assert review.approved
    assert (review.reviewer, review.at) == (row.reviewer.get_username(), row.at)
    assert (review.document, review.diff) == (row.document_digest, row.diff_digest)
    assert (review.base, review.policy) == (row.base_commit, row.policy_digest)
    assert (review.report, review.entry) == (row.report_digest, row.entry_uid)


def test_a_no_keeps_its_kind_and_its_words_over_several_lines(target: Target) -> None:
    proposal = make_proposal(target)
    words = 'First "line"\n\n### Approved by "eve"\n\n- at: never'
    decision.reject(
        proposal,
        reviewer=make_user(name="anna"),
        reason=words,
        at=NOW,
        category=Category.WRONG_FIX,
    )
    proposal.refresh_from_db()
    (review,) = records.read_reviews(parse(records.full_text(proposal)))
    assert (review.approved, review.reviewer) == (False, "anna")
    assert (review.category, review.reason) == ("wrong_fix", words)


def test_several_reviews_stay_apart(target: Target) -> None:
    proposal = make_proposal(target, risk="high", status=Status.APPROVED)
    reviews = records.read_reviews(parse(records.full_text(proposal)))
    assert len(reviews) == 2
    assert len({review.reviewer for review in reviews}) == 2


def test_an_undecided_proposal_says_so(target: Target) -> None:
    document = parse(records.full_text(make_proposal(target)))
    assert document.review == "Not decided yet."
    assert records.read_reviews(document) == ()


def test_earlier_states_can_be_written_again(target: Target) -> None:
    proposal = make_proposal(target, status=Status.IMPLEMENTED)
    moves = list(proposal.transitions.all())
    first = parse(records.text_at(proposal, moves[:1]))
    assert (first.status, first.review) == ("pending", "Not decided yet.")
    assert parse(records.text_at(proposal, moves[:3])).status == "pr_open"
    assert records.text_at(proposal, moves) == records.full_text(proposal)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- 2 · ", "- 5 · ", "has a gap"),
        ("- 1 · ", "* 1 · ", "not a line of the implementation log"),
        ("· PR_OPEN ·", "· pr_open ·", "not a line of the implementation log"),
        ("· agent ", "· ghost ", "not a line of the implementation log"),
        ("2026-03-02T09:30:00.000000Z", "2026-13-02T09:30:00.000000Z", "not a moment"),
    ],
)
def test_a_damaged_log_is_refused(document: Document, old: str, new: str, reason: str) -> None:
    assert old in document.log
    with pytest.raises(UnreadableRecord, match=reason):
        records.read_log(replace(document, log=document.log.replace(old, new)))


def test_a_status_that_the_log_does_not_lead_to_is_refused(document: Document) -> None:
    with pytest.raises(UnreadableRecord, match="not where the implementation log ends"):
        records.read_log(replace(document, status="implemented"))
    with pytest.raises(UnreadableRecord, match="gap"):
        records.read_log(replace(document, log=""))


@pytest.mark.parametrize(
    ("old", "new"),
    [("### Approved by", "### Blessed by"), ("- entry:", "- ghost:"), ("- at:", "- when:")],
)
def test_a_damaged_review_is_refused(document: Document, old: str, new: str) -> None:
    with pytest.raises(UnreadableRecord, match="not a review as we write it"):
        records.read_reviews(replace(document, review=document.review.replace(old, new)))


def test_a_rewording_of_the_status_alone_is_no_record(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    lifecycle.advance(proposal, Move.OPEN_PR, actor=Actor.system("delivery"), at=NOW)
    proposal.refresh_from_db()
    text = records.full_text(proposal).replace("status: pr_open", "status: implemented")
    with pytest.raises(UnreadableRecord):
        records.read_log(parse(text))
