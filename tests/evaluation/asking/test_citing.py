"""Is cited evidence counted again by code, whoever cites it?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evaluation.asking.citing import reason_against
from targets.models import Target
from telemetry.models import Event, Pattern, PatternAlias, Severity
from telemetry.rollups.rebuild import rebuild
from tests.evaluation.evidence_for_tests import Limits, cases, fail, gateway, succeed
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def against(target: Target, pattern: Pattern, *events: str, asked: Target | None = None) -> str:
    """Say what speaks against citing a pattern with these events, or with all of its own."""
    shown = cases(asked or target)
    uids = next((one.event_uids for one in shown if one.pattern == pattern), ())
    return reason_against([pattern.pk], events or uids, cases=shown, now=NOW, thresholds=Limits())


def uids(target: Target, pattern: Pattern) -> tuple[str, ...]:
    return next(one.event_uids for one in cases(target) if one.pattern == pattern)


def test_true_evidence_holds(target: Target) -> None:
    assert against(target, fail(target)) == ""


def test_three_events_are_enough_and_two_are_not(target: Target) -> None:
    pattern = fail(target)
    known = uids(target, pattern)
    assert against(target, pattern, *known[:3]) == ""
    assert against(target, pattern, *known[:2]).startswith("it cites 2 events; 3 are needed")


def test_naming_one_event_three_times_is_naming_one(target: Target) -> None:
    pattern = fail(target)
    assert "it cites 1 events" in against(target, pattern, *uids(target, pattern)[:1] * 3)


def test_one_event_of_a_critical_pattern_is_enough(target: Target) -> None:
    pattern = fail(target, sessions=["a"], severity=Severity.CRITICAL)
    assert against(target, pattern) == ""


def test_an_event_of_another_target_is_none(target: Target, tmp_path: Path) -> None:
    other = gateway(tmp_path / "second", slug="second")
    pattern = fail(target)
    foreign = uids(other, fail(other))
    assert "no evidence of its patterns" in against(target, pattern, *foreign)


def test_a_pattern_of_another_target_was_not_asked_about(target: Target, tmp_path: Path) -> None:
    other = gateway(tmp_path / "second", slug="second")
    fail(target)
    pattern = fail(other)
    told = reason_against(
        [pattern.pk], uids(other, pattern), cases=cases(target), now=NOW, thresholds=Limits()
    )
    assert "was not asked about" in told


def test_what_was_erased_since_is_no_evidence_any_more(target: Target) -> None:
    pattern = fail(target, sessions=["a", "b", "c", "d", "e"])
    shown = cases(target)
    Event.objects.filter(uid=shown[0].event_uids[0]).delete()
    rebuild(target)
    told = reason_against(
        [pattern.pk], shown[0].event_uids, cases=shown, now=NOW, thresholds=Limits()
    )
    assert told == "it cites 1 events that are not kept for this target and window"


def test_what_is_too_rare_by_now_is_refused_whatever_was_shown(target: Target) -> None:
    pattern = fail(target)
    succeed(target, "web_search", 99)
    shown = cases(target)
    Event.objects.filter(uid__in=shown[0].event_uids[2:]).delete()
    rebuild(target)
    told = reason_against(
        [pattern.pk], shown[0].event_uids[:2], cases=shown, now=NOW, thresholds=Limits()
    )
    assert told.startswith(f"pattern {pattern.pk} is too rare: 2 occurrences")


def test_what_left_the_window_meanwhile_is_refused(target: Target) -> None:
    pattern = fail(target)
    shown = cases(target)
    later = NOW + timedelta(hours=30)
    told = reason_against(
        [pattern.pk], shown[0].event_uids, cases=shown, now=later, thresholds=Limits()
    )
    assert told == f"pattern {pattern.pk} has no failure in the window any more"


def test_what_was_moved_to_another_pattern_is_no_evidence_of_this_one(target: Target) -> None:
    pattern, other = fail(target), fail(target, component="mailer")
    shown = cases(target)
    known = next(one for one in shown if one.pattern == pattern)
    PatternAlias.objects.filter(pattern=pattern).update(pattern=other)
    told = reason_against(
        [pattern.pk], known.event_uids, cases=shown, now=NOW, thresholds=Limits()
    )
    assert told == f"pattern {pattern.pk} has no failure in the window any more"


def test_a_count_that_was_only_claimed_is_counted_again(target: Target) -> None:
    pattern = fail(target, sessions=["a"])
    succeed(target, "web_search", 99)
    claimed = [replace(one, count=400, sessions=90) for one in cases(target)]
    told = reason_against(
        [pattern.pk], claimed[0].event_uids, cases=claimed, now=NOW, thresholds=Limits()
    )
    assert "is too rare: 1 occurrence in 1 session" in told
