"""Do git and the records say the same, whoever wrote last?"""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from audit.log import Actor
from audit.models import Entry
from proposals import decision, lifecycle, records
from proposals.decision import StaleDigest
from proposals.documents import parse
from proposals.lifecycle import Move
from proposals.models import Proposal, Status, Transition
from proposals.publish import BRANCH, REF, publish
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, commit_to_origin, git, make_proposal, make_user

LATER = NOW + timedelta(hours=1)


def _on_branch(target: Target, path: str) -> str:
    repository = Repository.of(target)
    return repository.read(repository.head(BRANCH), path).decode()


def _messages(target: Target) -> list[str]:
    return [commit.message for commit in reversed(Repository.of(target).log(BRANCH))]


def test_every_move_becomes_one_commit_that_says_who_and_why(target: Target) -> None:
    proposal = make_proposal(target, status=Status.REJECTED)
    done = publish(target, LATER)
    assert (done.commits, done.pushed) == (2, True)
    first, second = _messages(target)
    assert first.startswith("Propose: Give web_search time to answer\n\nBy: EvalAgent (agent)\n")
    assert second.startswith(
        "Reject: Give web_search time to answer\n\nThe index is at fault.\n\n"
    )
    assert f"By: {proposal.reviewer} (person)" in second
    assert f"Proposal: {proposal.pk}" in second


def test_each_commit_holds_the_document_as_it_stood_then(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    repository = Repository.of(target)
    created, approved = proposal.transitions.all()
    then = parse(repository.read(created.commit, proposal.path).decode())
    now = parse(repository.read(approved.commit, proposal.path).decode())
    assert (then.status, then.review) == ("pending", "Not decided yet.")
    assert (now.status, now.log.count("\n")) == ("approved", 1)
    assert now.review.startswith(f'### Approved by "{proposal.reviewer}"')


def test_a_first_of_two_approvals_is_committed_once(target: Target) -> None:
    proposal = make_proposal(target, risk="high")
    anna, digest = make_user(name="anna"), proposal.document_digest
    publish(target, LATER)
    decision.approve(proposal, reviewer=anna, document_digest=digest, at=LATER)
    assert publish(target, LATER).commits == 1
    assert publish(target, LATER).commits == 0
    text = _on_branch(target, proposal.path)
    assert '### Approved by "anna"' in text
    assert parse(text).status == "pending"
    assert _messages(target)[-1].startswith("Review: Give web_search time to answer\n\nThe first")


def test_the_origin_receives_it_and_the_targets_own_branch_is_left_alone(target: Target) -> None:
    before = Repository.of(target).head("main")
    make_proposal(target)
    publish(target, LATER)
    listed = git(Path(target.origin), "show-ref", "--heads")
    assert BRANCH in listed
    assert git(Path(target.origin), "rev-parse", "main") == before


def test_a_second_pass_has_nothing_to_do(target: Target) -> None:
    make_proposal(target)
    publish(target, LATER)
    done = publish(target, LATER)
    assert (done.commits, done.reworded, done.restored, done.pushed) == (0, 0, 0, False)


def test_a_pass_that_died_before_it_remembered_adds_no_second_commit(target: Target) -> None:
    make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    last = Transition.objects.latest("version")
    Transition.objects.filter(pk=last.pk).update(commit="")
    publish(target, LATER)
    last.refresh_from_db()
    assert len(_messages(target)) == 2
    assert last.commit == Repository.of(target).head(BRANCH)


def test_a_pass_that_died_before_it_pushed_is_completed(target: Target) -> None:
    make_proposal(target)
    publish(target, LATER)
    git(Path(target.origin), "update-ref", "-d", REF)
    assert publish(target, LATER).pushed
    assert git(Path(target.origin), "rev-parse", BRANCH) == Repository.of(target).head(BRANCH)
    assert not publish(target, LATER).pushed


def test_words_edited_in_git_are_taken_over(target: Target) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    text = _on_branch(target, proposal.path)
    edited = text.replace("Low: a session may wait", "Low: one session in ten may wait")
    commit_to_origin(target, {proposal.path: edited}, branch=BRANCH)
    done = publish(target, LATER)
    assert (done.reworded, done.commits) == (1, 1)
    fresh = Proposal.objects.get()
    assert "one session in ten" in parse(fresh.document).risk
    assert fresh.document_digest != proposal.document_digest
    assert (fresh.version, fresh.status) == (1, Status.PENDING)
    assert fresh.report_id == proposal.report_id
    entry = Entry.objects.get(event="proposal.reworded")
    assert (entry.who, entry.facts["changed"]) == ("Ada", ["Risk"])
    assert _on_branch(target, proposal.path) == records.full_text(fresh)
    with pytest.raises(StaleDigest, match="read it: Risk") as refusal:
        decision.approve(
            fresh, reviewer=make_user(), document_digest=proposal.document_digest, at=LATER
        )
    assert refusal.value.changed == ("Risk",)


def test_an_edited_diff_loses_its_check(target: Target) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    value = parse(proposal.document).diff.split("+    timeout_ms: ")[1].split("\n")[0]
    text = _on_branch(target, proposal.path).replace(f"timeout_ms: {value}", "timeout_ms: 3100")
    commit_to_origin(target, {proposal.path: text}, branch=BRANCH)
    publish(target, LATER)
    fresh = Proposal.objects.get()
    assert "+    timeout_ms: 3100" in fresh.diff
    assert fresh.report is None
    assert Entry.objects.get(event="proposal.reworded").facts["changed"] == ["Diff"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("## Risk", "## Vibes", "unknown section"),
        ("timeout_ms: 400", "timeout_ms: 444", "does not apply|patch failed"),
    ],
)
def test_an_edit_that_is_no_proposal_is_put_back(
    target: Target, old: str, new: str, reason: str
) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    text = _on_branch(target, proposal.path)
    commit_to_origin(target, {proposal.path: text.replace(old, new)}, branch=BRANCH)
    assert publish(target, LATER).restored == 1
    assert _on_branch(target, proposal.path) == text
    entry = Entry.objects.get(event="proposal.refused")
    assert re.search(reason, entry.reason)
    assert Proposal.objects.get().document_digest == proposal.document_digest


