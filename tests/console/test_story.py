"""Is a newcomer told what happens now and what to do next, from the real state?"""

from datetime import timedelta
from pathlib import Path

import pytest

from delivery.models import Outcome as Ending
from proposals.models import Status
from selfimprove.console.story import Story, tell
from targets.models import Target
from telemetry.models import Event, EventType, Source
from telemetry.rollups.rebuild import rebuild
from tests.console.rows import make_delivery
from tests.factories import NOW, make_pattern, make_proposal, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def states(story: Story) -> list[str]:
    return [chapter.state for chapter in story.chapters]


def test_without_a_target_the_first_thing_to_do_is_to_add_one() -> None:
    story = tell(NOW)
    assert story.headline == "Welcome"
    assert "Add a target" in story.then
    assert states(story) == ["now", "todo", "todo", "todo", "todo", "todo"]


def test_with_a_silent_target_the_loop_waits_for_log_lines(target: Target) -> None:
    assert tell(NOW).headline == "The loop is waiting"


def test_events_without_a_pattern_are_being_read(target: Target) -> None:
    Source.objects.create(target=target, backend="files", location="/l", stored_count=7)
    story = tell(NOW)
    assert story.headline == "The loop is reading"
    assert story.chapters[0].count == 7


def test_events_that_came_by_import_count_too(target: Target) -> None:
    Event.objects.create(
        target=target, uid="a", event_type=EventType.FEEDBACK, timestamp=NOW, session_id="s"
    )
    rebuild(target)
    assert tell(NOW).chapters[0].count == 1


def test_patterns_without_a_proposal_are_looked_at_and_the_page_moves(target: Target) -> None:
    make_pattern(target)
    story = tell(NOW)
    assert story.headline == "The loop is looking"
    assert story.moving
    assert states(story)[:3] == ["done", "done", "now"]


def test_a_proposal_under_check_is_announced(target: Target) -> None:
    proposal = make_proposal(target)
    proposal.report = None
    proposal.save()
    assert tell(NOW).headline == "A proposal is nearly ready"


def test_a_ready_proposal_is_the_persons_turn_with_a_link_to_the_oldest(target: Target) -> None:
    first = make_proposal(target, title="Give it time")
    make_proposal(target, at=NOW + timedelta(minutes=1))
    story = tell(NOW)
    assert story.headline == "Your turn"
    assert "2 proposals wait" in story.now
    assert story.url == first.get_absolute_url()
    assert story.link == "Review “Give it time”"
    assert not story.moving


def test_a_running_delivery_is_followed(target: Target) -> None:
    delivery = make_delivery(target, stage="pull_request", title="Ask less often")
    story = tell(NOW)
    assert story.now.startswith("“Ask less often” is at the stage pull request")
    assert story.url == delivery.get_absolute_url()
    assert story.moving


def test_a_persons_turn_comes_before_a_running_delivery(target: Target) -> None:
    make_delivery(target)
    make_proposal(target)
    assert tell(NOW).headline == "Your turn"


def test_after_three_deliveries_seen_to_their_end_nobody_is_new_here(target: Target) -> None:
    for _ in range(2):
        make_delivery(target, status=Status.IMPLEMENTED, outcome=Ending.SUCCEEDED, ended_at=NOW)
    assert tell(NOW).newcomer
    make_delivery(target, status=Status.IMPLEMENTED, outcome=Ending.REVERTED, ended_at=NOW)
    assert not tell(NOW).newcomer
