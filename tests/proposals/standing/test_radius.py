"""How far could a change reach, whatever its writer says?"""

from dataclasses import replace

import pytest

from proposals.standing.radius import RISKS, Touched, radius

FILE = Touched("config/tools.yaml", "parameters", "M", 2)


@pytest.mark.parametrize(
    ("kind", "risk"),
    [
        ("docs", "low"),
        ("tests", "low"),
        ("parameters", "low"),
        ("settings", "medium"),
        ("code", "medium"),
        ("other", "high"),
        ("never heard of", "high"),
        ("permissions", "critical"),
        ("benchmarks", "critical"),
        ("policies", "critical"),
        ("merge", "critical"),
    ],
)
def test_each_kind_of_file_has_its_grade(kind: str, risk: str) -> None:
    assert radius([replace(FILE, kind=kind)], "low") == risk


def test_the_worst_file_counts() -> None:
    files = [FILE, replace(FILE, path="README.md", kind="docs"), replace(FILE, kind="code")]
    assert radius(files, "low") == "medium"


@pytest.mark.parametrize("said", RISKS)
def test_what_the_writer_says_counts_only_where_it_is_worse(said: str) -> None:
    code = replace(FILE, kind="code")
    assert radius([code], said) == max(said, "medium", key=RISKS.index)


@pytest.mark.parametrize("said", ["", "tiny", "LOW", "none at all"])
def test_a_label_that_nobody_knows_is_the_worst(said: str) -> None:
    assert radius([FILE], said) == "critical"


def test_a_deleted_file_is_never_low() -> None:
    assert radius([replace(FILE, status="D")], "low") == "medium"


@pytest.mark.parametrize(
    "file",
    [
        replace(FILE, mode_changed=True),
        replace(FILE, is_plain=False),
        replace(FILE, status="T"),
        replace(FILE, status="?"),
    ],
)
def test_links_binaries_and_modes_are_high(file: Touched) -> None:
    assert radius([file], "low") == "high"


def test_a_wide_change_is_one_grade_more() -> None:
    assert radius([FILE] * 5, "low") == "low"
    assert radius([FILE] * 6, "low") == "medium"
    assert radius([replace(FILE, lines=200)], "low") == "low"
    assert radius([replace(FILE, lines=201)], "low") == "medium"
    assert radius([replace(FILE, kind="merge", lines=500)], "low") == "critical"


def test_a_change_of_nothing_is_no_small_change() -> None:
    assert radius([], "low") == "critical"
