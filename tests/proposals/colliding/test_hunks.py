"""Which places does a diff touch, and when do two diffs not go together?"""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals.colliding.hunks import Touched, collide, edits, same_place, touched
from proposals.colliding.meeting import meeting
from tests.proposals.colliding.diffs import LINES, adding, inserting, replacing

FILE = "a.txt"
NUMBERS = st.sets(st.integers(1, LINES), min_size=1, max_size=4)


def _one(diff: str) -> Touched:
    return touched(diff)[FILE]


def test_a_replaced_line_is_named_as_people_count() -> None:
    assert _one(replacing(10)).lines == "line 10"
    assert _one(replacing(10, 12)).lines == "lines 10–12"
    assert _one(replacing(1)).lines == "line 1"


def test_what_is_put_in_touches_the_gap_and_no_line() -> None:
    found = _one(inserting(7))
    assert found.changed == {15}
    assert found.lines == "line 7"
    assert _one(inserting(0)).lines == "line 1"


def test_a_new_file_is_touched_as_a_whole() -> None:
    found = touched(adding("new.txt"))["new.txt"]
    assert found.whole
    assert found.lines == ""


def test_every_file_of_a_diff_is_found_under_its_own_name() -> None:
    both = touched(replacing(3, path="one/a b.txt") + replacing(9, path="two.txt"))
    assert {path: file.lines for path, file in both.items()} == {
        "one/a b.txt": "line 3",
        "two.txt": "line 9",
    }


def test_lines_that_look_like_headers_are_read_as_the_text_that_they_are() -> None:
    diff = (
        f"diff --git a/{FILE} b/{FILE}\nindex 1..2 100644\n--- a/{FILE}\n+++ b/{FILE}\n"
        "@@ -1,3 +1,3 @@\n ground\n--- a/other\n+++ b/other\n \n"
    )
    assert set(touched(diff)) == {FILE}
    assert _one(diff).lines == "line 2"


@pytest.mark.parametrize("text", ["", "no diff at all", "@@ -1 +1 @@\n-a\n+b\n", "diff --git "])
def test_what_is_no_diff_of_git_touches_no_line_of_a_file(text: str) -> None:
    assert not any(file.changed for file in touched(text).values())


def test_a_diff_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = replacing(10)
    assert touched(whole[: whole.index("+new")])[FILE].changed == {20}


@pytest.mark.parametrize(
    ("other", "meets"),
    [(10, True), (11, True), (13, True), (14, False), (20, False)],
)
def test_they_meet_where_one_changes_what_the_other_is_placed_by(other: int, meets: bool) -> None:
    assert same_place(_one(replacing(10)), _one(replacing(other))) is meets


def test_two_lines_put_in_at_the_same_gap_meet() -> None:
    assert same_place(_one(inserting(7)), _one(inserting(7)))
    assert not same_place(_one(inserting(7)), _one(inserting(9)))


def test_what_starts_from_different_texts_meets_by_the_lines_that_go() -> None:
    old, new = _one(replacing(10, blob="1" * 40)), _one(replacing(10, blob="9" * 40))
    assert same_place(old, new)
    assert not same_place(old, _one(replacing(11, blob="9" * 40)))


def test_only_files_that_both_touch_are_named() -> None:
    one = touched(replacing(3) + replacing(9, path="two.txt"))
    other = touched(replacing(3) + replacing(40, path="two.txt"))
    assert collide(one, other) == (FILE,)
    assert collide(one, touched(adding("other.txt"))) == ()


def test_a_whole_file_meets_whatever_touches_it() -> None:
    assert collide(touched(adding(FILE)), touched(replacing(50))) == (FILE,)


@given(st.lists(st.tuples(NUMBERS, st.sampled_from("123")), min_size=1, max_size=7))
def test_groups_are_what_comparing_each_with_each_would_join(
    asked: list[tuple[set[int], str]],
) -> None:
    files = {
        f"p{place}": _one(replacing(*numbers, blob=blob * 40))
        for place, (numbers, blob) in enumerate(asked)
    }
    joined = {name: {name} for name in files}
    for one in files:
        for other in files:
            if same_place(files[one], files[other]) and joined[one] is not joined[other]:
                both = joined[one] | joined[other]
                joined |= dict.fromkeys(both, both)
    expected = {frozenset(names) for names in joined.values() if len(names) > 1}
    assert {frozenset(names) for names in meeting(files)} == expected


@pytest.mark.parametrize("other", [10, 12, 13, 14, 15, 30])
def test_git_agrees_on_what_still_fits_after_the_other(tmp_path: Path, other: int) -> None:
    """Whatever git refuses to place after the first one was called a collision before."""
    (tmp_path / FILE).write_text("".join(f"line {n}\n" for n in range(1, LINES + 1)))
    first, second = replacing(10), replacing(other, by="other")
    _apply(tmp_path, first)
    fits = _apply(tmp_path, second)
    assert fits is not same_place(_one(first), _one(second))


def _apply(folder: Path, diff: str) -> bool:
    done = subprocess.run(
        ["git", "apply", "-"], cwd=folder, input=diff, text=True, capture_output=True, check=False
    )
    return done.returncode == 0


def test_edits_are_what_goes_and_comes_wherever_it_stands() -> None:
    here, there = replacing(10), replacing(10).replace("@@ -7,7 +7,7 @@", "@@ -30,7 +30,7 @@")
    assert edits(here) == [(FILE, "-line 10"), (FILE, "+new 10")] == edits(there)
    assert edits(here) != edits(replacing(11))
    assert edits(here) != edits(replacing(10, path="b.txt"))
    assert edits("") == []
