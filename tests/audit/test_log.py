"""Is an act recorded with what it changes, in a form that has one spelling only?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from audit import follow, log
from audit.events import Event
from audit.log import Actor, BadEntry, NotInTransaction
from audit.models import Entry
from tests.audit.entries import NOW, PERSON, write


@pytest.fixture
def heard() -> Iterator[list[tuple[Event, str]]]:
    """Follow the log for the length of one test."""
    seen: list[tuple[Event, str]] = []

    def hear(event: Event, subject: str) -> None:
        seen.append((event, subject))

    follow.subscribe(hear)
    yield seen
    follow._followers.remove(hear)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_of_a_transaction() -> None:
    with pytest.raises(NotInTransaction, match=r"loop\.paused"):
        log.record(Event.LOOP_PAUSED, actor=PERSON, subject="loop", at=NOW)
    assert Entry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_followers_hear_of_it_after_the_commit_and_only_then(
    heard: list[tuple[Event, str]],
) -> None:
    with transaction.atomic():
        log.record(Event.LOOP_PAUSED, actor=PERSON, subject="loop", at=NOW)
        assert heard == []
    assert heard == [(Event.LOOP_PAUSED, "loop")]
    with transaction.atomic():
        log.record(Event.LOOP_RESUMED, actor=PERSON, subject="loop", at=NOW)
        transaction.set_rollback(True)
    assert len(heard) == 1


@pytest.mark.django_db
def test_the_shown_columns_are_drawn_from_the_hashed_text() -> None:
    user = User(username="grace")
    [made] = write(
        1,
        event=Event.PROPOSAL_REFUSED,
        actor=Actor.person(user),
        subject="proposal:7",
        target="gateway",
        reason="Too “bold”, not\nneeded",
        facts={"count": 3, "nested": {"a": [1, None, True]}},
        cites=["00000000-0000-4000-8000-000000000009"],
    )
    entry = Entry.objects.get(pk=made.pk)
    assert (entry.event, entry.subject, entry.target) == (
        "proposal.refused",
        "proposal:7",
        "gateway",
    )
    assert (entry.actor_type, entry.who) == ("person", "grace")
    assert entry.reason == "Too “bold”, not\nneeded"
    assert entry.at == NOW
    assert entry.facts == {"count": 3, "nested": {"a": [1, None, True]}}
    assert entry.cites == ["00000000-0000-4000-8000-000000000009"]
    assert entry.leaf_hash == log.leaf_hash(entry.body)


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["event", "actor", "subject", "at_text"])
def test_a_shown_column_cannot_be_written_at_all(column: str) -> None:
    write(1)
    with (
        pytest.raises(Exception, match=r"(?i)generated column|append-only|can only be updated"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE audit_entry SET {column} = 'forged'")  # noqa: S608


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"ratio": 0.5}, "facts.ratio"),
        ({"big": 2**53}, "facts.big"),
        ({"a": [1, {"b": 1.5}]}, r"facts.a\[1\].b"),
        ({"é": 1}, "not printable ASCII"),
        ({"a\x00": 1}, "not printable ASCII"),
        ({"big": 10**5000}, "a large integer"),
        ({"a": {"b": {1: 2}}}, "key 1"),
        ({"token": object()}, "facts.token: object is not text"),
        ({"a": "\ud800"}, "lone surrogate"),
        ({"a": "x\x00y"}, "NUL"),
        ({"a": NOW}, "facts.a"),
        ({"a": "x" * 70_000}, "at most 65535"),
    ],
)
def test_what_has_no_single_spelling_is_refused_with_its_place(
    facts: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadEntry, match=where):
        write(1, facts=facts)
    assert Entry.objects.count() == 0


@pytest.mark.django_db
def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(BadEntry, match="no time zone"):
        write(1, at=datetime(2026, 1, 1))  # noqa: DTZ001 - this is the mistake


def test_moments_are_written_so_that_text_order_is_time_order() -> None:
    east = timezone(timedelta(hours=9))
    early = log.moment(datetime(2026, 1, 1, 8, 0, tzinfo=east))
    late = log.moment(datetime(2025, 12, 31, 23, 0, 0, 1, tzinfo=UTC))
    assert early == "2025-12-31T23:00:00.000000Z"
    assert early < late


def test_the_text_is_sorted_compact_and_in_plain_letters() -> None:
    text = log.canonical({"b": [1, "é"], "a": {"z": None, "y": True}})
    assert text == '{"a":{"y":true,"z":null},"b":[1,"é"]}'
    assert log.canonical(json.loads(text)) == text
