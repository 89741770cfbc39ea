"""Does an import end once, and tell the truth, when it is given up, cut off or overtaken?"""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from audit.log import Actor
from audit.models import Entry
from selfimprove.models import Run, RunState
from targets.models import Target
from telemetry.imports import asking, carrying, history
from telemetry.imports.records import Import, State
from telemetry.models import Event, Pattern
from telemetry.storing.busy import Busy
from tests.factories import make_user
from tests.telemetry.imports.bring import (
    PAGE,
    hand_in,
    latest,
    left,
    lines,
    shown,
    turn,
    with_bad,
)
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db
EVE = Actor("person", "eve")


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def operator(client: Client, target: Target, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(history, "BATCH", 10)
    monkeypatch.setattr(carrying, "STEP_RECORDS", 10)
    client.force_login(make_user("operator", name="olga"))
    return client


class Killed(BaseException):
    """The worker is gone: nothing of it runs any more."""


def cut_off(after: int) -> None:
    """Give the import one turn, and let the worker die after so many words on progress."""
    said = itertools.count()

    def write(watch: carrying._Watch, **values: object) -> None:
        if next(said) >= after:
            raise Killed
        real(watch, **values)

    real = carrying._Watch._write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrying._Watch, "_write", write)
        with pytest.raises(Killed):
            carrying.carry_on(timezone.now)


def meanwhile(patch: pytest.MonkeyPatch, at: int, act: object) -> None:
    """Let something happen when the import says for the n-th time how far it is."""
    said = itertools.count(1)
    real = carrying._Watch._write

    def write(watch: carrying._Watch, **values: object) -> None:
        if next(said) == at:
            act()  # type: ignore[operator]
        real(watch, **values)

    patch.setattr(carrying._Watch, "_write", write)


def entries(event: str) -> list[Entry]:
    return list(Entry.objects.filter(event=event))


@pytest.mark.parametrize("after", [0, 2, 5, 9, 12])
def test_one_that_is_cut_off_goes_on_and_doubles_nothing(operator: Client, after: int) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))
    cut_off(after)
    assert latest().state == State.RUNNING
    before = Event.objects.count()
    assert latest().stored == before  # what it says is what is there
    assert before < 55
    assert turn() == "1 imports ended"
    row = latest()
    assert Event.objects.count() == 55
    assert (row.state, row.stored, row.duplicates) == (State.DONE, 55, 0)
    assert row.new_patterns == Pattern.objects.count()
    assert len(entries("events.imported")) == 1
    assert left() == []


def test_a_shift_stays_the_same_when_it_goes_on(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(55, days=400)), to_now="on")
    cut_off(11)
    assert 0 < Event.objects.count() < 55
    turn()
    times = list(Event.objects.order_by("timestamp").values_list("timestamp", flat=True))
    assert len(times) == 55
    assert times[-1] - times[0] == timedelta(seconds=54)


def test_it_passes_over_what_it_had_reached(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))
    cut_off(10)
    reached = latest().reached
    assert reached >= 10
    Event.objects.all().delete()  # so that a second look at them would be seen
    turn()
    assert Event.objects.count() == 55 - reached


def test_one_that_comes_no_further_is_ended_and_the_next_has_its_turn(
    operator: Client, target: Target
) -> None:
    hand_in(operator, ("poison.jsonl", lines(55)))
    for _ in range(carrying.MOST_TRIES):
        cut_off(1)
    turn()
    assert latest().state == State.FAILED
    assert "begun 5 times and came to no end" in shown(operator)
    assert left() == []
    hand_in(operator, ("b.jsonl", lines(5)))
    turn()
    assert latest().state == State.DONE


def test_one_that_comes_further_each_time_is_never_ended(operator: Client) -> None:
    hand_in(operator, ("large.jsonl", lines(120)))
    for _ in range(carrying.MOST_TRIES + 3):
        cut_off(14)
    turn()
    assert (latest().state, Event.objects.count()) == (State.DONE, 120)


def test_one_that_waits_is_given_up_at_once(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(5)))
    assert operator.post(f"{PAGE}{latest().pk}/give-up/").status_code == 302
    assert latest().state == State.STOPPED
    assert left() == []
    assert "olga gave it up" in shown(operator)
    assert "Nothing of it came in" in shown(operator)
    assert turn() == "0 imports ended"
    assert Event.objects.count() == 0
    assert [entry.who for entry in entries("events.import_stopped")] == ["olga"]
    assert operator.post(f"{PAGE}{latest().pk}/give-up/").status_code == 302  # twice is as once
    assert len(entries("events.import_stopped")) == 1


