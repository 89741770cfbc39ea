"""Two workers never act on one delivery, and one that lost its lease records nothing."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from audit.models import Entry
from delivery import claims, pipeline
from delivery.models import Delivery, Result, StageRun
from delivery.stages.site import Site, reach
from targets.repository import Repository
from tests.delivery.scene import Scene, make_scene


class Slow(Repository):
    """A repository whose fetch waits until it is told to go on."""

    def __init__(self, git_dir: Path) -> None:
        super().__init__(git_dir)
        self.entered, self.go_on = threading.Event(), threading.Event()

    def fetch(self) -> None:
        self.entered.set()
        assert self.go_on.wait(30)
        super().fetch()


@pytest.mark.django_db
def test_a_taken_delivery_cannot_be_taken_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    first = claims.take(delivery.pk, scene.clock())
    assert first is not None
    assert claims.take(delivery.pk, scene.clock()) is None
    assert pipeline.step(delivery.pk, scene.clock()) is None
    claims.release(first)
    assert claims.take(delivery.pk, scene.clock()) is not None


@pytest.mark.django_db
def test_an_expired_lease_passes_to_the_next_worker_with_a_higher_fence(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    first = claims.take(delivery.pk, scene.clock())
    second = claims.take(delivery.pk, scene.clock.forward(seconds=61))
    assert first is not None
    assert second is not None
    assert second.fence > first.fence
    with pytest.raises(claims.LeaseLost, match="taken over by another worker"):
        first.write(detail="from the grave")
    claims.release(first)
    assert second.mine().exists()


@pytest.mark.django_db
def test_what_a_worker_finds_after_losing_its_lease_is_not_recorded(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()

    def overtaken(found: Delivery) -> Site:
        Delivery.objects.filter(pk=found.pk).update(fence=found.fence + 10, lease_owner="other")
        return reach(found)

    assert pipeline.step(delivery.pk, scene.clock(), overtaken) is None
    delivery.refresh_from_db()
    assert delivery.stage == "snapshot"
    assert delivery.snapshot_tag == ""
    assert delivery.lease_owner == "other"
    assert not Entry.objects.filter(event="delivery.stage_passed").exists()


@pytest.mark.django_db
def test_a_delivery_that_is_not_due_is_left_alone(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    assert pipeline.step(delivery.pk, scene.clock() - timedelta(seconds=1)) is None


@pytest.mark.django_db
def test_a_paused_target_begins_nothing_but_finishes_what_acts(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.target.paused = True
    scene.target.save()
    assert scene.drive(delivery) == ()
    scene.target.paused = False
    scene.target.save()
    scene.drive_until(delivery, "validate")
    scene.target.paused = True
    scene.target.save()
    scene.drive(delivery)
    assert delivery.stage == "watch"


def step_in_thread(scene: Scene, delivery: Delivery, runs: list[StageRun | None]) -> None:
    runs.append(pipeline.step(delivery.pk, scene.clock()))
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_acts(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    runs: list[StageRun | None] = []
    workers = [
        threading.Thread(target=step_in_thread, args=(scene, delivery, runs)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    acted = [run for run in runs if run is not None]
    assert len(runs) == 4
    assert StageRun.objects.filter(stage="snapshot").count() == 1
    assert [run.stage for run in acted].count("snapshot") == 1


@pytest.mark.django_db(transaction=True)
def test_a_slow_stage_keeps_its_lease_by_a_heartbeat(
    tmp_path: Path, settings: LazySettings
) -> None:
    current = settings.SELFIMPROVE
    short = current.delivery.model_copy(update={"lease_seconds": 0.6})
    settings.SELFIMPROVE = current.model_copy(update={"delivery": short})
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    slow = Slow(Repository.of(scene.target).git_dir)
    runs: list[StageRun | None] = []

    def work() -> None:
        runs.append(
            pipeline.step(
                delivery.pk, scene.clock(), lambda found: replace(reach(found), repository=slow)
            )
        )
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert slow.entered.wait(30)
    before = Delivery.objects.get(pk=delivery.pk).lease_until
    threading.Event().wait(0.7)
    after = Delivery.objects.get(pk=delivery.pk).lease_until
    slow.go_on.set()
    worker.join()
    assert before is not None
    assert after is not None
    assert after > before
    assert runs[0] is not None
    assert runs[0].result == Result.PASSED
