"""A worker that is killed before, in or after any act loses nothing and doubles nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from delivery import plans
from tests.delivery.killing import named
from tests.delivery.killing.effects import Point
from tests.delivery.killing.walked import Walk, walked

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
# All of them take a quarter of an hour and more on each database: `make kills`.
SAMPLE = 1 if os.environ.get("SELFIMPROVE_KILLS") == "all" else 9
STAGES = [plans.name_of(stage) for walk in plans.WALKS.values() for stage in walk]


@pytest.fixture(scope="module", params=named.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def walk(
    kind: str,
    key_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Walk]:
    with (
        django_db_blocker.unblock(),
        walked(tmp_path_factory.mktemp("killing"), key_folder, kind) as made,
    ):
        yield made


def points(kind: str) -> list[Point]:
    every = [point for stage in STAGES for point in named.points_of(stage, kind)]
    return every[named.KINDS.index(kind) :: SAMPLE]


def test_every_act_of_every_stage_is_named(walk: Walk, kind: str) -> None:
    assert walk.unnamed == []
    assert {stage: tuple(walk.seen[stage]) for stage in STAGES} == {
        stage: named.acts_of(stage, kind) for stage in STAGES
    }


def test_undisturbed_it_ends_well_both_ways(walk: Walk) -> None:
    whole, stopped = walk.ends["whole"], walk.ends["clean_up"]
    assert (whole["outcome"], stopped["outcome"]) == ("REVERTED", "ABORTED")
    for told in (whole, stopped):
        assert told["log"]["problems"] == []
        assert told["log"]["intended without an end"] == []
        assert told["open"] == []
        assert told["scratch"] == []
        assert not [ref for ref in told["origin"]["refs"] if "proposal-" in ref]


@pytest.mark.timeout(0)
def test_killed_anywhere_it_ends_as_if_nobody_had_been(walk: Walk, kind: str) -> None:
    chosen = points(kind)
    wrong = {point: found for point in chosen if (found := walk.disturbed(point))}
    told = "\n".join(f"{point}: {'; '.join(found)}" for point, found in wrong.items())
    counted = f"{kind}: {len(chosen) - len(wrong)} of {len(chosen)} as undisturbed"
    print(counted)  # noqa: T201 — how many were tried is what a reader wants to know
    assert not wrong, f"{counted}\n{told}"
