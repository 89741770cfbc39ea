"""Pausing and resuming the loop, and who did it."""

import pytest
from django.utils import timezone

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from selfimprove import switch

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


def test_a_pause_holds_until_it_is_lifted_and_both_are_on_the_log() -> None:
    assert not switch.paused()
    switch.pause(actor=ADA, reason="a release is on", at=timezone.now())
    assert switch.paused()
    switch.resume(actor=ADA, at=timezone.now())
    assert not switch.paused()
    told = [(row.event, row.who, row.reason) for row in Entry.objects.order_by("id")][1:]
    assert told == [
        (Event.LOOP_PAUSED, "ada", "a release is on"),
        (Event.LOOP_RESUMED, "ada", ""),
    ]


def test_pausing_a_paused_loop_says_who_was_first() -> None:
    switch.pause(actor=ADA, reason="first", at=timezone.now())
    with pytest.raises(switch.AlreadySo, match="by ada"):
        switch.pause(actor=Actor("person", "bo"), reason="second", at=timezone.now())
    assert Entry.objects.filter(event=Event.LOOP_PAUSED).count() == 1


def test_resuming_a_running_loop_changes_nothing() -> None:
    with pytest.raises(switch.AlreadySo):
        switch.resume(actor=ADA, at=timezone.now())
    assert not Entry.objects.exists()
