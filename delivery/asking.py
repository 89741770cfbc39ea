"""How does somebody have an approved change taken to a stage now, and how far is it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from delivery import plans
from delivery.models import Delivery, Plan, Result, StageRun
from delivery.stages.reviewing import POLL_SECONDS
from proposals import decision
from proposals.models import STATE, Proposal, Status
from targets.models import State, Target

PERMISSION = decision.PERMISSION
ON_ITS_WAY = (Status.APPROVED, Status.PR_OPEN)

Standing = Literal["not begun", "to come", "running", "waiting", "passed", "failed", "errored"]
_STANDINGS: Mapping[str, Standing] = {
    "": "running",
    Result.WAITING: "waiting",
    Result.FAILED: "failed",
    Result.ERRORED: "errored",
}


class CannotAsk(Exception):
    """The stage will not be reached by asking; the words say why."""


@dataclass(frozen=True)
class Place:
    """Say how a stage stands, in the words of its last run."""

    stage: str
    standing: Standing
    words: str = ""


def ask(
    proposal: Proposal, stage: str, *, person: User, at: datetime, door: Mapping[str, object]
) -> Place:
    """Have a stage reached by the delivery's own steps; return how it stands.

    The delivery does the work, in its own order, whoever asks: here it is only told to look now.
    Raises CannotAsk or PermissionDenied, and then changes nothing.
    """
    if not person.has_perm(PERMISSION):
        raise PermissionDenied("You may not have changes delivered.")
    with transaction.atomic():
        rows = Proposal.objects.select_for_update(of=("self",)).select_related("target")
        current = rows.get(pk=proposal.pk)
        delivery = Delivery.objects.filter(proposal=current).first()
        place = standing(delivery, stage)
        if place.standing == "passed":
            return place
        _refuse(current, delivery)
        _record(current, stage, person, at, door)
        if delivery is not None:
            _wake(delivery, at)
    return place


def standing(delivery: Delivery | None, stage: str) -> Place:
    """Return how a stage of the way forward stands."""
    if delivery is None:
        return Place(stage, "not begun", "The delivery has not begun.")
    run = delivery.runs.filter(plan=Plan.FORWARD, stage=stage).last()
    if run is None:
        return Place(stage, "to come", delivery.detail)
    if run.result == Result.PASSED:
        return _passed(delivery, stage, run)
    return Place(stage, _STANDINGS[run.result], run.message)


def _passed(delivery: Delivery, stage: str, run: StageRun) -> Place:
    """Tell what has passed from what has to be done again, since the target moved meanwhile."""
    walk = plans.names(Plan.FORWARD)
    goes_on = delivery.plan == Plan.FORWARD and not delivery.outcome
    if goes_on and walk.index(delivery.stage) <= walk.index(stage):
        return Place(stage, "to come", delivery.detail)
    return Place(stage, "passed", run.message)


def _refuse(proposal: Proposal, delivery: Delivery | None) -> None:
    if proposal.status not in ON_ITS_WAY:
        state = proposal.get_status_display()
        raise CannotAsk(f"The proposal is “{state}”: only an approved one is delivered.")
    if delivery is not None and (delivery.outcome or delivery.plan != Plan.FORWARD):
        told = delivery.get_outcome_display() if delivery.outcome else delivery.get_plan_display()
        raise CannotAsk(f"Its delivery does not go on: {told.lower()}. {delivery.detail}".strip())
    if delivery is None or not delivery.hold:
        _refuse_stopped(proposal.target, delivery)


def _refuse_stopped(target: Target, delivery: Delivery | None) -> None:
    """Say what would not happen by itself either: what is begun goes on, nothing new is."""
    if target.paused:
        raise CannotAsk(f"{target.slug} is paused: nothing new is done to it.")
    if target.state == State.DIVERGED or (delivery is None and target.state != State.READY):
        state = target.get_state_display()
        raise CannotAsk(f"{target.slug} is “{state}”: nothing is delivered to it.")


def _wake(delivery: Delivery, at: datetime) -> None:
    """Cut the usual pause short; whoever waits longer has a reason that asking must not undo."""
    soon = at + timedelta(seconds=POLL_SECONDS)
    waiting = Delivery.objects.filter(pk=delivery.pk, outcome="", errors_in_row=0)
    waiting.filter(next_step_at__gt=at, next_step_at__lte=soon).update(next_step_at=at)


def _record(
    proposal: Proposal, stage: str, person: User, at: datetime, door: Mapping[str, object]
) -> None:
    record(
        Event.DELIVERY_ASKED,
        actor=Actor.person(person),
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=at,
        texts={"title": proposal.title},
        facts={"stage": stage, **door},
        cites=[proposal.transitions.latest("version").entry_uid],
    )
