"""Does an event survive as a row, under one name, with nothing unsanitised in it?"""

from copy import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from msgspec.structs import replace

from telemetry.events import rows
from telemetry.events.rows import Cleaner, Row, event_of, row_of, uid_of
from telemetry.events.schemas import AnyEvent, TaskFailure, ToolCall
from telemetry.models import Event
from telemetry.sanitizer import Policy
from tests.telemetry.planted import ISSUED
from tests.telemetry.scene import call, one_of_each
from tests.telemetry.test_schemas import EVENTS

AT = datetime(2026, 3, 2, tzinfo=UTC)


class Untouched(Cleaner):
    """Leave texts alone, so that the round trip alone is looked at."""

    def clean(self, text: str | None, length: int | None = None) -> str:
        """Return the text."""
        return text or ""


def made(event: AnyEvent, cleaner: Cleaner | None = None) -> Row:
    cleaner = cleaner or Cleaner(Policy())
    return row_of(event, target_id=1, uid="0" * 32, cleaner=cleaner)


@given(EVENTS)
def test_an_event_comes_back_from_its_row(event: AnyEvent) -> None:
    again = event_of(made(event, Untouched(Policy())))
    if isinstance(event, ToolCall) and event.success:  # what went well was raised nowhere
        event = replace(event, frames=(), fingerprint=None)
    assert again == replace(event, id="0" * 32)


def test_every_text_of_an_event_is_sanitised() -> None:
    key = ISSUED["github"]
    names = {"tool": key, "agent": key, "session": key, "code": key, "message": f"used {key}"}
    row = made(call(1, at=AT, success=False, **names))
    texts = [row.component, row.agent, row.session_id, row.error_code, row.error_message]
    assert texts == ["[REDACTED_KEY]"] * 4 + ["used [REDACTED_KEY]"]
    task = TaskFailure(
        timestamp=AT,
        session_id=key,
        task_name=key,
        error_category=key,
        retry_count=1,
        final_status=key,
        agent=key,
        error_message=key,
    )
    assert key not in repr(made(task))


def test_long_names_are_cut_to_their_columns() -> None:
    row = made(call(1, success=False, tool="long name " * 90, message="word " * 90))
    assert len(row.component) == 200
    assert len(row.error_message) == 450


@pytest.mark.parametrize("place", ["", "tools.log#1 0 text"])
def test_a_name_is_stable_and_depends_on_target_type_and_id(place: str) -> None:
    event, other = one_of_each(AT)[:2]
    assert uid_of("a", event, place) == uid_of("a", event, "elsewhere")  # it has an id of its own
    assert uid_of("a", event) != uid_of("b", event)
    twin = replace(other, id=event.id)
    assert uid_of("a", event) != uid_of("a", twin)


def test_without_an_id_the_place_decides_and_without_a_place_the_content() -> None:
    event = replace(call(1), id=None)
    assert uid_of("a", event, "x") != uid_of("a", event, "y")
    assert uid_of("a", event) == uid_of("a", copy(event))
    assert uid_of("a", event) != uid_of("a", replace(event, latency_ms=1.0))


def test_an_exported_name_stays_what_it_is() -> None:
    event = replace(call(1), id="a" * 32)
    assert uid_of("x", event) == "a" * 32


def test_only_failures_and_escalations_have_fingerprints() -> None:
    events = [*one_of_each(AT), call(2, success=True)]
    marked = [bool(made(event).fingerprint) for event in events]
    assert marked == [True, True, False, True, False]


def test_failures_that_differ_in_secrets_and_addresses_share_a_fingerprint() -> None:
    first = call(1, success=False, message=f"login with {ISSUED['github']} from 8.8.8.8 failed")
    second = call(2, success=False, message=f"login with {ISSUED['stripe']} from 10.1.2.3 failed")
    assert made(first).fingerprint == made(second).fingerprint


def test_an_error_code_is_found_whatever_the_type_calls_it() -> None:
    codes = [rows.error_code_of(made(event)) for event in one_of_each(AT)]
    assert codes == ["timeout", "connection", "", "timeout"]


def test_a_row_that_names_nobody_is_still_an_event() -> None:
    row = Event(uid="1" * 32, event_type="tool_call", timestamp=AT, component="x", success=True)
    row.latency_ms = 1.0
    event = event_of(row)
    assert (event.session_id, event.agent) == ("unknown", "unknown")


def test_a_row_has_the_attributes_of_the_model_but_the_id() -> None:
    fields = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
    assert list(Row.__struct_fields__) == fields
