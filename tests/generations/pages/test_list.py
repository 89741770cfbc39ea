"""Does the list show what there was, narrowed by its address, page by page?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generations.models import Generation, Outcome, Reason, Writer
from generations.pages import listing
from proposals.models import Engine
from targets.models import Target
from tests.factories import NOW, make_target
from tests.generations.pages.looking import signed_in, text, words
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
)

pytestmark = pytest.mark.django_db
PLACE = "/generations/"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def viewer() -> Client:
    return signed_in("viewer")


def numbers(answer: object) -> list[int]:
    """Return which generations a page lists."""
    part: listing.Slice = answer.context["part"]  # type: ignore[attr-defined]
    return [row.generation.number for row in part.rows]


def test_an_empty_list_says_how_the_first_one_begins(viewer: Client, target: Target) -> None:
    page = words(viewer.get(PLACE))
    assert "No generation yet" in page
    assert "None begins by itself: generations.every_hours is 0." in page
    assert "hx-trigger" not in text(viewer.get(PLACE))


def test_an_empty_list_says_when_the_clock_begins_one(
    viewer: Client, target: Target, settings: LazySettings
) -> None:
    often = settings.SELFIMPROVE.generations.model_copy(update={"every_hours": 12.0})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"generations": often})
    assert "One begins by itself on each target every 12 h." in words(viewer.get(PLACE))


def test_without_a_target_there_is_nothing_to_run() -> None:
    answer = signed_in("admin").get(PLACE)
    assert "No target yet" in words(answer)
    assert "Run a generation" not in words(answer)


def test_each_row_says_outcome_reason_writer_gain_and_cost(viewer: Client, target: Target) -> None:
    make_generation(target, replace(ACCEPTED, gain=0.024))
    make_generation(target, Told())
    asked(make_generation(target, by_model(Told())), cost=2 * USD)
    asked(make_generation(target, by_model(Told())), cost=None)
    scripted = make_generation(target, replace(by_model(Told()), written_by=Engine.SCRIPTED))
    asked(scripted, cost=USD, simulated=True)
    make_generation(target, by_model(OPEN))
    rows = viewer.get(PLACE).context["part"].rows
    assert [(row.kind, row.gain, row.cost) for row in rows] == [
        ("model", "", "nothing yet"),
        ("simulated", "", "$1.00 (simulated)"),
        ("model", "", "unknown"),
        ("model", "", "$2.00"),
        ("embedded", "", "no model call"),
        ("embedded", "+2.4\u00a0%", "no model call"),
    ]
    page = words(viewer.get(PLACE))
    assert "Gateway #1 Give the search tool time to answer" in page
    assert "Nothing got better beyond noise." in page


def test_while_something_moves_the_list_asks_again(viewer: Client, target: Target) -> None:
    row = make_generation(target, OPEN, activity="asks the reviewer")
    answer = viewer.get(PLACE)
    assert 'hx-trigger="every 2s"' in text(answer)
    assert "Review: asks the reviewer" in words(answer)
    ended = {"outcome": Outcome.CANCELLED, "reason": "Called off.", "ended_at": NOW}
    Generation.objects.filter(pk=row.pk).update(**ended)
    assert "hx-trigger" not in text(viewer.get(PLACE))


def test_the_address_narrows_by_target_outcome_writer_and_reason(
    viewer: Client, target: Target, tmp_path: Path
) -> None:
    other = make_target(tmp_path, slug="router")
    make_generation(target, ACCEPTED)
    make_generation(target, replace(Told(), kind=Reason.WORSE))
    make_generation(target, by_model(Told()))
    make_generation(target, NOTHING)
    make_generation(target, FAILED)
    make_generation(target, OPEN)
    make_generation(other, ACCEPTED)
    found = {
        "target=router": [1],
        "target=gateway&outcome=ACCEPTED": [1],
        "target=gateway&outcome=decided": [3, 2, 1],
        "outcome=live": [6],
        "writer=model": [3],
        "reason=worse": [2],
        "reason=ours&outcome=FAILED": [5],
        "writer=simulated": [],
    }
    assert {asked: numbers(viewer.get(f"{PLACE}?{asked}")) for asked in found} == found
    assert "No generation fits these filters" in words(viewer.get(f"{PLACE}?writer=simulated"))


def test_the_address_narrows_by_days_and_focus_and_says_so(viewer: Client, target: Target) -> None:
    now = timezone.now()
    make_generation(target, replace(Told(), at=now - timedelta(days=9)))
    make_generation(target, replace(Told(), at=now - timedelta(days=1), focus="lint:F401"))
    answer = viewer.get(f"{PLACE}?days=7&writer=embedded")
    assert numbers(answer) == [2]
    assert "Only what ended in the last 7 days." in words(answer)
    answer = viewer.get(f"{PLACE}?focus=lint:F401")
    assert numbers(answer) == [2]
    assert "is about lint:F401" in words(answer)
    assert 'name="focus" value="lint:F401"' in text(answer)  # filtering on keeps it


@pytest.mark.parametrize(
    "asked",
    [
        "outcome=BEST",
        "target=nowhere",
        "writer=me",
        "reason=x%00y",
        "days=-1",
        "days=99999999999",
        "loop=x",
        f"loop={9 * 10**18}",
        "focus=" + "x" * 400,
    ],
)
def test_what_there_is_not_is_left_out_and_said(
    asked: str, viewer: Client, target: Target
) -> None:
    make_generation(target, ACCEPTED)
    answer = viewer.get(f"{PLACE}?{asked}")
    assert answer.status_code == 200
    assert numbers(answer) == ([1] if "loop=9" not in asked else [])
    if "loop=9" not in asked:
        assert "that part was left out" in words(answer)


@pytest.mark.parametrize("key", ["", "x", "-1", "0", "²", "9" * 30], ids=repr)
def test_a_key_that_is_none_shows_a_page(key: str, viewer: Client, target: Target) -> None:
    make_generation(target, ACCEPTED)
    assert viewer.get(f"{PLACE}?before={key}").status_code == 200
    assert viewer.get(f"{PLACE}?after={key}").status_code == 200


def test_pages_follow_each_other_both_ways_and_keep_the_filters(
    viewer: Client, target: Target
) -> None:
    many(target, listing.SIZE * 2 + 1)
    answer = viewer.get(f"{PLACE}?outcome=REJECTED")
    seen = numbers(answer)
    assert "Newer" not in words(answer)
    while (older := answer.context["part"].older) is not None:
        assert f"outcome=REJECTED&amp;before={older}" in text(answer)
        answer = viewer.get(f"{PLACE}?outcome=REJECTED&before={older}")
        seen += numbers(answer)
    assert seen == list(range(listing.SIZE * 2 + 1, 0, -1))
    newer = answer.context["part"].newer
    back = viewer.get(f"{PLACE}?outcome=REJECTED&after={newer}")
    assert numbers(back) == list(range(listing.SIZE + 1, 1, -1))


def test_the_number_of_queries_does_not_grow_with_the_rows(viewer: Client, target: Target) -> None:
    make_generation(target, Told())
    with CaptureQueriesContext(connection) as few:
        viewer.get(PLACE)
    many(target, 40)
    with CaptureQueriesContext(connection) as found:
        viewer.get(PLACE)
    assert len(found) <= len(few)


def test_a_stranger_and_somebody_without_a_role_see_nothing(target: Target) -> None:
    make_generation(target, ACCEPTED)
    places = [
        reverse("generations:list"),
        reverse("generations:dashboard"),
        reverse("generations:archive", args=["gateway"]),
        reverse("generations:compare", args=["gateway"]),
        reverse("generations:detail", args=["gateway", 1]),
    ]
    nobody = signed_in("viewer")
    nobody.get(PLACE).wsgi_request.user.groups.clear()  # type: ignore[union-attr]
    for place in places:
        assert "sign-in" in Client().get(place).headers["Location"]
        assert nobody.get(place).status_code == 403


def many(target: Target, count: int) -> None:
    """Write down many rejected generations at once."""
    last = Generation.objects.count()
    Generation.objects.bulk_create(
        Generation(
            target=target,
            number=last + place,
            writer=Writer.EMBEDDED,
            asked_by="ada",
            phase="plan",
            outcome=Outcome.REJECTED,
            reason_kind=Reason.NO_GAIN,
            reason="No gain.",
            started_at=NOW,
            ended_at=NOW,
            deadline_at=NOW,
            next_step_at=NOW,
        )
        for place in range(1, count + 1)
    )
