"""Does a place that is slow, overloaded or broken for ever cost no more than it has to?"""

from datetime import timedelta

import pytest

from audit.events import Event
from audit.models import Entry
from notifications.models import Channel, Heard, Message, MessageState, Telling
from notifications.rules import GIVEN_UP_AFTER
from ports.notifier.webhook import Webhook
from tests.factories import NOW
from tests.notifications.scene import Clock, channel, happen, said
from tests.notifications.servers import Hook, webhook

pytestmark = pytest.mark.django_db(transaction=True)


def days_of_ticks(clock: Clock, days: int) -> None:
    """Let the clock tick as often as something may be due, for days."""
    end = clock.at + timedelta(days=days)
    while clock.at < end:
        waiting = Message.objects.filter(state=MessageState.WAITING).order_by("next_at").first()
        later = clock.at + timedelta(minutes=15)
        clock.at = (
            max(clock.at + timedelta(seconds=15), min(waiting.next_at, later))
            if (waiting)
            else later
        )
        clock.tell()


def test_who_answers_500_for_ever_is_asked_seldom_and_given_up_after_a_day(
    hook: Hook, clock: Clock
) -> None:
    with webhook() as well:
        channel(hook, name="broken")
        channel(well, name="well", kinds=("loop_paused",))
        hook.mood = "broken"
        happen(Event.LOOP_PAUSED)
        days_of_ticks(clock, 1)
        clock.tell(hours=2)
        message = Message.objects.get(channel__name="broken", batch="at once")
        assert message.state == MessageState.GIVEN_UP
        assert 20 <= message.attempts <= 32  # 1, 2, 4 … 60 minutes, then each hour
        assert len(hook.paths) >= message.attempts
        assert message.ended_at is not None
        assert message.ended_at - message.created_at >= GIVEN_UP_AFTER
        assert [one["kind"] for one in said(well)] == ["loop_paused"]


def test_what_goes_on_happening_does_not_pile_up_requests_behind_a_broken_place(
    hook: Hook, clock: Clock
) -> None:
    channel(hook)
    hook.mood = "broken"
    for number in range(100):
        happen(Event.DELIVERY_ALARMED, f"delivery:{number}", at=clock.at)
        clock.tell(minutes=1)
    assert Message.objects.count() == 1
    assert len(hook.paths) < 10
    hook.mood = ""
    days_of_ticks(clock, 1)
    subjects = [one["subject"] for one in said(hook)]
    assert len(subjects) == len(set(subjects))
    assert Telling.objects.filter(state=Heard.TOLD).count() == 100
    assert sum(message["count"] for message in hook.got) == 100


def test_after_it_was_given_up_what_is_new_is_told_at_once(hook: Hook, clock: Clock) -> None:
    channel(hook, kinds=("loop_paused", "loop_resumed"))
    hook.mood = "broken"
    happen(Event.LOOP_PAUSED)
    days_of_ticks(clock, 2)
    assert Telling.objects.get().state == Heard.GIVEN_UP
    assert Entry.objects.filter(event=Event.NOTIFICATION_GIVEN_UP).count() == 1
    hook.mood = ""
    happen(Event.LOOP_PAUSED, at=clock.at)
    clock.tell(minutes=1)
    assert [one["kind"] for one in said(hook)] == ["loop_paused"]
    assert Channel.objects.get().state == ("good", "Works")


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("300", timedelta(minutes=5)),
        ("3600", timedelta(hours=1)),
        ("86400", timedelta(hours=1)),  # nobody is left alone for longer
        ("5", timedelta(minutes=1)),  # nor for less than it is by itself
        ("0", timedelta(minutes=1)),
        ("Wed, 04 Mar 2026 12:00:00 GMT", timedelta(minutes=1)),
        ("-1", timedelta(minutes=1)),
        ("9" * 40, timedelta(minutes=1)),
        ("٣٠٠", timedelta(minutes=1)),
    ],
)
def test_a_place_that_is_overloaded_is_left_alone_as_it_asks(
    hook: Hook, clock: Clock, asked: str, pause: timedelta
) -> None:
    channel(hook)
    happen(Event.LOOP_PAUSED)
    hook.mood = f"busy {asked}".encode().decode("latin-1")
    clock.tell(minutes=1)
    message = Message.objects.get()
    assert message.next_at - clock.at == pause
    assert "429" in message.failure
    hook.mood = ""
    clock.at = message.next_at - timedelta(seconds=1)
    assert clock.tell().sent == 0
    assert clock.tell(seconds=1).sent == 1
    assert hook.got[0]["maybe_repeated"] is False  # it said that it had not taken it


def test_a_slow_place_is_waited_for_and_holds_up_nothing_that_comes_next(
    hook: Hook, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Webhook.__init__, "__kwdefaults__", {"seconds": 0.5})
    with webhook() as slow:
        slow.mood = "silent"
        channel(slow, name="slow")
        channel(hook, name="quick")
        for number in range(3):
            happen(Event.DELIVERY_ALARMED, f"delivery:{number}", at=clock.at)
            clock.tell(minutes=1)
        assert [one["subject"] for one in said(hook)] == [f"delivery:{n}" for n in range(3)]
        slow.mood = ""
        clock.tell(hours=1)
        clock.tell(hours=1)
        assert sorted({one["subject"] for one in said(slow)}) == [
            f"delivery:{n}" for n in range(3)
        ]
        assert slow.got[0]["maybe_repeated"] is True  # it never said that it had not taken it


def test_each_reason_is_kept_short_and_without_what_acts(hook: Hook, clock: Clock) -> None:
    ops = channel(hook)
    hook.mood = "gone"
    happen(Event.LOOP_PAUSED, at=NOW)
    clock.tell(minutes=1)
    ops.refresh_from_db()
    assert len(ops.last_failure) <= 300
    assert "verysecrettoken" not in ops.last_failure
    assert "whsec_" not in ops.last_failure
