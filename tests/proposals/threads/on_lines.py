"""A proposal with one changed line, and how a person speaks about it."""

from datetime import datetime

from django.contrib.auth.models import User

from proposals.models import Comment, Proposal
from proposals.threads import reading, saying
from proposals.threads.places import Lines, Place
from proposals.threads.reading import Talk
from proposals.threads.saying import Speaker
from tests.factories import NOW

FILE = "config/tools.yaml"


def changed_line(proposal: Proposal) -> Place:
    """Return the line that the change adds."""
    place = Lines(proposal.diff).at(FILE, "R", 3)
    assert place is not None
    return place


def say(
    proposal: Proposal, words: str, person: User, *, on_line: bool = True, at: datetime = NOW
) -> Comment:
    """Say something as a person does on the page."""
    place = changed_line(proposal) if on_line else None
    return saying.say(proposal, words, by=Speaker.person(person), at=at, place=place)


def talks(proposal: Proposal) -> list[Talk]:
    """Return what the page would show."""
    fresh = Proposal.objects.get(pk=proposal.pk)
    return reading.talks(fresh, Lines(fresh.diff))


def shown(proposal: Proposal) -> list[tuple[str, str]]:
    """Return who said what."""
    return [
        (said.who, said.words or said.instead) for talk in talks(proposal) for said in talk.said
    ]
