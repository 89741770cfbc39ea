"""Two workers never act on one generation, and one that lost its lease records nothing."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection

from audit.models import Entry
from generations.models import Delta, Generation, PhaseRun, Result
from generations.phases.shape import Turn
from generations.running import claims, loop, opening
from generations.running.opening import CannotBegin
from proposals.models import Proposal
from targets.models import State
from tests.generations.scene import Scene, configure, make_scene
from validation.models import Report


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


@pytest.mark.django_db
def test_a_taken_generation_cannot_be_taken_again(scene: Scene) -> None:
    generation = scene.begin()
    first = claims.take(generation.pk, scene.clock())
    assert first is not None
    assert claims.take(generation.pk, scene.clock()) is None
    assert loop.step(generation.pk, scene.clock(), engines=scene.engine) is None
    claims.release(first)
    assert claims.take(generation.pk, scene.clock()) is not None


@pytest.mark.django_db
def test_an_expired_lease_passes_on_with_a_higher_fence(scene: Scene) -> None:
    generation = scene.begin()
    first = claims.take(generation.pk, scene.clock())
    second = claims.take(generation.pk, scene.clock.forward(seconds=61))
    assert first is not None
    assert second is not None
    assert second.fence > first.fence
    with pytest.raises(claims.LeaseLost, match="taken over"):
        first.write(activity="from the grave")
    claims.release(first)
    assert second.mine().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("phase", ["build", "safety", "measure", "propose"])
def test_what_a_worker_finds_after_losing_its_lease_is_not_recorded(
    scene: Scene, phase: str
) -> None:
    generation = scene.until(scene.begin(), phase)
    reports, deltas = Report.objects.count(), Delta.objects.count()

    def overtaken(found: Generation, words: str) -> None:
        if words:
            Generation.objects.filter(pk=found.pk).update(fence=99, lease_owner="other")

    run = loop.step(generation.pk, scene.clock(), told=overtaken, engines=scene.engine)
    assert run is None
    generation.refresh_from_db()
    assert (generation.phase, generation.lease_owner) == (phase, "other")
    assert not Proposal.objects.exists()
    assert Report.objects.count() == reports
    assert Delta.objects.count() == deltas
    told = Entry.objects.filter(event="generation.phase_ended")
    assert phase not in {entry.facts["phase"] for entry in told}


@pytest.mark.django_db
def test_one_that_is_not_due_is_left_alone(scene: Scene) -> None:
    generation = scene.begin()
    early = scene.clock() - timedelta(seconds=1)
    assert loop.step(generation.pk, early, engines=scene.engine) is None
    assert not PhaseRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"paused": True}, "shop is paused: resume it first."),
        (
            {"state": State.UNREACHABLE, "state_detail": "no answer"},
            r"is not ready \(.*no answer\)",
        ),
    ],
)
def test_a_target_that_is_not_ready_begins_none(
    scene: Scene, changed: dict[str, object], words: str
) -> None:
    for name, value in changed.items():
        setattr(scene.target, name, value)
    with pytest.raises(CannotBegin, match=words):
        scene.begin()
    assert not Generation.objects.exists()


@pytest.mark.django_db
def test_one_at_a_time_and_only_by_a_writer_that_there_is(scene: Scene) -> None:
    scene.begin()
    with pytest.raises(CannotBegin, match="is at work already"):
        scene.begin()
    with pytest.raises(CannotBegin, match="known are embedded, model"):
        scene.begin(writer="nobody")
    assert Generation.objects.count() == 1


@pytest.mark.django_db
def test_a_long_brief_with_a_secret_is_cut_and_cleaned(scene: Scene) -> None:
    secret = "token=ghp_" + "a1B2" * 9
    generation = scene.begin(brief=f"Please\0 use {secret}. " + "x" * 50_000)
    assert "ghp_" not in generation.brief
    assert "\0" not in generation.brief
    assert len(generation.brief) == opening.LONGEST_BRIEF


def together(scene: Scene, many: int, act: object) -> list[object]:
    """Let several threads do the same at once."""
    start, found = threading.Barrier(many), []

    def work() -> None:
        try:
            start.wait(30)
            found.append(act())  # type: ignore[operator]
        except (CannotBegin, OperationalError) as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(many)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_of_many_that_begin_one_at_once_one_does(scene: Scene) -> None:
    found = together(scene, 6, scene.begin)
    assert len(found) == 6
    assert len([one for one in found if isinstance(one, Generation)]) == 1
    assert [one.number for one in Generation.objects.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_acts(scene: Scene) -> None:
    generation = scene.begin()
    together(scene, 4, lambda: loop.step(generation.pk, scene.clock(), engines=scene.engine))
    runs = generation.runs.filter(phase="baseline")
    assert [run.result for run in runs] == [Result.PASSED]


@pytest.mark.django_db(transaction=True)
def test_a_slow_phase_keeps_its_lease_by_a_heartbeat(
    scene: Scene, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(settings, "generations", lease_seconds=1)
    monkeypatch.setattr(claims, "LOOK_SECONDS", 0.1)
    seen: list[bool] = []

    def slow(phase: str, turn: Turn) -> None:
        if phase == "plan":
            first = Generation.objects.get().lease_until
            time.sleep(1.5)
            last = Generation.objects.get().lease_until
            seen.append(bool(first and last and last > first))

    scene.with_engine(first=slow)
    generation = scene.until(scene.begin(), "build")
    assert seen == [True]
    assert scene.phases(generation) == [("baseline", "PASSED"), ("plan", "PASSED")]


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_survives_a_database_that_is_away_for_a_moment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOK_SECONDS", 0.05)
    real, left = Generation.is_overdue, [3]

    def away(generation: Generation, now: object) -> bool:
        if left[0] and threading.current_thread() is not threading.main_thread():
            left[0] -= 1
            raise OperationalError("unable to open database file")
        return real(generation, now)  # type: ignore[arg-type]

    def slow(phase: str, turn: Turn) -> None:
        until = time.monotonic() + 10
        while left[0] and time.monotonic() < until:
            time.sleep(0.05)
        assert not turn.stopped()

    monkeypatch.setattr(Generation, "is_overdue", away)
    scene.with_engine(first=slow)
    generation = scene.until(scene.begin(), "build")
    assert left == [0]
    assert ("plan", "PASSED") in scene.phases(generation)
