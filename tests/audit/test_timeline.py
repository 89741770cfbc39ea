"""Is a story short on its page, and nothing of it lost?"""

import pytest
from django.test import Client

from audit import sequencer, story
from audit.browsing.timeline import ENDS, NEAR, Stretch, timeline
from audit.events import Event
from audit.models import Entry
from tests.audit.entries import NOW, write
from tests.factories import make_user

pytestmark = pytest.mark.django_db
STAGES = ("branch", "validate", "merge")


def delivery() -> list[Entry]:
    """Write three stages of a delivery, three entries each."""
    made = write(1, subject="proposal:p")
    for stage in STAGES:
        for event in (Event.DELIVERY_ALARMED, Event.DELIVERY_INTENDED, Event.DELIVERY_VERDICT):
            made += write(
                1, subject="delivery:1", event=event, facts={"stage": stage}, cites=[made[-1].uid]
            )
    return made


def entries_in(stretches: list[Stretch]) -> list[Entry]:
    """Return every entry that is told, opened or folded."""
    return [
        line["entry"]
        for stretch in stretches
        for step in stretch.steps
        for line in (step.details or (step.shown,))
    ]


def test_the_entries_of_a_stage_are_one_step_with_its_details_folded() -> None:
    made = delivery()
    [stretch] = timeline(story.story(made[0]), made[0], [])
    assert [step.count for step in stretch.steps] == [0, 3, 3, 3]
    assert [step.shown["entry"] for step in stretch.steps] == [made[0], made[3], made[6], made[9]]
    assert entries_in([stretch]) == made


def test_a_step_is_shown_by_the_entry_of_the_page() -> None:
    made = delivery()
    [stretch] = timeline(story.story(made[5]), made[5], [made[6].uid])
    assert [step.current for step in stretch.steps] == [False, False, True, False]
    step = stretch.steps[2]
    assert step.shown["entry"] == made[5]
    assert [line["relation"] for line in step.details] == [
        "this entry rests on it",
        "",
        "rests on this entry",
    ]


def test_the_same_again_and_again_is_one_step() -> None:
    made = write(30, subject="proposal:p")
    [stretch] = timeline(story.story(made[0]), made[0], [])
    [step] = stretch.steps
    assert (step.count, step.shown["entry"]) == (30, made[0])


@pytest.mark.parametrize("at", [0, 50, 99])
def test_a_long_story_is_folded_far_from_its_ends_and_the_entry(at: int) -> None:
    made = write(1, subject="delivery:0")
    for number in range(1, 100):
        made += write(1, subject=f"delivery:{number}", cites=[made[-1].uid])
    sequencer.seal(NOW)
    told = timeline(story.story(made[at]), made[at], [])
    assert entries_in(told) == made
    shown = sum(stretch.count for stretch in told if not stretch.folded)
    assert shown <= 2 * ENDS + 2 * NEAR + 1
    assert any(step.current for stretch in told if not stretch.folded for step in stretch.steps)


def test_the_page_shows_what_rests_on_an_entry_only_where_the_story_does_not(
    client: Client,
) -> None:
    [pattern] = write(1, subject="pattern:1", event=Event.PATTERN_FOUND)
    write(story.LONGEST + 20, cites=[pattern.uid])
    sequencer.seal(NOW)
    client.force_login(make_user("admin"))
    answer = client.get(pattern.get_absolute_url())
    beyond = {line["entry"].uid for line in answer.context["resting_on"]}
    shown = {entry.uid for entry in entries_in(answer.context["story"])}
    assert beyond
    assert not beyond & shown
