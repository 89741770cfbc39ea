"""Is each ended delivery judged once, by counts, and again when it is taken back?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from audit.models import Entry
from delivery.models import Delivery, Outcome, Watch
from evaluation.lessons import Counted, compare, learn
from evaluation.models import Lesson
from proposals.models import Proposal
from telemetry.models import Pattern
from tests.evaluation.evidence_for_tests import fail, gateway, succeed
from tests.factories import NOW, make_proposal, tools_diff
from tests.tied import born, place

HOUR = timedelta(hours=1)
DEPLOYED = NOW - HOUR


@pytest.fixture
def pattern(tmp_path: Path, db: None) -> Pattern:
    """Make a pattern that failed forty times in the hour before the deployment."""
    target = gateway(tmp_path)
    pattern = fail(target, sessions=[f"s-{n}" for n in range(40)], at=DEPLOYED)
    succeed(target, pattern.component, 60, at=DEPLOYED)
    return pattern


@pytest.fixture
def proposal(pattern: Pattern) -> Proposal:
    diff = tools_diff(900).replace("retries: 0", "retries: 0\n     backoff_ms: 0")
    return make_proposal(
        pattern.target,
        front=f"patterns: [{pattern.pk}]\nplaybook: tool-timeout\n",
        diff=diff.replace("-1,4 +1,4", "-1,5 +1,5"),
        at=DEPLOYED - HOUR,
    )


def ended(
    proposal: Proposal, outcome: Outcome, *, deployed_at: datetime | None = DEPLOYED, **fields: str
) -> Delivery:
    row = Delivery(
        proposal=proposal,
        target=proposal.target,
        stage="watch",
        outcome=outcome,
        started_at=DEPLOYED - HOUR,
        deployed_at=deployed_at,
        ended_at=NOW,
        deadline_at=NOW,
        next_step_at=NOW,
        **fields,
    )
    return born(row)


def after(pattern: Pattern, *, failures: int, successes: int) -> None:
    """Make calls in the hour after the deployment."""
    if failures:
        fail(pattern.target, sessions=["x"] * failures)
        new = Pattern.objects.exclude(pk=pattern.pk).get()
        new.aliases.update(pattern=pattern)
    succeed(pattern.target, pattern.component, successes)


def test_fewer_failures_than_chance_explains_is_effective(
    pattern: Pattern, proposal: Proposal
) -> None:
    after(pattern, failures=1, successes=99)
    ended(proposal, Outcome.SUCCEEDED)
    (lesson,) = learn(NOW)
    assert (lesson.verdict, lesson.playbook) == (Lesson.Verdict.EFFECTIVE, "tool-timeout")
    assert (lesson.failures, lesson.calls) == (1, 100)
    assert lesson.detail == "failures before 40 of 100 (31–50 %), after 1 of 100 (0–5 %)"


def test_a_difference_within_chance_is_unclear(pattern: Pattern, proposal: Proposal) -> None:
    after(pattern, failures=30, successes=70)
    ended(proposal, Outcome.SUCCEEDED)
    (lesson,) = learn(NOW)
    assert lesson.verdict == Lesson.Verdict.UNCLEAR
    assert lesson.detail.startswith("the intervals overlap")


def test_no_calls_afterwards_is_too_little_data(pattern: Pattern, proposal: Proposal) -> None:
    ended(proposal, Outcome.SUCCEEDED)
    (lesson,) = learn(NOW)
    assert lesson.verdict == Lesson.Verdict.UNCLEAR
    assert lesson.detail.startswith("too little data")


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ABORTED, Outcome.TIMED_OUT])
def test_what_was_never_deployed_teaches_that_it_was_aborted(
    proposal: Proposal, outcome: Outcome
) -> None:
    ended(proposal, outcome, deployed_at=None, detail="the tests fail")
    (lesson,) = learn(NOW)
    assert lesson.verdict == Lesson.Verdict.ABORTED
    assert lesson.detail.endswith("before it was deployed: the tests fail")


def test_a_change_that_the_watch_took_back_is_ineffective(proposal: Proposal) -> None:
    delivery = ended(proposal, Outcome.REVERTED)
    Watch.objects.create(
        delivery=delivery, started_at=DEPLOYED, verdict="revert", reason="failures rose"
    )
    (lesson,) = learn(NOW)
    assert lesson.verdict == Lesson.Verdict.INEFFECTIVE
    assert lesson.detail == "taken back: failures rose"


def test_a_change_that_a_person_took_back_is_unclear(proposal: Proposal) -> None:
    ended(proposal, Outcome.REVERTED, revert_actor="ada", revert_reason="not wanted")
    (lesson,) = learn(NOW)
    assert lesson.verdict == Lesson.Verdict.UNCLEAR
    assert lesson.detail == "taken back: not wanted"


def test_a_delivery_teaches_once(proposal: Proposal) -> None:
    ended(proposal, Outcome.SUCCEEDED)
    assert len(learn(NOW)) == 1
    assert learn(NOW + HOUR) == []
    assert Entry.objects.filter(event="lesson.learned").count() == 1


def test_a_later_revert_corrects_the_lesson(proposal: Proposal) -> None:
    delivery = ended(proposal, Outcome.SUCCEEDED)
    learn(NOW)
    place(
        delivery,
        outcome=Outcome.REVERTED,
        ended_at=NOW + HOUR,
        revert_reason="a person said so",
    )
    learn(NOW + 2 * HOUR)
    assert Lesson.objects.get().detail == "taken back: a person said so"


def test_a_delivery_that_runs_teaches_nothing_yet(proposal: Proposal) -> None:
    delivery = ended(proposal, Outcome.SUCCEEDED)
    place(delivery, outcome="", ended_at=None)
    assert learn(NOW) == []


@pytest.mark.parametrize(
    ("before", "after_counts", "verdict"),
    [
        (Counted(40, 100), Counted(1, 100), Lesson.Verdict.EFFECTIVE),
        (Counted(1, 100), Counted(40, 100), Lesson.Verdict.INEFFECTIVE),
        (Counted(3, 10), Counted(2, 10), Lesson.Verdict.UNCLEAR),
        (Counted(3, 0), Counted(2, 10), Lesson.Verdict.UNCLEAR),
        (Counted(12, 10), Counted(0, 100), Lesson.Verdict.EFFECTIVE),
    ],
)
def test_verdicts_follow_the_intervals(
    before: Counted, after_counts: Counted, verdict: Lesson.Verdict
) -> None:
    assert compare(before, after_counts)[0] == verdict


def proven(pattern: Pattern, proposal: Proposal, proof: str, at: datetime) -> None:
    """Let the pattern say what became of its remedy."""
    Pattern.objects.filter(pk=pattern.pk).update(
        remedy=f"proposal:{proposal.pk}",
        proof=proof,
        proof_words="failed in 40 of 100 calls before, and in 41 of 100 calls since",
        proven_at=at,
    )


@pytest.mark.parametrize("proof", ["effective", "ineffective", "unclear"])
def test_what_its_pattern_did_since_is_learned_again(
    pattern: Pattern, proposal: Proposal, proof: str
) -> None:
    after(pattern, failures=1, successes=99)
    ended(proposal, Outcome.SUCCEEDED)
    learn(NOW)
    proven(pattern, proposal, proof, NOW + HOUR)
    (lesson,) = learn(NOW + 2 * HOUR)
    assert lesson.verdict == proof.upper()
    assert lesson.detail == (
        f"pattern {pattern.pk} failed in 40 of 100 calls before, and in 41 of 100 calls since"
    )
    assert learn(NOW + 3 * HOUR) == []


def test_what_was_taken_back_stays_so_whatever_its_pattern_does(
    pattern: Pattern, proposal: Proposal
) -> None:
    ended(proposal, Outcome.REVERTED)
    learn(NOW)
    proven(pattern, proposal, "effective", NOW + HOUR)
    (lesson,) = learn(NOW + 2 * HOUR)
    assert lesson.verdict == Lesson.Verdict.UNCLEAR
