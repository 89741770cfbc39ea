"""When did a person speak to an agent, as spans and log records tell?"""

import hashlib
from collections.abc import Iterable

from telemetry.doors.otlp import names, records
from telemetry.doors.otlp.facts import moment
from telemetry.doors.otlp.wire import Attributes, BadItem, Record, Span, text
from telemetry.turns import Told

RUN = "invoke_agent"


def of_records(found: Iterable[Record | BadItem]) -> list[Told]:
    """Return the turns that the coding agents tell of by an event of its own."""
    turns: list[Told] = []
    for one in found:
        if isinstance(one, Record) and records.name_of(one) == records.TURN:
            try:
                at = records.when(one)
            except BadItem:
                continue  # it was counted as wrong with the events
            session = _session(one.attributes, one.resource)
            turns += [Told(records.digest(one), session, at, at)] if session else []
    return turns


def of_spans(found: Iterable[Span | BadItem]) -> list[Told]:
    """Return the turns that an agent's runs tell of, where they belong to a conversation."""
    turns: list[Told] = []
    for one in found:
        if not (isinstance(one, Span) and one.start and one.trace_id and one.span_id):
            continue
        if RUN not in (text(one.attributes, *names.OPERATION), one.name.partition(" ")[0]):
            continue
        if session := _session(one.attributes, one.resource):
            try:
                at, until = moment(one.start), moment(max(one.start, one.end))
            except BadItem:
                continue
            turns.append(Told(_uid(one), session, at, until))
    return turns


def _session(attributes: Attributes, resource: Attributes) -> str:
    """Return the session that is named; a trace is one turn, and says nothing of the next."""
    return text(attributes, *names.SESSION) or text(resource, *names.SESSION)


def _uid(span: Span) -> str:
    key = f"{span.trace_id}:{span.span_id}".encode()
    return hashlib.blake2b(key, digest_size=20).hexdigest()
