"""How does an event become a row without secrets, and a row an event again?"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from telemetry import fingerprints
from telemetry.events import schemas, stacks
from telemetry.events.schemas import UNKNOWN, AnyEvent
from telemetry.models import Event, EventType
from telemetry.sanitizer import Policy, sanitize

_COLUMNS: dict[str, dict[str, str]] = {
    EventType.TOOL_CALL: {
        "agent": "agent",
        "tool": "component",
        "success": "success",
        "error_code": "error_code",
        "error_message": "error_message",
        "latency_ms": "latency_ms",
    },
    EventType.TASK_FAILURE: {
        "task_name": "component",
        "error_category": "error_category",
        "retry_count": "retry_count",
        "final_status": "final_status",
        "agent": "agent",
        "error_message": "error_message",
    },
    EventType.USER_CORRECTION: {"agent": "agent", "correction_type": "correction_type"},
    EventType.FEEDBACK: {"agent": "agent", "rating": "rating"},
    EventType.ESCALATION: {"agent": "agent", "reason_category": "reason_category"},
}
_NAMES = {"agent", "tool", "task_name", "error_category", "final_status"}
_FAILURES = frozenset({EventType.TASK_FAILURE.value, EventType.ESCALATION.value})
_OWN_UID = re.compile(r"[0-9a-f]{32}")


class Row(msgspec.Struct, gc=False, kw_only=True):
    """Hold what a row of events will hold, named and ordered as its columns.

    A model's instance has the same attributes, and takes ten times as long to make.
    """

    target_id: int
    uid: str
    event_type: str
    timestamp: datetime
    session_id: str
    agent: str = ""
    component: str = ""
    success: bool | None = None
    error_code: str = ""
    error_message: str = ""
    latency_ms: float | None = None
    correction_type: str = ""
    error_category: str = ""
    retry_count: int | None = None
    final_status: str = ""
    rating: str = ""
    reason_category: str = ""
    fingerprint: str = ""
    given_fingerprint: str = ""
    frames: str = ""


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Sanitise every text of an event, and remember short ones: names come again and again.

    What was taken out is counted by rule, each time that it comes.
    """

    policy: Policy
    seen: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)

    def clean(self, text: str | None, length: int | None = None) -> str:
        """Return the text without secrets, cut to what its column holds."""
        if not text:
            return ""
        known = self.seen.get(text)
        if known is None:
            said, found = sanitize(text, self.policy)
            known = said, tuple(finding.rule for finding in found)
            if len(text) <= 200 and len(self.seen) < 10_000:
                self.seen[text] = known
        if known[1]:
            self.taken.update(known[1])
        return known[0][:length]


def uid_of(slug: str, event: AnyEvent, place: str = "") -> str:
    """Name an event for good: by the writer's id, else by its place, else by what it says.

    Only without a place, so in a file that we wrote, an id of our form is our own name for it.
    """
    if event.id and not place and _OWN_UID.fullmatch(event.id):
        return event.id
    if event.id:
        key = f"{slug}\0{event.event_type}\0{event.id}"
    else:
        key = f"{slug}\0{place or schemas.to_line(event)}"
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def row_of(event: AnyEvent, *, target_id: int, uid: str, cleaner: Cleaner) -> Row:
    """Make a row to store; nothing in it is unsanitised, and a failure has its fingerprint."""
    clean = cleaner.clean
    row = Row(
        target_id=target_id,
        uid=uid,
        event_type=event.event_type,
        timestamp=event.timestamp,
        session_id=clean(event.session_id, 200),
        agent=clean(event.agent, 200),
    )
    if isinstance(event, schemas.ToolCall):
        row.component, row.success = clean(event.tool, 200), event.success
        row.error_code, row.error_message = (
            clean(event.error_code, 200),
            clean(event.error_message),
        )
        row.latency_ms = event.latency_ms
    elif isinstance(event, schemas.TaskFailure):
        row.component = clean(event.task_name, 200)
        row.error_category = clean(event.error_category, 200)
        row.error_message = clean(event.error_message)
        row.retry_count, row.final_status = event.retry_count, clean(event.final_status, 50)
    else:
        row.correction_type = getattr(event, "correction_type", "")
        row.rating = getattr(event, "rating", "")
        row.reason_category = getattr(event, "reason_category", "")
    if _failed(row):
        if isinstance(event, schemas.Failing) and (event.frames or event.fingerprint):
            _tell_apart(row, event, cleaner)
        row.fingerprint = fingerprint_of(row)
    return row


def _tell_apart(row: Row, event: schemas.Failing, cleaner: Cleaner) -> None:
    row.given_fingerprint = _given(event, cleaner)
    row.frames = "\n".join(
        cleaner.clean(" ".join(frame.split()), 300)
        for frame in stacks.top(filter(str.strip, event.frames))
    )


def _failed(row: Row) -> bool:
    return row.success is False or row.event_type in _FAILURES


def _given(event: schemas.Failing, cleaner: Cleaner) -> str:
    """Return the emitter's own fingerprint, unless it holds a secret: then it is as if unsaid."""
    given = event.fingerprint or ""
    return given if len(given) <= 200 and cleaner.clean(given) == given else ""


def fingerprint_of(row: Row) -> str:
    """Return the fingerprint of a failure."""
    return fingerprints.fingerprint(
        target_id=row.target_id,
        event_type=row.event_type,
        component=row.component,
        error_code=error_code_of(row),
        message=row.error_message,
        explicit=row.given_fingerprint,
        frames=row.frames,
    )


def error_code_of(row: Event | Row) -> str:
    """Return what kind of error a failure is, whatever its type calls that."""
    return row.error_code or row.error_category or row.reason_category


def event_of(row: Event | Row) -> AnyEvent:
    """Return the event that a row keeps; its id is the row's uid."""
    values = {name: getattr(row, column) for name, column in _COLUMNS[row.event_type].items()}
    kept: dict[str, object] = {
        name: value for name, value in values.items() if value not in {"", None}
    }
    optional = {"agent"} if row.event_type == EventType.TASK_FAILURE else set()
    for name in (_NAMES & values.keys()) - kept.keys() - optional:
        kept[name] = UNKNOWN
    if row.given_fingerprint:
        kept["fingerprint"] = row.given_fingerprint
    if row.frames:
        kept["frames"] = row.frames.splitlines()
    return schemas.from_values(
        {
            **kept,
            "event_type": row.event_type,
            "timestamp": row.timestamp.astimezone(UTC),
            "session_id": row.session_id or UNKNOWN,
            "id": row.uid,
        }
    )