@pytest.mark.parametrize(("step", "stored"), [(2, 0), (10, 20)])
def test_one_that_runs_ends_at_its_next_step_in_the_name_of_who_gave_it_up(
    operator: Client, monkeypatch: pytest.MonkeyPatch, step: int, stored: int
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))

    def eve_gives_up() -> None:
        asking.give_up(latest(), actor=EVE, at=timezone.now())
        assert "eve gave it up: it ends at the next step" in shown(operator)

    meanwhile(monkeypatch, step, eve_gives_up)
    assert turn() == "1 imports ended"
    row = latest()
    assert (row.state, row.stored, Event.objects.count()) == (State.STOPPED, stored, stored)
    assert [entry.who for entry in entries("events.import_stopped")] == ["eve"]
    assert entries("events.import_stopped")[0].facts["stored"] == stored
    assert entries("events.imported") == []
    assert left() == []
    monkeypatch.undo()
    hand_in(operator, ("a.jsonl", lines(55)))
    turn()
    assert Event.objects.count() == 55
    assert latest().duplicates == stored


def test_one_given_up_while_its_worker_was_dead_ends_without_storing_more(
    operator: Client,
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))
    cut_off(10)
    before = Event.objects.count()
    operator.post(f"{PAGE}{latest().pk}/give-up/")
    turn()
    assert latest().state == State.STOPPED
    assert Event.objects.count() == before > 0


def test_a_worker_that_was_given_up_for_dead_stores_nothing_more(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))

    meanwhile(monkeypatch, 7, lambda: carrying.carry_on(timezone.now))
    carrying.carry_on(timezone.now)
    assert Event.objects.count() == 55
    assert (latest().state, latest().stored, latest().duplicates) == (State.DONE, 55, 0)
    assert len(entries("events.imported")) == 1


def test_an_overtaken_turn_writes_nothing_more_while_the_other_is_at_work(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))

    def another_takes_it_up() -> None:
        Import.objects.update(turn=7)

    meanwhile(monkeypatch, 7, another_takes_it_up)
    carrying.carry_on(timezone.now)
    assert latest().turn == 8  # a turn of its own, and not the one that was overtaken
    assert (latest().state, latest().stored, latest().duplicates) == (State.DONE, 55, 0)


def test_a_busy_database_lets_it_wait_and_not_fail(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))

    def busy() -> None:
        raise Busy("another writer is at work")

    meanwhile(monkeypatch, 10, busy)
    for _ in range(carrying.MOST_TRIES + 2):
        assert turn() == "0 imports ended" or latest().state == State.DONE
    assert (latest().state, Event.objects.count()) == (State.DONE, 55)


def test_a_file_that_fails_in_the_middle_is_not_called_nothing_imported(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))

    def disk_dies() -> None:
        raise OSError(5, "Input/output error")

    meanwhile(monkeypatch, 10, disk_dies)
    turn()
    assert (latest().state, latest().stored, Event.objects.count()) == (State.FAILED, 20, 20)
    page = shown(operator)
    assert "Input/output error." in page
    assert "The patterns of Gateway" in page


def test_imports_of_several_targets_come_in_one_after_the_other(operator: Client) -> None:
    other = add_target("other")
    hand_in(operator, ("a.jsonl", lines(5)))
    Import.objects.update(target=other)
    hand_in(operator, ("b.jsonl", lines(7)))
    assert turn() == "2 imports ended"
    assert Event.objects.filter(target=other).count() == 5
    assert Event.objects.exclude(target=other).count() == 7


def test_files_that_are_gone_are_said(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(5)))
    for path in left():
        path.unlink()
    turn()
    assert latest().state == State.FAILED
    assert "Its files are gone" in shown(operator)


def test_a_target_that_is_deleted_meanwhile_harms_nothing(
    operator: Client, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))
    meanwhile(monkeypatch, 3, target.delete)
    turn()
    assert Event.objects.count() == Import.objects.count() == 0


def test_the_fragment_tells_how_far_it_is(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(55)))
    cut_off(12)
    row = latest()
    part = shown(operator, PAGE, **{"HX-Request": "true"})
    assert "<html" not in part
    assert f'value="{row.taken}"' in part
    assert f"{row.stored} events came in" in part
    assert 0 < row.taken < row.size


def test_asking_wakes_a_worker_that_has_hours_and_not_minutes(
    operator: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        hand_in(operator, ("a.jsonl", lines(5)))
    Run.objects.get(name="telemetry.bring_in", state=RunState.QUEUED)
    tasks = [SignedPackage.loads(each.payload) for each in OrmQ.objects.all()]
    mine = next(task for task in tasks if task["name"] == "telemetry.bring_in")
    assert mine["timeout"] > 3600
    assert not any("timeout" in task for task in tasks if task["name"] == "audit.seal")


def test_a_look_at_bad_lines_names_them_too(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", with_bad()), act="look")
    turn()
    assert latest().bad == 2
    assert [problem["line"] for problem in latest().problems] == [3, 4]
    ahead = datetime.now(UTC) + timedelta(days=3)
    future = json.loads(lines(1)) | {"timestamp": ahead.isoformat()}
    hand_in(operator, ("b.jsonl", json.dumps(future).encode()), act="look")
    turn()
    assert "lies in the future" in shown(operator)
