"""Whatever is edited: does the strict diff give exactly the text that was meant?"""

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.edits import CannotEdit, extracted, repaired
from tests.personas.edits.applying import after

WORDS = st.sampled_from(["a", "b", "  c", "\td", "", " ", "e = 1", "-- f", "++ g", "@@ h", "ß"])
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n"])
TEXTS = st.lists(st.tuples(WORDS, ENDS).map("".join), min_size=1, max_size=12).map("".join)


def told(before: str, after_it: str, context: int = 3) -> str:
    """Write the difference as a unified diff, as a program does."""
    lines = (side.splitlines(keepends=True) for side in (before, after_it))
    old, new = ([line.replace("\r\n", "\n") for line in side] for side in lines)
    return "".join(difflib.unified_diff(old, new, "a/f", "b/f", n=context))


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(st.tuples(WORDS, st.just("\n")).map("".join), max_size=12).map("".join))
def test_a_true_diff_gives_what_it_says_or_is_refused(before: str, wanted: str) -> None:
    plain = before.replace("\r\n", "\n")
    try:
        found = repaired(told(before, wanted), {"f": plain}.get)
    except CannotEdit:
        return
    assert after({"f": plain}, found.diff) == {"f": wanted}


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_a_whole_file_gives_its_lines_with_the_ends_of_the_file(before: str, wanted: str) -> None:
    text = wanted.replace("\r\n", "\n")
    answer = f'<file path="f">\n{text}</file>\n<done/>\n'
    if before.replace("\r\n", "\n") == text:
        with pytest.raises(CannotEdit, match="nothing would change"):
            extracted(answer, {"f": before}.get)
        return
    found = extracted(answer, {"f": before}.get)
    assert after({"f": before}, found.diff)["f"].replace("\r\n", "\n") == text
