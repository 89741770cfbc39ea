"""Does the strip of evidence show what counted, and stay inside its frame?"""

import re

import pytest

from telemetry.strips import Slice, strip


def drawn(*slices: Slice, needed: float = 50) -> str:
    return strip(slices, needed=needed, title="Evidence", description="Slice by slice.")


def test_before_the_first_slice_it_says_so() -> None:
    assert "No slice yet" in drawn()


def test_each_slice_is_a_bar_and_a_capped_one_is_hatched() -> None:
    picture = drawn(Slice(5, 0.8, False), Slice(10, 4.0, True), Slice(15, 20.0, True))
    assert picture.count('class="ch-bar"') == 3
    assert picture.count("url(#ch-hatch)") == 2
    assert "15 min" in picture
    assert "style=" not in picture


def test_it_names_its_three_lines() -> None:
    picture = drawn(Slice(5, 1.0, False), needed=150)
    for word in ("150:1", "1:1", "1:10"):
        assert f">{word}</text>" in picture


@pytest.mark.parametrize("odds", [1e-300, 1e-9, 0.1, 1.0, 50.0, 1e300])
def test_whatever_the_odds_are_the_bar_stays_inside(odds: float) -> None:
    picture = drawn(Slice(5, odds, False))
    found = re.search(r'class="ch-bar"[^>]* y="([\d.]+)" height="([\d.]+)"', picture)
    assert found
    top, high = float(found[1]), float(found[2])
    assert 20 <= top <= 90
    assert top + high <= 91


def test_a_day_of_slices_is_drawn() -> None:
    picture = drawn(*(Slice(5 * n, 1 + n % 7, n % 50 == 0) for n in range(1, 289)))
    assert picture.count('class="ch-bar"') == 288
    assert "1440 min" in picture
