"""By which name does a waiver know a finding, and what does an answer become?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from targets.manifest import Manifest
from targets.repository import Change, Repository
from tests.validation.changing import AT, LIMITS, WHITELIST, changed, make_repository
from validation.gates import GATES
from validation.models import Outcome
from validation.verdicts import Context, GateVerdict, Mark, Waived
from validation.waiving import binding
from validation.waiving.binding import WAIVABLE

FILE = "gateway/app.py"
BY_WANDA = Waived(7, "e", "wanda", AT + timedelta(days=7), "ours")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


def answer(*marks: Mark, gate: str = "safety", outcome: Outcome = Outcome.REFUSED) -> GateVerdict:
    return GateVerdict(gate, "q", outcome, "s", marks)


def names(
    repository: Repository, change: Change, *marks: Mark, gate: str = "addresses", version: int = 1
) -> list[str]:
    context = Context(repository, Manifest(), WHITELIST, LIMITS)
    found = binding.bound(answer(*marks, gate=gate), change, context, version=version)
    return [mark.bound for mark in found.findings]


def test_only_gates_that_are_named_can_be_waived(repository: Repository) -> None:
    assert {gate.NAME for gate in GATES} > WAIVABLE
    assert {"size", "forbidden paths", "tests", "parameters", "privileges"}.isdisjoint(WAIVABLE)
    change = changed(repository, {FILE: "a\n"})
    mark = Mark(FILE, 1, "m")
    for gate in GATES:
        named = names(repository, change, mark, gate=gate.NAME) != [""]
        assert named is (gate.NAME in WAIVABLE), gate.NAME
    assert names(repository, change, mark, gate="authorised") == [""]


def test_everything_that_a_person_looked_at_is_in_the_name(repository: Repository) -> None:
    change = changed(repository, {FILE: "a\nb\na\n", "other.py": "a\n"})
    mark = Mark(FILE, 1, "m")
    [first] = names(repository, change, mark)
    assert len(first) == 64
    assert names(repository, change, mark) == [first]
    others = [
        names(repository, change, replace(mark, line=2)),
        names(repository, change, replace(mark, message="n")),
        names(repository, change, replace(mark, path="other.py")),
        names(repository, change, mark, version=2),
        names(repository, change, mark, gate="secrets"),
        names(repository, change, replace(mark, line=None)),
        names(repository, change, mark, mark)[1:],
    ]
    assert first not in [name for found in others for name in found]
    assert all(len(name) == 64 for found in others for name in found)


def test_a_line_that_moved_is_the_same_finding(repository: Repository) -> None:
    before = names(repository, changed(repository, {FILE: "a\nb\n"}), Mark(FILE, 1, "m"))
    after = names(repository, changed(repository, {FILE: "c\nd\na\nb\n"}), Mark(FILE, 3, "m"))
    assert before == after


CALL = "import os\ncommand = 'true'\nos.system(\n    command,\n)\n"


@pytest.mark.parametrize(
    "after",
    [
        CALL.replace("'true'", "'reboot'"),
        CALL.replace("    command,", "    'reboot',"),
        CALL.replace("import os", "import os  # ours"),
        CALL + "\n",
    ],
)
def test_what_a_line_of_code_does_depends_on_its_file_and_so_does_its_name(
    repository: Repository, after: str
) -> None:
    mark = Mark(FILE, 3, "starts a shell")
    first = names(repository, changed(repository, {FILE: CALL}), mark, gate="safety")
    again = names(repository, changed(repository, {FILE: CALL, "b": "x"}), mark, gate="safety")
    assert first == again
    change = changed(repository, {FILE: after})
    assert names(repository, change, mark, gate="safety") != first
    assert names(repository, change, mark, gate="safety")[0]


@pytest.mark.parametrize(
    "content", [b"A\n", b"a \n", b" a\n", b"a\r\n", b"a\x00\n", "а\n".encode()]
)
def test_a_line_that_only_looks_alike_is_another(repository: Repository, content: bytes) -> None:
    first = names(repository, changed(repository, {FILE: b"a\n"}), Mark(FILE, 1, "m"))
    assert names(repository, changed(repository, {FILE: content}), Mark(FILE, 1, "m")) != first


def test_a_whole_file_is_meant_where_no_line_is_named(repository: Repository) -> None:
    whole = Mark(FILE, None, "cannot be read")
    first = names(repository, changed(repository, {FILE: b"\xff\n"}), whole)
    assert first != [""]
    assert names(repository, changed(repository, {FILE: b"\xff\n\n"}), whole) != first


@pytest.mark.parametrize(
    "mark",
    [
        Mark("", None, "m"),
        Mark("", 1, "m"),
        Mark(FILE, 0, "m"),
        Mark(FILE, -1, "m"),
        Mark(FILE, 99, "m"),
        Mark("README.md", None, "m"),
        Mark("nowhere.py", 1, "m"),
    ],
    ids=str,
)
def test_what_names_no_line_of_a_file_that_is_left_behind_has_no_name(
    repository: Repository, mark: Mark
) -> None:
    change = changed(repository, {FILE: "a\n", "README.md": None})
    assert names(repository, change, mark) == [""]


def test_two_files_that_are_shown_alike_are_not_waivable(repository: Repository) -> None:
    change = changed(repository, {"a\u200bb.py": "x\n", "a\\u200bb.py": "x\n"})
    assert names(repository, change, Mark("a\\u200bb.py", 1, "m")) == [""]


def test_what_only_asks_has_no_name(repository: Repository) -> None:
    change = changed(repository, {FILE: "a\nb\n"})
    asks, refuses = Mark(FILE, 1, "m", refuses=False), Mark(FILE, 2, "m")
    found = names(repository, change, asks, refuses)
    assert (found[0], len(found[1])) == ("", 64)


def test_the_last_refusing_finding_that_is_waived_leaves_an_acknowledgement() -> None:
    both = answer(Mark(FILE, 1, "m", bound="x"), Mark(FILE, 2, "n", bound="y"))
    one = binding.applied(both, {"x": BY_WANDA})
    assert (one.outcome, one.summary) == (Outcome.REFUSED, "2 findings, 1 of them waived")
    assert [mark.refuses for mark in one.findings] == [False, True]
    assert one.findings[0].waived == BY_WANDA
    two = binding.applied(both, {"x": BY_WANDA, "y": BY_WANDA})
    assert two.outcome == Outcome.ACKNOWLEDGE


@pytest.mark.parametrize("gate", sorted({gate.NAME for gate in GATES} - WAIVABLE))
def test_no_waiver_touches_another_gate(gate: str) -> None:
    given = answer(Mark(FILE, 1, "m", bound="x"), gate=gate)
    assert binding.applied(given, {"x": BY_WANDA}) == given


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome != Outcome.REFUSED])
def test_an_answer_that_refuses_nothing_stays_as_it_is(outcome: Outcome) -> None:
    given = answer(Mark(FILE, 1, "m", bound="x"), outcome=outcome)
    assert binding.applied(given, {"x": BY_WANDA, "": BY_WANDA}) == given


def test_a_finding_without_a_name_is_covered_by_no_waiver() -> None:
    given = answer(Mark(FILE, 1, "m"))
    assert binding.applied(given, {"": BY_WANDA}) == given
