"""Does the evidence that a proposal cites exist, belong to it, and suffice?

Nobody's word is taken for it: neither the engine's nor what was counted before it was asked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from evaluation import cases as counting
from evaluation.cases import Case, Thresholds
from telemetry import evidence
from telemetry.models import Severity


def reason_against(
    patterns: Sequence[int],
    events: Sequence[str],
    *,
    cases: Sequence[Case],
    now: datetime,
    thresholds: Thresholds,
) -> str:
    """Say what is wrong with the cited patterns and events; nothing when they hold."""
    shown = {case.pattern.pk: case for case in cases}
    if not patterns:
        return "it cites no pattern"
    if strange := set(patterns) - set(shown):
        return f"it cites pattern {min(strange)}, which was not asked about"
    if not events:
        return "it cites no event"
    cited = {number: shown[number] for number in patterns}
    known = {uid for case in cited.values() for uid in case.event_uids}
    if set(events) - known:
        return "it cites an event that is no evidence of its patterns"
    return _no_longer(cited, set(events), now, thresholds) or _too_few(cited, events, thresholds)


def _no_longer(
    cited: Mapping[int, Case], events: set[str], now: datetime, thresholds: Thresholds
) -> str:
    """Count again what was cited: events may have been erased or moved to another pattern."""
    start = now - timedelta(hours=thresholds.window_hours)
    found: set[str] = set()
    for number, case in cited.items():
        rows = evidence.occurrences(case.pattern, start, now).filter(uid__in=events)
        found |= set(rows.values_list("uid", flat=True))
        recounted = counting.again(case, now, thresholds)
        if recounted is None:
            return f"pattern {number} has no failure in the window any more"
        enough, counted = counting.qualifies(recounted, thresholds)
        if not enough:
            return f"pattern {number} is too rare: {counted}"
    if missing := events - found:
        return f"it cites {len(missing)} events that are not kept for this target and window"
    return ""


def _too_few(cited: Mapping[int, Case], events: Sequence[str], thresholds: Thresholds) -> str:
    if any(case.pattern.severity == Severity.CRITICAL for case in cited.values()):
        return ""
    least = thresholds.minimum_occurrences
    if len(set(events)) < least:
        return f"it cites {len(set(events))} events; {least} are needed, or a critical pattern"
    return ""
