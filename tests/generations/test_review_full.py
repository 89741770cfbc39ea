"""Does a generation write nothing further where people have enough to review?"""

from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.models import Entry
from generations.models import Loop, Outcome, Reason
from generations.running import series
from proposals.models import Proposal
from tests.factories import make_proposal, proposal_text
from tests.generations.scene import UNUSED, Scene, make_scene
from tests.proposals.waiting.set import review

pytestmark = pytest.mark.django_db
WORDS = "Review is full (1 of 1 wait): nothing further is written for now."
KNOWN = proposal_text(diff=UNUSED, target="shop")


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def test_it_ends_before_anything_is_written(scene: Scene, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    make_proposal(scene.target, text=KNOWN)
    ended = scene.finish(scene.begin())
    assert (ended.outcome, ended.reason_kind) == (Outcome.NOTHING, Reason.REVIEW_FULL)
    assert ended.reason == WORDS
    assert [run.phase for run in ended.runs.all()] == ["baseline", "plan"]
    assert Entry.objects.get(event="generation.ended").facts["kind"] == "review_full"
    assert Proposal.objects.count() == 1


def test_with_room_it_goes_on(scene: Scene, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    ended = scene.finish(scene.begin())
    assert ended.outcome == Outcome.ACCEPTED


def test_what_nobody_is_asked_about_takes_no_room(scene: Scene, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    make_proposal(scene.target, text=KNOWN)
    ended = scene.finish(scene.begin(dry_run=True))
    assert ended.reason_kind != Reason.REVIEW_FULL


def test_a_series_ends_and_says_why(scene: Scene, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    make_proposal(scene.target, text=KNOWN)
    ended = scene.finish(scene.begin())
    assert (
        series._ending(Loop(wanted=5), [ended])
        == f"Generation {ended.number} wrote nothing: {WORDS}"
    )
