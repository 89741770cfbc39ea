"""Does the archive show descent, what is left alone, and any two beside each other?"""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Generation, Reason
from generations.pages import archive
from proposals.models import Status
from targets.models import Target
from tests.factories import make_proposal, make_target
from tests.generations.pages.looking import signed_in, text, words
from tests.generations.pages.test_list import many
from tests.generations.rows import (
    ACCEPTED,
    FAILED,
    OPEN,
    Told,
    asked,
    better,
    by_model,
    make_generation,
    proposed,
    worse,
)
from tests.generations.story import STOPPED, live_through

pytestmark = pytest.mark.django_db
PLACE = "/generations/gateway/archive/"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def viewer() -> Client:
    return signed_in("viewer")


def test_an_empty_archive_says_what_starts_it(viewer: Client, target: Target) -> None:
    shown = words(viewer.get(PLACE))
    assert "The first one that is run starts the line of descent." in shown
    assert "Nothing was tried yet" in shown
    assert "Scores over time" not in shown


def test_three_weeks_are_drawn_as_links_and_told_as_a_table(
    viewer: Client, target: Target
) -> None:
    live_through(target, timezone.now())
    answer = viewer.get(PLACE)
    raw, shown = text(answer), words(answer)
    assert raw.count('class="ln-row"') == 15
    label = "Generation 8, accepted, taken back, +1.8\u00a0%: Take out imports that nothing uses"
    assert f'aria-label="{label}"' in raw
    assert "#7 Give the search tool time to answer #2 Accepted, in force +3.4 %" in shown
    assert "#2 in force" in shown
    assert "test_pass_rate" in shown
    assert "What was tried" in shown


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        (Status.PENDING, "accepted", "accepted, awaits review"),
        (Status.REJECTED, "accepted", "accepted, turned down"),
        (Status.IMPLEMENTED, "force", "accepted, in force"),
        (Status.REVERTED, "reverted", "accepted, taken back"),
        (Status.FAILED, "accepted", "accepted, failed"),
    ],
)
def test_what_became_of_the_proposal_is_part_of_the_outcome(
    status: str, state: str, said: str, target: Target
) -> None:
    node = archive.node(proposed(target, make_proposal(target, status=status)))
    assert (node.state, node.words) == (state, said)


def test_other_outcomes_have_words_and_forms_too(target: Target) -> None:
    told = [ACCEPTED, Told(), FAILED, OPEN]
    nodes = [archive.node(make_generation(target, one)) for one in told]
    assert [(one.state, one.words) for one in nodes] == [
        ("accepted", "accepted, dry run"),
        ("rejected", "rejected"),
        ("failed", "failed"),
        ("open", "under way"),
    ]


def test_pages_of_the_lineage_follow_each_other(viewer: Client, target: Target) -> None:
    many(target, archive.MOST + 5)
    answer = viewer.get(PLACE)
    assert answer.context["family"].older == 6
    assert "Earlier generations" in text(answer)
    older = viewer.get(f"{PLACE}?before=6")
    assert [one.number for one, _ in older.context["family"].rows] == [5, 4, 3, 2, 1]
    assert "The branch as it was" in text(older)
    assert "Newest" in words(older)
    for odd in ("x", "-1", "²", "9" * 40, "0"):
        assert viewer.get(f"{PLACE}?before={odd}").status_code == 200


def test_what_was_rejected_too_often_is_left_alone(viewer: Client, target: Target) -> None:
    imports = replace(Told(), focus="lint:F401", words="Imports")
    for _ in range(3):
        make_generation(target, imports)
    make_generation(target, FAILED)
    make_generation(target, STOPPED)
    [alone, tried] = sorted(archive.focuses(target), key=lambda one: one.focus)
    assert (alone.is_left_alone, alone.divisor) == (True, 4)
    assert (tried.attempts, tried.rejected, tried.divisor) == (2, 0, 2)  # called off: no try
    assert not tried.is_left_alone
    shown = words(viewer.get(PLACE))
    assert "Imports lint:F401 3 0 3" in shown
    assert shown.count("Left alone") == 1
    assert "focus=lint%3AF401" in text(viewer.get(PLACE))


