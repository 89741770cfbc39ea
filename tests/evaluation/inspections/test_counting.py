"""Does no failure count twice, and does a suggestion join the one that says the same?"""

import random

import pytest

from evaluation.ideas.records import Kind, Priority
from evaluation.inspections.writing import priority_of
from evaluation.maintenance.counting import count, same
from targets.models import Target
from tests.evaluation.inspections.told import reflection
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def test_calls_and_successes_are_summed(target: Target) -> None:
    rows = [
        reflection(target, "a", worked=[("search", 10, 0.7)], failed=[("search", "timeout", 3)]),
        reflection(target, "b", failed=[("mailer", "429", 2)]),
    ]
    told = count(rows)
    assert (told.sessions, told.calls, told.successes) == (2, 12, 7)
    ways = [(one.tool, one.mode, one.count, one.sessions) for one in told.failures]
    assert ways == [("search", "timeout", 3, 1), ("mailer", "429", 2, 1)]


def test_what_events_show_is_not_counted_again_as_told(target: Target) -> None:
    rows = [
        reflection(target, "a", failed=[("search", "slow", 3)], derived=False),
        reflection(target, "a", failed=[("search", "timeout", 3)]),
        reflection(target, "a", failed=[("brain", "gave up", 1)], derived=False),
    ]
    ways = [(one.tool, one.mode, one.count) for one in count(rows).failures]
    assert ways == [("search", "timeout", 3), ("brain", "gave up", 1)]
    assert count(rows).sessions == 1


def test_what_an_earlier_pass_counted_is_not_counted_again_as_told(target: Target) -> None:
    before = reflection(target, "a", failed=[("search", "timeout", 3)])
    late = reflection(target, "a", failed=[("search", "slow", 3)], derived=False)
    assert count([late], [before]).failures == []
    assert [one.mode for one in count([late]).failures] == ["slow"]


def test_the_order_of_rows_changes_nothing(target: Target) -> None:
    rows = [
        reflection(target, f"s{n % 4}", failed=[(f"t{n % 3}", f"m{n % 2}", n % 5 + 1)],
                   derived=n % 2 == 0, suggests=f"More time for t{n % 3}")
        for n in range(24)
    ]  # fmt: skip
    first = count(rows)
    for seed in range(5):
        random.Random(seed).shuffle(rows)  # noqa: S311  # an order, no secret
        again = count(rows)
        assert again.failures == first.failures
        assert [(s.key, s.count) for s in again.suggestions] == [
            (s.key, s.count) for s in first.suggestions
        ]


def test_suggestions_with_the_same_title_are_one_and_a_session_counts_once(
    target: Target,
) -> None:
    rows = [
        reflection(target, "a", suggests="Give search more time!\nBecause …", derived=False),
        reflection(target, "a", suggests="give search MORE time", derived=False, agent="other"),
        reflection(target, "b", suggests="- Give search more time.", derived=False),
        reflection(target, "c", suggests="   \n ", derived=False),
        reflection(target, "d", suggests="Of no agent", derived=True),
    ]
    (only,) = count(rows).suggestions
    assert (only.count, only.agents) == (2, ("other", "planner"))
    assert only.title == "Give search more time!"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("prompt_update: Say which index", Kind.PROMPT_UPDATE),
        ("NEW_TOOL: a calendar", Kind.NEW_TOOL),
        ("Shorten the instructions", Kind.PROMPT_UPDATE),
        ("Raise the timeout", Kind.CONFIG_CHANGE),
        ("Let the tool retry", Kind.TOOL_IMPROVEMENT),
        ("Learn to ask first", Kind.SKILL_UPDATE),
    ],
)
def test_a_suggestion_has_a_kind(target: Target, text: str, kind: Kind) -> None:
    (only,) = count([reflection(target, "a", suggests=text, derived=False)]).suggestions
    assert only.kind == kind
    assert ":" not in only.title


def test_a_title_is_short_and_holds_nothing_invisible(target: Target) -> None:
    text = "Say \u202emore\u200b" + "x" * 400
    (only,) = count([reflection(target, "a", suggests=text, derived=False)]).suggestions
    assert len(only.title) == 160
    assert only.title.isprintable()


@pytest.mark.parametrize(
    ("number", "priority"),
    [(1, "low"), (4, "low"), (5, "medium"), (9, "medium"), (10, "high"), (500, "high")],
)
def test_the_priority_follows_the_count(number: int, priority: str) -> None:
    assert priority_of(number) == Priority(priority)


def test_titles_are_compared_by_their_words() -> None:
    assert same("Give  Search, more TIME!") == same("give search more time")
    assert same("Give search less time") != same("Give search more time")
