"""Is a generation begun and called off alike by page, API and command: row, refusal, entry?"""

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from generations.foreground.driving import Foreground, Left
from generations.models import Generation, Outcome
from generations.running import claims, opening, recording, series
from generations.running.opening import Wish
from selfimprove import switch
from targets.models import State, Target
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.factories import make_user
from tests.generations.endings import bare_target, ended, opened
from tests.generations.foreground.typed import typed

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")
OF_A_DOOR = {"door", "token", "token_start"}
ROW = ("number", "writer", "dry_run", "subject", "brief", "phase", "outcome", "loop_id", "reason")


@dataclass
class Asked:
    """Say who wants what on which target."""

    target: Target
    person: User
    engine: str = ""
    dry_run: bool = False


def begin_by_page(asked: Asked) -> bool:
    page, many = Client(), Generation.objects.count()
    page.force_login(asked.person)
    form = {"target": asked.target.slug, "writer": asked.engine, "wanted": "1"}
    form |= {"dry_run": "on"} if asked.dry_run else {}
    assert page.post("/generations/begin/", form).status_code in (302, 403)
    return Generation.objects.count() > many


def begin_by_api(asked: Asked) -> bool:
    given: dict[str, Any] = {"dry_run": asked.dry_run}
    given |= {"engine": asked.engine} if asked.engine else {}
    caller = program(asked.target, Scope.GENERATIONS_RUN, person=asked.person)
    status = caller.post("generations", given).status_code
    assert status in (202, 403, 409, 422)
    return bool(status == 202)


def begin_by_command(asked: Asked) -> bool:
    words = ["--engine", asked.engine] if asked.engine else []
    words += ["--dry-run"] if asked.dry_run else []
    code = typed("run", "--target", asked.target.slug, *words).code
    assert code in (1, 2, 130)  # 1: argparse knows no such writer
    return code == 130


