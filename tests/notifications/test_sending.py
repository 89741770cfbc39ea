"""Does everything reach each channel, once, together, and in its time?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from audit.events import Event
from audit.models import Entry
from notifications import channels
from notifications.models import Channel, Heard, Message, MessageState, Telling
from proposals import lifecycle
from proposals.lifecycle import Move
from targets.models import Target
from tests.factories import NOW, make_proposal
from tests.notifications.scene import (
    ROOM,
    Clock,
    channel,
    given,
    happen,
    mail_settings,
    operator,
    said,
)
from tests.notifications.servers import Hook, Post, webhook

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_critical_is_there_within_five_minutes(hook: Hook, clock: Clock) -> None:
    channel(hook)
    happen(Event.LOOP_PAUSED, reason="Smoke in the hall")
    assert clock.tell(seconds=1).sent == 0  # it gathers what comes with it
    assert clock.tell(minutes=1).sent == 1
    [message] = hook.got
    assert message["severity"] == "critical"
    assert message["batch"] == "at once"
    assert "Smoke in the hall" in message["text"]
    assert clock.tell(days=2).sent == 0


def test_what_is_high_is_told_by_the_hour_and_the_rest_at_nine(
    hook: Hook, clock: Clock, target: Target
) -> None:
    channel(hook)
    for severity in ("high", "high", "medium", "low"):
        make_proposal(target, severity=severity)
    clock.tell(minutes=29)  # 09:59
    assert hook.got == []
    clock.tell(minutes=1)
    assert [message["batch"] for message in hook.got] == ["hourly"]
    assert [one["severity"] for one in said(hook)] == ["high", "high"]
    clock.tell(hours=22, minutes=59)  # 08:59 of the next day
    assert len(hook.got) == 1
    clock.tell(minutes=1)
    assert [message["batch"] for message in hook.got] == ["hourly", "daily"]
    assert hook.got[1]["count"] == 2
    clock.tell(days=30)
    assert len(hook.got) == 2


def test_the_text_lists_ids_titles_commands_and_links(
    hook: Hook, clock: Clock, target: Target, settings: LazySettings
) -> None:
    given(settings, address="https://improve.example.org")
    channel(hook)
    one = make_proposal(target, severity="critical", title="Give the search more time")
    clock.tell(minutes=1)
    [message] = hook.got
    for words in (
        f"id:      {one.pk}",
        "Give the search more time",
        f"proposals show {one.pk}",
        f"proposals approve {one.pk}",
        f"proposals reject {one.pk} REASON",
        f"https://improve.example.org/proposals/{one.pk}/",
    ):
        assert words in message["text"]
    [listed] = message["notifications"]
    assert listed["kind"] == "proposal_waits"
    assert listed["url"] == f"https://improve.example.org/proposals/{one.pk}/"
    assert listed["commands"]["approve"] == f"proposals approve {one.pk}"
    assert listed["target"] == target.slug


def test_a_burst_of_five_hundred_is_one_message(hook: Hook, clock: Clock) -> None:
    ops = channel(hook)
    for number in range(500):
        happen(
            Event.DELIVERY_ALARMED, f"delivery:{number}", at=NOW + timedelta(seconds=number / 20)
        )
    clock.tell(minutes=1)
    [message] = hook.got
    assert message["count"] == 500
    assert message["shown"] == len(message["notifications"]) == 25
    assert "And 475 more" in message["text"]
    assert Telling.objects.filter(channel=ops, state=Heard.TOLD).count() == 500
    entry = Entry.objects.get(event=Event.NOTIFICATION_SENT)
    assert entry.facts["count"] == len(entry.facts["told"]) == 500
    assert clock.tell(minutes=5).sent == 0


def test_what_is_decided_meanwhile_is_not_told(hook: Hook, clock: Clock, target: Target) -> None:
    channel(hook)
    gone, stays = make_proposal(target, severity="low"), make_proposal(target, severity="low")
    lifecycle.advance(gone, Move.REJECT, actor=ROOM, at=NOW, reason="No")
    clock.tell(days=1)
    assert [one["subject"] for one in said(hook)] == [f"proposal:{stays.pk}"]
    states = dict(Telling.objects.values_list("occurrence__subject", "state"))
    assert states == {f"proposal:{gone.pk}": Heard.MOOT, f"proposal:{stays.pk}": Heard.TOLD}


def test_with_nothing_left_to_say_nothing_is_said(
    hook: Hook, clock: Clock, target: Target
) -> None:
    channel(hook)
    gone = make_proposal(target, severity="low")
    lifecycle.advance(gone, Move.REJECT, actor=ROOM, at=NOW, reason="No")
    assert clock.tell(days=1).sent == 0
    assert not Message.objects.exists()


def test_what_is_decided_while_its_message_is_tried_again_falls_out_of_it(
    hook: Hook, clock: Clock, target: Target
) -> None:
    channel(hook)
    gone = make_proposal(target, severity="critical")
    hook.mood = "broken"
    clock.tell(minutes=1)
    lifecycle.advance(gone, Move.REJECT, actor=ROOM, at=NOW, reason="No")
    hook.mood = ""
    clock.tell(minutes=5)
    assert hook.got == []
    assert Message.objects.get().state == MessageState.DROPPED
    assert Telling.objects.get().state == Heard.MOOT


def test_each_channel_is_told_once_by_its_own_way(
    hook: Hook, slack: Hook, post: Post, clock: Clock, settings: LazySettings
) -> None:
    mail_settings(settings, post)
    channel(hook, name="hook")
    channel(slack, name="slack", place="slack")
    channel("ada@example.org, ben@example.org", name="mail", place="email")
    happen(Event.LOOP_PAUSED, reason="Smoke")
    clock.tell(minutes=1)
    clock.tell(minutes=1)
    assert len(hook.got) == len(slack.got) == len(post.got) == 1
    assert "The loop was paused" in slack.got[0]["text"]
    assert post.got[0]["Subject"] == "selfimprove [critical] The loop was paused"
    assert post.to == [["ada@example.org", "ben@example.org"]]
    assert Channel.objects.filter(last_sent_at=clock.at - timedelta(minutes=1)).count() == 3


def test_no_secret_and_nothing_that_acts_leaves_the_house(
    slack: Hook, hook: Hook, clock: Clock, target: Target
) -> None:
    channel(slack, name="slack", place="slack")
    channel(hook, name="hook")
    key = "sk-ant-api03-" + "a1B2" * 20
    happen(
        Event.LOOP_PAUSED,
        reason=f"<!channel>\nBcc: x@example.org\u202e {key} http://10.1.2.3/secret/path?token=x",
    )
    clock.tell(minutes=1)
    for text in (slack.texts(), hook.texts()):
        assert key not in text
        assert "/secret/path" not in text
        assert "\u202e" not in text
        assert "\nBcc" not in text
    assert "<!channel>" not in slack.texts()


def test_the_log_says_who_was_told_and_none_of_the_words(
    hook: Hook, clock: Clock, target: Target
) -> None:
    ops = channel(hook)
    one = make_proposal(target, severity="critical", title="A title of people")
    clock.tell(minutes=1)
    entry = Entry.objects.get(event=Event.NOTIFICATION_SENT)
    assert entry.subject == f"channel:{ops.pk}"
    assert entry.facts["told"] == [f"proposal_waits proposal:{one.pk}"]
    assert entry.facts["maybe_twice"] is False
    assert "A title of people" not in entry.body
    assert hook.address not in entry.body


def test_a_channel_that_is_off_hears_later_and_a_removed_one_never(
    hook: Hook, clock: Clock
) -> None:
    ops = channel(hook)
    happen(Event.LOOP_PAUSED)
    channels.switch(ops, on=False, person=operator(), at=NOW)
    happen(Event.LOOP_RESUMED)  # of which it hears nothing
    clock.tell(hours=2)
    assert hook.got == []
    channels.switch(ops, on=True, person=operator(), at=clock.at)
    clock.tell(minutes=1)
    assert [one["kind"] for one in said(hook)] == ["loop_paused"]
    happen(Event.DELIVERY_ALARMED, "delivery:1", at=clock.at)
    channels.remove(ops, person=operator(), at=clock.at)
    clock.tell(minutes=5)
    assert len(hook.got) == 1
    assert Telling.objects.filter(state=Heard.DROPPED).count() == 1


def test_one_thing_after_another_to_two_channels_at_once(clock: Clock) -> None:
    with webhook() as one, webhook() as other:
        channel(one, name="one")
        channel(other, name="other", least="critical")
        for number in range(3):
            happen(Event.DELIVERY_ALARMED, f"delivery:{number}", at=clock.at)
            clock.tell(minutes=1)
        assert [len(one.got), len(other.got)] == [3, 3]
        ids = [message["id"] for message in (*one.got, *other.got)]
        assert len(set(ids)) == 6