def test_a_success_lets_it_be_tried_anew_and_a_dry_run_is_none(target: Target) -> None:
    for _ in range(3):
        make_generation(target, Told())
    make_generation(target, ACCEPTED)
    [one] = archive.focuses(target)
    assert (one.is_left_alone, one.accepted) == (True, 1)
    proposed(target, make_proposal(target, status=Status.IMPLEMENTED))
    [one] = archive.focuses(target)
    assert (one.is_left_alone, one.divisor, one.attempts) == (False, 1, 5)


def test_what_people_turned_down_speaks_against_it_as_well(target: Target) -> None:
    for status in (Status.REJECTED, Status.REVERTED, Status.FAILED):
        proposed(target, make_proposal(target, status=status))
    [one] = archive.focuses(target)
    assert (one.against, one.accepted, one.is_left_alone) == (3, 3, True)


@pytest.mark.parametrize("kind", [Reason.BUDGET, Reason.MODEL, Reason.OURS, Reason.STOPPED])
def test_what_stood_in_the_way_does_not_speak_against_the_idea(kind: str, target: Target) -> None:
    for _ in range(4):
        make_generation(target, replace(Told(), kind=kind))
    [one] = archive.focuses(target)
    assert (one.rejected, one.against, one.in_vain) == (4, 0, 4)


def test_what_a_proposal_answers_already_is_said(viewer: Client, target: Target) -> None:
    proposed(target, make_proposal(target))
    [one] = archive.focuses(target)
    assert one.is_answered
    assert "Proposed" in words(viewer.get(PLACE))


def test_the_latest_comes_first(target: Target) -> None:
    for name in ("a", "b", "a", "c"):
        make_generation(target, replace(Told(), focus=name))
    make_generation(target, replace(Told(), focus="b"))
    assert [one.focus for one in archive.focuses(target)] == ["b", "c", "a"]


def test_the_number_of_queries_does_not_grow_with_the_generations(
    viewer: Client, target: Target
) -> None:
    better(make_generation(target))
    with CaptureQueriesContext(connection) as few:
        viewer.get(PLACE)
    for _ in range(6):
        better(make_generation(target, parent=Generation.objects.first()))
    with CaptureQueriesContext(connection) as found:
        viewer.get(PLACE)
    assert len(found) <= len(few) + 1


def test_two_are_compared_by_scores_diffs_and_costs(viewer: Client, target: Target) -> None:
    better(make_generation(target))
    other = make_generation(target, by_model(Told()), diff=f"{'x' * 9}\n", diff_digest="f" * 64)
    worse(other)
    asked(other, cost=None)
    shown = words(viewer.get("/generations/gateway/compare/?old=1&new=2"))
    assert "They start from different commits" in shown
    assert "Cost no model call unknown" in shown
    assert "Writer Code fixers Language models" in shown
    assert "test_pass_rate 85.0% → 90.0% Better 90.0% → 85.0% Worse" in shown
    assert "lint_score 14 findings → 11 findings Better not measured" in shown
    assert "The change of #1" in shown
    assert "The change of #2" in shown


def test_two_diffs_on_one_page_have_places_of_their_own(viewer: Client, target: Target) -> None:
    one, two = make_generation(target), make_generation(target)
    assert one.diff_digest != two.diff_digest
    raw = text(viewer.get("/generations/gateway/compare/?old=1&new=2"))
    assert raw.count('id="oldf0R3"') == raw.count('id="newf0R3"') == 1
    assert 'aria-label="old: config/tools.yaml, from line 1"' in raw


def test_the_same_one_or_the_same_change_is_said(viewer: Client, target: Target) -> None:
    make_generation(target, diff_digest="a" * 64)
    make_generation(target, diff_digest="a" * 64)
    same = words(viewer.get("/generations/gateway/compare/?old=1&new=1"))
    assert "These are the same generation." in same
    change = words(viewer.get("/generations/gateway/compare/?old=1&new=2"))
    assert "Both made the same change." in change
    assert "The change of #2" not in change


@pytest.mark.parametrize("number", ["", "0", "9", "x", "-1", "²", "9" * 40], ids=repr)
def test_what_is_no_generation_is_asked_for_again(
    number: str, viewer: Client, target: Target
) -> None:
    make_generation(target)
    answer = viewer.get("/generations/gateway/compare/", {"old": "1", "new": number})
    assert answer.status_code == 200
    assert "Choose two generations" in words(answer)


def test_the_archive_of_no_target_is_not_found(viewer: Client) -> None:
    assert viewer.get("/generations/nowhere/archive/").status_code == 404
    assert viewer.get("/generations/nowhere/compare/").status_code == 404
