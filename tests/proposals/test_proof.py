"""Does a proposal's page say what was shown beforehand, and must a doubt be acknowledged?"""

import pytest
from django.test import Client
from django.urls import reverse

from audit.events import Event
from audit.models import Entry
from proposals import checks, decision
from proposals.decision import NotAcknowledged, NotChecked
from proposals.models import Evidence, Proposal, Status
from proposals.rehearsed import reading
from proposals.rehearsed.records import Rehearsal, RehearsedStep, Result, StepResult, Way
from targets.models import Target
from tests.factories import (
    NOW,
    make_pattern,
    make_proposal,
    make_rehearsal,
    make_report,
    make_user,
    tools_diff,
)
from validation.gates import witness
from validation.models import GateResult, Outcome

CONFLICT = "It cannot be put onto abc as the branch is now: conflict in config/tools.yaml."


def approve(proposal: Proposal, *, acknowledged: bool = False) -> Proposal:
    """Approve as somebody who may."""
    return decision.approve(
        proposal,
        reviewer=make_user(),
        document_digest=proposal.document_digest,
        at=NOW,
        acknowledged=acknowledged,
    )


def shown(client: Client, proposal: Proposal) -> str:
    """Return the page as a reviewer sees it, in one line."""
    client.force_login(make_user())
    return " ".join(client.get(proposal.get_absolute_url()).content.decode().split())


def witnessed(proposal: Proposal, outcome: str, summary: str, level: str = "L3") -> None:
    """Let the report say this of the failing case."""
    assert proposal.report is not None
    GateResult.objects.create(
        report=proposal.report,
        position=9,
        gate=witness.NAME,
        question=witness.QUESTION,
        outcome=outcome,
        summary=summary,
        level=level,
    )


def test_a_rehearsed_change_is_approved_without_another_word(target: Target) -> None:
    assert approve(make_proposal(target)).status == Status.APPROVED


@pytest.mark.parametrize("result", sorted(one for one in Result.values if one != Result.REHEARSED))
def test_a_rehearsal_that_failed_has_to_be_acknowledged(target: Target, result: str) -> None:
    proposal = make_proposal(target)
    make_rehearsal(proposal, result, words=CONFLICT)
    with pytest.raises(NotAcknowledged, match=r"conflict in config/tools\.yaml"):
        approve(proposal)
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert approve(proposal, acknowledged=True).status == Status.APPROVED
    entry = Entry.objects.get(event=Event.PROPOSAL_APPROVED)
    assert entry.facts["rehearsal"] == result


@pytest.mark.parametrize("acknowledged", [False, True])
def test_what_nobody_rehearsed_cannot_be_approved_yet(target: Target, acknowledged: bool) -> None:
    proposal = make_proposal(target)
    Rehearsal.objects.all().delete()
    with pytest.raises(NotChecked, match="has not been rehearsed yet"):
        approve(proposal, acknowledged=acknowledged)
    assert Proposal.objects.get().status == Status.PENDING


def test_a_rehearsal_of_another_diff_counts_for_nothing(target: Target) -> None:
    proposal = make_proposal(target)
    Rehearsal.objects.update(diff_digest="0" * 64)
    assert reading.of(proposal) is None
    with pytest.raises(NotChecked, match="has not been rehearsed yet"):
        approve(proposal)


