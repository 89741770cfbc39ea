"""Which stages does a delivery walk, and what do they mean for the proposal?"""

from datetime import timedelta

from django.conf import settings

from delivery.models import Delivery, Outcome, Plan
from delivery.stages import (
    branch,
    clean_up,
    deploy,
    merge,
    pull_request,
    redeploy,
    revert,
    snapshot,
    validate,
    watch,
)
from delivery.stages.shape import Stage
from proposals.lifecycle import Move

STAGES: tuple[Stage, ...] = (snapshot, branch, validate, pull_request, merge, deploy, watch)
REVERT_STAGES: tuple[Stage, ...] = (revert, redeploy)
CLEAN_UP_STAGES: tuple[Stage, ...] = (clean_up,)

WALKS = {Plan.FORWARD: STAGES, Plan.REVERT: REVERT_STAGES, Plan.CLEAN_UP: CLEAN_UP_STAGES}
MOVES = {
    "pull_request": Move.OPEN_PR,
    "watch": Move.IMPLEMENT,
    "revert": Move.REVERT,
    "clean_up": Move.FAIL,
}
HELD = {"branch", "validate", "pull_request", "merge", "deploy", "revert", "redeploy"}


def name_of(stage: Stage) -> str:
    """Name a stage as it is stored."""
    return stage.__name__.rpartition(".")[2]


def names(plan: str) -> tuple[str, ...]:
    """List the stages of a plan by name."""
    return tuple(name_of(stage) for stage in WALKS[Plan(plan)])


def stage_of(delivery: Delivery) -> Stage:
    """Find the stage that a delivery is at."""
    return next(s for s in WALKS[Plan(delivery.plan)] if name_of(s) == delivery.stage)


def following(delivery: Delivery) -> str | None:
    """Name the stage after this one, or None at the end of the plan."""
    walk = names(delivery.plan)
    place = walk.index(delivery.stage) + 1
    return walk[place] if place < len(walk) else None


def way_back(delivery: Delivery) -> dict[str, object]:
    """Choose how to undo what was done so far: take the merge back, or only tidy up."""
    merged = bool(delivery.merge_commit)
    plan = Plan.REVERT if merged else Plan.CLEAN_UP
    ending = Outcome(delivery.ending or Outcome.FAILED)
    if merged and ending in (Outcome.FAILED, Outcome.ABORTED):
        ending = Outcome.REVERTED
    return {"plan": plan, "stage": names(plan)[0], "ending": ending}


def acting_limit() -> timedelta:
    """Bound how long a delivery may keep others off its target."""
    return timedelta(minutes=settings.SELFIMPROVE.delivery.deadline_minutes)


def watching_limit() -> timedelta:
    """Bound how long the effect may be measured, with room for a stopped worker."""
    watch = settings.SELFIMPROVE.watch
    return timedelta(seconds=watch.extended_minutes * watch.minute_seconds) + acting_limit()
