"""Do an evaluation's numbers add up, and is an unusable answer never taken for peace?"""

from pathlib import Path

import pytest
from django.test import Client

from evaluation import tasks
from evaluation.management.commands.evaluate import lines
from evaluation.models import Became, Consideration, Evaluation
from evaluation.self_eval import evaluate
from ports.llm.scripted import ScriptedModel
from proposals.models import RejectedInput
from targets.models import Target
from telemetry.models import EventType
from tests.evaluation.evidence_for_tests import fail, gateway, succeed
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def counts(evaluation: Evaluation) -> dict[str, int]:
    rows = Consideration.objects.filter(evaluation=evaluation).values_list("outcome", flat=True)
    found = list(rows)
    return {outcome: found.count(outcome) for outcome in Became.values}


def add_up(evaluation: Evaluation) -> None:
    """Hold the row's numbers against what was kept of each pattern."""
    found = counts(evaluation)
    assert sum(found.values()) == evaluation.patterns_seen
    assert evaluation.patterns_seen - found[Became.BELOW_THRESHOLD] == evaluation.qualified
    assert found[Became.DUPLICATE] == evaluation.duplicates
    proposals = Consideration.objects.filter(evaluation=evaluation, outcome=Became.PROPOSED)
    assert proposals.values("proposal").distinct().count() == evaluation.proposed


def fail_in_many_ways(target: Target) -> None:
    fail(target)
    fail(target, template="the same cause in other words")
    fail(target, component="mailer", code="429")
    fail(target, component="digest", kind=EventType.TASK_FAILURE, code="connection")
    fail(target, component="odd", code="odd")
    fail(target, component="two", sessions=["a", "b"])
    succeed(target, "two", 99)


def test_numbers_add_up_the_first_time_and_the_second(target: Target) -> None:
    fail_in_many_ways(target)
    first = evaluate(target, NOW, trigger="command")
    add_up(first)
    assert (first.patterns_seen, first.qualified, first.proposed) == (6, 5, 3)
    assert counts(first)[Became.PROPOSED] == 4  # two patterns share one proposal
    second = evaluate(target, NOW, trigger="command")
    add_up(second)
    assert (second.proposed, second.duplicates) == (0, 4)


ANSWERS = {
    "empty": "",
    "prose": "All is well.",
    "cut": "<proposal n=",
    "forged": '<proposal n="1">\n# X\n</proposal>\n<done/>',
    "no end": "I propose nothing.",
    "binary": "\x00\x01\ufffd<done/",
    "stray": "</proposal>\n<done/>",
    "huge": "x" * 1_000_001 + "\n<done/>",
}


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_numbers_add_up_whatever_a_model_says(target: Target, kind: str) -> None:
    fail_in_many_ways(target)
    evaluation = evaluate(target, NOW, trigger="command", model=ScriptedModel([ANSWERS[kind]]))
    add_up(evaluation)
    assert evaluation.malformed == RejectedInput.objects.count() == 1
    assert evaluation.verdict == "1 answer not usable"
    assert evaluation.tone == "warn"


def test_an_unusable_answer_is_told_on_the_page_and_in_the_terminal(
    target: Target, client: Client
) -> None:
    fail(target)
    answer = "</proposal>\n</proposal>\n<done/>"
    evaluation = evaluate(target, NOW, trigger="command", model=ScriptedModel([answer]))
    client.force_login(make_user("admin"))
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "2 answers of the engine could not be used, and are kept below" in page
    assert "That is a normal result" not in page
    assert "No finding" not in page
    assert lines(evaluation)[0].startswith("gateway: 2 answers not usable (")


def test_peace_is_still_called_no_finding(target: Target, client: Client) -> None:
    evaluation = evaluate(target, NOW, trigger="command", model=ScriptedModel([]))
    assert (evaluation.verdict, evaluation.tone) == ("No finding", "quiet")
    client.force_login(make_user("admin"))
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "That is a normal result" in page
    assert "could not be used" not in page


@pytest.mark.parametrize(
    ("proposed", "malformed", "verdict", "tone"),
    [
        (0, 0, "No finding", "quiet"),
        (2, 0, "2 proposed", "good"),
        (1, 2, "1 proposed, 2 answers not usable", "good"),
        (0, 3, "3 answers not usable", "warn"),
    ],
)
def test_the_verdict_tells_both_numbers(
    proposed: int, malformed: int, verdict: str, tone: str
) -> None:
    evaluation = Evaluation(ended_at=NOW, proposed=proposed, malformed=malformed)
    assert (evaluation.verdict, evaluation.tone) == (verdict, tone)


def test_the_tick_of_a_target_without_events_says_no_finding(target: Target) -> None:
    assert tasks.evaluate() == "gateway: No finding"
