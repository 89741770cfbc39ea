"""How does a delivery come one stage further, whatever happened before?"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction

from audit.events import Event
from delivery import gate, plans, recording, telling
from delivery.claims import Lease, LeaseLost, due, hold_target, kept_alive, release, take
from delivery.grounds import lapsing
from delivery.models import Delivery, Outcome, Plan, StageRun
from delivery.stages.shape import Answer, Errored, Waiting
from delivery.stages.site import Site, reach
from ports.forge import Busy
from proposals.models import Proposal, Status

logger = logging.getLogger(__name__)

Reach = Callable[[Delivery], Site]
LONGEST_DRIVE = 20
LONGEST_OUTAGE_SECONDS, AGAIN_SECONDS = 150.0, 1.0


class NotApproved(Exception):
    """Only an approved proposal is delivered."""


def begin(proposal: Proposal, at: datetime) -> Delivery:
    """Open the delivery of an approved proposal, or return the one that it has."""
    with transaction.atomic():
        approved = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
        approval = approved.transitions.filter(destination=Status.APPROVED).last()
        uid = approval.entry_uid if approval else None
        found = Delivery.objects.filter(proposal=proposal).first()
        if found is not None:
            is_new = approved.status == Status.APPROVED
            return lapsing.begin_again(found, uid, at) if is_new else found
        if approved.status != Status.APPROVED:
            raise NotApproved(f"“{approved.title}” is “{approved.get_status_display()}”.")
        delivery = Delivery.objects.create(
            proposal=approved,
            target=approved.target,
            stage=plans.names(Plan.FORWARD)[0],
            last_transition_id=uuid.uuid4(),
            approval_uid=uid,
            started_at=at,
            next_step_at=at,
            deadline_at=at + plans.acting_limit(),
        )
        begun = telling.tied(delivery, "")
        telling.entry(Event.DELIVERY_STARTED, delivery, at=at, transition=begun)
    return delivery


def step(delivery_id: int, now: datetime, reach: Reach = reach) -> StageRun | None:
    """Run the present stage once; return its run, or None when there was nothing to do."""
    lease = take(delivery_id, now)
    if lease is None:
        return None
    try:
        return _one_step(lease, reach)
    except LeaseLost as lost:
        logger.warning("%s", lost)
        return None
    finally:
        release(lease)


def drive(
    delivery_id: int, clock: Callable[[], datetime], reach: Reach = reach
) -> tuple[StageRun, ...]:
    """Step on until a stage waits, errs, or the end is reached."""
    runs: list[StageRun] = []
    for _ in range(LONGEST_DRIVE):
        run = step(delivery_id, clock(), reach)
        if run is not None:
            runs.append(run)
        if not due(clock()).filter(pk=delivery_id).exists():
            break
    return tuple(runs)


def _one_step(lease: Lease, reach: Reach) -> StageRun | None:
    rows = Delivery.objects.select_related("proposal", "target")
    delivery = rows.get(pk=lease.delivery_id)
    if delivery.plan == Plan.FORWARD and delivery.revert_actor:
        ending = Outcome.REVERTED if delivery.merge_commit else Outcome.ABORTED
        with transaction.atomic():
            recording.turn_back(delivery, lease, ending, delivery.revert_reason)
        return None
    if delivery.stage in plans.HELD and (reason := hold_target(lease, delivery)):
        run, answer = recording.start(delivery, lease), Waiting(reason)
        recording.finish(run, answer, delivery, lease)
        return run
    run = recording.start(delivery, lease)
    if delivery.errors_in_row >= recording.MAX_ERRORS:
        recording.finish(run, Errored("It never came to an end."), delivery, lease)
        return run
    return _finished(run, _answer(delivery, lease, reach), delivery, lease)


def _finished(
    run: StageRun, answer: Answer | Errored, delivery: Delivery, lease: Lease
) -> StageRun:
    """Write down an answer, also when the database is away at the end of the stage.

    What was done outside is done: forgetting it would have the next worker do it again.
    """
    began = time.monotonic()
    while True:
        try:
            recording.finish(run, answer, delivery, lease)
            return run
        except (OperationalError, InterfaceError) as error:
            late = time.monotonic() - began > LONGEST_OUTAGE_SECONDS
            if late or connection.in_atomic_block:  # a transaction of others is not ours to redo
                raise
            logger.warning("delivery %s: not written down yet: %s", lease.delivery_id, error)
        # Sooner than the next tick: the lease may have run out meanwhile.
        time.sleep(AGAIN_SECONDS)
        run, delivery = _anew(run, delivery)


def _anew(run: StageRun, delivery: Delivery) -> tuple[StageRun, Delivery]:
    """Read both rows again over a new connection; leave them where there is none yet."""
    connection.close()
    try:
        rows = Delivery.objects.select_related("proposal", "target")
        return StageRun.objects.get(pk=run.pk), rows.get(pk=delivery.pk)
    except (OperationalError, InterfaceError):
        return run, delivery


def _answer(delivery: Delivery, lease: Lease, reach: Reach) -> Answer | Errored:
    """Ask the stage; whatever it throws is our fault, not the change's."""
    try:
        with kept_alive(lease):
            if (shut := gate.closed(delivery, lease.now())) is not None:
                return shut
            return plans.stage_of(delivery).run(reach(delivery), lease.now())
    except Busy as busy:  # nobody's error: an hour of it must not use up our attempts
        return Waiting(f"Waits: {busy}.", again_seconds=busy.seconds)
    except Exception as error:
        # One of the two places that may catch everything: it becomes ERRORED, never a success.
        logger.exception("delivery %s: stage %s broke", delivery.pk, delivery.stage)
        return Errored(f"{type(error).__name__}: {error}")
