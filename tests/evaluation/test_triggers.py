"""Does what cannot wait start an evaluation, once, and does its row say why?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from audit.events import Event as Recorded
from audit.log import Actor
from audit.models import Entry
from evaluation import tasks
from evaluation.models import Evaluation, Waking
from evaluation.options import Triggers
from evaluation.self_eval import evaluate
from evaluation.triggers import looking, waking
from proposals.models import Proposal
from selfimprove import schedules
from selfimprove.wakes import WAKES
from targets.models import Target
from telemetry.models import Event, EventType
from telemetry.patterns import moves
from telemetry.patterns.states import Ends
from tests.evaluation.evidence_for_tests import count, fail, gateway
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
LIMITS = Triggers()
ADA = Actor("person", "ada")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def looked(target: Target, at: datetime = NOW) -> dict[str, str]:
    return {trigger.value: words for trigger, words in looking.look(target, at, LIMITS)}


def escalate(target: Target, times: int, at: datetime = NOW) -> None:
    Event.objects.bulk_create(
        Event(
            target=target, uid=f"esc{at}{n}", event_type=EventType.ESCALATION,
            timestamp=at - n * timedelta(seconds=30), session_id=f"s{n}", agent="planner",
        )
        for n in range(times)
    )  # fmt: skip


def test_a_quiet_target_wakes_nothing(target: Target) -> None:
    assert looked(target) == {}
    assert waking.notice(target, NOW) == []
    assert Waking.objects.count() == 0


def test_a_spike_is_told_with_its_figures_against_what_is_usual(target: Target) -> None:
    for hour in range(2, 20):
        count(target, "search", NOW - timedelta(hours=hour), calls=100, failures=10)
    count(target, "search", NOW - 2 * MINUTE, calls=90, failures=42)
    (words,) = looked(target).values()
    assert words == "42 failures in 5 min against 0.8 usually"


@pytest.mark.parametrize(
    ("now", "before", "spikes"),
    [(19, 1, False), (20, 1, True), (40, 500, False), (60, 500, True)],
    ids=["too few", "enough", "as usual", "far more"],
)
def test_a_spike_is_many_and_many_more_than_usual(
    target: Target, now: int, before: int, spikes: bool
) -> None:
    count(target, "search", NOW - 2 * MINUTE, calls=now, failures=now)
    count(target, "search", NOW - timedelta(hours=5), calls=before, failures=before)
    assert ("error_spike" in looked(target)) is spikes


def test_of_a_young_target_nobody_can_say_what_is_usual(target: Target) -> None:
    count(target, "search", NOW - 50 * MINUTE, calls=9, failures=0)
    count(target, "search", NOW - 2 * MINUTE, calls=90, failures=90)
    assert looked(target) == {}


def test_a_critical_pattern_wakes_unless_a_person_set_it_aside(target: Target) -> None:
    pattern = fail(target, severity="critical", sessions=("a",))
    assert looked(target) == {"critical_pattern": f"pattern {pattern.pk} in the last 10 min"}
    assert looked(target, NOW + timedelta(hours=1)) == {}
    moves.mute(
        pattern, ends=Ends(at=NOW + timedelta(hours=9)), reason="rebuilt", actor=ADA, at=NOW
    )
    assert looked(target) == {}


def test_a_critical_pattern_that_was_considered_wakes_no_more(target: Target) -> None:
    fail(target, severity="critical", sessions=("a",))
    assert list(looked(target)) == ["critical_pattern"]
    evaluate(target, NOW, trigger="schedule")
    assert looked(target, NOW + MINUTE) == {}


def test_a_new_critical_pattern_is_told_on_the_row_of_its_first_look(target: Target) -> None:
    pattern = fail(target, severity="critical", sessions=("a",), at=timezone.now())
    tasks.evaluate()
    row = Evaluation.objects.get()
    assert row.trigger == "critical_pattern"
    assert f"pattern {pattern.pk}" in row.cause
    assert tasks.notice() == "nothing out of the usual"


def test_a_burst_of_escalations_wakes(target: Target) -> None:
    escalate(target, 2)
    assert looked(target) == {}
    escalate(target, 3, NOW + timedelta(hours=1))
    told = looked(target, NOW + timedelta(hours=1))
    assert told == {"escalation_burst": "3 escalations in 10 min, 3 suffice"}
    assert looked(target, NOW + timedelta(minutes=50)) == {}  # what is to come wakes nothing


def test_each_kind_is_debounced_on_its_own(target: Target) -> None:
    escalate(target, 3)
    assert [one.trigger for one in waking.notice(target, NOW)] == ["escalation_burst"]
    assert waking.notice(target, NOW + MINUTE) == []
    fail(target, severity="critical", sessions=("a",), at=NOW + MINUTE)
    assert [one.trigger for one in waking.notice(target, NOW + MINUTE)] == ["critical_pattern"]
    later = NOW + 31 * MINUTE
    escalate(target, 3, later)
    assert [one.trigger for one in waking.notice(target, later)] == ["escalation_burst"]
    assert Entry.objects.filter(event="evaluation.woken").count() == 3


def test_another_target_is_not_woken(target: Target, tmp_path: Path) -> None:
    other = gateway(tmp_path, slug="other")
    escalate(other, 5)
    assert looked(target) == {}
    assert list(looked(other)) == ["escalation_burst"]


def test_what_woke_it_stands_on_the_evaluations_row_and_pages(
    target: Target, client: Client
) -> None:
    now = timezone.now()
    fail(target, at=now)
    tasks.evaluate()
    assert tasks.evaluate() == "nothing has changed"
    escalate(target, 4, now)
    assert "Escalation burst: 4 escalations" in tasks.notice()
    assert tasks.notice() == "nothing out of the usual"
    assert "gateway: " in tasks.evaluate()
    row = Evaluation.objects.latest("pk")
    assert row.trigger == "escalation_burst"
    assert row.cause == "Escalation burst: 4 escalations in 10 min, 3 suffice"
    assert Waking.objects.get().evaluation == row
    assert tasks.evaluate() == "nothing has changed"
    assert Proposal.objects.count() == 1
    started = Entry.objects.filter(event="evaluation.started").latest("id")
    assert started.facts["cause"] == row.cause
    client.force_login(make_user("viewer"))
    for address in (reverse("evaluation:list"), row.get_absolute_url()):
        assert "4 escalations in 10 min" in client.get(address).content.decode()


def test_what_a_paused_target_shows_waits_and_is_forgotten_after_a_day(target: Target) -> None:
    escalate(target, 3)
    (one,) = waking.notice(target, NOW)
    assert waking.waiting(target, NOW + timedelta(hours=23)) == [one]
    assert waking.waiting(target, NOW + timedelta(hours=25)) == []
    Target.objects.update(paused=True)
    assert tasks.notice() == "nothing out of the usual"
    assert tasks.evaluate() == "nothing has changed"


def test_the_limits_are_settings(target: Target, settings: Settings) -> None:
    escalate(target, 3)
    strict = Triggers(escalations=4)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"triggers": strict})
    assert waking.notice(target, NOW) == []


def test_it_goes_the_houses_way() -> None:
    ticks = {tick.name: tick for tick in schedules.TICKS}
    assert "evaluation.look" in WAKES[Recorded.EVALUATION_WOKEN]
    assert ticks["evaluation.notice"].acts
    assert ticks["evaluation.scan"].cron == "0 6 * * 0"
    assert ticks["evaluation.maintain"].acts


def test_the_ticks_of_passes_and_scans_say_what_they_did(target: Target) -> None:
    assert tasks.maintain() == "no target is due"
    assert tasks.scan() == "gateway: 0"
    Target.objects.update(paused=True)
    assert tasks.scan() == "no target is due"
