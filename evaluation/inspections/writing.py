"""How do findings become a report, and those that deserve it ideas?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation.ideas import deciding
from evaluation.ideas.records import Idea, Kind, Priority, Stand
from evaluation.inspections.records import Fate, Finding, Inspection, Sort
from proposals.models import OPEN, Evidence, Proposal
from targets.models import Target

HIGH, MEDIUM = 10, 5
MOST_COUNTED = 2**31 - 1  # that the column holds; agents may report as much as they like
EVENTS: Mapping[Sort, Event] = {
    Sort.MAINTENANCE: Event.MAINTENANCE_ENDED,
    Sort.SCAN: Event.SCAN_ENDED,
}
IDEAS: Mapping[str, Kind] = {  # what the scan looks for, as the change that it would need
    "recurring_pattern": Kind.TOOL_IMPROVEMENT,
    "flaky_task": Kind.CONFIG_CHANGE,
    "stale_index": Kind.CONFIG_CHANGE,
    "prompt_drift": Kind.PROMPT_UPDATE,
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Hold one finding before it is known what becomes of it."""

    key: str  # the same thing has the same key in every report
    kind: str
    title: str
    detail: str
    count: int
    sessions: int
    pattern: int | None = None
    component: str = ""
    code: str = ""
    only_listed: str = ""  # why no idea is raised, where none is
    proposal: Proposal | None = None
    fate: Fate | None = None  # where it is known already

    @property
    def priority(self) -> Priority:
        """Grade by how often it happened."""
        return priority_of(self.count)


def priority_of(count: int) -> Priority:
    """Grade a count."""
    if count >= HIGH:
        return Priority.HIGH
    return Priority.MEDIUM if count >= MEDIUM else Priority.LOW


def write(
    target: Target,
    sort: Sort,
    found: Sequence[Found],
    *,
    at: datetime,
    actor: Actor,
    **report: Any,
) -> Inspection:
    """Write the report with its findings, raise ideas, and enter it in the log: all or nothing."""
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=target.pk)  # one at a time per target
        inspection = Inspection.objects.create(target=target, sort=sort, at=at, **report)
        rows = [_finding(inspection, rank, one, at) for rank, one in enumerate(found, start=1)]
        Finding.objects.bulk_create(rows)
        fates = [row.fate for row in rows]
        record(
            EVENTS[sort],
            actor=actor,
            subject=f"inspection:{inspection.pk}",
            target=target.slug,
            at=at,
            reason=inspection.error,
            facts={
                "trigger": inspection.trigger,
                "engine": inspection.engine,
                "sessions": inspection.sessions,
                "calls": inspection.calls,
                "successes": inspection.successes,
                "findings": {fate.value: fates.count(fate) for fate in Fate},
                "ideas": [row.idea_id for row in rows if row.fate == Fate.RAISED],
            },
        )
    return inspection


def _finding(inspection: Inspection, rank: int, found: Found, at: datetime) -> Finding:
    row = Finding(
        inspection=inspection,
        rank=rank,
        kind=found.kind,
        title=found.title,
        detail=found.detail,
        priority=found.priority,
        count=min(found.count, MOST_COUNTED),
        sessions=found.sessions,
        pattern_id=found.pattern,
        proposal=found.proposal,
    )
    if found.fate is not None:
        row.fate, row.reason = found.fate, found.only_listed
    elif reason := _answered(inspection.target, found, row):
        row.fate, row.reason = Fate.ANSWERED, reason
    elif found.only_listed:
        row.fate, row.reason = Fate.LISTED, found.only_listed
    else:
        row.idea = deciding.put(_idea(inspection.target, found, at))
        row.fate, row.reason = Fate.RAISED, "a person takes it up or turns it down"
    return row


def _answered(target: Target, found: Found, row: Finding) -> str:
    """Say what answers a finding already, and note it on its row; nothing where nothing does."""
    idea = Idea.objects.filter(target=target, key=found.key).first()
    if idea is not None:
        row.idea = idea
        said = {
            Stand.OPEN: "the idea waits for a person already",
            Stand.ACCEPTED: f"{idea.decided_by} took the idea up",
            Stand.DISMISSED: f"{idea.decided_by} turned the idea down: {idea.reason}",
        }
        return said[Stand(idea.status)]
    if not (found.component or found.pattern):
        return ""
    rows = Evidence.objects.filter(proposal__target=target, proposal__status__in=OPEN)
    if found.pattern:
        rows = rows.filter(pattern=found.pattern)
    else:
        rows = rows.filter(pattern__component=found.component, pattern__error_code=found.code)
    evidence = rows.select_related("proposal").order_by("pk").first()
    if evidence is None:
        return ""
    row.proposal = evidence.proposal
    return f"the open proposal “{evidence.proposal.title}” answers it"


def _idea(target: Target, found: Found, at: datetime) -> Idea:
    kind = Kind(found.kind) if found.kind in Kind.values else IDEAS[found.kind]
    return Idea(
        target=target,
        key=found.key,
        kind=kind,
        priority=found.priority,
        title=found.title,
        detail=found.detail,
        created_at=at,
    )
