"""Does the story of an entry hold what belongs to it, however long or odd it grows?"""

import uuid

import pytest

from audit import sequencer, story
from audit.events import Event
from audit.models import Citation, Entry
from tests.audit.entries import NOW, write

pytestmark = pytest.mark.django_db


def chain(length: int, *, apart: bool = True) -> list[Entry]:
    """Write entries each of which rests on the one before."""
    made = write(1, subject="delivery:0")
    for number in range(1, length):
        subject = f"delivery:{number}" if apart else "delivery:0"
        made += write(1, subject=subject, cites=[made[-1].uid])
    return made


@pytest.mark.parametrize("sealed", [True, False])
def test_a_chain_is_told_whole_from_either_end(sealed: bool) -> None:
    made = chain(12)
    if sealed:
        sequencer.seal(NOW)
    assert story.story(made[0]) == story.story(made[-1]) == made


def test_a_story_longer_than_a_page_is_cut_and_holds_its_own_entry() -> None:
    made = chain(story.LONGEST + 30)
    sequencer.seal(NOW)
    middle = made[len(made) // 2]
    told = story.story(middle)
    assert len(told) == story.LONGEST
    assert middle in told
    assert told == sorted(told, key=lambda entry: entry.pk)


def test_entries_that_cite_each_other_in_a_circle_end() -> None:
    first, second = uuid.UUID(int=1), uuid.UUID(int=2)
    [one] = write(1, subject="a", cites=[second])
    [two] = write(1, subject="b", cites=[one.uid])
    [three] = write(1, subject="c", cites=[two.uid, one.uid, first])
    sequencer.seal(NOW)
    assert story.story(one) == [one, two, three]
    assert story.resting_on(one) == [two, three]
    assert story.rested_on(three) == [one, two]
    assert story.missing(three) == [str(first)]
    assert story.missing(one) == [str(second)]


def test_what_is_cited_twice_is_told_once() -> None:
    [cited] = write(1)
    [citing] = write(1, subject="b", cites=[cited.uid, str(cited.uid).upper(), cited.uid.hex])
    assert citing.cites == [str(cited.uid)] * 3
    sequencer.seal(NOW)
    assert Citation.objects.count() == 1
    assert story.resting_on(cited) == [citing]


def test_an_invented_citation_joins_no_story() -> None:
    [approval] = write(1, event=Event.PROPOSAL_REVIEWED)
    [stranger] = write(1, subject="delivery:9", event=Event.DELIVERY_INTENDED)
    sequencer.seal(NOW)
    Citation.objects.create(entry=stranger, cited=approval.uid)
    assert story.resting_on(approval) == []
    assert stranger not in story.story(approval)


def test_hundreds_that_rest_on_one_entry_are_shown_in_part() -> None:
    [pattern] = write(1, subject="pattern:1", event=Event.PATTERN_FOUND)
    write(story.LONGEST + 20, cites=[pattern.uid])
    sequencer.seal(NOW)
    assert len(story.resting_on(pattern)) == story.LONGEST
    assert len(story.story(pattern)) == story.LONGEST
