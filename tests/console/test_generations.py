"""Do the inbox and the team's dashboard tell of generations what concerns a person?"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit.events import Event
from generations.models import Generation
from generations.running import recording
from selfimprove.console import figures
from selfimprove.console.attention import Attention, attention
from selfimprove.console.recent import recent
from selfimprove.console.running import working
from targets.models import Target
from tests.console.rows import beat
from tests.factories import make_target
from tests.generations.pages.looking import signed_in, words
from tests.generations.rows import (
    ACCEPTED,
    FAILED,
    OPEN,
    Told,
    by_model,
    make_generation,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    at = timezone.now()
    beat(at)
    return at


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def rows(now: datetime) -> list[Attention]:
    return attention(now, lambda permission: permission == "generations.view_generation")


def lately(told: Told, now: datetime, hours: float = 1) -> Told:
    return replace(told, at=now - timedelta(hours=hours))


def open_now(target: Target, now: datetime, **columns: object) -> Generation:
    started = {"next_step_at": now, "deadline_at": now + timedelta(hours=1)}
    return make_generation(target, lately(OPEN, now), **started, **columns)


def test_one_that_we_failed_asks_for_a_person(target: Target, now: datetime) -> None:
    generation = make_generation(target, lately(FAILED, now))
    [row] = rows(now)
    assert row.title == "Gateway: generation 1 failed three times"
    assert "SandboxMissing" in row.why
    assert (row.badge, row.tone, row.url) == (
        "Error on our side",
        "bad",
        generation.get_absolute_url(),
    )


def test_a_later_one_that_ended_settles_it(target: Target, now: datetime) -> None:
    make_generation(target, lately(FAILED, now, 3))
    make_generation(target, lately(Told(), now))
    assert rows(now) == []


def test_after_a_week_it_asks_no_more(target: Target, now: datetime) -> None:
    make_generation(target, lately(FAILED, now, 24 * 8))
    assert rows(now) == []


def test_one_that_met_an_error_says_how_often(target: Target, now: datetime) -> None:
    open_now(target, now, errors_in_row=2)
    [row] = rows(now)
    assert row.title == "Gateway: generation 1 is tried again"
    assert row.why == "Its phase review met 2 errors in a row, of three at most."


def test_one_that_no_worker_takes_says_so_after_a_while(target: Target, now: datetime) -> None:
    generation = open_now(target, now)
    assert rows(now) == []
    Generation.objects.update(next_step_at=now - timedelta(minutes=3))
    assert rows(now)[0].title == "Gateway: generation 1 waits for a worker"
    assert generation.get_absolute_url() == rows(now)[0].url
    Generation.objects.update(lease_until=now + timedelta(minutes=9))
    assert rows(now) == []


def test_who_may_not_see_generations_sees_none(target: Target, now: datetime) -> None:
    make_generation(target, lately(FAILED, now))
    assert attention(now, lambda permission: False) == []


def test_one_at_work_is_on_its_way(target: Target, now: datetime) -> None:
    open_now(target, now, lease_until=now + timedelta(minutes=1), activity="reads")
    [row] = working(now)
    assert (row.title, row.words) == ("Give the search tool time to answer", "Review: reads")
    assert [step["state"] for step in row.steps][4] == "now"
    page = words(signed_in("viewer").get("/"))
    assert "Generation 1: Give the search tool time to answer" in page
    assert "On its way" in page


def test_the_dashboard_has_a_tile_for_each_kind_that_is_real(
    target: Target, now: datetime, client: Client
) -> None:
    for told in (ACCEPTED, Told(), by_model(Told())):
        make_generation(target, lately(told, now))
    scripted = replace(by_model(ACCEPTED), written_by="scripted")
    make_generation(target, lately(scripted, now))
    found = {one.label: one for one in figures.gather(now, "7").tiles if "Accepted" in one.label}
    assert {label: (one.number, one.beside) for label, one in found.items()} == {
        "Accepted of code fixers": ("1", "of 2"),
        "Accepted of language models": ("0", "of 1"),
    }
    page = signed_in("viewer").get(found["Accepted of code fixers"].url)
    assert len(page.context["part"].rows) == 2


def test_what_was_recorded_last_is_not_flooded_by_phases(target: Target, now: datetime) -> None:
    generation = make_generation(target, lately(ACCEPTED, now))
    with transaction.atomic():
        for _ in range(9):
            recording.entry(Event.GENERATION_PHASE_ENDED, generation, at=now)
        recording.entry(Event.GENERATION_ENDED, generation, at=now, facts={"outcome": "ACCEPTED"})
    [line] = recent()
    assert line.words == "Generation 1 of gateway ended (accepted)"
