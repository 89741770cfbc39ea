"""A database that is away for a while, in the middle of a stage, loses and doubles nothing.

How long it is away changes nothing in what happens: the worker asks again every second.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.delivery.killing import outages, walked
from tests.delivery.killing.effects import HELD, Point
from tests.delivery.killing.named import GITHUB, acts_of
from tests.delivery.killing.taken_away import away_at

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
POINTS = {
    "branch": next(act for act in acts_of("branch", GITHUB) if "push" in act),
    "pull_request": "github: POST pulls",
    "merge": "github: PUT pulls/1/merge",
    "deploy": "live: command reload",
    "revert": "clone: git push SHA:refs/heads/main",
}

EVERY = os.environ.get("SELFIMPROVE_KILLS") == "all"
STAGES = list(POINTS) if EVERY else ["pull_request", "deploy", "revert"]


@pytest.fixture(scope="module")
def walk(
    outage: outages.Outage,
    key_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[walked.Walk]:
    place = tmp_path_factory.mktemp("outage")
    with (
        django_db_blocker.unblock(),
        walked.walked(place, key_folder, GITHUB, address=outage.address, stopped=False) as made,
    ):
        yield made


@pytest.mark.parametrize("longer", [False, True], ids=["back in time", "away at the end"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_was_done_is_written_down_once_the_database_is_back(
    walk: walked.Walk, outage: outages.Outage, stage: str, longer: bool
) -> None:
    world = walk.world
    world.back_to(stage)
    assert away_at(world, outage, Point(stage, POINTS[stage], HELD), longer=longer) == 0
    found = world.end()
    assert list(walked.differing(walk.ends["whole"], found)) == []
    assert found["live"]["ran"] == walk.ends["whole"]["live"]["ran"]
