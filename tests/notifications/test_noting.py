"""Is each thing noted with what happened, once, and for those who are to hear of it?"""

from datetime import time, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from notifications.kinds import CASES, KINDS, OWN, case_of
from notifications.models import Channel, Occurrence, Telling
from notifications.rules import GRADES
from proposals.waiting import ageing
from selfimprove import switch
from targets.models import Target
from tests.factories import NOW, make_proposal
from tests.notifications.scene import channel, given, happen, heard_of
from tests.notifications.servers import Hook

pytestmark = pytest.mark.django_db


def told(channel: Channel | None = None) -> list[str]:
    rows = Telling.objects.filter(channel=channel) if channel else Telling.objects.all()
    return sorted(rows.values_list("occurrence__kind", flat=True))


def test_the_table_is_closed_and_each_kind_is_used() -> None:
    used = {case.kind for cases in CASES.values() for case in cases}
    looked_for = {"watch_asks", "log_late"}
    assert used | looked_for == set(KINDS)
    for kind in KINDS.values():
        assert kind.severity == OWN or kind.severity in GRADES
        assert kind.least in GRADES
        assert kind.words[0].isupper()


def test_what_is_in_no_table_is_noted_nowhere(hook: Hook) -> None:
    channel(hook)
    happen(Event.USER_SIGNED_IN, "user:ada")
    happen(Event.LOG_VERIFIED, "log", ok=True)
    heard_of(Event.DELIVERY_ENDED, "delivery:1", outcome="SUCCEEDED")
    happen(Event.SCAN_ENDED, "scan:1")
    assert not Occurrence.objects.exists()


@pytest.mark.parametrize(
    ("event", "facts", "kind"),
    [
        (Event.DELIVERY_ALARMED, {}, "delivery_needs_person"),
        (Event.LOOP_PAUSED, {}, "loop_paused"),
        (Event.LOOP_RESUMED, {}, "loop_resumed"),
        (Event.BUDGET_ALERTED, {"percent": 50}, "budget_half"),
        (Event.BUDGET_ALERTED, {"percent": 80}, "budget_nearly"),
        (Event.BUDGET_ALERTED, {"percent": 100}, "budget_reached"),
        (Event.BUDGET_ALERTED, {"percent": 70}, None),
        (Event.LOG_VERIFIED, {"ok": False}, "log_unsound"),
        (Event.LOG_VERIFIED, {"ok": True}, None),
        (Event.LOG_ANCHOR_CONFLICT, {}, "log_contradicted"),
        (Event.RUN_FAILED, {}, "run_failed"),
        (Event.PROPOSAL_SUPERSEDED, {}, None),
        (Event.PROPOSAL_SUPERSEDED, {"expired": True}, "expiry"),
        (Event.DELIVERY_ENDED, {"outcome": "FAILED"}, "delivery_failed"),
        (Event.DELIVERY_ENDED, {"outcome": "TIMED_OUT"}, "delivery_failed"),
        (Event.DELIVERY_ENDED, {"outcome": "REVERTED"}, "delivery_reverted"),
        (Event.DELIVERY_ENDED, {"outcome": "ABORTED"}, None),
        (Event.STANDING_SUSPENDED, {}, "standing_suspended"),
        (Event.PROPOSAL_ANNOUNCED, {}, "announced"),
    ],
)
def test_the_facts_say_which_kind_it_is(
    event: Event, facts: dict[str, Any], kind: str | None
) -> None:
    case = case_of(event, facts)
    assert (case.kind if case else None) == kind


def test_it_is_noted_with_what_happened_or_neither(hook: Hook) -> None:
    channel(hook)

    def act() -> None:
        with transaction.atomic():
            switch.pause(actor=Actor.system("x"), reason="Smoke", at=NOW)
            assert told() == ["loop_paused"]
            raise RuntimeError("something failed later")

    with pytest.raises(RuntimeError, match="later"):
        act()
    assert told() == []
    assert not switch.paused()


def test_a_proposal_is_noted_once_whatever_happens_to_its_words(
    hook: Hook, target: Target
) -> None:
    ops = channel(hook)
    proposal = make_proposal(target, severity="high")
    heard_of(Event.PROPOSAL_CREATED, f"proposal:{proposal.pk}", at=NOW + timedelta(days=9))
    [one] = Occurrence.objects.filter(kind="proposal_waits")
    assert (one.subject, one.severity) == (f"proposal:{proposal.pk}", "high")
    assert one.target == target.slug
    assert told(ops).count("proposal_waits") == 1


