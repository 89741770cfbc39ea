"""What does a deployer say of a deployment, whatever order and however often it comes?"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Length

from delivery.elsewhere import handing
from delivery.elsewhere.records import UNDERWAY, Handed, Handover, Report
from delivery.models import Delivery, StageRun
from telemetry.sanitizer import sanitize

PROGRESSED, SUCCEEDED, FAILED = (
    *("deployment.progressed", "deployment.succeeded"),
    "deployment.failed",
)
ENDS = {SUCCEEDED: Handed.SUCCEEDED, FAILED: Handed.FAILED}
MOST_LINES, LONGEST_LINE = 1000, 2000
MOST_REPORTS, LONGEST_LOG = 2000, 200_000  # of one deployment; what is beyond is counted
SHOWN = 20_000
LAST = 2**53


class BadReport(Exception):
    """The body says nothing that can be followed; the words say what and where."""


class Contradicts(Exception):
    """What it says does not go together with what is known."""


@dataclass(frozen=True)
class Said:
    """One report, as it was understood."""

    kind: str
    deployment: str
    sequence: int
    text: str = ""
    commit: str = ""
    reason: str = ""


def read(body: bytes) -> Said:
    """Return what a body says; raise BadReport."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadReport("the body is no JSON") from error
    told = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(told, dict):
        raise BadReport("the body is no JSON object with an object data")
    kind = whole.get("type")
    if not isinstance(kind, str) or kind not in {PROGRESSED, *ENDS}:
        raise BadReport(f"type is one of {PROGRESSED}, {SUCCEEDED} and {FAILED}")
    if kind == SUCCEEDED and not _text(told, "commit"):
        raise BadReport("data.commit is missing: a success names the commit that is running")
    return Said(
        kind=kind,
        deployment=_text(told, "deployment"),
        sequence=_sequence(told, kind in ENDS),
        text=_lines(told),
        commit=_text(told, "commit"),
        reason=clean(_text(told, "reason"))[:LONGEST_LINE],
    )


def take(uid: UUID, message: str, said: Said, now: datetime) -> str:
    """Keep a report and follow it, once; return what followed.

    Raises Contradicts, and then changes nothing.
    """
    with transaction.atomic():
        rows = Handover.objects.select_for_update(of=("self",))
        found = rows.select_related("delivery__proposal", "delivery__target").get(uid=uid)
        if found.reports.filter(uid=message).exists():
            return "it was here before"
        _refuse(found, said)
        _keep(found, message, said, now)
        if said.kind in ENDS and found.ended_at is None:
            return _ended(found, said, now)
        return "noted"


def log_of(handover: Handover) -> str:
    """Return the end of what the deployer reported, in its own order."""
    text = "\n".join(handover.reports.exclude(text="").values_list("text", flat=True))
    if handover.dropped:
        text += f"\n[{handover.dropped} further reports were too much, and are left out]"
    return text if len(text) <= SHOWN else f"[earlier lines left out]\n{text[-SHOWN:]}"


def _refuse(found: Handover, said: Said) -> None:
    if said.deployment and said.deployment != str(found.uid):
        raise Contradicts("data.deployment is another one than the address names")
    if said.kind == SUCCEEDED and said.commit != found.commit:
        raise Contradicts(f"data.commit is another one than {found.commit}, which was asked for")
    if found.state in (Handed.REPLACED, Handed.TIMED_OUT):
        raise Contradicts(f"the deployment has ended: {found.get_state_display().lower()}")
    if said.kind in ENDS and found.ended_at is not None and ENDS[said.kind] != found.state:
        raise Contradicts(f"it was reported as {found.get_state_display().lower()} before")


def _keep(found: Handover, message: str, said: Said, now: datetime) -> None:
    """Keep its words while there is room; an end is followed even when there is none."""
    kept = found.reports.count()
    length = found.reports.aggregate(sum=Sum(Length("text")))["sum"] or 0
    text, dropped = said.text, 0
    if kept >= MOST_REPORTS or length + len(text) > LONGEST_LOG:
        text, dropped = "", 1
    if kept < MOST_REPORTS or said.kind in ENDS:
        Report.objects.create(
            handover=found, uid=message, sequence=said.sequence, text=text, at=now
        )
    mine = Handover.objects.filter(pk=found.pk)
    mine.update(heard_at=now, dropped=F("dropped") + dropped)
    # It is at work, so it took it: our own note of its answer may be lost.
    mine.filter(state=Handed.OPEN).update(state=Handed.ACCEPTED, answered_at=now)
    found.refresh_from_db(fields=["dropped", "heard_at", "state", "answered_at"])
    if found.state in UNDERWAY:
        open_runs = StageRun.objects.filter(delivery=found.delivery_id, ended_at=None)
        open_runs.filter(plan=found.plan).update(output=log_of(found))


def _ended(found: Handover, said: Said, now: datetime) -> str:
    words = said.reason or f"It says that it {ENDS[said.kind].label.lower()}."
    handing.end(found, ENDS[said.kind], now, words)
    waiting = Delivery.objects.filter(pk=found.delivery_id, outcome="", plan=found.plan)
    waiting.filter(errors_in_row=0, next_step_at__gt=now).update(next_step_at=now)
    return f"the deployment {ENDS[said.kind].label.lower()}"


def _text(told: dict[str, Any], name: str) -> str:
    given = told.get(name, "")
    if not isinstance(given, str):
        raise BadReport(f"data.{name} is no text")
    return given


def _sequence(told: dict[str, Any], is_end: bool) -> int:
    given = told.get("sequence", LAST if is_end else None)
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= LAST:
        raise BadReport("data.sequence is a number from 0 on that grows with each report")
    return given


def _lines(told: dict[str, Any]) -> str:
    given = told.get("lines", [])
    if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
        raise BadReport("data.lines is a list of texts")
    if len(given) > MOST_LINES:
        raise BadReport(f"data.lines has {len(given)} lines, and {MOST_LINES} are taken at once")
    return "\n".join(clean(line)[:LONGEST_LINE] for line in given)


def clean(text: str) -> str:
    """Sanitise what the deployer said."""
    return sanitize(text.replace("\0", "\ufffd"))[0]
