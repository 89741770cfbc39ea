"""What changed lately, what is wrong now, what can be taken back, and who was told?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from audit.events import Event
from audit.log import moment
from audit.models import TOLD, Entry
from delivery import revert
from delivery.models import Delivery, Outcome, Plan
from notifications import showing as hearing
from notifications.models import Occurrence
from selfimprove.console.attention import FIRST, TROUBLE, Attention, attention
from selfimprove.console.recent import Line, told
from selfimprove.console.state import LoopState, loop_state
from targets.models import Target
from telemetry.models import Pattern
from telemetry.patterns.vocabulary import State

HOURS = (1, 6, 24, 72)
USUAL_HOURS = 24
SHOWN = 50  # rows of one list; the log has the rest
MOST_TO_TAKE_BACK = 20
EXPORTED = 1_000

# What makes a system behave in another way than before, whoever did it.
CHANGES = (
    *(Event.DELIVERY_DEPLOYED, Event.DELIVERY_REVERTED, Event.DELIVERY_REVERT_REQUESTED),
    *(
        Event.DELIVERY_WINDOW_PASSED,
        Event.DELIVERY_RETRIED,
        Event.PROPOSAL_APPROVED,
        Event.LOOP_PAUSED,
        Event.LOOP_RESUMED,
    ),
    *(Event.TARGET_ADDED, Event.TARGET_CHANGED, Event.TARGET_DIVERGENCE_ACCEPTED),
    *(Event.SOURCE_ADDED, Event.SOURCE_CHANGED, Event.SOURCE_PAUSED, Event.SOURCE_RESUMED),
    *(Event.SOURCE_REMOVED, Event.KEEPING_CHANGED, Event.BUDGET_CHANGED, Event.SETTINGS_CHANGED),
    *(Event.TOKEN_CREATED, Event.TOKEN_ROTATED, Event.TOKEN_REVOKED, Event.AGENTS_PROVISIONED),
    *(Event.FINDING_WAIVED, Event.FINDING_WAIVER_WITHDRAWN, Event.LESSON_LEARNED),
    *(Event.BENCHMARK_DEFINED, Event.BENCHMARK_REMOVED, Event.EVENTS_IMPORTED),
    *(Event.WRITER_ENROLLED, Event.WRITER_REVOKED, Event.LOG_KEY_ROTATED, Event.LOG_KEY_RETIRED),
    *(Event.LOG_SUCCEEDED, Event.LOG_STATE_ADOPTED, Event.GENERATIONS_RESET),
    *(Event.RECORD_ADDED, Event.RECORD_CHANGED, Event.RECORD_REMOVED),
)
ALARMS = (
    *(Event.DELIVERY_ALARMED, Event.DELIVERY_TIMED_OUT, Event.RUN_FAILED, Event.BUDGET_ALERTED),
    *(Event.LOG_PUBLISH_FAILED, Event.LOG_ANCHOR_CONFLICT, Event.LOG_UNGUARDED),
    *(Event.PATTERN_RECURRED, Event.PROPOSALS_PUBLISH_FAILED, Event.BRANCH_REMOVE_FAILED),
)


@dataclass(frozen=True)
class Asked:
    """Say of which hours, and of which target or of all."""

    hours: int = USUAL_HOURS
    target: Target | None = None


@dataclass(frozen=True)
class Incident:
    """Hold all that the page and the command tell."""

    asked: Asked
    at: datetime
    loop: LoopState
    changes: list[Line]
    more_changes: bool
    wrong: list[Attention]
    can_take_back: list[Delivery]
    alarms: list[Line]
    heard: list[hearing.Line]


def gather(
    asked: Asked, now: datetime, may: Callable[[str], bool], *, most: int = SHOWN
) -> Incident:
    """Gather it, from the log and from what stands now."""
    changes = list(_entries(CHANGES, asked, now)[: most + 1])
    return Incident(
        asked=asked,
        at=now,
        loop=loop_state(now),
        changes=told(changes[:most]),
        more_changes=len(changes) > most,
        wrong=[*_wrong(now, may), *_spikes(asked)],
        can_take_back=list(_standing(asked, now)),
        alarms=told(list(_entries(ALARMS, asked, now)[:most])),
        heard=hearing.lines(_noted(asked, now)[:most]),
    )


def plain(found: Incident) -> dict[str, Any]:
    """Return it for a program."""
    return {
        "at": found.at.isoformat(),
        "hours": found.asked.hours,
        "target": found.asked.target.slug if found.asked.target else None,
        "loop": {"state": found.loop.words, "why": found.loop.why},
        "changes": [_plain_line(line) for line in found.changes],
        "more_changes": found.more_changes,
        "wrong": [
            {"what": row.title, "why": row.why, "kind": row.badge, "address": row.url}
            for row in found.wrong
        ],
        "can_take_back": [
            {
                "delivery": one.pk,
                "title": one.proposal.title,
                "target": one.target.slug,
                "commit": one.merge_commit,
                "deployed_at": one.deployed_at.isoformat() if one.deployed_at else None,
            }
            for one in found.can_take_back
        ],
        "alarms": [_plain_line(line) for line in found.alarms],
        "who_was_told": [_plain_heard(line) for line in found.heard],
    }


def _plain_line(line: Line) -> dict[str, str]:
    return {
        "at": line.at.isoformat(),
        "what": line.words,
        "who": line.actor,
        "reason": line.reason,
        "entry": line.url,
    }


def _plain_heard(line: hearing.Line) -> dict[str, Any]:
    return {
        "at": line.item.at.isoformat(),
        "what": line.item.headline,
        "severity": line.item.severity,
        "subject": line.item.subject,
        "told": [
            {"channel": one.channel, "state": one.words, "at": one.at and one.at.isoformat()}
            for one in line.told
        ],
    }


def _noted(asked: Asked, now: datetime) -> QuerySet[Occurrence]:
    """Select what people hear of; what only waits for a review is no incident."""
    since = now - timedelta(hours=asked.hours)
    rows = hearing.since(since, target=asked.target.slug if asked.target else "")
    return rows.exclude(kind="proposal_waits")


def _entries(events: tuple[Event, ...], asked: Asked, now: datetime) -> QuerySet[Entry]:
    since = moment(now - timedelta(hours=asked.hours))
    found = Entry.objects.filter(event__in=events, at_text__gte=since)
    if asked.target:
        found = found.filter(target=asked.target.slug)
    return found.prefetch_related(*TOLD).order_by("-id")


def _wrong(now: datetime, may: Callable[[str], bool]) -> Iterator[Attention]:
    """Take from what needs a person that which is broken; decisions can wait meanwhile."""
    return (row for row in attention(now, may) if row.rank in (FIRST, TROUBLE))


def _spikes(asked: Asked) -> Iterator[Attention]:
    rising = Pattern.objects.filter(state=State.ESCALATING, merged_into=None)
    if asked.target:
        rising = rising.filter(target=asked.target)
    for pattern in rising.select_related("target").order_by("-last_seen", "pk")[:SHOWN]:
        yield Attention(
            f"{pattern.target.name}: {pattern.subject}, {pattern.template[:80]}",
            "It fails much more often than it used to.",
            "Escalating",
            "warn",
            pattern.get_absolute_url(),
            pattern.last_seen,
        )


def _standing(asked: Asked, now: datetime) -> Iterator[Delivery]:
    """Name what runs because of us since so many hours, newest first."""
    since = now - timedelta(hours=asked.hours)
    rows = Delivery.objects.filter(
        plan=Plan.FORWARD, revert_actor="", outcome__in=("", Outcome.SUCCEEDED)
    ).exclude(merge_commit="")
    rows = rows.filter(deployed_at__gte=since) | rows.filter(outcome="")
    if asked.target:
        rows = rows.filter(target=asked.target)
    recent = rows.select_related("proposal", "target").defer(
        "proposal__document", "proposal__diff"
    )
    return (one for one in recent.order_by("-id")[:MOST_TO_TAKE_BACK] if revert.possible(one))