def test_reminder_escalation_and_end_are_noted_each_once(hook: Hook, target: Target) -> None:
    ops = channel(hook)
    make_proposal(target, severity="low")
    for days in (8, 8, 15, 15, 17, 61, 61, 62):
        ageing.age(NOW + timedelta(days=days))
    assert told(ops) == ["escalation", "expiry", "proposal_waits", "reminder"]
    assert Occurrence.objects.get(kind="escalation").severity == "high"  # whatever its proposal's
    assert Occurrence.objects.get(kind="reminder").severity == "low"


def test_a_tick_that_fails_all_day_is_one_thing(hook: Hook) -> None:
    ops = channel(hook)
    for hours in range(0, 48, 3):
        happen(Event.RUN_FAILED, "run:x", at=NOW + timedelta(hours=hours))
    assert told(ops) == ["run_failed"] * 3  # of three days


def test_each_share_of_each_budget_and_period_is_one_thing(hook: Hook) -> None:
    ops = channel(hook)
    for period in ("today", "today", "tomorrow"):
        happen(Event.BUDGET_ALERTED, "budget:day", percent=100, period=period, limit="5 $")
    happen(Event.BUDGET_ALERTED, "budget:day", percent=80, period="today", limit="5 $")
    assert told(ops) == ["budget_nearly", "budget_reached", "budget_reached"]


@pytest.mark.parametrize(
    ("wish", "hears"),
    [
        ({}, True),
        ({"least": "critical"}, True),
        ({"kinds": ("loop_paused",)}, True),
        ({"kinds": ("loop_resumed",)}, False),
    ],
)
def test_a_channel_hears_what_it_asked_for(hook: Hook, wish: dict[str, Any], hears: bool) -> None:
    channel(hook, **wish)
    happen(Event.LOOP_PAUSED)
    assert bool(told()) is hears


def test_a_channel_of_one_target_hears_of_it_and_of_what_has_none(
    hook: Hook, target: Target
) -> None:
    channel(hook, targets=(target.slug,))
    heard_of(Event.DELIVERY_ENDED, "delivery:1", target="another", outcome="FAILED")
    heard_of(Event.DELIVERY_ENDED, "delivery:2", target=target.slug, outcome="FAILED")
    happen(Event.LOOP_PAUSED)
    assert told() == ["delivery_failed", "loop_paused"]
    assert Occurrence.objects.count() == 3  # also what nobody heard is known


def test_least_severity_is_held(hook: Hook, target: Target) -> None:
    channel(hook, least="high")
    make_proposal(target, severity="medium")
    make_proposal(target, severity="critical")
    assert told() == ["proposal_waits"]


def test_a_new_channel_hears_nothing_of_what_was_before(hook: Hook) -> None:
    happen(Event.LOOP_PAUSED)
    channel(hook)
    assert told() == []


def test_quiet_hours_move_what_is_not_critical(hook: Hook, settings: LazySettings) -> None:
    given(settings, timezone="Europe/Berlin")
    channel(hook, quiet_from=time(8), quiet_to=time(20))
    happen(Event.LOOP_PAUSED)  # 10:30 in Berlin
    happen(Event.LOOP_RESUMED)
    due = dict(Telling.objects.values_list("occurrence__kind", "due_at"))
    assert due["loop_paused"] - NOW < timedelta(minutes=5)
    assert due["loop_resumed"].isoformat() == "2026-03-02T19:00:00+00:00"


def test_a_subject_that_names_nothing_that_exists_is_noted_all_the_same(hook: Hook) -> None:
    channel(hook)
    for subject in ("proposal:7", "proposal:", "delivery:x", "proposal:" + "0" * 36):
        with transaction.atomic():
            record(Event.PROPOSAL_REMINDED, actor=Actor.system("x"), subject=subject, at=NOW)
    assert told() == ["reminder"] * 4


def test_noting_costs_a_few_questions_however_many_channels(
    hook: Hook, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        channel(hook, name=f"ops {number}")
    with django_assert_max_num_queries(12):
        happen(Event.LOOP_PAUSED)
    assert Telling.objects.count() == 20
