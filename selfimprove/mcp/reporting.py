"""How does an agent report what happened, as at the doors of HTTP?"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from selfimprove.mcp.answers import Kept
from selfimprove.mcp.callers import DOOR, Caller, Refused, enter
from targets.models import Target
from telemetry.doors import jsonl, pressure, reports, tally
from telemetry.doors.models import Scope
from telemetry.doors.receipts import Receipt, keep
from telemetry.doors.refusals import Refusal

LONGEST = 65_536  # bytes of one report, as of one log line

Take = Callable[[Target, bytes, Receipt], None]


def report_event(secret: str, now: datetime, *, event: Mapping[str, Any]) -> Kept:
    """Keep one event, sanitised, once."""
    caller = enter(secret, Scope.EVENTS, now)

    def take(target: Target, body: bytes, receipt: Receipt) -> None:
        items = jsonl.events_in(body, receipt, most=1)
        keep(target, items, receipt, now, lambda r: tally.note(caller.token, DOOR, r, now))

    return _kept(caller, event, take, now, "event")


def report_reflection(secret: str, now: datetime, *, reflection: Mapping[str, Any]) -> Kept:
    """Keep what worked and what failed in one session, once."""
    caller = enter(secret, Scope.REFLECTIONS, now)
    given = {"at": now.isoformat(), **reflection}

    def take(target: Target, body: bytes, receipt: Receipt) -> None:
        reports.take_reflections(target, body, receipt, now)
        tally.note(caller.token, DOOR, receipt, now)

    return _kept(caller, given, take, now, "reflection")


def _kept(caller: Caller, given: Mapping[str, Any], take: Take, now: datetime, what: str) -> Kept:
    receipt = Receipt()
    try:
        with pressure.room():
            take(caller.token.target, _body(given, what), receipt)
    except Refusal as refusal:
        tally.note_refusal(caller.token, DOOR, refusal.words, now)
        raise Refused(f"{what}: {refusal.words}") from refusal
    if receipt.rejected:
        why = next(iter(receipt.why()), "it is wrong")
        told = receipt.problems[0][1] if receipt.problems else why
        raise Refused(f"{what}: {told}. Nothing was kept; docs/connect.md lists the fields.")
    return Kept(
        target=caller.token.target.slug,
        accepted=receipt.accepted,
        duplicates=receipt.duplicates,
    )


def _body(given: Mapping[str, Any], what: str) -> bytes:
    body = json.dumps(given, ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > LONGEST:
        raise Refused(f"{what}: {len(body)} bytes; at most {LONGEST}. Nothing was kept.")
    return body
