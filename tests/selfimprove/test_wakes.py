"""A recorded act wakes its ticks after the commit, and never before."""

from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from audit import follow
from audit.events import TIED, Event
from audit.log import Actor, record
from audit.models import Entry
from proposals.lifecycle import MOVES
from selfimprove import schedules
from selfimprove.models import Run, RunState
from selfimprove.wakes import SEAL, WAKES


@pytest.mark.django_db(transaction=True)
def test_an_approval_wakes_the_delivery_after_commit() -> None:
    with transaction.atomic():
        _record(Event.PROPOSAL_APPROVED)
        assert not Run.objects.exists()
    queued = set(Run.objects.filter(state=RunState.QUEUED).values_list("name", flat=True))
    assert queued == {"delivery.deliver", "proposals.publish", "audit.publish", "audit.seal"}


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_wakes_nothing() -> None:
    with transaction.atomic():
        _record(Event.PROPOSAL_APPROVED)
        transaction.set_rollback(True)
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("event", sorted(WAKES))
def test_every_event_that_wakes_asks_for_its_ticks_and_the_seal(event: Event) -> None:
    with transaction.atomic():
        _record(event)
    queued = set(Run.objects.filter(state=RunState.QUEUED).values_list("name", flat=True))
    assert queued == {*WAKES[event], SEAL}
    assert OrmQ.objects.count() == len(queued)


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_what_wakes_nothing_asks_for_nothing() -> None:
    assert Event.USER_SIGNED_IN not in WAKES
    with transaction.atomic():
        _record(Event.USER_SIGNED_IN)
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_events_at_once_ask_once() -> None:
    with transaction.atomic():
        for _ in range(10):
            _record(Event.PROPOSAL_CREATED)
    assert OrmQ.objects.count() == len({*WAKES[Event.PROPOSAL_CREATED], SEAL})


def test_only_ticks_of_the_schedule_are_woken() -> None:
    known = {tick.name for tick in schedules.TICKS}
    assert {SEAL, *(name for names in WAKES.values() for name in names)} <= known


def test_every_decision_of_a_person_wakes_something() -> None:
    assert {step.event for step in MOVES.values()} <= set(WAKES)


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_refuses_a_wake_undoes_nothing() -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(Run, "selfimprove_run", "selfimprove_elsewhere")
    try:
        with transaction.atomic():
            _record(Event.TARGET_ADDED)
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Run, "selfimprove_elsewhere", "selfimprove_run")
    assert Entry.objects.filter(event=Event.TARGET_ADDED).count() == 1
    assert not Run.objects.exists()


def _record(event: Event) -> None:
    if event in TIED:  # it needs its object, and what follows the log hears no more than this
        transaction.on_commit(partial(follow.announce, event, "proposal:1"), robust=True)
        return
    record(event, actor=Actor("person", "ada"), subject="proposal:1", at=timezone.now())
