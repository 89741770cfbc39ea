"""A database that is away for a while, in the middle of a stage, loses and doubles nothing.

How long it is away changes nothing in what happens: the worker asks again every second.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.delivery.killing import outages, walked
from tests.delivery.killing.effects import HELD, Point
from tests.delivery.killing.named import GITHUB, acts_of
from tests.delivery.killing.world import World, opened

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
AWAY_SECONDS = 2.5
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
def outage(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[outages.Outage]:
    if connection.vendor == "sqlite":
        yield outages.Locked(f"sqlite:////unused?timeout={outages.BUSY_SECONDS}")
        return
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
        connection.close()
    if not outages.programs():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no server of PostgreSQL here")
    with outages.server(tmp_path_factory.mktemp("server") / "own") as ours:
        outages.copied(ours, name)
        yield ours


@pytest.fixture(scope="module")
def walk(
    outage: outages.Outage,
    key_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[walked.Walk]:
    place = tmp_path_factory.mktemp("outage")
    scene = walked.SCENES[GITHUB]
    with (
        django_db_blocker.unblock(),
        opened(place, key_folder, address=outage.address, **scene, harms=True) as world,
    ):
        made = walked.Walk(world)
        made.there_and_back()
        yield made


def away_in(world: World, outage: outages.Outage, stage: str, *, longer: bool) -> int:
    """Take the database away while a stage acts; return how the worker ended."""
    ended: list[int] = []
    point = Point(stage, POINTS[stage], HELD)
    work = threading.Thread(target=lambda: ended.append(world.work(point)))
    work.start()
    scratch = world.folder / "tmp"
    _until(lambda: (scratch / "held").exists())
    outage.begin(world.database)
    if not longer:  # it is back before the stage has come to its end
        time.sleep(AWAY_SECONDS)
        outage.end()
    (scratch / "go").touch()
    if longer:
        time.sleep(AWAY_SECONDS)
        outage.end()
    work.join(60)
    for name in ("held", "go"):
        (scratch / name).unlink()
    return ended[0]


def _until(there: Any) -> None:
    deadline = time.monotonic() + 30
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("longer", [False, True], ids=["back in time", "away at the end"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_was_done_is_written_down_once_the_database_is_back(
    walk: walked.Walk, outage: outages.Outage, stage: str, longer: bool
) -> None:
    world = walk.world
    world.back_to(stage)
    assert away_in(world, outage, stage, longer=longer) == 0
    found = world.end()
    assert list(walked.differing(walk.ends["whole"], found)) == []
    assert found["live"]["ran"] == walk.ends["whole"]["live"]["ran"]
