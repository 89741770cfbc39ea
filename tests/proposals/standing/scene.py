"""A target, two people who may allow, and a proposal that a standing approval covers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from proposals.models import Proposal
from proposals.standing import acts, applying, judging
from proposals.standing.records import StandingApproval
from proposals.standing.rules import PROVEN, Bounds
from proposals.standing.wishes import Wish
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user

BOUNDS = Bounds(
    risk="low",
    most_files=3,
    most_lines=40,
    most_per_day=5,
    paths=("config/*.yaml",),
    engines=("embedded", "model"),
)
WISH = Wish(BOUNDS, "Limits of tools are tuned every day.", 30)
QUIET = timedelta(minutes=30)


def always(_target: str, _risk: str, _at: datetime) -> str:
    """Let every window be open."""
    return ""


def shut(_target: str, _risk: str, _at: datetime) -> str:
    """Let every window be shut."""
    return "the next change window opens on Monday."


def people() -> tuple[User, User]:
    """Return two who may grant: those who are there, or new ones."""
    found = User.objects.filter(username__in=("ada", "bob")).order_by("username")
    if found.count() == 2:
        return found[0], found[1]
    return make_user("admin", name="ada"), make_user("admin", name="bob")


def granted(
    target: Target, *, at: datetime = NOW, wish: Wish = WISH, **bounds: Any
) -> StandingApproval:
    """Let ada grant a standing approval."""
    ada, _ = people()
    chosen = replace(wish, bounds=replace(wish.bounds, **bounds))
    return acts.grant(target, chosen, person=ada, at=at)


def in_force(target: Target, *, at: datetime = NOW, **bounds: Any) -> StandingApproval:
    """Let ada grant a standing approval, and bob confirm it."""
    approval = granted(target, at=at, **bounds)
    return acts.confirm(approval, person=people()[1], at=at)


def written(target: Target, *, label: str = PROVEN, at: datetime = NOW, **words: Any) -> Proposal:
    """Hand in a checked and rehearsed proposal as a generation does."""
    proposal = make_proposal(target, author="Generations", at=at, **words)
    if label:
        with transaction.atomic():
            judging.keep(proposal, label=label, generation=1, at=at)
    return fresh(proposal)


def fresh(proposal: Proposal) -> Proposal:
    """Return the proposal as it is now."""
    return Proposal.objects.select_related("target", "report").get(pk=proposal.pk)


def look(proposal: Proposal, at: datetime, window: applying.Shut = always) -> str:
    """Do what the tick does for one proposal."""
    return applying.look(fresh(proposal), at, window)


def let_through(proposal: Proposal, at: datetime = NOW) -> Proposal:
    """Announce it and let the quiet time pass."""
    assert look(proposal, at) == "announced"
    assert look(proposal, at + QUIET) == "approved"
    return fresh(proposal)
