"""Does `loop` carry several generations through, stop where it should, and go on where it was?"""

import json
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from generations import tasks
from generations.foreground.asked import code_of_all
from generations.models import Generation, Loop, Outcome, Writer
from generations.reporting import files
from generations.running import recording, series
from generations.running.opening import Wish
from targets.models import Target
from tests.factories import make_target
from tests.generations import walked
from tests.generations.endings import bare_target, ended, opened
from tests.generations.foreground.typed import CTRL_C, END, typed, when
from tests.generations.test_starting import use_up

pytestmark = pytest.mark.django_db(transaction=True)
LOOP = ("loop", "--target", "gateway", "--dry-run", "--generations")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def test_so_many_are_carried_through_with_their_reports(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, safety=walked.in_turn(walked.passes, walked.refuses))
    said = typed(*LOOP, "3", "--json")
    assert said.code == 0
    told = said.json
    assert (told["wanted"], told["ending"], told["exit_code"]) == (3, "All 3 are done.", 0)
    outcomes = [one["outcome"] for one in told["generations"]]
    assert sorted(outcomes) == ["ACCEPTED", "REJECTED", "REJECTED"]
    assert all(files.path_of(one).exists() for one in Generation.objects.all())
    assert said.err.count("baseline: passed") == 3


def test_it_stops_where_nothing_is_left(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    walked.walk(monkeypatch, plan=walked.finds_nothing)
    said = typed(*LOOP, "5")
    assert said.code == 3
    assert "Generation 1 found nothing left to improve." in said.out
    assert Generation.objects.count() == 1


def test_three_failures_in_a_row_end_it_with_2(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_ERRORS", 1)
    walked.walk(monkeypatch, build=walked.breaks)
    said = typed(*LOOP, "9")
    assert said.code == 2
    assert "3 generations in a row failed on our side" in said.out
    assert Generation.objects.count() == 3


def test_ctrl_c_calls_the_generation_and_the_loop_off(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, build=walked.in_turn(walked.passes, walked.takes_long))
    at_work = Generation.objects.filter(number=2, phase="build").exclude(activity="")
    sender = when(at_work.exists, CTRL_C)
    said = typed(*LOOP, "5")
    sender.join()
    assert said.code == 130
    assert "Called off by" in said.out
    outcomes = list(Generation.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == [Outcome.ACCEPTED, Outcome.CANCELLED]
    assert Loop.objects.get().ended_at is not None


def test_left_in_the_middle_the_same_command_goes_on(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch, build=walked.in_turn(walked.passes, walked.takes_long))
    at_work = Generation.objects.filter(number=2, phase="build").exclude(activity="")
    sender = when(at_work.exists, END)
    assert typed(*LOOP, "3").code == 130
    sender.join()
    assert Loop.objects.get().ended_at is None
    assert "A loop of gateway is at work already" in typed(*LOOP, "4").err
    walked.walk(monkeypatch)
    again = typed(*LOOP, "3")
    assert again.code == 0
    assert "gateway: 3 in a row, 2 begun" in again.err
    assert Generation.objects.filter(outcome=Outcome.ACCEPTED).count() == 3
    assert Loop.objects.count() == 1


def test_a_worker_goes_on_with_what_was_left(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch)
    wish = Wish(target, recording.OURSELVES, dry_run=True)
    loop = series.ask(wish, 2, at=timezone.now())
    for _ in range(20):
        tasks.generate()
    loop.refresh_from_db()
    assert loop.ending == "All 2 are done."
    assert tasks.sweep().endswith("2 reports written")
    assert tasks.generate() == "0 begun; idle"


def test_a_budget_that_is_used_up_holds_the_loop_and_does_not_end_it(
    target: Target, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    walked.walk(monkeypatch)
    use_up(settings)
    said = typed(*LOOP, "3", "--engine", "model")
    assert said.code == 2
    assert "waits: the budget “day” is used up (spending.day_usd)" in said.err
    assert Loop.objects.get().ended_at is None
    assert not Generation.objects.exists()


@pytest.mark.parametrize("many", ["0", "1001", "-3"])
def test_a_number_that_nobody_can_mean_is_refused(many: str, target: Target) -> None:
    said = typed(*LOOP[:-1], f"--generations={many}")
    assert said.code == 2
    assert "Between 1 and 1000" in said.err
    assert not Loop.objects.exists()


def test_somebodys_own_generation_goes_first(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked.walk(monkeypatch)
    theirs = opened(target, asked_by="somebody else", dry_run=True)

    def seen() -> bool:
        loop = Loop.objects.filter(ended_at=None).first()
        if loop is None:
            return False
        Generation.objects.filter(pk=theirs.pk).update(
            outcome=Outcome.NOTHING, reason="done", ended_at=timezone.now()
        )
        return loop.generations.exists()

    sender = when(seen)
    said = typed(*LOOP, "1", "--json")
    sender.join()
    assert said.code == 0
    assert [one["number"] for one in json.loads(said.out)["generations"]] == [2]


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 2),
        ([Outcome.ACCEPTED, Outcome.REJECTED], 0),
        ([Outcome.REJECTED, Outcome.REJECTED], 1),
        ([Outcome.NOTHING], 3),
        ([Outcome.REJECTED, Outcome.NOTHING], 1),
        ([Outcome.ACCEPTED, Outcome.FAILED], 2),
        ([Outcome.TIMED_OUT], 2),
        ([Outcome.FAILED, Outcome.REJECTED], 1),
        ([Outcome.ACCEPTED, Outcome.CANCELLED], 130),
    ],
)
def test_the_code_says_what_was_achieved_unless_something_kept_it_from_its_end(
    outcomes: list[Outcome], code: int
) -> None:
    target = bare_target()
    loop = Loop.objects.create(
        target=target, wanted=9, writer=Writer.EMBEDDED, asked_by="a", asked_at=timezone.now()
    )
    made = [ended(target, outcome, loop=loop, dry_run=True) for outcome in outcomes]
    assert code_of_all(loop, made) == code
