"""What becomes of messages that nobody takes, and of everybody else's meanwhile?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.events import Event
from audit.models import Entry
from notifications import recording, sending
from notifications.channels import tell_person
from notifications.composing import compose
from notifications.models import Heard, Message, MessageState, Telling
from ports.notifier import Letter, NotSent
from ports.notifier.webhook import Webhook
from tests.notifications.scene import Clock, channel, happen, operator, said
from tests.notifications.servers import Hook, webhook

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_dead_channel_holds_nobody_up(hook: Hook, clock: Clock) -> None:
    with webhook() as dead:
        for number in range(4):
            channel(dead, name=f"dead {number}")
        channel(hook, name="well")
        dead.mood = "hangs up"
        happen(Event.LOOP_PAUSED)
        done = clock.tell(minutes=1)
        assert (done.sent, done.failed) == (1, 4)
        happen(Event.DELIVERY_ALARMED, "delivery:1", at=clock.at)
        done = clock.tell(seconds=40)
        assert done.sent == 1
        assert len(hook.got) == 2


def test_the_answer_of_the_quick_is_kept_while_the_slow_are_waited_for(
    hook: Hook, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    kept_sent, kept_failed = recording.sent, recording.failed

    def sent(message: Message, at: object) -> str:
        order.append("sent")
        return kept_sent(message, clock())

    def failed(message: Message, trouble: NotSent, at: object) -> str:
        order.append("failed")
        return kept_failed(message, trouble, clock())

    monkeypatch.setattr(recording, "sent", sent)
    monkeypatch.setattr(recording, "failed", failed)
    monkeypatch.setattr(Webhook.__init__, "__kwdefaults__", {"seconds": 1.5})
    with webhook() as slow:
        slow.mood = "silent"
        channel(slow, name="a slow one")
        channel(hook, name="a quick one")
        happen(Event.LOOP_PAUSED)
        clock.tell(minutes=1)
    assert order == ["sent", "failed"]


def test_it_is_tried_again_with_growing_pauses_and_told_once(hook: Hook, clock: Clock) -> None:
    ops = channel(hook)
    happen(Event.LOOP_PAUSED)
    hook.mood = "broken"
    clock.tell(minutes=1)
    message = Message.objects.get()
    pauses = []
    for _ in range(5):
        message.refresh_from_db()
        pauses.append(message.next_at - clock.at)
        assert clock.tell(seconds=1).failed == 0  # not before its time
        clock.at = message.next_at
        clock.tell()
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == 5
    ops.refresh_from_db()
    assert ops.failing_since
    assert "500" in ops.last_failure
    hook.mood = ""
    clock.tell(hours=1)
    assert len(hook.got) == 1
    ops.refresh_from_db()
    assert ops.state == ("good", "Works")
    assert ops.last_failure == ""
    assert ops.last_failed_at
    assert hook.got[0]["maybe_repeated"] is False


def test_who_asks_for_a_pause_gets_it(hook: Hook, clock: Clock) -> None:
    channel(hook)
    happen(Event.LOOP_PAUSED)
    hook.mood = "busy"
    clock.tell(minutes=1)
    assert Message.objects.get().next_at - clock.at == timedelta(minutes=30)


def test_after_a_day_it_is_given_up_with_an_alarm(
    hook: Hook, clock: Clock, client: Client
) -> None:
    ops = channel(hook, name="the tower")
    happen(Event.LOOP_PAUSED)
    hook.mood = "gone"
    clock.tell(minutes=1)
    for _ in range(26):
        clock.tell(hours=1)
    message = Message.objects.get()
    assert message.state == MessageState.GIVEN_UP
    assert set(Telling.objects.values_list("state", flat=True)) == {Heard.GIVEN_UP}
    entry = Entry.objects.get(event=Event.NOTIFICATION_GIVEN_UP)
    assert entry.facts["count"] == 1
    assert entry.facts["channel"] == ops.pk
    assert "404" in entry.reason
    client.force_login(operator())
    shown = client.get(reverse("home")).content.decode()
    assert "Nobody is told at “the tower”" in shown
    assert "given up" in shown
    hook.mood = ""
    happen(Event.LOOP_RESUMED, at=clock.at)
    clock.tell(hours=2)
    assert [one["kind"] for one in said(hook)] == ["loop_resumed"]
    assert "Nobody is told at" not in client.get(reverse("home")).content.decode()


def test_others_hear_that_it_was_given_up_and_it_does_not(hook: Hook, clock: Clock) -> None:
    with webhook() as dead:
        dead.mood = "gone"
        channel(dead, name="dead")
        channel(hook, name="well", kinds=("channel_silent",))
        happen(Event.LOOP_PAUSED)
        clock.tell(minutes=1)
        for _ in range(28):
            clock.tell(hours=1)
        assert [one["kind"] for one in said(hook)] == ["channel_silent"]
        assert "dead" in hook.texts()
        assert "verysecrettoken" not in hook.texts()
        heard = Telling.objects.filter(occurrence__kind="channel_silent")
        assert [one.channel.name for one in heard] == ["well"]


def test_what_comes_while_it_is_tried_again_waits_for_it(hook: Hook, clock: Clock) -> None:
    channel(hook)
    hook.mood = "broken"
    for number in range(5):
        happen(Event.DELIVERY_ALARMED, f"delivery:{number}", at=clock.at)
        clock.tell(minutes=1)
    assert Message.objects.count() == 1
    hook.mood = ""
    clock.tell(hours=1)
    clock.tell(minutes=1)
    assert sorted(one["subject"] for one in said(hook)) == [f"delivery:{n}" for n in range(5)]


def test_two_workers_open_and_send_one_message(hook: Hook, clock: Clock) -> None:
    ops = channel(hook)
    happen(Event.LOOP_PAUSED)
    clock.on(minutes=1)
    compose(clock())
    [first], [second] = (list(Message.objects.all()) for _ in range(2))
    assert sending._take(first, clock())
    assert not sending._take(second, clock())
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            channel=ops, batch=first.batch, count=1, created_at=clock(), next_at=clock()
        )
    assert compose(clock()) == []


def test_what_a_killed_worker_was_sending_is_sent_again_and_says_so(
    hook: Hook, clock: Clock, client: Client
) -> None:
    channel(hook)
    happen(Event.LOOP_PAUSED)

    class Killed(BaseException):
        """End the worker after the message left, and before it is written down."""

    def killed(message: Message, at: object) -> str:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "sent", killed)
        with pytest.raises(Killed):
            clock.tell(minutes=1)
    assert len(hook.got) == 1
    assert Message.objects.get().state == MessageState.SENDING
    assert clock.tell(minutes=1).sent == 0  # it may still be at work
    assert clock.tell(minutes=5).sent == 1
    first, second = hook.got
    assert first["id"] == second["id"]
    assert second["maybe_repeated"] is True
    assert second["text"].startswith("This message may have come before")
    assert Entry.objects.get(event=Event.NOTIFICATION_SENT).facts["maybe_twice"] is True
    client.force_login(operator())
    assert "may have been sent twice" in client.get(reverse("notifications:page")).content.decode()


def test_an_answer_that_never_came_makes_it_perhaps_twice(
    hook: Hook, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Webhook.__init__, "__kwdefaults__", {"seconds": 0.5})
    channel(hook)
    happen(Event.LOOP_PAUSED)
    hook.mood = "takes and is silent"
    assert clock.tell(minutes=1).failed == 1
    hook.mood = ""
    clock.tell(minutes=2)
    assert [one["maybe_repeated"] for one in hook.got] == [False, True]


def test_a_mistake_of_ours_fails_the_tick_and_loses_nothing(
    hook: Hook, slack: Hook, clock: Clock
) -> None:
    channel(slack, name="a broken one", place="slack")
    channel(hook, name="a whole one")
    happen(Event.LOOP_PAUSED)

    def broken(place: object, letter: Letter) -> None:
        raise KeyError("ours")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ports.notifier.slack.Slack.send", broken)
        with pytest.raises(KeyError, match="ours"):
            clock.tell(minutes=1)
    assert len(hook.got) == 1  # the other one was sent and written down
    assert Message.objects.filter(state=MessageState.SENT).count() == 1
    clock.tell(minutes=5)
    assert (len(hook.got), len(slack.got)) == (1, 1)


def test_an_address_that_cannot_be_read_any_more_says_what_to_do(
    hook: Hook, clock: Clock, settings: LazySettings
) -> None:
    ops = channel(hook)
    happen(Event.LOOP_PAUSED)
    settings.SECRET_KEY = "another one"
    assert clock.tell(minutes=1).failed == 1
    ops.refresh_from_db()
    assert "give it anew" in ops.last_failure
    assert hook.got == []


def test_a_person_who_left_is_told_nothing_more(
    hook: Hook, clock: Clock, settings: LazySettings
) -> None:
    person = User.objects.create_user("olga", email="olga@example.org", is_superuser=True)
    tell_person(person, at=clock.at)
    happen(Event.DELIVERY_ALARMED, "delivery:1")
    assert Telling.objects.count() == 1
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert clock.tell(minutes=1).failed == 0
    assert Telling.objects.get().state == Heard.MOOT
