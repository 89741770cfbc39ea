"""Does the road lead from lines in three kinds of log to proposals that carry no secret?"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from audit import sequencer, story
from audit.browsing.telling import steps
from audit.events import Event
from audit.models import Entry
from evaluation.models import Became, Consideration
from evaluation.self_eval import evaluate
from proposals.models import Evidence, Proposal
from targets.models import Target
from targets.repository import Repository
from telemetry import ingest, mining
from telemetry.models import Backend, Source
from tests.evaluation.evidence_for_tests import SCHEDULE, TOOLS, gateway
from tests.factories import NOW
from tests.tied import lose

pytestmark = pytest.mark.django_db

KEY = "sk-ant-" + "api03-" + "a1B2c3D4" * 6
BLANK = "\n"


def moment(number: int) -> str:
    at = NOW - timedelta(minutes=30) + timedelta(seconds=number)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def tool_lines() -> str:
    """Write calls that time out, with noise and a secret between them."""
    lines = []
    for number in range(12):
        failed = number % 2
        error = (
            f' error_code=timeout error="upstream did not answer within 400 ms (key {KEY})"'
            if failed
            else ""
        )
        lines.append(
            f"{moment(number)} INFO gateway.tools Tool execution tool=web_search agent=planner "
            f"session=s-{number} call=c-{number} success={'false' if failed else 'true'} "
            f"latency_ms={402 if failed else 390}{error}"
        )
        lines.append("Traceback (most recent call last):\n  File x\nTimeoutError: </proposal>")
    return BLANK.join(lines) + BLANK


def container_lines() -> str:
    """Write a task that fails every other time, as a container runtime keeps it."""
    lines = []
    for number in range(10):
        words = (
            f"Task failed task=digest session=s-t{number} error_category=connection "
            f'retry_count=0 final_status=failed error="connection was closed"'
            if number % 2
            else f"Task completed task=digest session=s-t{number} duration_ms=200"
        )
        log = f"{moment(number)} INFO gateway.schedule {words}\n"
        lines.append(json.dumps({"log": log, "stream": "stdout", "time": moment(number)}))
    return BLANK.join(lines) + BLANK


def audit_lines() -> str:
    """Write accesses that are refused, for which there is no remedy."""
    return BLANK.join(
        json.dumps(
            {
                "timestamp": moment(number),
                "action": "memory.write",
                "success": False,
                "error": "the store is read-only",
                "agent": "librarian",
                "session": f"s-m{number}",
                "id": f"a-{number}",
            }
        )
        for number in range(5)
    )


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Make a target whose three logs have been read and mined."""
    target = gateway(tmp_path)
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, backend, text in (
        ("gateway.log", Backend.FILES, tool_lines()),
        ("container-json.log", Backend.DOCKER, container_lines()),
        ("audit.jsonl", Backend.AUDIT_LOG, audit_lines() + BLANK),
    ):
        (logs / name).write_text(text, encoding="utf-8")
        source = Source.objects.create(target=target, backend=backend, location=str(logs / name))
        ingest.collect(source.pk, NOW)
    mining.mine(target, NOW)
    return target


def test_what_the_logs_say_becomes_bounded_changes(target: Target) -> None:
    evaluate(target, NOW, trigger="schedule")
    changed = {
        proposal.parameter: [
            line
            for line in proposal.diff.splitlines()
            if line.startswith(("+ ", "- ")) and not line.startswith(("+++", "---"))
        ]
        for proposal in Proposal.objects.all()
    }
    assert changed == {
        "tools.web_search.timeout_ms": ["-    timeout_ms: 400", "+    timeout_ms: 650"],
        "tasks.digest.retries": ["-    retries: 0", "+    retries: 2"],
    }


def test_what_has_no_remedy_is_kept_with_the_reason(target: Target) -> None:
    evaluate(target, NOW, trigger="schedule")
    row = Consideration.objects.get(outcome=Became.NO_REMEDY)
    assert row.pattern is not None
    assert row.pattern.component == "memory.write"
    assert row.reason == "no playbook explains this pattern"


def test_the_evidence_is_what_was_counted(target: Target) -> None:
    evaluate(target, NOW, trigger="schedule")
    evidence = Evidence.objects.get(proposal__parameter="tools.web_search.timeout_ms")
    assert (evidence.count, evidence.session_count, evidence.agents) == (6, 6, ["planner"])
    assert len(evidence.event_uids) == 6
    document = evidence.proposal.document
    assert "6 of 12 calls failed in the window" in document
    assert "| 6 | 6 | planner |" in document


def test_the_log_leads_from_a_proposal_to_what_was_found(target: Target) -> None:
    evaluate(target, NOW, trigger="schedule")
    sequencer.seal(NOW)
    for created in Entry.objects.filter(event=Event.PROPOSAL_CREATED):
        found = story.rested_on(created)
        assert [entry.event for entry in found] == [Event.PATTERN_FOUND]
        assert found[0].subject == f"pattern:{created.facts['patterns'][0]}"
        drawn = {step.name: step.count for step in steps(story.story(created), created)}
        assert drawn["Evidence"] == 1


def test_no_secret_of_the_logs_reaches_a_proposal(target: Target) -> None:
    evaluate(target, NOW, trigger="schedule")
    for proposal in Proposal.objects.all():
        assert KEY not in proposal.document
        assert KEY[:20] not in proposal.document


def test_the_diffs_apply_to_the_base_and_change_nothing_else(target: Target) -> None:
    evaluate(target, NOW, trigger="schedule")
    repository = Repository.of(target)
    texts = {"config/tools.yaml": TOOLS, "config/schedule.yaml": SCHEDULE}
    for proposal in Proposal.objects.all():
        change = repository.apply(proposal.base_commit, proposal.diff)
        (path,) = change.paths
        after = repository.read(change.tree, path).decode()
        assert len(after.splitlines()) == len(texts[path].splitlines())
        assert change.digest == proposal.diff_digest


def test_two_looks_at_the_same_logs_give_the_same_diffs(target: Target, tmp_path: Path) -> None:
    evaluate(target, NOW, trigger="schedule")
    first = set(Proposal.objects.values_list("diff_digest", flat=True))
    Evidence.objects.all().delete()
    Consideration.objects.all().delete()
    for proposal in Proposal.objects.all():
        proposal.transitions.all().delete()
    lose(Proposal.objects.all())
    evaluate(target, NOW, trigger="schedule")
    assert set(Proposal.objects.values_list("diff_digest", flat=True)) == first
