"""Is everything told, and nothing twice unsaid, when the worker is killed at the worst moment?"""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from audit.events import Event
from audit.models import Entry
from notifications.models import Channel, Heard, Message, MessageState, Occurrence, Telling
from tests.notifications.scene import Clock, channel, happen, said
from tests.notifications.servers import Hook

pytestmark = pytest.mark.django_db(transaction=True)

ROUND = """
import os, signal
import django
django.setup()
from django.utils import timezone
from notifications import recording, sending
def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
{kill}
sending.send(timezone.now)
"""
ACT = """
import os, signal
import django
django.setup()
from django.db import transaction
from django.utils import timezone
from audit.events import Event
from audit.log import Actor, record
with transaction.atomic():
    record(Event.LOOP_PAUSED, actor=Actor.system("delivery"), subject="loop:main",
           at=timezone.now(), reason="Smoke")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def a_file() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the child finds the database by its file")


def killed(program: str, settings: LazySettings) -> None:
    """Run a program on the test's own database until it is killed."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def paused(hook: Hook) -> None:
    """Let something critical have happened a minute ago."""
    now = timezone.now()
    channel(hook, at=now)
    happen(Event.LOOP_PAUSED, at=now - timedelta(minutes=1))


def everything_told_once(hook: Hook, clock: Clock) -> bool:
    states = set(Telling.objects.values_list("state", flat=True))
    settled = not Message.objects.exclude(state=MessageState.SENT).exists()
    return states == {Heard.TOLD} and settled and clock.tell(hours=2).sent == 0


def test_between_sending_and_writing_it_down_it_is_sent_again_and_says_so(
    hook: Hook, settings: LazySettings
) -> None:
    paused(hook)
    killed(ROUND.format(kill="recording.sent = die"), settings)
    assert len(hook.got) == 1
    clock = Clock(timezone.now())
    assert clock.tell(minutes=4).sent == 1
    assert [one["maybe_repeated"] for one in hook.got] == [False, True]
    assert len({one["webhook-id"] for one in hook.headers}) == 1
    assert Channel.objects.get().last_sent_at == clock.at
    assert everything_told_once(hook, clock)


def test_before_a_message_was_taken_up_it_is_sent_once_and_nothing_is_in_doubt(
    hook: Hook, settings: LazySettings
) -> None:
    paused(hook)
    killed(ROUND.format(kill="sending._take = die"), settings)
    assert Message.objects.get().state == MessageState.WAITING
    assert hook.paths == []
    clock = Clock(timezone.now())
    assert clock.tell(seconds=1).sent == 1
    assert [one["maybe_repeated"] for one in hook.got] == [False]
    assert everything_told_once(hook, clock)


def test_after_it_was_taken_up_and_before_it_left_nobody_knows_so_it_says_perhaps_twice(
    hook: Hook, settings: LazySettings
) -> None:
    paused(hook)
    killed(ROUND.format(kill="sending._prepared = die"), settings)
    assert Message.objects.get().state == MessageState.SENDING
    assert hook.paths == []
    clock = Clock(timezone.now())
    assert clock.tell(seconds=30).sent == 0  # whoever took it up may be at work
    assert clock.tell(minutes=4).sent == 1
    assert [one["maybe_repeated"] for one in hook.got] == [True]
    assert everything_told_once(hook, clock)


def test_in_the_middle_of_the_act_neither_the_act_nor_its_news_is_there(
    hook: Hook, settings: LazySettings
) -> None:
    channel(hook, at=timezone.now())
    killed(ACT, settings)
    assert not Entry.objects.filter(event=Event.LOOP_PAUSED).exists()
    assert not Occurrence.objects.exists()
    clock = Clock(timezone.now())
    assert clock.tell(hours=1).sent == 0
    happen(Event.LOOP_PAUSED, at=clock.at)
    clock.tell(minutes=1)
    assert [one["kind"] for one in said(hook)] == ["loop_paused"]
