"""Does code decide what happened often enough, and what was answered already?"""

from datetime import timedelta
from pathlib import Path

import pytest

from evaluation.cases import bars, qualifies, taken_parameters
from proposals.models import Status
from targets.models import Target
from telemetry.models import Event, Pattern, Severity
from telemetry.rollups.rebuild import rebuild
from tests.evaluation.evidence_for_tests import Limits, cases, fail, gateway, succeed
from tests.factories import NOW, make_proposal, tools_diff

pytestmark = pytest.mark.django_db

ENDED = [Status.IMPLEMENTED, Status.REVERTED, Status.FAILED, Status.SUPERSEDED]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def verdict(target: Target) -> tuple[bool, str]:
    (case,) = cases(target)
    return qualifies(case, Limits())


def answered(target: Target, pattern: Pattern, status: Status) -> None:
    make_proposal(
        target,
        status=status,
        front=f"patterns: [{pattern.pk}]\nparameter: tools.web_search.timeout_ms\n",
        diff=tools_diff(1200)
        .replace("retries: 0", "retries: 0\n     backoff_ms: 0")
        .replace("-1,4 +1,4", "-1,5 +1,5"),
        at=NOW - timedelta(hours=2),
    )


def test_three_sessions_are_enough(target: Target) -> None:
    fail(target, sessions=["a", "b", "c"])
    assert verdict(target) == (True, "3 occurrences in 3 sessions")


def test_two_sessions_are_not_enough(target: Target) -> None:
    fail(target, sessions=["a", "b"])
    assert verdict(target) == (False, "2 occurrences in 2 sessions in 24 h; 3 sessions are needed")


def test_repeats_within_a_session_count_once(target: Target) -> None:
    fail(target, sessions=["a"] * 9)
    succeed(target, "web_search", 90)
    enough, reason = verdict(target)
    assert not enough
    assert reason.startswith("9 occurrences in 1 session")


def test_a_critical_pattern_qualifies_at_once(target: Target) -> None:
    fail(target, sessions=["a"], severity=Severity.CRITICAL)
    succeed(target, "web_search", 90)
    assert verdict(target)[0]


def test_failures_of_several_agents_are_systemic(target: Target) -> None:
    fail(target, sessions=["a"] * 3, agents=["planner", "researcher"])
    succeed(target, "web_search", 90)
    enough, reason = verdict(target)
    assert enough
    assert reason.startswith("systemic: 2 agents are affected")


def test_a_component_that_mostly_fails_is_systemic(target: Target) -> None:
    fail(target, sessions=["a"] * 3)
    succeed(target, "web_search", 3)
    enough, reason = verdict(target)
    assert enough
    assert reason.startswith("systemic: 3 of 6 calls failed")


def test_only_the_window_counts(target: Target) -> None:
    pattern = fail(target, at=NOW - timedelta(hours=25))
    Pattern.objects.filter(pk=pattern.pk).update(last_seen=NOW)
    assert cases(target) == []
    Event.objects.filter(component="web_search").update(timestamp=NOW - timedelta(hours=23))
    rebuild(target)
    assert len(cases(target)) == 1


def test_another_targets_failures_do_not_count(target: Target, tmp_path: Path) -> None:
    fail(gateway(tmp_path, slug="other"))
    assert cases(target) == []


def test_the_gravest_pattern_comes_first(target: Target) -> None:
    often = fail(target, sessions=["a", "b", "c", "d"], component="mailer")
    grave = fail(target, sessions=["a"], severity=Severity.CRITICAL)
    assert [case.pattern for case in cases(target)] == [grave, often]


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED, Status.PR_OPEN])
def test_an_open_proposal_bars_its_pattern_and_setting(target: Target, status: Status) -> None:
    pattern = fail(target)
    answered(target, pattern, status)
    bar = bars(target, NOW + timedelta(days=400), Limits())[pattern.pk]
    assert bar.reason == "the open proposal “Give web_search time to answer” answers it"
    assert "tools.web_search.timeout_ms" in taken_parameters(target, NOW, Limits())


def test_a_rejected_proposal_bars_for_good_with_its_reason(target: Target) -> None:
    pattern = fail(target)
    answered(target, pattern, Status.REJECTED)
    bar = bars(target, NOW + timedelta(days=400), Limits())[pattern.pk]
    assert bar.reason.endswith("was rejected: The index is at fault.")


@pytest.mark.parametrize("status", ENDED)
def test_an_ended_proposal_bars_until_the_backoff_is_over(target: Target, status: Status) -> None:
    pattern = fail(target)
    answered(target, pattern, status)
    assert "less than 24 h ago" in bars(target, NOW, Limits())[pattern.pk].reason
    assert bars(target, NOW + timedelta(days=2), Limits()) == {}
    assert taken_parameters(target, NOW + timedelta(days=2), Limits()) == {}


def test_a_pattern_without_a_proposal_is_free(target: Target) -> None:
    fail(target)
    assert bars(target, NOW, Limits()) == {}
