"""Does each tile of the dashboard lead to exactly the rows that it counts?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Reason
from generations.pages.overview import Tile
from generations.reporting.kinds import Kind
from targets.models import Target
from tests.factories import make_target
from tests.generations.pages.looking import signed_in, text, words
from tests.generations.rows import ACCEPTED, NOTHING, Told, asked, by_model, make_generation
from tests.generations.story import live_through

pytestmark = pytest.mark.django_db
PLACE = "/generations/dashboard/"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def viewer() -> Client:
    return signed_in("viewer")


def tiles(answer: Any) -> dict[tuple[str, str], Tile]:
    return {
        (str(group.kind), tile.label): tile
        for group in answer.context["groups"]
        for tile in group.tiles
    }


def lately(told: Told, days: float = 1) -> Told:
    return replace(told, at=timezone.now() - timedelta(days=days))


def test_an_empty_dashboard_says_what_comes_next(viewer: Client, target: Target) -> None:
    shown = words(viewer.get(PLACE))
    assert "Nothing ended in this window" in shown
    assert "None begins by itself" in shown


def test_three_weeks_are_told_kind_by_kind(viewer: Client, target: Target) -> None:
    live_through(target, timezone.now())
    answer = viewer.get(PLACE)
    assert [group.kind for group in answer.context["groups"]] == list(Kind)
    found = tiles(answer)
    fixers = found["embedded", "Accepted"]
    assert (fixers.number, fixers.beside, fixers.interval[:4]) == ("3", "of 7", "95\u00a0%")
    assert found["embedded", "In force"].beside == "of 3"
    assert found["embedded", "Cost in total"].number == "No model call"
    assert found["model", "Cost in total"].number == "At least $0.11"
    assert found["model", "Cost of one"].is_words
    assert found["simulated", "Cost in total"].number == "$0.02"
    shown = words(answer)
    assert "10 ended; 1 cancelled, 1 failed, 1 nothing to improve stand apart" in shown
    assert "A gate refused it 3" in shown


def test_each_tile_leads_to_the_rows_that_it_counts(viewer: Client, target: Target) -> None:
    live_through(target, timezone.now())
    make_generation(target, lately(Told(), 40))  # out of the window
    answer = viewer.get(PLACE)
    for (_, label), tile in tiles(answer).items():
        rows = viewer.get(tile.url).context["part"].rows
        if label == "Accepted" and tile.beside:
            assert f"of {len(rows)}" == tile.beside
        if label == "Mean improvement":
            assert tile.note.startswith(f"{len(rows)} accepted")
    for group in answer.context["groups"]:
        for why in group.reasons:
            assert len(viewer.get(why.url).context["part"].rows) == why.many


def test_the_window_and_the_target_are_kept_in_what_it_leads_to(
    viewer: Client, target: Target, tmp_path: Path
) -> None:
    make_generation(make_target(tmp_path, slug="router"), lately(ACCEPTED))
    make_generation(target, lately(replace(Told(), kind=Reason.GATES), 20))
    answer = viewer.get(f"{PLACE}?days=90&target=gateway")
    tile = tiles(answer)["embedded", "Accepted"]
    assert (tile.number, tile.beside) == ("0", "of 1")
    assert "days=90" in tile.url
    assert "target=gateway" in tile.url
    assert "?days=7&amp;target=gateway" in text(answer)  # the other windows keep it too
    assert tiles(viewer.get(f"{PLACE}?days=7&target=gateway")) == {}


@pytest.mark.parametrize("asked_for", ["days=0", "days=x", "days=²", "target=nowhere", "days=99"])
def test_what_is_not_offered_becomes_the_usual(
    asked_for: str, viewer: Client, target: Target
) -> None:
    make_generation(target, lately(ACCEPTED))
    answer = viewer.get(f"{PLACE}?{asked_for}")
    assert answer.context["figures"].days == 30
    assert ("embedded", "Accepted") in tiles(answer)


def test_too_little_is_said_in_words(viewer: Client, target: Target) -> None:
    make_generation(target, lately(NOTHING))
    make_generation(target, lately(by_model(ACCEPTED)))
    found = tiles(viewer.get(PLACE))
    for label in ("Accepted", "Mean improvement", "In force"):
        assert found["embedded", label].number == "Too little data"
        assert found["embedded", label].is_words
    assert found["model", "Mean improvement"].interval == "an interval needs 3"
    assert found["model", "Cost in total"].number == "No model call"


def test_calls_of_which_nobody_knows_the_cost_are_counted(viewer: Client, target: Target) -> None:
    asked(make_generation(target, lately(by_model(Told()))), cost=None)
    tile = tiles(viewer.get(PLACE))["model", "Cost in total"]
    assert tile.number == "Unknown"
    assert tile.interval == "of 1 call more may have been billed"
    assert tile.note == "1 call of 1 generation, last 30 days"


def test_the_chart_has_its_numbers_as_a_table(viewer: Client, target: Target) -> None:
    make_generation(target, lately(ACCEPTED))
    make_generation(target, lately(Told()))
    answer = viewer.get(PLACE)
    [group] = answer.context["groups"]
    assert [row[2:] for row in group.rows] == [("1 of 2", "between 9 and 91\u00a0%")]
    assert "1 of 2 accepted" in group.picture