def test_a_head_that_moved_since_is_no_doubt_and_is_told(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    Rehearsal.objects.update(head_commit="0" * 40)
    assert reading.doubt(proposal) == ""
    assert "The branch has moved since; it is rehearsed again" in shown(client, proposal)


def test_the_page_asks_for_exactly_what_is_in_doubt(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    assert 'name="acknowledged"' not in shown(client, proposal)
    make_rehearsal(proposal, Result.CONFLICTS, words=CONFLICT)
    assert f"<span>{CONFLICT} I accept that.</span>" in shown(client, proposal)
    make_report(proposal, Outcome.ACKNOWLEDGE)
    assert "I have read the findings of the check and accept them." in shown(client, proposal)
    make_rehearsal(proposal, Result.CONFLICTS, words=CONFLICT)
    assert "I accept that, and the findings of the check, which I have read." in shown(
        client, proposal
    )


def test_an_approval_on_the_page_takes_the_tick(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    make_rehearsal(proposal, Result.UNEQUAL, words="It comes out otherwise.")
    client.force_login(make_user())
    address = reverse("proposals:approve", args=[proposal.pk])
    words = {"document_digest": proposal.document_digest}
    refused = client.post(address, words)
    assert refused.status_code == 409
    assert "It comes out otherwise." in refused.content.decode()
    assert client.post(address, {**words, "acknowledged": "on"}).status_code == 302


def test_the_page_shows_the_rehearsal_with_its_steps(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    kept = make_rehearsal(proposal, words="Rollback rehearsed: applied, 1 deploy step, reverted.")
    for position, (way, result) in enumerate(
        [(Way.OUT, StepResult.PASSED), (Way.BACK, StepResult.LISTED)]
    ):
        RehearsedStep.objects.create(
            rehearsal=kept,
            position=position,
            way=way,
            name="reload <gateway>",
            command="ops/reload",
            dry_command="ops/reload --dry-run" if way == Way.OUT else "",
            timeout_seconds=20,
            result=result,
            output="5 tools" if way == Way.OUT else "",
            level="L0" if way == Way.OUT else "",
        )
    page = shown(client, proposal)
    assert "Rollback rehearsed: applied, 1 deploy step, reverted." in page
    assert "2 deploy steps, out and back" in page
    assert "Deploying: reload &lt;gateway&gt;" in page
    assert "Tried in dry form:" in page
    assert "It names no dry form, so it was not tried." in page
    assert "The dry form ran without a sandbox" in page
    assert 'aria-label="What the dry form of reload &lt;gateway&gt; said"' in page


@pytest.mark.parametrize(
    ("outcome", "badge"),
    [
        (Outcome.ACKNOWLEDGE, "Cured in part"),
        (Outcome.COULD_NOT_RUN, "Could not run"),
        (Outcome.NOTHING_SHOWN, "No witness"),
        (Outcome.PASSED, "Witnessed"),
        (Outcome.REFUSED, "Not cured"),
    ],
)
def test_the_page_says_in_one_sentence_whether_the_case_is_cured(
    client: Client, target: Target, outcome: Outcome, badge: str
) -> None:
    proposal = make_proposal(target)
    witnessed(proposal, outcome, "“search: timeout” is what it is about.")
    page = shown(client, proposal)
    card = page.split('id="proof"')[1].split("</section>")[0]
    assert "“search: timeout” is what it is about." in card
    assert badge in card


def test_a_witness_without_a_sandbox_bears_the_mark(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    witnessed(proposal, Outcome.PASSED, "Cured.", level="L0")
    card = shown(client, proposal).split('id="proof"')[1].split("</section>")[0]
    assert "ran without a sandbox" in card


def test_while_the_rehearsal_is_awaited_the_box_looks_again(
    client: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    Rehearsal.objects.all().delete()
    page = shown(client, proposal)
    assert "Not rehearsed yet." in page
    assert "Taking it back is being rehearsed." in page
    assert "Approve this change" not in page
    assert f'hx-get="{proposal.get_absolute_url()}?read=' in page
    make_rehearsal(proposal)
    assert f'hx-get="{proposal.get_absolute_url()}?read=' not in shown(client, proposal)


def test_an_unchecked_proposal_shows_nothing_beforehand(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    Rehearsal.objects.all().delete()
    Proposal.objects.update(report=None)
    assert '<div id="proof" hidden>' in shown(client, proposal)


def test_a_gate_that_shows_nothing_is_folded_and_not_counted_as_passed(
    client: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    witnessed(proposal, Outcome.NOTHING_SHOWN, "No case.")
    page = shown(client, proposal)
    assert "1 check passed; 1 had nothing to show" in page


def test_the_cited_events_are_the_case_the_most_frequent_first(target: Target) -> None:
    rare, often = make_pattern(target, component="mail"), make_pattern(target, events=9)
    proposal = make_proposal(target, diff=tools_diff(900))
    for pattern in (rare, often):
        events = target.events.filter(component=pattern.component)
        Evidence.objects.create(
            proposal=proposal,
            pattern=pattern,
            count=pattern.count,
            session_count=1,
            first_seen=NOW,
            last_seen=NOW,
            event_uids=list(events.values_list("uid", flat=True)),
        )
    first, second = checks.cases_of(proposal)
    assert (first.name, second.name) == ("web_search: timeout", "mail: timeout")
    assert first.content.count(b'"event_type": "tool_call"') == 9
    assert b'"error_message": "upstream did not answer within 400 ms"' in first.content
    assert b'"component": "mail"' in second.content


def test_events_that_are_no_longer_kept_are_no_case(target: Target) -> None:
    pattern = make_pattern(target)
    proposal = make_proposal(target)
    Evidence.objects.create(
        proposal=proposal, pattern=pattern, count=4, session_count=1,
        first_seen=NOW, last_seen=NOW, event_uids=["gone"],
    )  # fmt: skip
    assert checks.cases_of(proposal) == ()
