"""Does each bound, missed by itself, keep a change from being approved, and say so by name?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from proposals.standing import rules
from proposals.standing.rules import Authority, Bound, Bounds, Case, Line, Moment
from tests.factories import NOW

BOUNDS = Bounds("low", 2, 20, 3, ("config/*.yaml", "docs/**"), ("embedded",))
CASE = Case(
    pending=True,
    held_by="",
    came_back=False,
    label=rules.PROVEN,
    engine="embedded",
    uncounted="",
    doubts=(),
    weaker=0,
    rehearsal="",
    rehearsal_waits=False,
    risk="low",
    files=1,
    lines=2,
    paths=("config/tools.yaml",),
)
MOMENT = Moment(policies="")
AUTHORITY = Authority("in force", True, NOW + timedelta(days=3))

ABOUT: list[tuple[Bound, dict[str, Any]]] = [
    (Bound.STATUS, {"pending": False}),
    (Bound.ASKED, {"asked": "changes are requested"}),
    (Bound.HELD, {"held_by": "by rita"}),
    (Bound.FIRST, {"came_back": True}),
    (Bound.JUDGED, {"label": ""}),
    (Bound.JUDGED, {"label": "not accepted"}),
    (Bound.PROVEN, {"label": "kept"}),
    (Bound.PROVEN, {"label": "witnessed"}),
    (Bound.ENGINE, {"engine": "model"}),
    (Bound.ENGINE, {"engine": "simulated"}),
    (Bound.CHECKED, {"uncounted": "the rules changed since"}),
    (Bound.GATES, {"doubts": ("tests: not run",)}),
    (Bound.TESTS, {"weaker": 1}),
    (Bound.REHEARSED, {"rehearsal": "A step fails."}),
    (Bound.RISK, {"risk": "medium"}),
    (Bound.RISK, {"risk": "unheard of"}),
    (Bound.FILES, {"files": 3}),
    (Bound.FILES, {"files": 0}),
    (Bound.LINES, {"lines": 21}),
    (Bound.PATHS, {"paths": ("config/tools.yaml", "gateway/limits.py")}),
    (Bound.PATHS, {"paths": ("config/deep/tools.yaml",)}),
    (Bound.PATHS, {"paths": ()}),
]
ITSELF: list[tuple[Bound, dict[str, Any]]] = [
    (Bound.IN_FORCE, {"in_force": False, "state": "suspended"}),
    (Bound.PEOPLE, {"missing": ("ada may not grant one any more",)}),
    (Bound.UNALTERED, {"altered": "the log says otherwise of paths"}),
    (Bound.TRUST, {"reverted": "Wait longer"}),
    (Bound.SEALED, {"unsealed": "not sealed yet"}),
]
JUST_NOW: list[tuple[Bound, dict[str, Any]]] = [
    (Bound.POLICIES, {"policies": "merge: denied by judge"}),
    (Bound.TARGET, {"target": "it is paused"}),
    (Bound.WINDOW, {"window": "opens on Monday"}),
    (Bound.COUNT, {"count": 3}),
]


def all_lines(
    case: Case = CASE,
    moment: Moment = MOMENT,
    authority: Authority = AUTHORITY,
    bounds: Bounds = BOUNDS,
) -> tuple[Line, ...]:
    return (
        *rules.stands(authority),
        *rules.weigh(bounds, case),
        *rules.now(bounds, moment),
    )


def test_what_keeps_every_bound_misses_none_and_each_bound_is_told() -> None:
    lines = all_lines()
    assert rules.missed(lines) == ()
    assert [line.bound for line in lines] == sorted(
        Bound, key=[line.bound for line in lines].index
    )
    assert {line.bound for line in lines} == set(Bound)
    assert all(line.asks and line.found for line in lines)


@pytest.mark.parametrize(("bound", "changed"), ABOUT)
def test_each_bound_about_the_change_is_missed_by_name(
    bound: Bound, changed: dict[str, Any]
) -> None:
    found = rules.missed(all_lines(case=replace(CASE, **changed)))
    assert bound in [line.bound for line in found]
    assert rules.refused(found)
    others = {line.bound for line in found} - {bound}
    assert others <= {Bound.PROVEN}  # without a label, nothing is proven either


@pytest.mark.parametrize(("bound", "changed"), ITSELF)
def test_each_flaw_of_the_standing_approval_is_named(
    bound: Bound, changed: dict[str, Any]
) -> None:
    found = rules.missed(all_lines(authority=replace(AUTHORITY, **changed)))
    assert [line.bound for line in found] == [bound]


@pytest.mark.parametrize(("bound", "changed"), JUST_NOW)
def test_each_thing_that_is_in_the_way_just_now_is_named(
    bound: Bound, changed: dict[str, Any]
) -> None:
    found = rules.missed(all_lines(moment=replace(MOMENT, **changed)))
    assert [line.bound for line in found] == [bound]


def test_what_passes_by_itself_is_waited_for_and_nothing_else() -> None:
    waits = {line.bound for line in all_lines() if line.waits}
    assert waits == {Bound.SEALED, Bound.TARGET, Bound.WINDOW, Bound.COUNT}
    awaited = replace(CASE, rehearsal="not rehearsed yet", rehearsal_waits=True)
    lines = all_lines(case=awaited)
    assert [line.bound for line in rules.missed(lines)] == [Bound.REHEARSED]
    assert rules.refused(lines) == ()


def test_policies_that_nobody_asked_are_no_yes_in_words() -> None:
    line = rules.now(BOUNDS, Moment())[0]
    assert (line.bound, line.found) == (Bound.POLICIES, "asked when it is due")


def test_what_is_not_proven_is_enough_where_two_people_said_so() -> None:
    bounds = replace(BOUNDS, proven=False)
    for label in rules.ACCEPTED:
        assert not rules.missed(all_lines(bounds=bounds, case=replace(CASE, label=label)))
    lines = all_lines(bounds=bounds, case=replace(CASE, label=""))
    assert [line.bound for line in rules.missed(lines)] == [Bound.JUDGED]


@pytest.mark.parametrize("risk", ["high", "critical", "", "LOW"])
def test_no_bound_can_say_more_than_medium(risk: str) -> None:
    lines = all_lines(bounds=replace(BOUNDS, risk=risk), case=replace(CASE, risk="low"))
    assert [line.bound for line in rules.missed(lines)] == [Bound.RISK]


def test_without_a_glob_nothing_may_change() -> None:
    lines = all_lines(bounds=replace(BOUNDS, paths=()))
    assert [line.bound for line in rules.missed(lines)] == [Bound.PATHS]


def test_a_medium_bound_covers_low_and_medium_alone() -> None:
    bounds = replace(BOUNDS, risk="medium")
    holds = {
        risk: not rules.missed(all_lines(bounds=bounds, case=replace(CASE, risk=risk)))
        for risk in ("low", "medium", "high", "critical")
    }
    assert holds == {"low": True, "medium": True, "high": False, "critical": False}


def test_the_table_names_a_few_paths_and_counts_the_rest() -> None:
    case = replace(CASE, files=2, paths=tuple(f"src/{n}.py" for n in range(9)))
    line = next(one for one in rules.weigh(BOUNDS, case) if one.bound is Bound.PATHS)
    assert line.found == "outside: src/0.py, src/1.py, src/2.py and 6 more"
