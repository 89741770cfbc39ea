"""Is each thing due once, in order, and does nothing end without a word before?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals.waiting.rules import (
    LEAST_NOTICE,
    Kind,
    Limits,
    Room,
    Turn,
    addressee,
    due,
    fitting,
    lasting,
)
from tests.factories import NOW

HOURS = Limits(timedelta(hours=24), timedelta(hours=72), timedelta(hours=720))


def _due(hours: float, told: dict[Kind, float] | None = None) -> Kind | None:
    moments = {kind: NOW + timedelta(hours=at) for kind, at in (told or {}).items()}
    return due(NOW, moments, HOURS, NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("hours", "told", "expected"),
    [
        (0, {}, None),
        (23.9, {}, None),
        (24, {}, Kind.REMINDER),
        (30, {Kind.REMINDER: 24}, None),
        (72, {Kind.REMINDER: 24}, Kind.ESCALATION),
        (500, {}, Kind.ESCALATION),
        (719, {Kind.REMINDER: 24, Kind.ESCALATION: 72}, None),
        (720, {Kind.REMINDER: 24, Kind.ESCALATION: 72}, Kind.EXPIRY),
        (9000, {Kind.REMINDER: 24}, Kind.ESCALATION),
        (9000, {Kind.ESCALATION: 8990}, None),
        (9014, {Kind.ESCALATION: 8990}, Kind.EXPIRY),
        (9999, {Kind.ESCALATION: 72, Kind.EXPIRY: 720}, None),
    ],
)
def test_what_is_due(hours: float, told: dict[Kind, float], expected: Kind | None) -> None:
    assert _due(hours, told) == expected


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=40))
def test_however_seldom_somebody_looks_each_is_told_once_and_the_end_comes_last(
    looks: list[float],
) -> None:
    told: dict[Kind, float] = {}
    for hours in sorted(looks):
        kind = _due(hours, told)
        if kind is not None:
            assert kind not in told
            told[kind] = hours
    if Kind.EXPIRY in told:
        notice = timedelta(hours=told[Kind.EXPIRY] - told[Kind.ESCALATION])
        assert notice >= LEAST_NOTICE - timedelta(seconds=1)
    assert list(told.values()) == sorted(told.values())


def test_with_a_short_life_the_notice_is_as_long_as_it_can_be() -> None:
    short = Limits(timedelta(hours=1), timedelta(hours=2), timedelta(hours=4))
    told = {Kind.ESCALATION: NOW + timedelta(hours=2)}
    assert due(NOW, told, short, NOW + timedelta(hours=3.9)) is None
    assert due(NOW, told, short, NOW + timedelta(hours=4)) is Kind.EXPIRY


def test_a_reminder_goes_to_whose_turn_it_is_and_everything_else_above() -> None:
    assert addressee(Kind.REMINDER, Turn.REVIEWERS) == "reviewers"
    assert addressee(Kind.REMINDER, Turn.WRITER) == "writer"
    assert addressee(Kind.ESCALATION, Turn.REVIEWERS) == "operators and admins"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-3, "less than a minute"),
        (0.01, "less than a minute"),
        (0.02, "1 minute"),
        (0.5, "30 minutes"),
        (1, "1 hour"),
        (47, "47 hours"),
        (50, "2 days"),
    ],
)
def test_spans_are_said_as_people_do(hours: float, words: str) -> None:
    assert lasting(timedelta(hours=hours)) == words


@pytest.mark.parametrize(
    ("room", "full", "left", "words"),
    [
        (Room(0, 12), False, 12, "0 of 12 wait"),
        (Room(11, 12), False, 1, "11 of 12 wait"),
        (Room(12, 12), True, 0, "review is full (12 of 12 wait)"),
        (Room(15, 12), True, 0, "review is full (15 of 12 wait)"),
        (Room(900, 0), False, None, "900 wait, and no limit is set"),
    ],
)
def test_room_says_whether_more_may_come(
    room: Room, full: bool, left: int | None, words: str
) -> None:
    assert (room.is_full, room.left, room.words) == (full, left, words)


@pytest.mark.parametrize(("reviews", "hint"), [(0, None), (4, None), (5, 2), (14, 5), (140, 50)])
def test_how_many_should_wait_follows_from_how_fast_people_decide(
    reviews: int, hint: int | None
) -> None:
    assert fitting(reviews, days=14, reserve=5) == hint
