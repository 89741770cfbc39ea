"""Do the dashboard's numbers count the right rows, keep kinds apart and say what is unknown?"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from generations.models import Outcome, Reason
from generations.reporting import figures
from generations.reporting.figures import Group, Mean, Share
from generations.reporting.kinds import Kind
from proposals.models import Engine, Status
from targets.models import Target
from tests.factories import NOW, make_proposal, make_target
from tests.generations.rows import (
    ACCEPTED,
    FAILED,
    NOTHING,
    OPEN,
    USD,
    Told,
    asked,
    by_model,
    make_generation,
    proposed,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
REJECTED = Told()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def groups(days: int = 30, target: Target | None = None) -> dict[Kind, Group]:
    return {one.kind: one for one in figures.gather(LATER, days=days, target=target).groups}


def test_without_a_generation_there_is_no_group(target: Target) -> None:
    make_generation(target, OPEN)  # it has not ended: it is no success and no failure
    found = figures.gather(LATER)
    assert found.is_empty
    assert found.plain()["engines"] == []


def test_acceptance_is_x_of_those_that_were_decided(target: Target) -> None:
    for told in (ACCEPTED, REJECTED, REJECTED, NOTHING, FAILED):
        make_generation(target, told)
    group = groups()[Kind.EMBEDDED]
    assert group.accepted == Share(1, 3)
    assert group.accepted.words == "1 of 3"
    assert group.accepted.bounds == "95\u00a0%: between 6 and 79\u00a0%"
    assert group.ended == 5
    assert group.aside == "1 failed, 1 nothing to improve"


def test_nothing_decided_is_too_little_data_and_no_zero(target: Target) -> None:
    make_generation(target, NOTHING)
    group = groups()[Kind.EMBEDDED]
    assert (group.accepted.words, group.accepted.interval) == ("Too little data", None)
    assert (group.gain.words, group.gain.bounds) == ("Too little data", "")


def test_kinds_are_never_mixed(target: Target) -> None:
    make_generation(target, ACCEPTED)
    asked(make_generation(target, by_model(REJECTED)), cost=2 * USD)
    scripted = replace(by_model(ACCEPTED), written_by=Engine.SCRIPTED)
    asked(make_generation(target, scripted), cost=7 * USD, simulated=True)
    found = groups()
    assert list(found) == [Kind.EMBEDDED, Kind.MODEL, Kind.SIMULATED]
    assert [one.accepted for one in found.values()] == [Share(1, 1), Share(0, 1), Share(1, 1)]
    costs = [one.total_cost for one in found.values()]
    assert costs == ["no model call", "$2.00", "$7.00"]


def test_a_script_that_answered_nothing_useful_is_no_model(target: Target) -> None:
    told = Told(Outcome.REJECTED, Reason.MODEL, "It gave no plan.", "baseline", "model", "")
    asked(make_generation(target, told), simulated=True)
    make_generation(target, told)  # nobody was asked: who was to be stands for it
    assert {kind: one.ended for kind, one in groups().items()} == {
        Kind.MODEL: 1,
        Kind.SIMULATED: 1,
    }


def test_an_unknown_cost_is_never_written_as_nothing(target: Target) -> None:
    first, second = (make_generation(target, by_model(REJECTED)) for _ in range(2))
    asked(first, cost=None)
    group = groups()[Kind.MODEL]
    assert (group.total_cost, group.each_cost) == ("unknown", "unknown")
    asked(second, cost=3 * USD)
    asked(second, "build", cost=1 * USD)
    group = groups()[Kind.MODEL]
    assert group.asked == 2
    assert (group.total_cost, group.each_cost) == ("at least $4.00", "at least $2.00")


def test_the_gain_of_accepted_ones_has_an_interval_when_there_are_three(target: Target) -> None:
    for gain in (0.01, 0.02):
        make_generation(target, replace(ACCEPTED, gain=gain))
    make_generation(target, replace(REJECTED, gain=0.9))
    group = groups()[Kind.EMBEDDED]
    assert group.gain.words == "+1.5\u00a0%"
    assert group.gain.bounds == "an interval needs 3"
    make_generation(target, replace(ACCEPTED, gain=0.03))
    group = groups()[Kind.EMBEDDED]
    assert group.gain.n == 3
    assert group.gain.bounds == "95\u00a0%: between −0.5\u00a0% and +4.5\u00a0%"


def test_a_mean_of_equal_gains_has_no_width() -> None:
    assert figures.mean([0.5] * 4) == Mean(4, 0.5, 0.5, 0.5)
    assert figures.mean([]) == Mean(0)


def test_reasons_are_of_rejections_alone_the_commonest_first(target: Target) -> None:
    for kind in (Reason.GATES, Reason.WORSE, Reason.WORSE):
        make_generation(target, replace(REJECTED, kind=kind))
    make_generation(target, FAILED)
    assert groups()[Kind.EMBEDDED].reasons == [(Reason.WORSE, 2), (Reason.GATES, 1)]


def test_the_window_and_the_target_narrow_what_is_counted(target: Target, tmp_path: Path) -> None:
    other = make_target(tmp_path, slug="router")
    make_generation(target, replace(ACCEPTED, at=NOW - timedelta(days=20)))
    make_generation(target, ACCEPTED)
    make_generation(other, REJECTED)
    assert groups(7)[Kind.EMBEDDED].accepted == Share(1, 2)
    assert groups(30)[Kind.EMBEDDED].accepted == Share(2, 3)
    assert groups(30, other)[Kind.EMBEDDED].accepted == Share(0, 1)


@pytest.mark.parametrize(
    ("text", "days"),
    [("7", 7), ("365", 365), ("", 30), ("8", 30), ("²", 30), ("-7", 30), ("9" * 99, 30)],
    ids=repr,
)
def test_a_window_that_is_not_offered_becomes_the_usual_one(text: str, days: int) -> None:
    assert figures.window(text) == days


@pytest.mark.parametrize("days", figures.WINDOWS)
def test_stretches_cover_the_window_once(days: int) -> None:
    since = LATER - timedelta(days=days)
    found = figures.stretched(since, LATER, days)
    assert (found[0][0], found[-1][1]) == (since, LATER)
    assert all(one[1] == two[0] for one, two in pairwise(found))
    assert len(found) <= 14


def test_what_is_decided_falls_into_its_stretch(target: Target) -> None:
    for days in (0, 0, 3):
        make_generation(target, replace(ACCEPTED, at=NOW - timedelta(days=days)))
    make_generation(target, replace(REJECTED, at=NOW - timedelta(days=3)))
    weeks = groups(7)[Kind.EMBEDDED].stretches
    assert [one.share.words for one in weeks if one.share.whole] == ["1 of 2", "2 of 2"]
    assert sum(one.share.whole for one in weeks) == 4


def test_proposals_that_were_decided_say_how_many_are_in_force(target: Target) -> None:
    for status in (Status.IMPLEMENTED, Status.REVERTED, Status.PENDING):
        proposed(target, make_proposal(target, status=status))
    assert groups()[Kind.EMBEDDED].in_force == Share(1, 2)


def test_a_program_reads_the_same_numbers(target: Target) -> None:
    make_generation(target, by_model(REJECTED))
    [engine] = figures.gather(LATER).plain()["engines"]
    assert engine["engine"] == "model"
    assert engine["acceptance"]["part"] == 0
    assert engine["acceptance"]["interval"][0] == 0.0
    assert engine["spent"]["usd"] is None  # nobody was asked: no amount, not even zero
    assert engine["rejections"] == {"no_gain": 1}
