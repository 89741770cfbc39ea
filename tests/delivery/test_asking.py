"""Does asking for a stage tell how it stands, and never do what the delivery would not?"""

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from audit.log import Actor
from audit.models import Entry
from delivery import asking, pipeline, revert
from delivery.asking import CannotAsk, Place
from delivery.models import Delivery, Plan, Result
from targets.models import State, Target
from tests.delivery.scene import Scene, changed_tools, make_scene
from tests.factories import NOW, commit_to_origin, make_user

pytestmark = pytest.mark.django_db
DOOR = {"door": "api", "token": 7}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def ask(scene: Scene, stage: str) -> Place:
    person = make_user("reviewer")
    return asking.ask(scene.proposal, stage, person=person, at=scene.clock(), door=DOOR)


@pytest.mark.parametrize(
    ("result", "standing"),
    [
        (Result.PASSED, "passed"),
        (Result.WAITING, "waiting"),
        (Result.FAILED, "failed"),
        (Result.ERRORED, "errored"),
        ("", "running"),
    ],
)
def test_a_stage_stands_as_its_last_run_ended(scene: Scene, result: str, standing: str) -> None:
    delivery = scene.drive_until(scene.begin(), "validate")
    run = delivery.runs.filter(stage="branch").get()
    run.result, run.message = result, "So it is."
    run.save()
    assert asking.standing(delivery, "branch") == Place("branch", standing, "So it is.")  # type: ignore[arg-type]


def test_what_passed_is_to_come_again_when_the_target_moved(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    assert asking.standing(delivery, "branch").standing == "passed"
    commit_to_origin(scene.target, changed_tools("retries: 1", "retries: 2"))
    scene.drive_until(delivery, "branch")
    assert asking.standing(delivery, "branch").standing == "to come"
    assert ask(scene, "branch").standing == "to come"
    scene.drive_until(delivery, "validate")
    assert asking.standing(delivery, "branch").standing == "passed"


def turned_back(scene: Scene, stage: str) -> Delivery:
    """Let somebody call the delivery off when it has come this far."""
    delivery = scene.drive_until(scene.begin(), stage)
    actor = Actor("person", "ada")
    revert.request(delivery, actor=actor, reason="Somebody said no.", at=scene.clock())
    pipeline.step(delivery.pk, scene.clock())
    delivery.refresh_from_db()
    assert delivery.plan == Plan.CLEAN_UP
    return delivery


def test_what_a_delivery_did_before_it_was_called_off_has_passed(scene: Scene) -> None:
    delivery = turned_back(scene, "merge")
    assert asking.standing(delivery, "pull_request").standing == "passed"
    assert ask(scene, "pull_request").standing == "passed"


def test_one_that_is_called_off_reaches_nothing_more(scene: Scene) -> None:
    turned_back(scene, "validate")
    with pytest.raises(CannotAsk, match=r"does not go on: cleaning up"):
        ask(scene, "pull_request")
    assert not Entry.objects.filter(event="delivery.asked").exists()


@pytest.mark.parametrize(
    ("change", "begun", "refused"),
    [
        ({"paused": True}, False, True),
        ({"paused": True}, True, False),  # it holds the target: what is begun is ended
        ({"state": State.UNREACHABLE}, False, True),
        ({"state": State.UNREACHABLE}, True, False),
        ({"state": State.DIVERGED}, False, True),
    ],
)
def test_a_target_that_rests_is_asked_for_nothing_new(
    scene: Scene, change: dict[str, object], begun: bool, refused: bool
) -> None:
    if begun:
        scene.drive_until(scene.begin(), "validate")
    Target.objects.update(**change)
    if refused:
        with pytest.raises(CannotAsk):
            ask(scene, "pull_request")
    else:
        ask(scene, "pull_request")
    assert Entry.objects.filter(event="delivery.asked").exists() is not refused


def test_it_is_told_by_whom_and_by_which_door_and_cites_the_decision(scene: Scene) -> None:
    ask(scene, "branch")
    entry = Entry.objects.get(event="delivery.asked")
    assert DOOR.items() <= entry.facts.items()
    approved = scene.proposal.transitions.latest("version").entry_uid
    assert entry.cites == [str(approved)]
    assert not Delivery.objects.exists()


def test_who_may_not_decide_asks_for_nothing(scene: Scene) -> None:
    with pytest.raises(PermissionDenied):
        asking.ask(scene.proposal, "branch", person=make_user("viewer"), at=NOW, door=DOOR)
    assert not Entry.objects.filter(event="delivery.asked").exists()
