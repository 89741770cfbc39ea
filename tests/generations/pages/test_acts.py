"""Can those who may begin generations and call them off, and are refusals said plainly?"""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from generations.models import Generation, Loop
from generations.running import claims, opening, series
from generations.running.opening import Wish
from targets.models import State, Target
from tests.factories import make_target
from tests.generations.pages.looking import signed_in, text, words
from tests.generations.rows import ACCEPTED, make_generation

pytestmark = pytest.mark.django_db
BEGIN = "/generations/begin/"
ADA = Actor("person", "ada")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def operator() -> Client:
    return signed_in("operator")


def begin(client: Client, **form: str) -> Any:
    return client.post(BEGIN, {"target": "gateway", "wanted": "1", **form}, follow=True)


def test_one_is_begun_and_its_page_says_that_it_waits(operator: Client, target: Target) -> None:
    answer = begin(operator, writer="model", dry_run="on")
    generation = Generation.objects.get()
    assert (generation.writer, generation.dry_run, generation.loop) == ("model", True, None)
    assert answer.redirect_chain == [("/generations/gateway/1/", 302)]
    assert "Baseline waits for a worker." in words(answer)
    assert "Dry run" in words(answer)
    assert Entry.objects.get(event="generation.started").who == "a-operator"


def test_several_in_a_row_are_asked_for_and_followed(operator: Client, target: Target) -> None:
    answer = begin(operator, wanted="5")
    loop = Loop.objects.get()
    assert (loop.wanted, loop.writer, loop.asked_by) == (5, "embedded", "a-operator")
    assert answer.redirect_chain == [(f"/generations/?loop={loop.pk}", 302)]
    assert "5 in a row on Gateway" in words(answer)
    assert "0 of 5 begun" in words(answer)
    assert 'hx-trigger="every 2s"' in text(answer)  # the first one has yet to begin
    series.next_of(loop, at=timezone.now())
    page = operator.get(f"/generations/?loop={loop.pk}")
    assert "1 of 5 begun" in words(page)
    assert "Gateway #1" in words(page)


def test_a_second_one_is_refused_with_the_reason(operator: Client, target: Target) -> None:
    begin(operator)
    answer = begin(operator)
    assert "Nothing was begun. A generation of gateway is at work already." in words(answer)
    begin(operator, wanted="2")
    assert "A loop of gateway is at work already." in words(begin(operator, wanted="2"))
    assert (Generation.objects.count(), Loop.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("change", "said", "named"),
    [
        ({"paused": True}, "gateway is paused: resume it first.", "Gateway (paused)"),
        ({"state": State.NEW}, "gateway is not ready", "Gateway (not ready)"),
    ],
    ids=["paused", "new"],
)
def test_a_target_where_nothing_can_begin_says_so_before_and_after(
    change: dict[str, Any], said: str, named: str, operator: Client, target: Target
) -> None:
    Target.objects.update(**change)
    assert named in words(operator.get("/generations/"))
    for wanted in ("1", "4"):
        assert said in words(begin(operator, wanted=wanted))
    assert not Generation.objects.exists()
    assert not Loop.objects.exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"target": "nowhere"}, "Target: There is no such target."),
        ({"target": ""}, "Target: This field is required."),
        ({"writer": "me"}, "Written by: There is no such writer."),
        ({"wanted": "0"}, "In a row: Ensure this value is greater than or equal to 1."),
        ({"wanted": "1001"}, "In a row: Ensure this value is less than or equal to 1000."),
        ({"wanted": "many"}, "In a row: Enter a whole number."),
        ({"wanted": "\0"}, "In a row"),
    ],
    ids=["unknown", "empty", "writer", "none", "too-many", "words", "nul"],
)
def test_what_cannot_be_used_is_named_and_nothing_begins(
    form: dict[str, str], said: str, operator: Client, target: Target
) -> None:
    answer = begin(operator, **form)
    assert f"Nothing was begun. {said}" in words(answer)
    assert not Generation.objects.exists()
    assert not Entry.objects.filter(event__startswith="generation").exists()


def test_one_that_is_at_work_is_said_to_end_within_moments(
    operator: Client, target: Target
) -> None:
    generation = opening.begin(Wish(target, ADA), at=timezone.now())
    assert claims.take(generation.pk, timezone.now())
    answer = operator.post(f"{generation.get_absolute_url()}cancel/", follow=True)
    assert "Called off. What it does right now ends within moments." in words(answer)
    assert "Called off by a-operator. It ends within moments." in words(answer)


def test_a_generation_is_called_off_once(operator: Client, target: Target) -> None:
    generation = opening.begin(Wish(target, ADA), at=timezone.now())
    page = operator.get(generation.get_absolute_url())
    assert "Call it off" in words(page)
    place = f"{generation.get_absolute_url()}cancel/"
    answer = operator.post(place, follow=True)
    generation.refresh_from_db()
    assert generation.cancelled_by == "a-operator"
    assert "Called off by a-operator." in words(answer)
    assert "ends within moments" not in words(answer)  # nobody was at work on it
    assert "Call it off" not in words(answer)
    assert "It had ended already" in words(operator.post(place, follow=True))
    assert Entry.objects.filter(event="generation.cancelled").count() == 1


def test_one_that_has_ended_cannot_be_called_off(operator: Client, target: Target) -> None:
    generation = make_generation(target, ACCEPTED)
    answer = operator.post(f"{generation.get_absolute_url()}cancel/", follow=True)
    assert "It had ended already" in words(answer)
    generation.refresh_from_db()
    assert generation.cancelled_by == ""


def test_a_row_is_called_off_with_the_one_at_work(operator: Client, target: Target) -> None:
    loop = series.ask(Wish(target, ADA), 3, at=timezone.now())
    generation = series.next_of(loop, at=timezone.now())
    assert generation is not None
    place = f"/generations/find/loop/{loop.pk}/cancel/"
    answer = operator.post(place, follow=True)
    generation.refresh_from_db()
    assert generation.cancelled_by == "a-operator"
    assert "Called off by a-operator." in words(answer)
    assert "Call all of them off" not in words(answer)
    assert "It had ended already" in words(operator.post(place, follow=True))


@pytest.mark.parametrize(
    ("role", "status"),
    [("viewer", 403), ("reviewer", 403), ("operator", 302), ("admin", 302)],
    ids=["viewer", "reviewer", "operator", "admin"],
)
def test_who_may_run_and_cancel(role: str, status: int, target: Target) -> None:
    person = signed_in(role)
    offered = "Run a generation" in words(person.get("/generations/"))
    assert offered is (status == 302)
    asked = person.post(BEGIN, {"target": "gateway", "wanted": "1"})
    assert asked.status_code == status
    assert Generation.objects.exists() is (status == 302)
    if status == 403:
        opening.begin(Wish(target, ADA), at=timezone.now())
    assert person.post("/generations/gateway/1/cancel/").status_code == status


@pytest.mark.parametrize(
    "place",
    [
        "/generations/gateway/9/cancel/",
        "/generations/router/1/cancel/",
        "/generations/find/loop/9/cancel/",
        f"/generations/find/loop/{10**30}/cancel/",
    ],
)
def test_what_is_not_there_cannot_be_called_off(
    place: str, operator: Client, target: Target
) -> None:
    assert operator.post(place).status_code == 404


def test_no_act_is_done_by_looking(operator: Client, target: Target) -> None:
    for place in (BEGIN, "/generations/gateway/1/cancel/", "/generations/find/loop/1/cancel/"):
        assert operator.get(place).status_code == 405
