"""What does a proposal's page tell its reader, part by part?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.safestring import SafeString

from audit import sentences
from audit.events import Event
from audit.models import TOLD, Entry
from audit.people import names
from proposals import decision, records, waiving
from proposals.authorising import weakening
from proposals.colliding import graph
from proposals.documents import IMPACT_HEADING
from proposals.models import OPEN, Category, Engine, Evidence, Proposal, Status, Transition
from proposals.pages.checked import answers
from proposals.pages.colours import visible_lines
from proposals.pages.drifting import drift
from proposals.pages.proof import proof
from proposals.pages.prose import prose
from proposals.pages.spoken import spoken
from proposals.rehearsed import reading
from proposals.revising import asked
from proposals.revising import showing as changes
from proposals.running import keeping
from proposals.standing import hinting
from proposals.waiting import approvals
from proposals.waiting.showing import age_of
from telemetry import charts, series
from validation.models import Outcome, Report

BEFORE = timedelta(hours=24)
AFTER = timedelta(hours=6)
TALK = (
    *(Event.COMMENT_SAID, Event.COMMENT_EDITED, Event.COMMENT_REMOVED),
    *(Event.THREAD_RESOLVED, Event.THREAD_REOPENED),
)
ROAD = ("Proposed", "Checked", "Review", "Delivered", "Effect measured")
# How many steps lie behind, and whether the next one failed; a pending one depends on its check.
PLACES = {
    Status.REJECTED: (2, True),
    Status.SUPERSEDED: (2, True),
    Status.APPROVED: (3, False),
    Status.PR_OPEN: (3, False),
    Status.FAILED: (3, True),
    Status.REVERTED: (4, True),
    Status.IMPLEMENTED: (5, False),
}
UNDELIVERED = (Status.PENDING, Status.REJECTED, Status.SUPERSEDED)
_MARKS = {
    Status.PENDING: ("proposed", "quiet"),
    Status.IMPLEMENTED: ("implemented", ""),
    Status.REVERTED: ("reverted", "revert"),
}


@dataclass(frozen=True)
class Chart:
    """A picture of one component's failures, and the same numbers as a table."""

    component: str
    picture: SafeString
    rows: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Obstacle:
    """Why this reader cannot approve now; `passes` when waiting is enough."""

    text: str
    passes: bool = False


def page(proposal: Proposal, reader: User, now: datetime) -> dict[str, Any]:
    """Collect everything the page shows."""
    document = records.words_of(proposal)
    evidence = list(proposal.evidence.select_related("pattern"))
    linked = proposal.engine == Engine.PERSON
    parts = ("problem", "evidence", "root_cause", "solution", "impact", "risk", "rollback")
    return {
        **standing(proposal, reader, now),
        "read": proposal.document_digest,
        "words": {part: prose(getattr(document, part), linked=linked) for part in parts},
        "checklist": prose(document.checklist, linked=linked),
        "impact_heading": IMPACT_HEADING.get(proposal.kind, ""),
        "evidence": evidence,
        "remedy": f"proposal:{proposal.pk}",
        "spoken": spoken(evidence, document),
        "totals": _totals(evidence),
        "charts": [_chart(proposal, name, now) for name in _components(evidence)],
        "repairs": document.repairs,
        "handed_in": visible_lines(proposal.handed_in),
        "document": prose(records.full_text(proposal).split("\n---\n", 1)[1], linked=linked),
    }


def standing(proposal: Proposal, reader: User, now: datetime) -> dict[str, Any]:
    """Collect what a decision changes: the steps, the decision box and the state."""
    asked.read_once(proposal)
    report = proposal.report
    doubt = reading.doubt(proposal)
    findings_ask = bool(report and report.outcome == Outcome.ACKNOWLEDGE)
    return {
        "nav": "proposals",
        "proposal": proposal,
        "steps": _steps(proposal),
        "status": Status(proposal.status),
        "report": report,
        "answers": answers(report, proposal.diff),
        "approvals": decision.approvals(proposal),
        "reviews": _reviews(proposal),
        "next": _next(proposal),
        "drift": drift(proposal),
        "touching": graph.touching(proposal),
        "age": age_of(proposal, now),
        "approval_left": _approval_left(proposal, now),
        "needs_two": proposal.risk in decision.FOUR_EYES,
        "categories": Category.choices,
        "obstacle": _obstacle(proposal, reader, now),
        "running": keeping.of(proposal, now),
        "may_waive": waiving.is_permitted(proposal, reader),
        "lapsed": report.lapsed(now) if report and proposal.status in OPEN else "",
        "may_decide": reader.has_perm(decision.PERMISSION),
        "weaker_tests": weakening.found(report),
        "hint": hinting.hint(proposal, now),
        "proof": proof(proposal),
        "doubt": doubt,
        "findings_ask": findings_ask,
        "must_acknowledge": findings_ask or bool(doubt),
        "is_open": proposal.status == Status.PENDING,
        "changes": changes.of(proposal, reader),
        "has_delivery": proposal.status not in UNDELIVERED,
        "timeline": _timeline(proposal),
    }


def _approval_left(proposal: Proposal, now: datetime) -> str:
    """Count down what is approved; what is in delivery, its delivery counts down."""
    return approvals.remaining(proposal, now) if proposal.status == Status.APPROVED else ""


