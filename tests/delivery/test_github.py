"""Is a change on GitHub merged when people and checks there agree, and never else?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.log import Actor
from audit.models import Entry
from delivery import revert
from delivery.models import Outcome, Result
from proposals.models import Proposal, Status
from tests import factories
from tests.delivery.on_github import Stage, staged
from tests.ports.github import answers
from tests.ports.github.server import TOKEN, Trouble

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    with staged(tmp_path, settings, monkeypatch) as made:
        yield made


def test_the_pull_request_carries_the_proposal_the_rules_and_the_proof(stage: Stage) -> None:
    stage.drive()
    (pull,) = stage.hub.pulls.values()
    proposal = stage.scene.proposal
    assert pull.title == proposal.title
    assert pull.body.startswith(proposal.document)
    assert "## Which rules judged it" in pull.body
    for result in proposal.report.results.all() if proposal.report else []:
        assert f"**{result.gate}** — {result.question}" in pull.body
    assert "## Proof of the approval" in pull.body
    assert stage.delivery.pull_request_url == "https://github.test/acme/agents/pull/1"
    (shown,) = stage.hub.statuses[stage.delivery.branch_commit]
    assert (shown["context"], shown["state"]) == ("selfimprove/gates", "success")
    assert "gates let it pass" in shown["description"]


def test_no_commit_and_no_title_calls_anybody_or_closes_anything(stage: Stage) -> None:
    Proposal.objects.update(title="Fixes #7, says @ada", document="As @bob wrote: closes #8.")
    stage.delivery.proposal.refresh_from_db()
    stage.choose(reviews=0)
    stage.drive()
    (pull,) = stage.hub.pulls.values()
    messages = stage.scene.origin("log", "--format=%B", "main")
    assert "Fixes" in messages
    for text in (pull.title, pull.body, messages):
        assert not any(words in text for words in ("#7", "#8", "@ada", "@bob"))


def test_it_waits_for_a_review_and_merges_after_it(stage: Stage) -> None:
    assert stage.drive() == "Waits on GitHub, for 0 min so far: 0 of 1 approvals."
    assert stage.scene.timeout_on_main() == "400"
    stage.review("ada", "APPROVED", "Good.")
    stage.check("tests", "completed", "success")
    stage.drive()
    assert stage.scene.timeout_on_main() == "1200"
    commit = stage.delivery.merge_commit
    assert stage.hub.pulls[1].merge == commit
    merged = stage.delivery.runs.get(stage="merge")
    agreed = "On GitHub ada approved it. Green there: tests."
    assert merged.message == f"Merged as {commit[:12]}. {agreed}"
    assert "ada (approved): Good." in merged.output
    passed = Entry.objects.filter(event="delivery.stage_passed")
    assert any(agreed in entry.reason for entry in passed)
    assert stage.scene.branches() == ["main"]
    assert stage.scene.reloads() == ["1200"]


def test_what_is_said_on_github_is_shown_here(stage: Stage) -> None:
    stage.drive()
    stage.review("ada", "CHANGES_REQUESTED", "Too long?")
    stage.check("tests", "completed", "failure")
    at = "2026-03-02T10:30:00Z"
    comment = answers.line_comment("bob", "Why here?", "config/tools.yaml", 3, at)
    stage.hub.line_comments[1] = [comment]
    told = stage.drive()
    assert "ada asks for changes (“Too long?”)" in told
    assert "failed there: tests" in told
    output = stage.delivery.runs.filter(stage="merge").last()
    assert output is not None
    assert "failed: tests" in output.output
    assert "bob (said on config/tools.yaml:3): Why here?" in output.output
    assert "ada (changes asked): Too long?" in output.output


def test_a_yes_that_is_withdrawn_or_a_strangers_does_not_count(stage: Stage) -> None:
    stage.drive()
    stage.hub.strangers = {"mallory"}
    stage.review("mallory", "APPROVED")
    assert "0 of 1 approvals" in stage.drive()
    stage.review("ada", "APPROVED")
    stage.review("ada", "CHANGES_REQUESTED")
    assert "ada asks for changes; 0 of 1 approvals" in stage.drive()
    stage.review("ada", "DISMISSED")
    assert "0 of 1 approvals" in stage.drive()
    assert stage.scene.timeout_on_main() == "400"


@pytest.mark.parametrize(
    ("status", "conclusion", "words"),
    [
        ("completed", "failure", "failed there: tests"),
        ("completed", "success", ""),
        ("in_progress", None, "not done yet: tests"),
    ],
)
def test_checks_have_to_be_green(
    stage: Stage, status: str, conclusion: str | None, words: str
) -> None:
    stage.drive()
    stage.review("ada", "APPROVED")
    stage.check("tests", status, conclusion)
    told = stage.drive()
    assert (words in told) if words else stage.scene.timeout_on_main() == "1200"
    assert (stage.scene.timeout_on_main() == "400") is bool(words)


def test_a_check_that_has_to_be_there_is_waited_for(stage: Stage) -> None:
    stage.choose(checks=("tests", "lint"), reviews=0)
    assert "not done yet: lint, tests" in stage.drive()
    stage.check("tests", "completed", "success")
    assert "not done yet: lint." in stage.drive()


def test_without_reviews_it_is_merged_at_once(stage: Stage) -> None:
    stage.choose(reviews=0)
    stage.drive()
    assert stage.scene.timeout_on_main() == "1200"


def test_rules_of_the_branch_are_waited_for(stage: Stage) -> None:
    stage.choose(reviews=0)
    stage.hub.reviews_required = 1
    assert "GitHub's rules for main are not met yet" in stage.drive()
    stage.review("ada", "APPROVED")
    stage.drive()
    assert stage.scene.timeout_on_main() == "1200"


def test_it_nudges_and_gives_up_in_the_end(stage: Stage) -> None:
    stage.drive()
    assert stage.said() == []
    stage.drive(hours=8)
    stage.drive(minutes=5)
    assert len(stage.said()) == 1
    assert stage.said()[0].startswith(
        "This has waited for 8 h: 0 of 1 approvals. In 15 h it is closed."
    )
    stage.drive(hours=8)
    assert len(stage.said()) == 2
    stage.drive(hours=8)
    assert stage.delivery.outcome == Outcome.FAILED
    why = "Nobody let pull request 1 be merged within 24 hours: 0 of 1 approvals."
    assert stage.delivery.detail == why
    assert stage.hub.pulls[1].is_closed
    assert stage.said()[-1].startswith(f"Closed: {why}")
    assert stage.scene.branches() == ["main"]
    assert stage.scene.proposal.status == Status.FAILED


def test_somebody_who_pushes_to_the_branch_ends_it(stage: Stage) -> None:
    stage.drive()
    stage.review("ada", "APPROVED")
    name = stage.delivery.branch
    factories.commit_to_origin(stage.scene.target, {"evil.txt": "x"}, branch=name)
    stage.drive()
    assert stage.delivery.outcome == Outcome.FAILED
    assert "somebody pushed to it" in stage.delivery.detail
    assert stage.scene.timeout_on_main() == "400"
    assert stage.hub.pulls[1].is_closed


def test_a_pull_request_that_a_person_closed_ends_it(stage: Stage) -> None:
    stage.drive()
    stage.hub.pulls[1].is_closed = True
    stage.drive()
    assert stage.delivery.outcome == Outcome.FAILED
    assert stage.delivery.detail == "Pull request 1 was closed without being merged."


def test_a_merge_that_a_person_made_is_taken_as_it_is(stage: Stage) -> None:
    stage.drive()
    head = stage.hub.pulls[1].head
    merge = stage.hub.merge(1, {"sha": head, "merge_method": "squash"})
    stage.drive()
    assert stage.delivery.merge_commit == merge
    assert stage.scene.reloads() == ["1200"]


def test_a_base_that_moved_is_met_after_the_review_and_not_before(stage: Stage) -> None:
    stage.drive()
    head = stage.delivery.branch_commit
    factories.commit_to_origin(stage.scene.target, {"README.md": "# Read\n"})
    stage.drive()
    assert stage.delivery.branch_commit == head  # reviewers are not asked anew for that
    stage.review("ada", "APPROVED")
    stage.drive()
    assert stage.delivery.branch_commit != head
    assert stage.scene.timeout_on_main() == "1200"
    assert stage.scene.origin("show", "main:README.md") == "# Read"
    assert list(stage.hub.pulls) == [1]


@pytest.mark.parametrize("method", ["merge", "rebase", "squash"])
def test_what_was_merged_in_any_way_can_be_taken_back(stage: Stage, method: str) -> None:
    stage.choose(reviews=0, merge_method=method)
    stage.drive()
    assert stage.scene.timeout_on_main() == "1200"
    revert.request(
        stage.delivery, actor=Actor("person", "ada"), reason="Slow", at=stage.scene.clock()
    )
    stage.drive()
    assert stage.delivery.outcome == Outcome.REVERTED
    assert stage.scene.timeout_on_main() == "400"


def test_a_limit_of_github_is_no_error_of_ours(stage: Stage) -> None:
    stage.drive()
    limit = Trouble("status", status=429, headers={"Retry-After": "1800"})
    stage.server.troubles.append(limit)
    told = stage.drive()
    assert "GitHub limits how often it is asked: 1800 s" in told
    assert stage.delivery.errors_in_row == 0
    assert (stage.delivery.next_step_at - stage.scene.clock()).total_seconds() > 1700


def test_a_merge_that_nobody_heard_of_is_found_by_the_next_step(stage: Stage) -> None:
    stage.drive()
    stage.review("ada", "APPROVED")
    stage.server.troubles.extend(
        [
            Trouble("reset", "PUT", after=True),
            Trouble("status", "GET", "/pulls/1", behind="PUT", status=403),
        ]
    )
    assert "Error on our side" in stage.drive()
    assert stage.scene.timeout_on_main() == "1200"
    stage.drive()
    assert stage.delivery.merge_commit == stage.hub.pulls[1].merge
    assert stage.server.count("PUT") == 1
    assert stage.scene.reloads() == ["1200"]


def test_without_a_token_it_says_so_and_changes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    told = stage.drive()
    assert "neither GITHUB_TOKEN nor GITHUB_APP_ID is set" in told
    assert stage.scene.branches() == ["main"]
    last = stage.delivery.runs.last()
    assert last is not None
    assert last.result == Result.ERRORED


def test_the_token_stands_nowhere_in_what_is_kept(stage: Stage) -> None:
    echo = {"message": f"token {TOKEN} is odd"}
    stage.server.troubles.extend([Trouble("status", "POST", status=403, content=echo)] * 2)
    stage.drive()
    stage.drive()
    kept = [run.message + run.output for run in stage.delivery.runs.all()]
    kept += [entry.body for entry in Entry.objects.all()]
    assert "is odd" in "".join(kept)
    assert TOKEN not in "".join(kept)
