"""Does the index say how many there are, what each state means, and where each one lies?"""

from datetime import UTC, datetime

import pytest

from proposals import index
from proposals.index import Line
from proposals.models import Status


def _line(status: Status, day: int = 1, title: str = "A change") -> Line:
    return Line(
        id=f"{day:08d}-0000-4000-8000-000000000000",
        title=title,
        status=status,
        severity="medium",
        path=f"proposals/2026/03/{day}.md",
        created=datetime(2026, 3, day, tzinfo=UTC),
    )


def test_an_empty_index_says_so() -> None:
    text = index.render("Gateway", [])
    assert text.startswith("# Proposals for Gateway\n")
    assert "| proposals | 0 |" in text
    assert text.endswith("There are none yet.\n")


@pytest.mark.parametrize("status", Status)
def test_every_state_has_its_meaning_in_the_legend(status: Status) -> None:
    assert f"- **{status.label}**: " in index.render("Gateway", [])


def test_the_newest_comes_first_with_a_link_to_its_file() -> None:
    text = index.render("Gateway", [_line(Status.PENDING, 1), _line(Status.REJECTED, 9)])
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert rows == [
        "| [`00000009`](proposals/2026/03/9.md) | A change | Rejected | Medium | 2026-03-09 |",
        "| [`00000001`](proposals/2026/03/1.md) | A change | Awaiting review | Medium"
        " | 2026-03-01 |",
    ]


def test_statistics_count_what_was_decided_and_what_still_holds() -> None:
    states = [
        *[Status.PENDING] * 2,
        *[Status.IMPLEMENTED] * 3,
        Status.REVERTED,
        Status.FAILED,
        Status.REJECTED,
        Status.SUPERSEDED,
    ]
    text = index.render("Gateway", [_line(status, day) for day, status in enumerate(states, 1)])
    assert "| proposals | 9 |" in text
    assert "| awaiting review | 2 |" in text
    assert "| approved of decided | 5 of 6 |" in text
    assert "| still in effect of delivered | 3 of 4 |" in text


def test_a_title_cannot_break_the_table_or_bring_markup() -> None:
    text = index.render("Gateway", [_line(Status.PENDING, title=r"a | b \| <b>")])
    assert r"| a \| b \\\| &lt;b> |" in text


def test_the_same_lines_give_the_same_file_in_any_order() -> None:
    lines = [_line(Status.PENDING, day) for day in range(1, 6)]
    assert index.render("Gateway", lines) == index.render("Gateway", lines[::-1])
