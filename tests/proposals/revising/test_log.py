"""Does everybody who follows the log, or git, learn what was requested and what came of it?"""

import pytest
from django.test import Client

from audit import sentences
from audit.models import Entry
from notifications.kinds import KINDS, case_of
from proposals.models import ChangeRequest, Proposal, Revision, Status
from proposals.publish import publish
from proposals.rebuild import git_from_rows, rows_from_git
from proposals.revising import answering, asked, asking
from proposals.rewording import take_over
from selfimprove.wakes import WAKES
from targets.models import Target
from targets.repository import Repository
from tests.factories import make_proposal, make_user
from tests.proposals.revising.scene import LATER, REASON, asked_for, revised
from tests.words import tools_diff

pytestmark = pytest.mark.django_db


def told(event: str) -> str:
    return sentences.sentence(Entry.objects.get(event=event))


def test_each_step_has_its_sentence(target: Target) -> None:
    ada = make_user(name="ada")
    request = asked_for(target, by=ada)
    title = request.proposal.title
    assert told("proposal.changes_requested") == f"ada requested changes of the proposal “{title}”"
    asking.fail(request, source="generation:3", reason="The edits fit nowhere.", at=LATER)
    assert told("proposal.revision_failed").startswith("A revision of the proposal")
    revised(request.proposal)
    assert told("proposal.revised").startswith("wanda handed in a revision of the proposal")


def test_a_withdrawal_has_its_sentence(target: Target) -> None:
    request = asked_for(target)
    asking.withdraw(request.proposal, by=make_user(name="bea"), at=LATER)
    assert told("proposal.request_withdrawn").startswith("bea withdrew the request for changes")


def test_those_who_may_hand_in_hear_of_it_and_those_who_decide_of_a_failure(
    target: Target,
) -> None:
    request = asked_for(target, severity="high")
    asking.fail(request, source="generation:3", reason="No.", at=LATER)
    found = {}
    for entry in Entry.objects.filter(subject=f"proposal:{request.proposal_id}"):
        case = case_of(entry.event, entry.facts)
        if case is not None:
            found[case.kind] = KINDS[case.kind].asks
    assert found["changes_requested"] == "proposals.add_proposal"
    assert found["revision_failed"] == "proposals.decide_proposal"


def test_a_request_wakes_who_has_to_look() -> None:
    woken = next(ticks for event, ticks in WAKES.items() if event == "proposal.changes_requested")
    assert {"delivery.deliver", "delivery.approve", "generations.generate"} <= set(woken)


def test_the_page_tells_it_in_order(target: Target, client: Client) -> None:
    ada = make_user(name="ada")
    client.force_login(ada)
    request = asked_for(target, by=ada)
    asking.withdraw(request.proposal, by=ada, at=LATER, reason="I was wrong.")
    text = client.get(request.proposal.get_absolute_url()).content.decode()
    timeline = text.split('id="timeline"')[1]
    first, second = (
        timeline.index("ada requested changes of this proposal"),
        timeline.index("ada withdrew the request for changes of this proposal"),
    )
    assert first < second
    assert "I was wrong." in timeline


def test_a_failure_is_told_once_and_only_while_the_request_stands(target: Target) -> None:
    request = asked_for(target)
    assert asking.fail(request, source="generation:3", reason="No.\0", at=LATER)
    assert not asking.fail(request, source="generation:3", reason="No.", at=LATER)
    assert asking.fail(request, source="generation:4", reason="", at=LATER)
    asking.withdraw(request.proposal, by=make_user(), at=LATER)
    assert not asking.fail(request, source="generation:5", reason="No.", at=LATER)
    assert [one.reason for one in request.failures.all()] == ["No.�", "nobody knows why"]


def test_the_page_says_that_nothing_tries_again(target: Target, client: Client) -> None:
    request = asked_for(target, engine="anthropic")
    client.force_login(make_user())
    page = client.get(request.proposal.get_absolute_url()).content.decode()
    assert "The language model that wrote it is asked for a revision" in page
    asking.fail(request, source="generation:3", reason="The edits fit nowhere.", at=LATER)
    page = client.get(request.proposal.get_absolute_url()).content.decode()
    assert "The edits fit nowhere." in page
    assert "Nothing tries again by itself" in page


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("embedded", "cannot answer what somebody says in words"),
        ("person", "EvalAgent wrote it"),
        ("program", "EvalAgent wrote it"),
        ("bedrock", "is asked for a revision"),
    ],
)
def test_the_page_says_who_is_expected_to_answer(target: Target, engine: str, said: str) -> None:
    assert said in answering.words(make_proposal(target, engine=engine))


def test_words_edited_in_git_leave_the_request_to_who_made_it(
    target: Target, client: Client
) -> None:
    request = asked_for(target)
    proposal = request.proposal
    text = proposal.document.replace(proposal.title, "Another title")
    repository = Repository.of(target)
    assert take_over(
        proposal, text, repository=repository, editor="gil", commit="c" * 40, at=LATER
    )
    fresh = Proposal.objects.get()
    assert fresh.title == "Another title"
    assert asked.standing_on(fresh) == request
    client.force_login(make_user())
    assert "The words changed since" in client.get(fresh.get_absolute_url()).content.decode()


def test_both_versions_are_published_and_can_be_read_back(target: Target) -> None:
    old = asked_for(target).proposal
    publish(target, LATER)
    new = revised(old, diff=tools_diff(1700))
    publish(target, LATER)
    assert rows_from_git(target).unreadable == ()
    assert git_from_rows(target).written == 0
    assert Proposal.objects.get(pk=old.pk).status == Status.SUPERSEDED
    assert Proposal.objects.get(pk=new.pk).status == Status.PENDING
    assert Revision.objects.get().proposal_id == new.pk


def test_a_request_survives_a_rebuilding_of_its_proposal(target: Target) -> None:
    request = asked_for(target)
    publish(target, LATER)
    rows_from_git(target)
    assert asked.standing_on(Proposal.objects.get()) == request
    assert ChangeRequest.objects.get().reason == REASON
