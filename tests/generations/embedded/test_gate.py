"""Does the gate keep what is harmless, and drop the rest with a reason for people?"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.conf import LazySettings

from benchmarks.measured import Fingerprint
from generations.engines.embedded import gate
from generations.engines.embedded.gate import State
from generations.engines.embedded.workshop import JUDGED, Looked
from personas.fixers import Edit
from targets.manifest import Benchmarks
from tests.generations.embedded.shops import PYTEST, shop
from tests.generations.scene import configure
from tests.personas.fixers.seeded import git, repository

pytestmark = pytest.mark.django_db

FILES = {
    "a.py": "def one() -> int:\n    return 1\n",
    "b.py": "def two() -> int:\n    return 2\n",
    "test_all.py": "from a import one\nfrom b import two\n\n\ndef test_one():\n"
    "    assert one() == 1\n\n\ndef test_two():\n    assert two() == 2\n",
}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    held = shop(repository(tmp_path / "repo", FILES))
    with held.copy() as copy:
        yield gate.begin(held, copy)


def edit(path: str, after: str, files: Mapping[str, str] = FILES) -> Edit:
    return Edit(path, files.get(path), after, ("x:1",))


def test_what_breaks_nothing_stays(state: State) -> None:
    gate.admit(state, "x", [edit("a.py", "def one() -> int:\n    return 2 - 1\n")])
    assert [one.path for _, one in state.kept] == ["a.py"]
    assert state.dropped == []
    assert "return 2 - 1" in state.shop.change(state.edits).diff
    assert "return 2 - 1" in (state.copy.folder / "a.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("def one() -> int:\n    return '1'\n", "return-value is found anew in one"),
        ("def one() -> int:\n    return 1 +\n", "it does not compile any more"),
        ("def one() -> int:\n    return eval('1')\n", "S307 is found anew in one"),
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
    assert "test_two runs no more" in state.dropped[0].reason


FLAKY = """\
from pathlib import Path

from a import one
from b import two

COUNT = Path({place!r})


def test_every_third_time():
    COUNT.write_text(COUNT.read_text() + "x")
    assert len(COUNT.read_text()) % 3 != 2


def test_one():
    assert one() == 1
    assert two() == 2
"""


def test_a_test_that_fails_by_chance_speaks_against_nothing(tmp_path: Path) -> None:
    """The second run fails, whatever it runs: so does the fifth, of what was there before."""
    (tmp_path / "count").write_text("")
    files = {**FILES, "test_all.py": FLAKY.format(place=str(tmp_path / "count"))}
    held = shop(repository(tmp_path / "repo", files))
    with held.copy() as copy:
        state = gate.begin(held, copy)
        gate.admit(state, "x", [edit("b.py", "def two() -> int:\n    return 1 + 1\n")])
    assert [one.path for _, one in state.kept] == ["b.py"]
    assert state.dropped == []


NAMED_BY_CHANCE = """\
import random

import pytest
from a import one


@pytest.mark.parametrize("number", [random.random()])
def test_any(number):
    assert one()


def test_one():
    assert one() == 1
