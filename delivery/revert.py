"""How is a delivered change taken back, kept, or tried again, by a person?"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor
from delivery import plans, telling
from delivery.models import Delivery, Outcome, Plan, Watch
from telemetry.sanitizer import sanitize


class NothingToTakeBack(Exception):
    """The delivery left nothing that could be taken back, or it is being taken back already."""


class ReasonMissing(Exception):
    """Taking a change back needs a reason."""


class NothingToRetry(Exception):
    """Nothing failed on our side that trying it again could mend."""


class NothingToKeep(Exception):
    """Nobody was asked to keep this change."""


def request(
    delivery: Delivery,
    *,
    actor: Actor,
    reason: str,
    at: datetime,
    door: Mapping[str, object] | None = None,
) -> Delivery:
    """Ask for a change to be taken back: at once when it has ended, else after its present step.

    Raises NothingToTakeBack or ReasonMissing, and then changes nothing.
    """
    words = sanitize(reason.strip())[0]
    if not words:
        raise ReasonMissing("Say why the change is taken back.")
    with transaction.atomic():
        current = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
        _refuse(current)
        current.revert_actor, current.revert_reason = actor.id, words
        current.next_step_at = at
        current.save(update_fields=["revert_actor", "revert_reason", "next_step_at"])
        telling.entry(
            Event.DELIVERY_REVERT_REQUESTED,
            current,
            at=at,
            actor=actor,
            reason=words,
            facts=door,
        )
        if current.outcome:
            _reopen(current, at, actor, plans.names(Plan.REVERT)[0])
    return current


def possible(delivery: Delivery) -> bool:
    """Tell whether there is something to take back or to stop."""
    if delivery.revert_actor or delivery.plan != Plan.FORWARD:
        return False
    return delivery.outcome in ("", Outcome.SUCCEEDED)


def _refuse(delivery: Delivery) -> None:
    if possible(delivery):
        return
    if delivery.outcome:
        state = delivery.get_outcome_display().lower()
        raise NothingToTakeBack(f"Delivery #{delivery.pk} is {state}: there is nothing to undo.")
    raise NothingToTakeBack(f"Delivery #{delivery.pk} is being taken back already.")


def _reopen(delivery: Delivery, at: datetime, actor: Actor, stage: str) -> None:
    """Start the way back of a delivery that had ended, or go on with it."""
    reopened = {
        "ending": Outcome.REVERTED,
        "outcome": "",
        "plan": Plan.REVERT,
        "stage": stage,
        "ended_at": None,
        "errors_in_row": 0,
        "deadline_at": at + plans.acting_limit(),
    }
    rows = Delivery.objects.filter(pk=delivery.pk)
    telling.go(delivery, rows.update, reopened, at=at, actor=actor)
    delivery.refresh_from_db()


def retry(delivery: Delivery, *, actor: Actor, at: datetime) -> Delivery:
    """Have a stage that failed on our side tried again now; raise NothingToRetry for any other."""
    with transaction.atomic():
        current = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
        if not can_be_retried(current):
            raise NothingToRetry(f"Delivery #{current.pk} does not wait after an error of ours.")
        facts = {"stage": current.stage}
        telling.entry(Event.DELIVERY_RETRIED, current, at=at, actor=actor, facts=facts)
        if current.outcome:
            _reopen(current, at, actor, current.stage)
        Delivery.objects.filter(pk=current.pk).update(next_step_at=at)
    current.refresh_from_db()
    return current


def can_be_retried(delivery: Delivery) -> bool:
    """Tell whether it waits after an error of ours, or gave up on the way back."""
    if delivery.outcome:
        return delivery.plan == Plan.REVERT and delivery.outcome == Outcome.FAILED
    return delivery.errors_in_row > 0


def keep(delivery: Delivery, *, actor: Actor, at: datetime) -> Watch:
    """Keep a change whose effect could not be judged; raise NothingToKeep when nobody asked."""
    with transaction.atomic():
        watch = Watch.objects.select_for_update().filter(delivery=delivery).first()
        live = Delivery.objects.filter(pk=delivery.pk, outcome="", stage="watch", revert_actor="")
        if watch is None or watch.verdict != "inconclusive" or not live.update(next_step_at=at):
            raise NothingToKeep(f"Delivery #{delivery.pk} does not wait for this decision.")
        watch.kept_by = actor.id
        watch.save(update_fields=["kept_by"])
        facts = {"decision": "keep"}
        telling.entry(Event.DELIVERY_VERDICT, delivery, at=at, actor=actor, facts=facts)
    return watch