@pytest.fixture(autouse=True)
def left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command leave what it has begun, as at a wish to end."""

    def leave(self: Foreground, generation: Generation) -> Generation:
        raise Left

    monkeypatch.setattr(Foreground, "follow", leave)


Begin = Callable[[Asked], bool]
BEGINS: Mapping[str, Begin] = {
    "page": begin_by_page,
    "api": begin_by_api,
    "command": begin_by_command,
}


def operator() -> User:
    found = User.objects.filter(username=getpass.getuser()).first()
    return found or make_user("operator", name=getpass.getuser())


def changed(**columns: Any) -> Callable[[Target], Asked]:
    def make(target: Target) -> Asked:
        Target.objects.filter(pk=target.pk).update(**columns)
        target.refresh_from_db()
        return Asked(target, operator())

    return make


def busy(target: Target) -> Asked:
    opened(target)
    return Asked(target, operator())


def after_one(target: Target) -> Asked:
    ended(target, Outcome.REJECTED)
    return Asked(target, operator())


def beside_a_loop(target: Target) -> Asked:
    series.ask(Wish(target, ADA), 3, at=timezone.now())
    return Asked(target, operator())


def while_paused(target: Target) -> Asked:
    switch.pause(actor=ADA, reason="A look around.", at=timezone.now())
    return Asked(target, operator())


def stopping(target: Target) -> Asked:
    at_work(target)
    opening.cancel(Generation.objects.get(), actor=ADA, at=timezone.now())
    return Asked(target, operator())


BEGINNINGS: Mapping[str, tuple[Callable[[Target], Asked], bool]] = {
    "as configured": (lambda t: Asked(t, operator()), True),
    "by the fixers": (lambda t: Asked(t, operator(), "embedded"), True),
    "by agents": (lambda t: Asked(t, operator(), "model"), True),
    "a dry run": (lambda t: Asked(t, operator(), dry_run=True), True),
    "after another": (after_one, True),
    "while the loop is paused": (while_paused, True),
    "beside a loop": (beside_a_loop, True),
    "a writer that is none": (lambda t: Asked(t, operator(), "me"), False),
    "one is at work": (busy, False),
    "one is stopping": (stopping, False),
    "the target is paused": (changed(paused=True), False),
    "the target is new": (changed(state=State.NEW), False),
    "the target is away": (changed(state=State.UNREACHABLE, state_detail="gone"), False),
}


@pytest.mark.parametrize("door", BEGINS)
@pytest.mark.parametrize("situation", BEGINNINGS)
def test_a_beginning_comes_out_the_same(situation: str, door: str) -> None:
    make, begins = BEGINNINGS[situation]
    asked = make(bare_target())
    last = Entry.objects.order_by("id").last()
    many = Generation.objects.count()
    assert BEGINS[door](asked) is begins
    told = Entry.objects.filter(pk__gt=last.pk if last else 0, event="generation.started")
    assert (told.count(), Generation.objects.count() - many) == (begins, begins)
    if not begins:
        return
    generation, entry = Generation.objects.latest("number"), told.get()
    assert (entry.who, generation.asked_by) == (asked.person.username,) * 2
    assert entry.facts.get("door", door) == door
    assert {name for name in entry.facts if name not in OF_A_DOOR} == {
        *("number", "writer"),
        "dry_run",
    }
    row = {name: getattr(generation, name) for name in ROW}
    assert row == {
        "number": many + 1,
        "writer": asked.engine or "embedded",
        "dry_run": asked.dry_run,
        "phase": "baseline",
        "loop_id": None,
        **dict.fromkeys(("subject", "brief", "outcome", "reason"), ""),
    }


def cancel_by_page(generation: Generation, person: User) -> int:
    page = Client()
    page.force_login(person)
    return page.post(f"{generation.get_absolute_url()}cancel/").status_code


def cancel_by_api(generation: Generation, person: User) -> int:
    caller = program(generation.target, Scope.GENERATIONS_RUN, person=person)
    return int(caller.delete(f"generations/{generation.number}").status_code)


CANCELS = {"page": cancel_by_page, "api": cancel_by_api}


def at_work(target: Target) -> Generation:
    generation = opened(target, at=timezone.now())
    lease = claims.take(generation.pk, timezone.now())
    assert lease is not None
    recording.start(generation, lease)
    return generation


def left_alone(target: Target) -> Generation:
    generation = at_work(target)
    long_ago = timezone.now() - timedelta(minutes=5)
    Generation.objects.update(lease_until=long_ago)
    return generation


def of_a_loop(target: Target) -> Generation:
    found = series.next_of(series.ask(Wish(target, ADA), 3, at=timezone.now()), at=timezone.now())
    assert found is not None
    return found


def called_off(target: Target, make: Callable[[Target], Generation]) -> Generation:
    generation = make(target)
    opening.cancel(generation, actor=ADA, at=timezone.now())
    return generation


def of_a_paused_target(target: Target) -> Generation:
    generation = opened(target, at=timezone.now())
    changed(paused=True)(target)
    return generation


# How it is found, which entries follow, and how it stands then.
Cancelled = tuple[Callable[[Target], Generation], tuple[str, ...], str]
OFF, END = "generation.cancelled", "generation.ended"
CANCELLATIONS: Mapping[str, Cancelled] = {
    "waiting": (lambda t: opened(t, at=timezone.now()), (OFF, END), Outcome.CANCELLED),
    "at work": (at_work, (OFF,), ""),
    "left by a worker that died": (
        left_alone,
        (OFF, "generation.phase_ended", END),
        Outcome.CANCELLED,
    ),
    "of a loop": (of_a_loop, (OFF, END), Outcome.CANCELLED),
    "of a paused target": (of_a_paused_target, (OFF, END), Outcome.CANCELLED),
    "again, while it stops": (lambda t: called_off(t, at_work), (), ""),
    "again, after it ended": (lambda t: called_off(t, opened), (), Outcome.CANCELLED),
    "ended by itself": (lambda t: ended(t, Outcome.REJECTED), (), Outcome.REJECTED),
    "timed out": (lambda t: ended(t, Outcome.TIMED_OUT), (), Outcome.TIMED_OUT),
}


@pytest.mark.parametrize("door", CANCELS)
@pytest.mark.parametrize("situation", CANCELLATIONS)
def test_a_cancellation_comes_out_the_same(situation: str, door: str) -> None:
    make, events, outcome = CANCELLATIONS[situation]
    generation = make(bare_target())
    before = Entry.objects.filter(event__startswith="generation.").count()
    CANCELS[door](generation, operator())
    generation.refresh_from_db()
    told = list(Entry.objects.filter(event__startswith="generation.").order_by("id"))[before:]
    assert tuple(entry.event for entry in told) == events
    assert generation.outcome == outcome
    if events:
        assert (told[0].who, generation.cancelled_by) == (operator().username,) * 2
        assert told[0].facts.get("door", "page") == door
        assert {*told[0].facts} - OF_A_DOOR == {"number"}


@pytest.mark.parametrize("door", CANCELS)
def test_who_may_not_neither_begins_nor_calls_off(door: str) -> None:
    target, viewer = bare_target(), make_user("viewer")
    assert BEGINS[door](Asked(target, viewer)) is False
    generation = opened(target, at=timezone.now())
    assert CANCELS[door](generation, viewer) == 403
    generation.refresh_from_db()
    assert generation.cancelled_by == ""
    assert not Entry.objects.filter(event__startswith="generation").exists()
