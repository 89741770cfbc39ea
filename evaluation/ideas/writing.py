"""How does an idea that was taken up become a change, and how is it tried again?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from audit.log import Actor
from evaluation.ideas.deciding import ACTOR
from evaluation.ideas.records import Idea, Stand
from generations import starting
from generations.models import Generation, Outcome
from generations.running import opening
from generations.running.opening import CannotBegin, Wish
from proposals.decision import PERMISSION
from proposals.waiting import room
from targets.models import State


class NotAgain(Exception):
    """The idea is not tried again; the words say why."""


@dataclass(frozen=True)
class Course:
    """Say how far the change of an idea is."""

    idea: Idea
    attempts: Sequence[Generation]  # the newest first
    may_again: str = ""  # why it may not be tried again; empty where it may

    @property
    def last(self) -> Generation | None:
        """Return the newest attempt."""
        return self.attempts[0] if self.attempts else None

    @property
    def is_waiting(self) -> bool:
        """Tell whether its turn has not come."""
        return self.idea.status == Stand.ACCEPTED and self.idea.begun_at is None

    @property
    def is_gone(self) -> bool:
        """Tell whether what was tried was taken back with the target's archive."""
        return self.idea.begun_at is not None and not self.attempts

    @property
    def words(self) -> str:
        """Say it in a sentence; nothing of an idea that nobody has taken up."""
        if self.is_waiting:
            return "Its change is written when the target's turn comes."
        last = self.last
        if last is None:
            return "What was tried was taken back with the archive." if self.is_gone else ""
        if last.is_open:
            return f"Being written, phase {last.phase}."
        if last.proposal_id:
            return "A proposal came of it."
        return f"{last.get_outcome_display()}: {last.reason}"


def begin_waiting(now: datetime) -> tuple[list[Generation], list[str]]:
    """Begin what waits, one on each target; say of the others what they wait for."""
    begun, waiting, busy = [], [], set()
    for idea in _waiting().select_related("target").order_by("decided_at", "pk"):
        if idea.target_id in busy:
            continue
        busy.add(idea.target_id)
        if full := _held(idea, now):
            waiting.append(f"{idea.subject} waits: {full}")
            continue
        try:
            begun.append(begin(idea, actor=ACTOR, at=now))
        except CannotBegin as reason:
            waiting.append(f"{idea.subject} waits: {reason}")
    return begun, waiting


def _held(idea: Idea, now: datetime) -> str:
    return starting.no_money(idea.target, opening.configured(), now) or room.full(idea.target)


def begin(idea: Idea, *, actor: Actor, at: datetime) -> Generation:
    """Begin the generation that writes an idea's change; raise CannotBegin."""
    with transaction.atomic():
        taken_up = Idea.objects.filter(pk=idea.pk, status=Stand.ACCEPTED)
        if not taken_up.update(begun_at=at):
            raise CannotBegin(f"{idea.subject} was not taken up.")
        brief = f"{idea.title}\n\n{idea.detail}".strip()
        wish = Wish(idea.target, actor, subject=idea.subject, brief=brief)
        return opening.begin(wish, at=at)


def again(idea: Idea, *, person: User, at: datetime) -> Generation:
    """Try an idea again of which nothing came; raise NotAgain or CannotBegin."""
    if not person.has_perm(PERMISSION):
        raise PermissionDenied("You may not decide about ideas.")
    if why := course_of(idea).may_again:
        raise NotAgain(why)
    return begin(idea, actor=Actor.person(person), at=at)


def course_of(idea: Idea) -> Course:
    """Return how far the change of an idea is."""
    return courses([idea])[0]


def courses(ideas: Iterable[Idea]) -> list[Course]:
    """Return how far the changes of some ideas are, in one query."""
    ideas = list(ideas)
    subjects = [idea.subject for idea in ideas if idea.begun_at]
    rows = Generation.objects.filter(subject__in=subjects).defer("diff", "plan", "review")
    by_subject: dict[str, list[Generation]] = {}
    for row in rows.select_related("target", "proposal").order_by("-pk"):
        by_subject.setdefault(row.subject, []).append(row)
    found = [(idea, by_subject.get(idea.subject, [])) for idea in ideas]
    return [Course(idea, attempts, _why_not(idea, attempts)) for idea, attempts in found]


def _why_not(idea: Idea, attempts: Sequence[Generation]) -> str:
    """Say why an idea may not be tried again; nothing where it may."""
    if idea.status != Stand.ACCEPTED:
        return "It was not taken up."
    if idea.begun_at is None:
        return "It has not been tried yet: its turn comes by itself."
    if attempts and attempts[0].is_open:
        return "It is being tried."
    if any(one.proposal_id for one in attempts):
        return "A proposal came of it: decide about that."
    most = settings.SELFIMPROVE.generations.rejections
    if sum(one.outcome == Outcome.REJECTED for one in attempts) >= most:
        return f"It was rejected {most} times, and is left alone (generations.rejections)."
    return ""


def _waiting() -> QuerySet[Idea]:
    return Idea.objects.filter(
        status=Stand.ACCEPTED,
        begun_at=None,
        target__state=State.READY,
        target__paused=False,
    )
