"""Do the words about the queue say what the code does?"""

import re

import pytest

from delivery.grounds.rules import Rule
from proposals.waiting.options import APPROVAL, ESCALATE, EXPIRE, GRADES, REMIND, Review
from proposals.waiting.rules import Kind
from selfimprove import config
from selfimprove.console.clock import WORDS
from selfimprove.schedules import TICKS
from tests.architecture.house import ROOT

QUEUE = (ROOT / "docs" / "queue.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
HOURS = {"reminder": REMIND, "escalation": ESCALATE, "end": EXPIRE}


def _said(hours: int) -> str:
    return f"{hours // 24} days" if hours >= 72 else f"{hours} h"


@pytest.mark.parametrize("name", HOURS)
def test_the_table_of_hours_is_the_one_in_force(name: str) -> None:
    row = next(line for line in QUEUE.splitlines() if line.startswith(f"| {name} |"))
    told = [cell.strip() for cell in row.split("|")[2:6]]
    assert told == [_said(HOURS[name][grade]) for grade in reversed(GRADES)]


@pytest.mark.parametrize("rule", list(Rule))
def test_each_rule_has_a_row(rule: Rule) -> None:
    rows = [line for line in QUEUE.splitlines() if f"| `{rule.value}` |" in line]
    assert len(rows) == (2 if rule is Rule.ASKED_AGAIN else 1)


@pytest.mark.parametrize(
    ("setting", "usual"),
    [
        ("remind_hours", REMIND),
        ("escalate_hours", ESCALATE),
        ("expire_hours", EXPIRE),
        ("approval_days", APPROVAL),
    ],
)
def test_the_reference_says_the_usual_values(setting: str, usual: dict[str, int]) -> None:
    row = next(
        line for line in REFERENCE.splitlines() if line.startswith(f"| `review.{setting}` |")
    )
    assert row.split("|")[2].strip() == ", ".join(str(usual[grade]) for grade in GRADES)


def test_the_usual_values_hold_together() -> None:
    assert config.load({}).review == Review()
    for grade in GRADES:
        assert REMIND[grade] < ESCALATE[grade] < EXPIRE[grade]
    for by_grade in (REMIND, ESCALATE, APPROVAL):
        assert sorted(by_grade.values(), reverse=True) == [by_grade[grade] for grade in GRADES]


def test_what_ages_and_what_ends_by_the_clock_is_said_to_people() -> None:
    ticks = {tick.name: tick for tick in TICKS}
    for name in ("proposals.age", "delivery.lapse"):
        assert not ticks[name].acts, "people may decide while the loop is paused"
        assert WORDS[name]


def test_every_link_into_the_page_leads_to_a_heading() -> None:
    headings = {
        re.sub(r"[^a-z -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in QUEUE.splitlines()
        if line.startswith("#")
    }
    places = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    links = {
        found for place in places for found in re.findall(r"queue\.md#([\w-]+)", place.read_text())
    }
    assert links
    assert links <= headings


def test_kinds_come_in_the_order_in_which_they_are_told() -> None:
    assert [kind.value for kind in Kind] == ["reminder", "escalation", "expiry"]
