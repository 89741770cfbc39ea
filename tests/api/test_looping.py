"""Does a program ask for several generations in a row, follow them and call them off?"""

from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from generations.models import Generation, Loop
from generations.running import claims, series
from generations.running.opening import Wish
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import Program, error, program, said
from tests.factories import make_user
from tests.generations.endings import bare_target
from tests.generations.scene import configure

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return bare_target()


@pytest.fixture
def runs(target: Target) -> Program:
    return program(target, Scope.GENERATIONS_RUN, person=make_user("operator"))


def ask(runs: Program, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = said(runs.post("loops", {"wanted": 3, **given}), 202)
    return told


def one(runs: Program, told: dict[str, Any]) -> str:
    return f"loops/{told['id']}"


def test_they_are_asked_for_and_followed(runs: Program) -> None:
    told = ask(runs, engine="model", dry_run=True)
    loop = Loop.objects.get()
    assert (loop.wanted, loop.writer, loop.dry_run) == (3, "model", True)
    assert (loop.asked_by, loop.token) == (runs.person.username, runs.issued.token)
    assert (told["ended"], told["generations"], told["at_work"]) == (False, [], None)
    first = series.next_of(loop, at=timezone.now())
    assert first is not None
    assert first.token == runs.issued.token  # whose person approves none of it by a token
    told = said(runs.get(one(runs, told)), 200)
    assert (told["generations"], told["at_work"], told["wanted"]) == ([1], 1, 3)


def test_the_log_says_by_which_token(runs: Program) -> None:
    told = ask(runs)
    runs.delete(one(runs, told))
    for event in ("generations.asked", "generations.ended"):
        entry = Entry.objects.get(event=event)
        assert (entry.who, entry.facts["door"]) == (runs.person.username, "api")
        assert entry.facts["token"] == runs.issued.token.pk


def test_the_same_request_again_asks_for_nothing(runs: Program) -> None:
    first, again = (runs.post("loops", {"wanted": 2}, Idempotency_Key="nightly") for _ in range(2))
    assert said(first, 202) == said(again, 202)
    assert first["Location"] == again["Location"] == f"/api/loops/{Loop.objects.get().pk}"


def test_a_second_one_is_refused_with_the_reason(runs: Program) -> None:
    ask(runs)
    words = error(runs.post("loops", {"wanted": 3}), 409)
    assert words == "Nothing was begun. A loop of gateway is at work already."
    assert Loop.objects.count() == 1


def test_they_are_called_off_with_the_one_at_work(runs: Program) -> None:
    told = ask(runs)
    begun = series.next_of(Loop.objects.get(), at=timezone.now())
    assert begun is not None
    assert claims.take(begun.pk, timezone.now())
    stopped = said(runs.delete(one(runs, told)), 202)
    assert (stopped["ended"], stopped["at_work"]) == (True, 1)
    assert stopped["ending"] == f"Called off by {runs.person.username}."
    assert Generation.objects.get().cancelled_by == runs.person.username
    assert said(runs.delete(one(runs, told)), 202)["at_work"] == 1
    assert Entry.objects.filter(event="generations.ended").count() == 1


def test_where_nobody_works_they_end_at_once(runs: Program) -> None:
    told = ask(runs)
    series.next_of(Loop.objects.get(), at=timezone.now())
    assert said(runs.delete(one(runs, told)), 200)["at_work"] is None
    assert Generation.objects.get().outcome == "CANCELLED"


def test_too_late_says_how_they_ended(runs: Program) -> None:
    told = ask(runs)
    Loop.objects.update(ended_at=timezone.now(), ending="All 3 are done.")
    assert "ended by itself: All 3 are done." in error(runs.delete(one(runs, told)), 409)
    assert Loop.objects.get().cancelled_by == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "wanted: "),
        ({"wanted": 0}, "wanted: "),
        ({"wanted": "3"}, "wanted: "),
        ({"wanted": 1001}, "wanted: "),
        ({"wanted": 6}, "wanted: api.most_generations allows 5; ask for fewer."),
        ({"wanted": 2, "engine": "me"}, "engine: "),
        ({"wanted": 2, "brief": "x"}, "brief: it is not known here"),
    ],
    ids=lambda given: str(given)[:30],
)
def test_what_cannot_be_meant_is_named(
    runs: Program, settings: LazySettings, given: dict[str, Any], words: str
) -> None:
    configure(settings, "api", most_generations=5)
    assert error(runs.post("loops", given), 422).startswith(words)
    assert not Loop.objects.exists()


def test_another_targets_and_none_at_all_are_not_there(runs: Program) -> None:
    wish = Wish(bare_target("mailer"), Actor("person", "ada"))
    other = series.ask(wish, 2, at=timezone.now())
    for number in (other.pk, 10**20):
        for answer in (runs.get(f"loops/{number}"), runs.delete(f"loops/{number}")):
            assert error(answer, 404) == f"gateway has no loop {number}."
    assert Loop.objects.get().ended_at is None


def test_only_who_may(target: Target) -> None:
    viewer = program(target, Scope.GENERATIONS_RUN, person=make_user("viewer"))
    assert "lacks the permission" in error(viewer.post("loops", {"wanted": 2}), 403)
    reads = program(target, Scope.PROPOSALS_READ, person=make_user("operator"))
    assert "not for generations:run" in error(reads.post("loops", {"wanted": 2}), 403)
    assert not Loop.objects.exists()
