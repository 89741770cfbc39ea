"""Does a text become a proposal, whole or not at all?"""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from audit.log import Actor
from audit.models import Entry
from proposals import intake
from proposals.documents import MalformedDocument, digest, parse, render
from proposals.intake import DuplicateProposal
from proposals.models import Evidence, Proposal, RejectedInput, Status
from targets.models import Target
from targets.repository import DiffDoesNotApply, Repository
from tests.factories import (
    NOW,
    commit_to_origin,
    make_pattern,
    make_proposal,
    proposal_text,
    tools_diff,
)

AGENT = Actor.agent("EvalAgent")


def _submit(target: Target, text: str, **more: Any) -> Proposal:
    return intake.submit(
        target=target,
        text=text,
        engine="embedded",
        author="EvalAgent",
        at=NOW,
        actor=AGENT,
        **more,
    )


def test_a_good_text_becomes_a_pending_proposal_with_its_first_transition(target: Target) -> None:
    proposal = _submit(target, proposal_text())
    assert proposal.status == Status.PENDING
    assert proposal.base_commit == target.head_commit
    assert proposal.path == f"proposals/2026/03/{proposal.pk}-give-web_search-time-to-answer.md"
    (first,) = proposal.transitions.all()
    assert (first.version, first.source, first.destination) == (0, "", Status.PENDING)
    entry = Entry.objects.get(uid=first.entry_uid)
    assert (entry.event, entry.actor, entry.target) == (
        "proposal.created",
        "EvalAgent",
        "gateway",
    )
    assert entry.facts["diff"] == proposal.diff_digest


def test_the_stored_document_is_whole_and_names_itself(target: Target) -> None:
    proposal = _submit(target, proposal_text())
    document = parse(proposal.document)
    assert render(document) == proposal.document
    assert digest(document) == proposal.document_digest
    assert (document.id, document.base) == (proposal.pk, proposal.base_commit)
    assert document.diff == proposal.diff
    assert document.diff.startswith("diff --git a/config/tools.yaml b/config/tools.yaml\nindex ")
    assert document.affected_files == "- `config/tools.yaml` — modified, +1 −1"
    assert "A person has read" in document.checklist


def test_evidence_is_kept_as_it_was_counted(target: Target) -> None:
    pattern = make_pattern(target, events=4)
    uids = [event.uid for event in target.events.order_by("timestamp")]
    front = f"patterns: [{pattern.pk}]\nevents: [{', '.join(uids)}]\n"
    proposal = _submit(target, proposal_text(front=front))
    evidence = Evidence.objects.get(proposal=proposal)
    assert (evidence.count, evidence.session_count, evidence.agents) == (4, 4, ["planner"])
    assert sorted(evidence.event_uids) == sorted(uids)
    assert evidence.samples == ["upstream did not answer within 400 ms"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Here is my idea.", "line 1: the first line must be"),
        (proposal_text(front="status: approved\n"), "line 6: `status`: a new proposal"),
        (proposal_text(target="elsewhere"), "line 2: `target`: this was handed in for `gateway`"),
        (proposal_text(front="patterns: [77]\n"), "line 6: `patterns`: no pattern 77 is known"),
        (proposal_text(front="events: [nope]\n"), "line 6: `events`: no event nope"),
        (proposal_text(front=f"base: {'a' * 40}\n"), "line 6: `base`: this is not a commit of"),
    ],
)
def test_a_text_that_is_no_proposal_is_kept_with_the_reason(
    target: Target, text: str, reason: str
) -> None:
    with pytest.raises(MalformedDocument, match=reason.replace("[", r"\[")):
        _submit(target, text)
    assert not Proposal.objects.exists()
    kept = RejectedInput.objects.get()
    assert kept.text == text
    assert reason in kept.reason
    entry = Entry.objects.get(event="proposal.refused")
    assert (entry.subject, reason in entry.reason) == ("target:gateway", True)


def test_a_diff_that_does_not_apply_is_kept_with_gits_own_words(target: Target) -> None:
    text = proposal_text(diff=tools_diff().replace("400", "9999"))
    with pytest.raises(DiffDoesNotApply, match=r"config/tools.yaml"):
        _submit(target, text)
    assert "config/tools.yaml" in RejectedInput.objects.get().reason
    assert not Proposal.objects.exists()


def test_a_diff_that_leaves_the_tree_is_refused(target: Target) -> None:
    diff = "--- /dev/null\n+++ b/../../outside.txt\n@@ -0,0 +1 @@\n+x\n"
    with pytest.raises(DiffDoesNotApply):
        _submit(target, proposal_text(diff=diff))


def test_a_credential_is_refused_and_not_kept(target: Target) -> None:
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" + "K1l2M3n4O5p6Q7r8"
    text = proposal_text().replace("The time limit", f"Use {secret}. The time limit")
    with pytest.raises(MalformedDocument, match="holds a credential"):
        _submit(target, text)
    kept = RejectedInput.objects.get()
    assert secret not in kept.text + kept.reason
    assert secret not in "".join(Entry.objects.values_list("body", flat=True))


def test_binary_junk_is_kept_readably(target: Target) -> None:
    with pytest.raises(MalformedDocument):
        _submit(target, "---\x00\ud800 junk")
    assert "\x00" not in RejectedInput.objects.get().text


def test_the_same_change_is_a_duplicate_while_it_is_open(target: Target) -> None:
    first = _submit(target, proposal_text())
    with pytest.raises(DuplicateProposal) as refusal:
        _submit(target, proposal_text(title="Another name for it"))
    assert refusal.value.existing == first
    assert Proposal.objects.count() == 1
    assert not RejectedInput.objects.exists()


def test_the_same_change_may_come_again_after_a_no(target: Target) -> None:
    make_proposal(target, status=Status.REJECTED, diff=tools_diff(777))
    assert _submit(target, proposal_text(diff=tools_diff(777))).status == Status.PENDING


def test_two_values_for_one_parameter_and_pattern_are_duplicates(target: Target) -> None:
    front = f"patterns: [{make_pattern(target).pk}]\n"
    name = "config/tools.yaml:tools.web_search.timeout_ms"
    _submit(target, proposal_text(front=front), parameter=name)
    with pytest.raises(DuplicateProposal):
        _submit(target, proposal_text(front=front, diff=tools_diff(900)), parameter=name)
    other = _submit(target, proposal_text(front=front, diff=tools_diff(800)), parameter="else")
    assert parse(other.document).parameter == "else"


def test_a_given_id_is_kept_and_cannot_be_taken_twice(target: Target) -> None:
    name = uuid.uuid4()
    assert _submit(target, proposal_text(front=f"id: {name}\n")).pk == name
    with pytest.raises(DuplicateProposal):
        _submit(target, proposal_text(front=f"id: {name}\n", diff=tools_diff(901)))


def test_an_older_base_of_the_branch_is_accepted_as_named(target: Target) -> None:
    old = target.head_commit
    commit_to_origin(target, {"README.md": "Later.\n"})
    Repository.of(target).fetch()
    proposal = _submit(target, proposal_text(front=f"base: {old}\n"))
    assert proposal.base_commit == old


def test_who_brings_it_counts_and_not_what_the_text_claims(target: Target) -> None:
    text = proposal_text(front="author: somebody\nengine: person\ncreated: 2020-01-01T00:00:00Z\n")
    proposal = _submit(target, text)
    assert (proposal.author, proposal.engine) == ("EvalAgent", "embedded")
    assert abs(proposal.created_at - NOW) < timedelta(seconds=1)
