"""Where it is so set, nothing is opened, deployed or taken back before its decision is outside."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit import sequencer
from audit.anchors import publishing
from audit.anchors.places import Conflict, NotReached
from audit.events import Event
from audit.log import Actor
from audit.models import Anchor, Checkpoint, Entry, Outlet, OutletState
from audit.verify import verify
from delivery import gate, revert
from delivery.models import Delivery, Result
from delivery.stages.shape import Waiting
from selfimprove import config
from tests.audit.test_publishing import Shelf
from tests.delivery.scene import Scene, make_scene
from tests.selfimprove.publishing_for_tests import only

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")
LONG = timedelta(minutes=11)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    with only(made):
        yield made


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings, shelf: Shelf) -> Scene:
    audit = settings.SELFIMPROVE.audit.model_copy(update={"gate": "published"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"audit": audit})
    return make_scene(tmp_path)


def waiting(scene: Scene) -> Delivery:
    delivery = scene.begin()
    sequencer.seal(scene.clock())
    scene.drive(delivery)
    return delivery


def again(scene: Scene, delivery: Delivery, after: timedelta = timedelta(seconds=6)) -> None:
    scene.clock.at += after
    scene.drive(delivery)


def alarms() -> list[str]:
    return [entry.reason for entry in Entry.objects.filter(event=Event.DELIVERY_ALARMED)]


def test_it_waits_with_words_and_goes_on_once_published(scene: Scene) -> None:
    delivery = waiting(scene)
    assert delivery.stage == "pull_request"
    assert delivery.detail.startswith("Waits: the approval is not published outside yet; it was")
    made = Checkpoint.objects.order_by("size")[0].made_at
    assert f"sealed at {made:%Y-%m-%d %H:%M} UTC" in delivery.detail
    assert delivery.runs.last().result == Result.WAITING  # type: ignore[union-attr]
    again(scene, delivery)
    assert (delivery.stage, scene.timeout_on_main()) == ("pull_request", "400")
    publishing.publish(scene.clock())
    again(scene, delivery)
    assert (delivery.stage, scene.timeout_on_main()) == ("watch", "1200")
    assert alarms() == []


def test_a_place_that_is_not_reached_keeps_it_waiting_and_it_complains_once(
    scene: Scene, shelf: Shelf
) -> None:
    shelf.refusal = NotReached("the disk over there is full")
    delivery = waiting(scene)
    publishing.publish(scene.clock())
    again(scene, delivery)
    assert "shelf top: the disk over there is full" in delivery.detail
    assert alarms() == []
    for _ in range(3):
        again(scene, delivery, LONG)
        publishing.publish(scene.clock())
        assert (delivery.stage, scene.timeout_on_main()) == ("pull_request", "400")
    [told] = alarms()
    assert "mend what keeps it" in told
    assert "disk over there is full" in told
    shelf.refusal = None
    publishing.publish(scene.clock())
    again(scene, delivery)
    assert delivery.stage == "watch"
    sequencer.seal(scene.clock())
    assert verify().ok


def test_without_any_place_it_waits_and_says_so(scene: Scene) -> None:
    with only():
        delivery = waiting(scene)
        again(scene, delivery, LONG)
        assert delivery.stage == "pull_request"
        assert "no place is set up" in delivery.detail
        assert len(alarms()) == 1


def test_a_place_that_contradicts_the_log_does_not_count(scene: Scene, shelf: Shelf) -> None:
    delivery = waiting(scene)
    publishing.publish(scene.clock())
    shelf.refusal = Conflict("it states another root")
    publishing.publish(scene.clock() + timedelta(hours=2), force=True)
    assert Outlet.objects.get().state == OutletState.CONFLICT
    again(scene, delivery)
    assert delivery.stage == "pull_request"
    assert "another root" in delivery.detail


def test_what_was_noted_of_another_tree_does_not_count(scene: Scene) -> None:
    delivery = waiting(scene)
    size = Checkpoint.objects.order_by("-size")[0].size
    Anchor.objects.create(
        size=size,
        root="0" * 64,
        kind="shelf",
        place="top",
        reference="x",
        note="",
        at=scene.clock(),
    )
    again(scene, delivery)
    assert delivery.stage == "pull_request"


@pytest.mark.parametrize("stage", ["deploy", "merge", "pull_request"])
def test_each_act_forward_asks_for_it(scene: Scene, stage: str) -> None:
    delivery = scene.begin()
    sequencer.seal(scene.clock())
    delivery.stage = stage
    assert isinstance(gate.closed(delivery, scene.clock()), Waiting)
    publishing.publish(scene.clock())
    assert gate.closed(delivery, scene.clock()) is None


def test_taking_back_waits_as_well_and_asks_for_its_publication(scene: Scene) -> None:
    delivery = scene.begin()
    publishing.publish(scene.clock())
    scene.drive(delivery)
    assert delivery.stage == "watch"
    publishing.publish(scene.clock())
    revert.request(delivery, actor=ADA, reason="I see it failing.", at=scene.clock())
    sequencer.seal(scene.clock())
    again(scene, delivery)
    assert "the decision to take it back is not published outside yet" in delivery.detail
    assert scene.timeout_on_main() == "1200"
    # Not forced: it is due at once, as something waits for it.
    publishing.publish(scene.clock() + timedelta(seconds=30))
    again(scene, delivery)
    assert scene.timeout_on_main() == "400"


def test_sealed_is_enough_where_nothing_else_is_set(scene: Scene, settings: LazySettings) -> None:
    audit = settings.SELFIMPROVE.audit.model_copy(update={"gate": "sealed"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"audit": audit})
    assert waiting(scene).stage == "watch"


@pytest.mark.parametrize("given", ["", "PUBLISHED", "none", "anchored"])
def test_only_the_two_words_are_taken(given: str) -> None:
    with pytest.raises(config.BadConfiguration, match=r"audit\.gate"):
        config.load({"SELFIMPROVE_AUDIT__GATE": given})
