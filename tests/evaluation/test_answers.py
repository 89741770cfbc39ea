"""Does an engine's answer become proposals only where it speaks of what it was shown?"""

from dataclasses import replace
from pathlib import Path

import pytest

from audit.models import Entry
from evaluation.answers import EngineAnswer, Question, Taken, take_in
from evaluation.rules.embedded import answer
from proposals.models import Evidence, Proposal, RejectedInput, Status
from targets.models import Target
from telemetry.models import Pattern
from tests.evaluation.evidence_for_tests import fail, gateway, question

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


@pytest.fixture
def asked(target: Target) -> tuple[Question, EngineAnswer, Pattern]:
    """Ask about one pattern, and let the rules answer."""
    pattern = fail(target)
    given = question(target)
    return given, answer(given), pattern


Asked = tuple[Question, EngineAnswer, Pattern]


def taken(asked: Asked, *, engine: str = "embedded", old: str = "", new: str = "") -> Taken:
    """Take in the answer with some of its words changed."""
    given, said, _ = asked
    assert old in said.text
    text = said.text.replace(old, new) if old else said.text
    return take_in(given, replace(said, text=text, engine=engine))


def test_a_good_answer_becomes_a_pending_proposal_with_its_evidence(asked: Asked) -> None:
    pattern = asked[2]
    result = taken(asked)
    proposal = Proposal.objects.get()
    assert result.proposed == {pattern.pk: proposal}
    assert proposal.status == Status.PENDING
    assert (proposal.engine, proposal.author) == ("embedded", "EvalAgent")
    assert proposal.playbook == "tool-timeout"
    assert proposal.parameter == "tools.web_search.timeout_ms"
    evidence = Evidence.objects.get(proposal=proposal)
    assert (evidence.pattern, len(evidence.event_uids)) == (pattern, 4)


def test_the_same_answer_twice_is_a_duplicate(asked: Asked) -> None:
    taken(asked)
    again = taken(asked)
    assert Proposal.objects.count() == 1
    assert again.duplicates[asked[2].pk].proposal == Proposal.objects.get()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("patterns: [", "patterns: [999, ", "it cites pattern 999, which was not asked about"),
        ("events: [", "events: [invented, ", "it cites an event that is no evidence"),
        ("kind: bugfix", "kind: feature", "`kind` is `feature`"),
        ("-    timeout_ms: 400", "-    timeout_ms: 401", "patch does not apply"),
        ("abc-1", "xyz-1", "carry the number"),
        ("<done/>", "", "it may be cut"),
        ("## Root cause", "## Cause", "Root cause"),
        ("status: pending", "status: approved", "pending"),
    ],
)
def test_what_cannot_be_used_is_kept_with_its_reason_and_logged(
    asked: Asked, old: str, new: str, reason: str
) -> None:
    result = taken(asked, old=old, new=new)
    kept = RejectedInput.objects.get()
    assert reason in kept.reason
    assert (result.malformed, result.proposed) == (1, {})
    assert not Proposal.objects.exists()
    assert Entry.objects.filter(event="proposal.refused").count() == 1


@pytest.mark.parametrize("key", ["patterns", "events"])
def test_a_proposal_that_cites_nothing_is_refused(asked: Asked, key: str) -> None:
    line = next(line for line in asked[1].text.splitlines() if line.startswith(f"{key}: "))
    taken(asked, old=line, new=f"{key}: []")
    assert RejectedInput.objects.get().reason.startswith("it cites no ")


def test_another_base_than_the_one_given_is_refused(asked: Asked) -> None:
    taken(asked, old=asked[0].commit, new="f" * 40)
    assert "another commit" in RejectedInput.objects.get().reason


def test_only_the_rules_may_name_a_playbook(asked: Asked) -> None:
    taken(asked, engine="scripted")
    assert "only the rule engine" in RejectedInput.objects.get().reason


def test_an_answer_that_was_cut_is_not_acted_on(asked: Asked) -> None:
    given, said, _ = asked
    result = take_in(given, replace(said, complete=False, stop_reason="max_tokens"))
    assert not Proposal.objects.exists()
    assert result.malformed == 1
    assert "stop reason max_tokens" in result.silence


def test_a_secret_in_an_unusable_answer_is_not_kept(asked: Asked) -> None:
    secret = "sk-ant-" + "api03-" + "a1B2c3D4" * 6
    taken(asked, old="kind: bugfix", new=f"kind: {secret}")
    kept = RejectedInput.objects.get()
    assert secret not in kept.text + kept.reason


def test_an_event_of_another_pattern_is_no_evidence(target: Target) -> None:
    fail(target)
    other = fail(target, component="mailer", code="429")
    given = question(target)
    foreign = next(case for case in given.cases if case.pattern == other).event_uids[0]
    said = answer(given)
    text = said.text.replace("events: [", f"events: [{foreign}, ", 1)
    result = take_in(given, replace(said, text=text))
    assert (result.malformed, len(result.proposed)) == (1, 1)
