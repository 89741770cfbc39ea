"""A database that is away while a deployer elsewhere is asked, or reports, loses nothing."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests.delivery.elsewhere.stand import sign
from tests.delivery.killing import outages, walked
from tests.delivery.killing.effects import ABOUT_TO, HELD, Point
from tests.delivery.killing.named import ELSEWHERE, acts_of
from tests.delivery.killing.taken_away import away, away_at
from tests.delivery.killing.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
LEARNS, POSTS, _ = acts_of("deploy", ELSEWHERE)
POINTS = {
    "before it is written down": (LEARNS, HELD),
    "before it is posted": (POSTS, ABOUT_TO),
    "between post and note": (POSTS, HELD),
}
EVERY = os.environ.get("SELFIMPROVE_KILLS") == "all"
CASES = [
    (stage, name, longer)
    for stage in ("deploy", "redeploy")
    for name in POINTS
    for longer in (True, False)
    if EVERY or (stage == "deploy" and longer)
]


@pytest.fixture(scope="module")
def walk(
    outage: outages.Outage,
    key_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[walked.Walk]:
    place = tmp_path_factory.mktemp("outage-elsewhere")
    with (
        django_db_blocker.unblock(),
        walked.walked(place, key_folder, ELSEWHERE, address=outage.address, stopped=False) as made,
    ):
        yield made


def ends_as_ever(walk: walked.Walk) -> None:
    """Go on to the end: as if nobody had disturbed it, and each order was said in one way."""
    found = walk.world.end()
    assert list(walked.differing(walk.ends["whole"], found)) == []
    assert len(set(walk.world.stand.messages)) == len(walk.world.stand.orders) == 2


@pytest.mark.parametrize(("stage", "name", "longer"), CASES)
def test_an_order_is_one_order_wherever_the_database_went_away(
    walk: walked.Walk, outage: outages.Outage, stage: str, name: str, longer: bool
) -> None:
    walk.world.back_to(stage)
    assert away_at(walk.world, outage, Point(stage, *POINTS[name]), longer=longer) == 0
    ends_as_ever(walk)


def handed_over(walk: walked.Walk) -> World:
    """Have it deployed elsewhere, and wait for the report."""
    world = walk.world
    world.back_to("deploy")
    told = world.ask("look")[1]
    assert (told["away"], told["results"]) == (False, ["WAITING"])
    assert "The deployer works on" in told["detail"]
    walked.later(world, seconds=20)
    return world


def test_a_worker_that_cannot_look_while_it_waits_looks_later(
    walk: walked.Walk, outage: outages.Outage
) -> None:
    world = handed_over(walk)
    with away(world, outage):
        assert world.ask("look")[1]["away"]
    assert world.ask("look")[1]["results"] == ["WAITING"]
    ends_as_ever(walk)


def report(world: World, uid: str, kind: str, **more: Any) -> dict[str, Any]:
    """Post what the deployer says of the newest order, as a deployer would."""
    order = world.stand.orders[-1]
    data = {"deployment": order["deployment"], "commit": order["commit"], **more}
    body = json.dumps({"type": f"deployment.{kind}", "data": data})
    moment = int(time.time())
    headers = {
        "webhook-id": uid,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(uid, moment, body.encode()),
    }
    path = "/" + order["callback"].partition("://")[2].partition("/")[2]
    return world.ask("hear", path=path, body=body, headers=headers)[1]


@pytest.mark.parametrize("kind", ["progressed", "succeeded"])
def test_a_report_that_comes_meanwhile_is_asked_for_again_and_counts_once(
    walk: walked.Walk, outage: outages.Outage, kind: str
) -> None:
    world = handed_over(walk)
    said = {"sequence": 1, "lines": ["pulling"]}
    with away(world, outage):
        turned = report(world, "m-1", kind, **said)
    assert turned["status"] == 503
    assert int(turned["again"]) > 0
    answers = [report(world, "m-1", kind, **said)["status"] for _ in range(2)]
    assert answers == [202, 200]
    ends_as_ever(walk)


def test_a_report_and_a_look_meanwhile_leave_nothing_half_done(
    walk: walked.Walk, outage: outages.Outage
) -> None:
    world = handed_over(walk)
    with away(world, outage):
        assert report(world, "m-1", "succeeded", sequence=1)["status"] == 503
        assert world.ask("look")[1]["away"]
        assert report(world, "m-1", "succeeded", sequence=1)["status"] == 503
    assert report(world, "m-1", "succeeded", sequence=1)["status"] == 202
    ends_as_ever(walk)
