"""Does the gate keep what is harmless, and drop the rest with a reason for people?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from personas.fixers import Edit, copies, gate
from personas.fixers.findings import Found
from personas.fixers.gate import State
from personas.fixers.trying import Suite
from ports.sandbox.chosen import sandbox
from tests.personas.fixers.seeded import repository

FILES = {
    "a.py": "def one() -> int:\n    return 1\n",
    "b.py": "def two() -> int:\n    return 2\n",
    "test_all.py": "from a import one\nfrom b import two\n\n\ndef test_one():\n"
    "    assert one() == 1\n\n\ndef test_two():\n    assert two() == 2\n",
}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    where = repository(tmp_path / "repo", FILES)
    with copies.checked_out(where, "HEAD", Suite(sandbox())) as (copy, git):
        yield gate.begin(copy, git)


def edit(path: str, after: str, files: Mapping[str, str] = FILES) -> Edit:
    return Edit(path, files.get(path), after, ("x:1",))


def test_what_breaks_nothing_stays(state: State) -> None:
    gate.admit(state, "x", [edit("a.py", "def one() -> int:\n    return 2 - 1\n")])
    assert [one.path for _, one in state.kept] == ["a.py"]
    assert state.dropped == []
    assert "return 2 - 1" in copies.diff(state.git)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("def one() -> int:\n    return '1'\n", "mypy return-value is found anew in one"),
        ("def one() -> int:\n    return 1 +\n", "py_compile is found anew"),
        ("def one() -> int:\n    return eval('1')\n", "ruff S307 is found anew in one"),
        ("def one() -> int:\n    return 3\n", "test_all.py::test_one fails"),
        ("def one() -> int:\n" + "    pass\n" * 401 + "    return 1\n", "more than 400 lines"),
    ],
)
def test_what_is_wrong_anew_goes_with_its_reason_and_the_rest_stays(
    state: State, after: str, reason: str
) -> None:
    good = edit("b.py", "def two() -> int:\n    return 1 + 1\n")
    gate.admit(state, "x", [edit("a.py", after), good])
    assert [one.path for _, one in state.kept] == ["b.py"]
    ((fixer, path, told),) = [(one.fixer, one.path, one.reason) for one in state.dropped]
    assert (fixer, path) == ("x", "a.py")
    assert reason in told
    assert (state.copy.folder / "a.py").read_text(encoding="utf-8") == FILES["a.py"]


def test_a_test_that_is_gone_does_not_pass(state: State) -> None:
    after = FILES["test_all.py"].replace("def test_two", "def two_is_not_tested")
    gate.admit(state, "x", [edit("test_all.py", after)])
    assert "test_two fails" in state.dropped[0].reason


def test_more_than_ten_files_do_not_change(state: State) -> None:
    edits = [edit(f"new{number:02}.py", "x = 1\n") for number in range(12)]
    gate.admit(state, "x", edits)
    assert len(state.kept) == 10
    assert {one.reason for one in state.dropped} == {"more than 10 files would change"}


def test_a_tool_that_falls_silent_is_found_anew() -> None:
    before, after = Found(Counter()), Found(Counter(), ("mypy: took longer than 120 s",))
    assert after.new_since(before) == [("no answer (mypy: took longer than 120 s)", "", "")]
    assert after.new_since(after) == []
