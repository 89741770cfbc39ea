"""Is what no entry says noted by the clock, once?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit import sequencer
from audit.events import Event
from delivery.models import Watch
from notifications import tasks
from notifications.looking import look
from notifications.models import Message, Occurrence
from selfimprove.console.clock import WORDS
from selfimprove.schedules import TICKS
from tests.delivery.scene import make_scene
from tests.factories import NOW
from tests.notifications.scene import Clock, channel, given, happen, said
from tests.notifications.servers import Hook

pytestmark = pytest.mark.django_db(transaction=True)


def ask(settings: LazySettings, policy: str) -> None:
    watch = settings.SELFIMPROVE.watch.model_copy(update={"on_inconclusive": policy})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"watch": watch})


def unclear(tmp_path: Path) -> Watch:
    """Bring a delivery to its watch, of which the answer is inconclusive."""
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "watch")
    now = timezone.now()
    watch, _ = Watch.objects.update_or_create(
        delivery=delivery,
        defaults={
            "started_at": now,
            "minute_seconds": 60,
            "verdict": "inconclusive",
            "reason": "Too little data: 3 calls.",
        },
    )
    return watch


def test_an_unclear_effect_asks_once_where_the_policy_is_to_ask(
    hook: Hook, settings: LazySettings, tmp_path: Path
) -> None:
    watch = unclear(tmp_path)
    channel(hook)
    now = timezone.now()
    look(now)
    assert not Occurrence.objects.filter(kind="watch_asks").exists()
    ask(settings, "ask")
    for minutes in range(3):
        look(now + timedelta(minutes=minutes))
    [one] = Occurrence.objects.filter(kind="watch_asks")
    assert one.subject == f"delivery:{watch.delivery_id}"
    clock = Clock(now)
    clock.tell(hours=1)
    [told] = [one for one in said(hook) if one["kind"] == "watch_asks"]
    assert told["said"] == "Too little data: 3 calls."
    assert told["url"].endswith(f"/deliveries/{watch.delivery_id}/")
    assert told["title"]


def test_an_effect_that_somebody_kept_asks_nobody(
    hook: Hook, settings: LazySettings, tmp_path: Path
) -> None:
    watch = unclear(tmp_path)
    Watch.objects.filter(pk=watch.pk).update(kept_by="olga")
    ask(settings, "ask")
    assert look(timezone.now()) == []


def test_a_log_that_is_published_late_is_told_once(hook: Hook, clock: Clock) -> None:
    channel(hook, kinds=("log_late",))
    happen(Event.LOOP_PAUSED, at=timezone.now())
    sequencer.seal(timezone.now())
    clock.at = timezone.now()
    look(clock.at)
    assert not Occurrence.objects.filter(kind="log_late").exists()
    clock.on(days=2)
    places = len(look(clock.at))
    assert places
    assert look(clock.at + timedelta(days=1)) == []
    clock.tell(hours=1)
    assert [one["kind"] for one in said(hook)] == ["log_late"] * places
    assert "not published here" in hook.texts()


def test_the_ticks_are_in_the_schedule_and_go_on_while_the_loop_is_paused() -> None:
    ticks = {tick.name: tick for tick in TICKS}
    assert ticks["notifications.tell"].every <= 60
    assert not ticks["notifications.tell"].acts
    assert {"notifications.tell", "notifications.forget"} <= set(WORDS)
    assert tasks.tell() == "nothing to tell"


def test_what_was_told_long_ago_is_forgotten_and_what_waits_is_not(
    hook: Hook, settings: LazySettings
) -> None:
    given(settings, keep_days=30)
    now = timezone.now()
    old = now - timedelta(days=40)
    channel(hook, name="ops", at=old)
    happen(Event.DELIVERY_ALARMED, "delivery:1", at=old)
    Clock(old).tell(minutes=1)
    channel(hook, name="off", at=old)
    happen(Event.DELIVERY_ALARMED, "delivery:2", at=old)
    happen(Event.DELIVERY_ALARMED, "delivery:3", at=now)
    assert tasks.forget() == "1 removed"
    assert sorted(Occurrence.objects.values_list("subject", flat=True)) == [
        "delivery:2",
        "delivery:3",
    ]
    assert not Message.objects.exists()


def test_nothing_is_told_of_the_demo_where_there_is_no_channel(clock: Clock) -> None:
    happen(Event.LOOP_PAUSED, at=NOW)
    assert clock.tell(days=1).words == "nothing to tell"
    assert Occurrence.objects.count() >= 1
