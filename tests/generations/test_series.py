"""Several generations follow each other, and end early where going on would be in vain."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.models import Entry
from generations.models import Generation, Loop, Outcome, Reason
from generations.phases.shape import NothingToDo, Refused, Turn
from generations.running import opening, series
from generations.running.opening import CannotBegin, Wish
from tests.generations.scene import ADA, Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def ask(scene: Scene, wanted: int, **wish: object) -> Loop:
    asked = Wish(target=scene.target, actor=ADA, **wish)  # type: ignore[arg-type]
    return series.ask(asked, wanted, at=scene.clock())


def run(scene: Scene, loop: Loop) -> Loop:
    """Let generations follow each other as the clock would."""
    for _ in range(12):
        generation = series.next_of(loop, at=scene.clock())
        if generation is None:
            break
        scene.finish(generation)
    loop.refresh_from_db()
    return loop


def saying(*acts: Callable[[], None]) -> Callable[[str, Turn], None]:
    """Do something else in each generation's plan; the last one stands for all that follow."""

    def first(phase: str, turn: Turn) -> None:
        if phase == "plan":
            acts[min(turn.generation.number, len(acts)) - 1]()

    return first


def well() -> None:
    """Go on."""


def nothing_left() -> None:
    raise NothingToDo("Nothing is left.")


def broken() -> None:
    raise OSError(28, "No space left on device")


def without_budget() -> None:
    raise Refused(Reason.BUDGET, "5 of 5 dollars are spent.")


def outcomes(scene: Scene) -> list[str]:
    return list(scene.target.generations.order_by("number").values_list("outcome", flat=True))


def test_as_many_as_were_wanted_follow_each_other(scene: Scene) -> None:
    loop = run(scene, ask(scene, 3, dry_run=True))
    assert outcomes(scene) == [Outcome.ACCEPTED] * 3
    assert loop.ending == "All 3 are done."
    assert loop.ended_at == scene.clock()
    assert {one.loop for one in Generation.objects.all()} == {loop}
    assert all(one.dry_run for one in Generation.objects.all())
    asked, ended = Entry.objects.filter(subject=f"loop:{loop.pk}").order_by("id")
    assert (asked.event, asked.who, ended.event) == (
        "generations.asked",
        "ada",
        "generations.ended",
    )
    assert (ended.facts["done"], ended.facts["wanted"]) == (3, 3)


@pytest.mark.parametrize(
    ("acts", "found", "ending"),
    [
        ((well, nothing_left), ["ACCEPTED", "NOTHING"], "Generation 2 found nothing left"),
        ((broken,), ["FAILED"] * 3, "3 generations in a row failed on our side."),
        (
            (broken, broken, well, broken),
            [*["FAILED"] * 2, "ACCEPTED", *["FAILED"] * 3],
            "3 generations in a row failed on our side.",
        ),
        ((well, without_budget), ["ACCEPTED", "REJECTED"], "The budget is used up: 5 of 5"),
    ],
    ids=["nothing-left", "always-failing", "failing-in-between", "budget"],
)
def test_it_stops_early_where_going_on_would_be_in_vain(
    scene: Scene, acts: tuple[Callable[[], None], ...], found: list[str], ending: str
) -> None:
    scene.with_engine(first=saying(*acts))
    loop = run(scene, ask(scene, 9, dry_run=True))
    assert outcomes(scene) == found
    assert ending in loop.ending
    assert loop.ended_at is not None


def test_called_off_it_ends_with_the_generation_that_is_at_work(scene: Scene) -> None:
    loop = ask(scene, 5)
    generation = series.next_of(loop, at=scene.clock())
    assert generation is not None
    scene.until(generation, "safety")
    assert series.cancel(loop, actor=ADA, at=scene.clock())
    assert not series.cancel(loop, actor=ADA, at=scene.clock())
    assert scene.drive(generation).outcome == Outcome.CANCELLED
    loop.refresh_from_db()
    assert (loop.cancelled_by, loop.ending) == ("ada", "Called off by ada.")
    assert series.next_of(loop, at=scene.clock()) is None
    assert Generation.objects.count() == 1


def test_a_generation_that_is_called_off_ends_its_loop(scene: Scene) -> None:
    loop = ask(scene, 5)
    generation = series.next_of(loop, at=scene.clock())
    assert generation is not None
    opening.cancel(generation, actor=ADA, at=scene.clock())
    scene.drive(generation)
    assert run(scene, loop).ending == "Generation 1 was called off."


def test_while_one_is_at_work_no_other_begins(scene: Scene) -> None:
    loop = ask(scene, 5)
    assert series.next_of(loop, at=scene.clock()) is not None
    assert series.next_of(loop, at=scene.clock()) is None
    assert Generation.objects.count() == 1


def test_one_that_somebody_asked_for_goes_first(scene: Scene) -> None:
    theirs = scene.begin(dry_run=True)
    loop = ask(scene, 1, dry_run=True)
    assert series.next_of(loop, at=scene.clock()) is None
    scene.finish(theirs)
    assert run(scene, loop).ending == "All 1 are done."
    assert outcomes(scene) == [Outcome.ACCEPTED] * 2


def test_a_target_that_is_paused_meanwhile_ends_it_with_the_reason(scene: Scene) -> None:
    loop = ask(scene, 2)
    scene.target.paused = True
    scene.target.save()
    assert run(scene, loop).ending == "shop is paused: resume it first."
    assert not Generation.objects.exists()


@pytest.mark.parametrize("wanted", [0, -1, 1001])
def test_how_many_has_bounds(scene: Scene, wanted: int) -> None:
    with pytest.raises(CannotBegin, match=f"not {wanted}"):
        ask(scene, wanted)
    assert not Loop.objects.exists()


def test_one_loop_of_a_target_at_a_time(scene: Scene) -> None:
    ask(scene, 2)
    with pytest.raises(CannotBegin, match="loop of shop is at work already"):
        ask(scene, 2)
    assert Loop.objects.count() == 1