def _reviews(proposal: Proposal) -> list[dict[str, Any]]:
    """List the reviews, a rejection with the name of its kind."""
    labels = dict(Category.choices)
    reviews = proposal.reviews.select_related("reviewer")
    counted = {one.pk for one in decision.approvals(proposal)}
    return [
        {
            "review": one,
            "kind": labels.get(one.category, ""),
            "ended": one.approved and one.pk not in counted,
        }
        for one in reviews
    ]


def _obstacle(proposal: Proposal, reader: User, now: datetime) -> Obstacle | None:
    """Say in advance what `approve` would answer; it alone decides."""
    if proposal.status != Status.PENDING:
        return None
    if wanted := asked.in_the_way(proposal):
        return Obstacle(wanted)
    if proposal.report is None or keeping.of(proposal, now):
        return Obstacle("The check is still running. Approving becomes possible after it.", True)
    if _is_sound(proposal.report) and reading.of(proposal) is None:
        return Obstacle(
            "Taking it back is being rehearsed. Approving becomes possible then.", True
        )
    try:
        decision.ensure_possible(
            proposal, reviewer=reader, acknowledged=True, weakening_accepted=True, at=now
        )
    except (decision.NotChecked, decision.FourEyes) as refusal:
        return Obstacle(str(refusal), passes=isinstance(refusal, decision.CheckDue))
    return None


def _is_sound(report: Report) -> bool:
    return report.outcome in (Outcome.PASSED, Outcome.ACKNOWLEDGE)


def _steps(proposal: Proposal) -> list[dict[str, str]]:
    done, failed = _progress(proposal)
    details = ["", _checked(proposal), proposal.reviewer, "", ""]
    steps = []
    for place, label in enumerate(ROAD):
        state = "done" if place < done else "todo"
        if place == done:
            state = "failed" if failed else "now" if done < len(ROAD) else "done"
        steps.append({"label": label, "state": state, "detail": details[place]})
    if done > 2:
        steps[2]["label"] = "Approved"
    if proposal.status in (Status.REJECTED, Status.SUPERSEDED):
        steps[2]["label"] = str(Status(proposal.status).label)
    if proposal.status == Status.REVERTED:
        steps[-1]["label"] = "Reverted"
    return steps


def _progress(proposal: Proposal) -> tuple[int, bool]:
    """Return how many steps lie behind the proposal, and whether the next one failed."""
    report = proposal.report
    if proposal.status == Status.PENDING:
        refused = report is not None and report.outcome in (
            Outcome.REFUSED,
            Outcome.COULD_NOT_RUN,
        )
        return (1, refused) if report is None or refused else (2, False)
    return PLACES[Status(proposal.status)]


def _checked(proposal: Proposal) -> str:
    return proposal.report.get_outcome_display().lower() if proposal.report else ""


def _totals(evidence: Sequence[Evidence]) -> dict[str, Any]:
    if not evidence:
        return {}
    return {
        "count": sum(item.count for item in evidence),
        "sessions": sum(item.session_count for item in evidence),
        "agents": sorted({agent for item in evidence for agent in item.agents}),
        "first": min(item.first_seen for item in evidence),
        "last": max(item.last_seen for item in evidence),
    }


def _components(evidence: Sequence[Evidence]) -> list[str]:
    names = [item.pattern.component for item in evidence if item.pattern.component]
    return list(dict.fromkeys(names))[:3]


def _chart(proposal: Proposal, component: str, now: datetime) -> Chart:
    end = min(now, proposal.updated_at + AFTER)
    start = proposal.created_at - BEFORE
    points = series.failures(proposal.target, start, end, component=component)
    busy = [point.at for point in points if point.calls] or [start]
    seen = [point for point in points if busy[0] <= point.at <= busy[-1]]
    marks = [
        charts.Mark(move.at, *_MARKS[Status(move.destination)])
        for move in proposal.transitions.all()
        if move.destination in _MARKS and move.source != move.destination
    ]
    picture = charts.time_series(
        seen,
        title=f"Failures of {component}",
        description=f"The share of calls to {component} that failed, and the calls behind it.",
        marks=marks,
        height=180,
    )
    rows = tuple(
        (f"{bucket.at:%Y-%m-%d %H:%M:%S} UTC", bucket.calls, bucket.failures)
        for bucket in charts.buckets(seen)
        if bucket.calls
    )
    return Chart(component, picture, rows)


def _timeline(proposal: Proposal) -> list[dict[str, Any]]:
    """Tell the story from the log, with the commit that each move became."""
    commits = {move.entry_uid: move for move in proposal.transitions.all()}
    entries = Entry.objects.filter(subject=f"proposal:{proposal.pk}").order_by("id")
    entries = entries.exclude(event__in=TALK)  # it is shown where it was said
    told = list(entries.prefetch_related(*TOLD))
    names.share(told)
    return [
        {
            "entry": entry,
            "sentence": _briefly(entry),
            "tone": sentences.tone(entry),
            "commit": _commit(commits.get(entry.uid)),
        }
        for entry in told
    ]


def _briefly(entry: Entry) -> str:
    """Say what happened without naming again the proposal whose page this is."""
    named = sentences.subject_in_words(entry)
    text = sentences.sentence(entry).replace(named, "this proposal")
    return text.replace(named[:1].upper() + named[1:], "This proposal")


def _commit(move: Transition | None) -> str:
    return move.commit if move else ""


def _next(proposal: Proposal) -> Proposal | None:
    """Find the next proposal that awaits review: the older one, else the newest of all."""
    others = asked.awaiting().exclude(pk=proposal.pk)
    others = others.only("pk", "title").order_by("-created_at")
    return others.filter(created_at__lt=proposal.created_at).first() or others.first()
