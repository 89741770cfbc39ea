"""What do agents say of a session, and other systems of their errors, and how is it kept?"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Annotated, Literal, TypeVar

import msgspec
from django.conf import settings
from msgspec import Meta

from targets.models import Target
from telemetry import ingest, reflections
from telemetry.doors import envelope, jsonl
from telemetry.doors.models import ErrorReport
from telemetry.doors.receipts import Receipt
from telemetry.events.rows import Cleaner
from telemetry.events.schemas import (
    AnyEvent,
    BadLine,
    Moment,
    Name,
    OutOfTime,
    TaskFailure,
    Text,
    reason_of,
)
from telemetry.policies import policy
from telemetry.storing import keeping

ENVELOPE = envelope.KIND
MOST_FRAMES = 8
MOST_EVENTS = 10  # of one report, so that a request of thousands stays short
PLACE = "error-report"
FAILURES = ("error", "fatal")
_CHUNK = 200
_BATCH = 10_000
T = TypeVar("T")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an error report as it arrives; `frames` are the top ones, the innermost first."""

    source: Name
    title: Name
    message: Text = ""
    frames: Annotated[list[Text], Meta(max_length=1000)] = msgspec.field(default_factory=list)
    severity: Literal["debug", "info", "warning", "error", "fatal"] = "error"
    occurred_at: Moment
    count: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    url: Text = ""
    session_id: Name | None = None
    id: Name | None = None
    fingerprint: Name | None = None


_told = msgspec.json.Decoder(Told)
_reflection = msgspec.json.Decoder(reflections.Told)


def take_reflections(target: Target, body: bytes, receipt: Receipt, now: datetime) -> None:
    """Keep the reflections of a body once each; note those that are none."""
    found = _read(body, _reflection, receipt, lambda told: told.at, keeping.timely(target, now))
    stored = reflections.store(target, [told for _, told in found], now)
    receipt.accepted += stored
    receipt.duplicates += len(found) - stored


def take_error_reports(target: Target, body: bytes, receipt: Receipt, now: datetime) -> None:
    """Keep the error reports of a body once each; note those that are none."""
    found = _read(body, _told, receipt, lambda told: told.occurred_at, keeping.timely(target, now))
    store(target, [told for _, told in found], receipt, now)


def take_envelope(target: Target, body: bytes, receipt: Receipt, now: datetime) -> None:
    """Keep the error of a Sentry envelope; sessions, transactions and attachments are none."""
    timely = keeping.timely(target, now)
    for values in envelope.errors_in(body, receipt, now):
        try:
            told = msgspec.convert(values, Told)
            timely(told.occurred_at)
        except (msgspec.ValidationError, OutOfTime) as error:
            receipt.reject(0, str(error) if isinstance(error, OutOfTime) else reason_of(error))
            continue
        store(target, [told], receipt, now)


def store(target: Target, told: Sequence[Told], receipt: Receipt, now: datetime) -> None:
    """Store reports once each, and as failed tasks too: so they are grouped and evaluated."""
    cleaner = Cleaner(policy(target))
    rows = {row.uid: row for row in (_row(target, each, cleaner, now) for each in told)}
    before: dict[str, int] = {}
    for start in range(0, len(rows), _CHUNK):
        uids = list(rows)[start : start + _CHUNK]
        there = ErrorReport.objects.filter(target=target, uid__in=uids)
        before.update(there.values_list("uid", "count"))
    # The events first: they have the same names, so that a repeat after a crash doubles neither.
    failures = chain.from_iterable(_events(each) for each in told if each.severity in FAILURES)
    for batch in iter(lambda: list(islice(failures, _BATCH)), []):
        ingest.store_placed(target, [(event, PLACE) for event in batch], now)
    fresh = [row for uid, row in rows.items() if uid not in before]
    ErrorReport.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    for uid, count in before.items():
        if rows[uid].count > count:  # the same error, told again with what came since
            ErrorReport.objects.filter(target=target, uid=uid).update(count=rows[uid].count)
    receipt.accepted += len(fresh)
    receipt.duplicates += len(told) - len(fresh)


def _row(target: Target, told: Told, cleaner: Cleaner, now: datetime) -> ErrorReport:
    return ErrorReport(
        target=target,
        uid=uid_of(told),
        source=cleaner.clean(told.source, 200),
        title=cleaner.clean(told.title, 300),
        message=cleaner.clean(told.message),
        frames=[cleaner.clean(frame, 300) for frame in told.frames[:MOST_FRAMES]],
        severity=told.severity,
        occurred_at=told.occurred_at.astimezone(UTC),
        count=told.count,
        url=cleaner.clean(told.url, 500),
        received_at=now,
    )


def _events(told: Told) -> Iterator[AnyEvent]:
    """Yield a failure for each time that the report counts; named so that a repeat adds none."""
    uid = uid_of(told)
    for number in range(min(told.count, MOST_EVENTS)):
        yield _event(told, uid, f"{uid}:{number}" if number else uid)


def _event(told: Told, uid: str, name: str) -> AnyEvent:
    return TaskFailure(
        timestamp=told.occurred_at.astimezone(UTC),
        session_id=told.session_id or uid,  # a report is a run of its own, unless it says
        id=name,
        task_name=told.source,
        error_category=told.title,
        retry_count=0,
        final_status=told.severity,
        error_message=told.message or None,
        fingerprint=told.fingerprint,
        frames=tuple(told.frames[:MOST_FRAMES]),
    )


def uid_of(told: Told) -> str:
    """Name a report for good: by its sender's id, else by all that it says."""
    key = f"{told.source}\0{told.id}" if told.id else repr(told)
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40]


def _read(
    body: bytes,
    decoder: msgspec.json.Decoder[T],
    receipt: Receipt,
    moment: Callable[[T], datetime],
    timely: Callable[[datetime], None],
) -> list[tuple[int, T]]:
    """Read lines or an array; note what is wrong by its number."""
    found: list[tuple[int, T]] = []
    for index, line in enumerate(jsonl.lines_of(body, settings.SELFIMPROVE.doors.max_items)):
        try:
            told = decoder.decode(line)
            timely(moment(told))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            receipt.reject(index, reason_of(error))
        except (OutOfTime, BadLine) as error:
            receipt.reject(index, str(error), str(error).partition(" ")[2])
        else:
            found.append((index, told))
    return found
