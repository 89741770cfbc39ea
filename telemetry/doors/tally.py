"""What came through which door by which token, and why was some of it not kept?"""

import contextlib
import threading
import time
from collections import Counter
from datetime import datetime

from django.db import DatabaseError, transaction

from telemetry.doors.models import DoorTally, Token
from telemetry.doors.receipts import Receipt

MOST_REASONS = 20
LONGEST_REASON = 200
OTHER = "other reasons"
QUIET_SECONDS = 5.0  # who is refused again and again costs a write that often at most
_waiting: Counter[tuple[str, str, str]] = Counter()
_written: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def note(token: Token, door: str, receipt: Receipt, now: datetime) -> None:
    """Add what one request brought, in the transaction that stores it where there is one."""
    with transaction.atomic(savepoint=False):
        row = _row(token, door)
        row.requests += 1
        row.accepted += receipt.accepted
        row.duplicates += receipt.duplicates
        row.dropped += receipt.dropped.total()
        row.rejected += receipt.rejected
        row.reasons = _joined(row.reasons, receipt.why())
        row.last_at = now
        if receipt.accepted and row.first_accepted_at is None:
            row.first_accepted_at = now
        row.save()


def note_refusal(token: Token, door: str, why: str, now: datetime) -> None:
    """Add a whole request that was turned away; a flood of them is written in one go."""
    found = _due(token.digest, door, why)
    if not found:
        return
    # Whoever is refused stays refused: a count that cannot be written changes nothing of that.
    with contextlib.suppress(DatabaseError), transaction.atomic():
        row = _row(token, door)
        row.refused += found.total()
        row.reasons = _joined(row.reasons, found)
        row.last_at = now
        row.save()


def _row(token: Token, door: str) -> DoorTally:
    return DoorTally.objects.select_for_update().get_or_create(token=token, door=door)[0]


def _joined(reasons: dict[str, int], more: Counter[str]) -> dict[str, int]:
    """Count on; past the most reasons there is one for all others."""
    for words, count in more.items():
        key = words[:LONGEST_REASON]
        if key not in reasons and len(reasons) >= MOST_REASONS:
            key = OTHER
        reasons[key] = reasons.get(key, 0) + count
    return reasons


def _due(token: str, door: str, why: str) -> Counter[str]:
    """Count in this process, and hand the counts out when they were last written a while ago."""
    now = time.monotonic()
    with _lock:
        _waiting[token, door, why] += 1
        if now - _written.get((token, door), -QUIET_SECONDS) < QUIET_SECONDS:
            return Counter()
        _written[token, door] = now
        keys = [key for key in _waiting if key[:2] == (token, door)]
        return Counter({key[2]: _waiting.pop(key) for key in keys})