"""


def test_a_test_whose_name_is_another_each_time_speaks_against_nothing(tmp_path: Path) -> None:
    files = {**FILES, "test_all.py": NAMED_BY_CHANCE}
    held = shop(repository(tmp_path / "repo", files))
    with held.copy() as copy:
        state = gate.begin(held, copy)
        good = edit("b.py", "def two() -> int:\n    return 1 + 1\n")
        bad = edit("a.py", "def one() -> int:\n    return 3\n")
        gate.admit(state, "x", [bad, good])
    assert [one.path for _, one in state.kept] == ["b.py"]
    assert [one.reason for one in state.dropped] == ["test_all.py::test_one fails"]


def test_more_than_ten_files_do_not_change(state: State) -> None:
    edits = [edit(f"new{number:02}.py", "x = 1\n") for number in range(12)]
    gate.admit(state, "x", edits)
    assert len(state.kept) == 10
    assert {one.reason for one in state.dropped} == {"more than 10 files would change"}


def test_a_benchmark_that_falls_silent_is_found_anew() -> None:
    before, after = Looked(), Looked(silent={"type_check": "it took too long"})
    assert after.new_since(before) == [
        Fingerprint("no answer of type_check (it took too long)", "", "")
    ]
    assert after.new_since(after) == []


def test_a_script_that_shellcheck_minds_more_does_not_stay(tmp_path: Path) -> None:
    files = {**FILES, "a.sh": '#!/bin/sh\ncp "$1" "$2"\n'}
    held = shop(repository(tmp_path / "repo", files), tests=False)
    with held.copy() as copy:
        state = gate.begin(held, copy)
        gate.admit(state, "x", [edit("a.sh", "#!/bin/sh\ncp $1 $2\n", files)])
        assert (state.kept, state.dropped[0].reason) == ([], "SC2086 is found anew")
        assert (copy.folder / "a.sh").read_text() == files["a.sh"]


def test_an_edit_that_breaks_a_finding_of_another_file_is_named(state: State) -> None:
    gate.admit(state, "x", [edit("a.py", 'def one() -> str:\n    return "1"\n')])
    ((path, reason),) = [(one.path, one.reason) for one in state.dropped]
    assert path == "a.py"
    assert "fails" in reason or "of test_all.py" in reason


def test_two_that_break_nothing_alone_are_not_both_kept_where_they_do_together(
    state: State,
) -> None:
    # Each spells its answer by a name that the other takes away from the test's point of view.
    one = edit("a.py", "def one() -> int:\n    import b\n\n    return b.two() - 1\n")
    two = edit("b.py", "def two() -> int:\n    import a\n\n    return a.one() + 1\n")
    gate.admit(state, "x", [one, two])
    assert [kept.path for _, kept in state.kept] == ["a.py"]
    assert [(lost.path, "fails" in lost.reason) for lost in state.dropped] == [("b.py", True)]


def test_an_executable_stays_one(tmp_path: Path) -> None:
    where = repository(tmp_path / "repo", {**FILES, "run.py": "#!/usr/bin/env python3\nx = 1\n"})
    (where / "run.py").chmod(0o755)
    git(where, "commit", "-qam", "Let it run")
    change = shop(where, tests=False).change([Edit("run.py", "", "x = 2\n", ("x:1",))])
    (file,) = change.files
    assert (file.old_mode, file.new_mode) == ("100755", "100755")


@pytest.mark.parametrize(
    "said",
    [
        Benchmarks(enabled=("doc_coverage",)),
        Benchmarks(timeouts=dict.fromkeys(JUDGED, 0.001)),
    ],
    ids=["switched off", "no time"],
)
def test_a_target_switches_off_nothing_that_judges_a_fixer(
    tmp_path: Path, said: Benchmarks
) -> None:
    lax = PYTEST.model_copy(update={"benchmarks": said})
    held = shop(repository(tmp_path / "repo", FILES), manifest=lax)
    with held.copy() as copy:
        state = gate.begin(held, copy)
        worse = edit("a.py", "def one() -> int:\n    return '1'\n")
        broken = edit("b.py", "def two() -> int:\n    return 3\n")
        gate.admit(state, "x", [worse, broken])
    assert state.kept == []
    assert [(one.path, one.reason) for one in state.dropped] == [
        ("a.py", "return-value is found anew in one"),
        ("b.py", "test_all.py::test_two fails"),
    ]


def test_what_the_installation_does_not_measure_judges_no_fixer(
    tmp_path: Path, settings: LazySettings
) -> None:
    configure(settings, "benchmarks", enabled=("lint_score",))
    held = shop(repository(tmp_path / "repo", FILES))
    with held.copy() as copy:
        state = gate.begin(held, copy)
        gate.admit(state, "x", [edit("a.py", "def one() -> int:\n    return '1'\n")])
    assert [one.path for _, one in state.kept] == ["a.py"]