def test_words_that_were_decided_on_stay(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    text = _on_branch(target, proposal.path)
    commit_to_origin(target, {proposal.path: text.replace("Low: a", "No: a")}, branch=BRANCH)
    assert publish(target, LATER).restored == 1
    assert _on_branch(target, proposal.path) == text


def test_a_removed_or_forged_file_is_written_back(target: Target) -> None:
    removed, forged = make_proposal(target), make_proposal(target)
    publish(target, LATER)
    before = {p.path: _on_branch(target, p.path) for p in (removed, forged)}
    lie = before[forged.path].replace("status: pending", "status: approved")
    commit_to_origin(target, {removed.path: None, forged.path: lie}, branch=BRANCH)
    publish(target, LATER)
    assert {path: _on_branch(target, path) for path in before} == before
    assert Proposal.objects.get(pk=forged.pk).status == Status.PENDING


def test_edits_and_moves_that_crossed_each_other_both_survive(target: Target) -> None:
    edited, moved = make_proposal(target), make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    text = _on_branch(target, edited.path).replace("Low: a", "Low, since a")
    commit_to_origin(target, {edited.path: text}, branch=BRANCH)
    lifecycle.advance(moved, Move.OPEN_PR, actor=Actor.system("delivery"), at=LATER)
    repository = Repository.of(target)
    mine = repository.commit_files(BRANCH, {"stray.md": b"x"}, "Never pushed", LATER)
    Transition.objects.filter(proposal=moved, version=1).update(commit=mine)
    publish(target, LATER)
    assert "Low, since a" in _on_branch(target, edited.path)
    assert "status: pr_open" in _on_branch(target, moved.path)
    assert not Transition.objects.filter(commit="").exists()
    assert repository.ref(REF) is not None


def test_the_index_lists_all_newest_first_with_statistics(target: Target) -> None:
    make_proposal(target, status=Status.REVERTED, title="Old | one", at=NOW - timedelta(days=2))
    newest = make_proposal(target, severity="critical", title="New one")
    publish(target, LATER)
    text = _on_branch(target, "index.md")
    assert text.index("New one") < text.index("Old \\| one")
    assert f"[`{str(newest.pk)[:8]}`]({newest.path})" in text
    assert "| Awaiting review | Critical |" in text
    assert "| still in effect of delivered | 0 of 1 |" in text
    assert "- **Reverted**: was merged and has been taken back" in text


def test_strange_reasons_and_names_survive_the_log(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    reason = 'Line one\n## Risk\n- "quoted" · entry \\ \u2028 end'
    actor = Actor("person", 'o"brien · x')
    lifecycle.advance(proposal, Move.FAIL, actor=actor, at=LATER, reason=reason)
    moved = Proposal.objects.get()
    move = records.read_log(parse(records.full_text(moved)))[-1]
    assert (move.reason, move.actor) == (reason, 'o"brien · x')
    assert isinstance(move.entry_uid, uuid.UUID)
