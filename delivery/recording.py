"""How does what a stage answered become rows, moves and log entries, all or nothing?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.events import Event
from audit.log import Actor
from delivery import plans
from delivery.claims import Lease
from delivery.models import Delivery, Hold, Outcome, Plan, Result, StageRun
from delivery.stages.shape import Again, Answer, Errored, Failed, Lapsed, Passed, Waiting
from delivery.telling import OURSELVES, entry, go
from proposals.lifecycle import MOVES, Move, advance
from proposals.models import Proposal, Status
from proposals.waiting import approvals
from telemetry.sanitizer import sanitize

MAX_ERRORS = 5
FIRST_PAUSE_SECONDS = 5
OUTPUT_LIMIT = 20_000


def start(delivery: Delivery, lease: Lease) -> StageRun:
    """Open a run of the present stage, or go on with the one that waits."""
    with transaction.atomic():
        last = delivery.runs.filter(plan=delivery.plan, stage=delivery.stage).last()
        if last is not None and last.result == Result.WAITING and not last.ended_at:
            last.result = ""  # it runs: a worker that dies now is noticed
            last.save(update_fields=["result"])
            return last
        if last is not None and not last.result:
            _interrupted(delivery, lease, last)
        run = StageRun.objects.create(
            delivery=delivery,
            plan=delivery.plan,
            stage=delivery.stage,
            attempt=1 if last is None else last.attempt + 1,
            started_at=lease.now(),
        )
        run.intended_uid = entry(
            Event.DELIVERY_INTENDED, delivery, at=lease.now(), facts=_place(run)
        )
        run.save(update_fields=["intended_uid"])
    return run


def _interrupted(delivery: Delivery, lease: Lease, run: StageRun) -> None:
    """Close the run of a worker that never came back; it counts as an error of ours."""
    run.result, run.ended_at = Result.ERRORED, lease.now()
    run.message = "The worker stopped in the middle of it."
    run.save(update_fields=["result", "ended_at", "message"])
    delivery.errors_in_row += 1
    lease.write(errors_in_row=delivery.errors_in_row)
    _log_end(Event.DELIVERY_STAGE_ERRORED, delivery, run, run.message)


def finish(run: StageRun, answer: Answer | Errored, delivery: Delivery, lease: Lease) -> None:
    """Write down an answer; raise LeaseLost, and change nothing, when the lease is gone."""
    with transaction.atomic():
        match answer:
            case Passed():
                _passed(run, answer, delivery, lease)
            case Waiting():
                _waiting(run, answer, delivery, lease)
            case Again():
                _again(run, answer, delivery, lease)
            case Lapsed():
                _lapsed(run, answer, delivery, lease)
            case Failed():
                _failed(run, answer, delivery, lease)
            case Errored():
                _errored(run, answer, delivery, lease)


def _close(run: StageRun, result: Result, message: str, output: str, lease: Lease) -> None:
    run.result = result
    run.message = clean(message)
    run.output = clean(output)[-OUTPUT_LIMIT:]
    run.ended_at = None if result is Result.WAITING else lease.now()
    run.save(update_fields=["result", "message", "output", "ended_at"])


def clean(text: str) -> str:
    """Sanitise what came from outside."""
    return sanitize(text.replace("\0", "�"))[0]


def _passed(run: StageRun, answer: Passed, delivery: Delivery, lease: Lease) -> None:
    for name, value in answer.found.items():
        setattr(delivery, name, value)
    _close(run, Result.PASSED, answer.message, answer.output, lease)
    _log_end(Event.DELIVERY_STAGE_PASSED, delivery, run, run.message)
    _log_milestone(delivery, run, lease)
    if run.plan == Plan.CLEAN_UP and delivery.merge_commit:  # it was merged before we fell over
        _go(delivery, lease, {**answer.found, **plans.way_back(delivery)}, run.message)
        return
    move(delivery, plans.MOVES.get(run.stage), at=lease.now())
    following = plans.following(delivery)
    if following is None:
        detail = run.message if run.plan == Plan.FORWARD else delivery.revert_reason
        if answer.found:
            lease.write(**answer.found)
        end(delivery, lease, Outcome(delivery.ending or Outcome.SUCCEEDED), detail)
        return
    if run.stage == "deploy":
        lease.write(hold=Hold.WATCHING, deadline_at=lease.now() + plans.watching_limit())
    _go(delivery, lease, {"stage": following, "detail": "", **answer.found})


def _go(
    delivery: Delivery,
    lease: Lease,
    columns: Mapping[str, object],
    reason: str = "",
    cites: tuple[UUID | None, ...] = (),
) -> None:
    columns = {**columns, **_free(lease)}
    go(delivery, lease.write, columns, at=lease.now(), reason=reason, cites=cites)


def _log_milestone(delivery: Delivery, run: StageRun, lease: Lease) -> None:
    """Record the acts that people look for under names of their own."""
    event = {
        "deploy": Event.DELIVERY_DEPLOYED,
        "watch": Event.DELIVERY_VERDICT,
        "redeploy": Event.DELIVERY_REVERTED,
    }.get(run.stage)
    if event is not None:
        commit = delivery.revert_commit or delivery.merge_commit
        entry(event, delivery, at=lease.now(), reason=run.message, facts={"commit": commit})


def _free(lease: Lease) -> dict[str, object]:
    return {
        "next_step_at": lease.taken_at,
        "errors_in_row": 0,
        "lease_owner": "",
        "lease_until": None,
    }


def _waiting(run: StageRun, answer: Waiting, delivery: Delivery, lease: Lease) -> None:
    _close(run, Result.WAITING, answer.message, answer.output, lease)
    later = lease.taken_at + timedelta(seconds=answer.again_seconds)
    waits: dict[str, object] = {"next_step_at": later, "detail": run.message}
    if answer.frees_target:
        waits["hold"] = ""
    lease.write(**{**_free(lease), **waits})


def _again(run: StageRun, answer: Again, delivery: Delivery, lease: Lease) -> None:
    _close(run, Result.WAITING, answer.message, "", lease)
    run.ended_at = lease.now()
    run.save(update_fields=["ended_at"])
    back = {"stage": answer.stage, "detail": run.message}
    _go(delivery, lease, back, run.message, cites=(run.intended_uid,))


def _lapsed(run: StageRun, answer: Lapsed, delivery: Delivery, lease: Lease) -> None:
    """Bring it back before people; what others see of it is taken away first."""
    proposal = Proposal.objects.select_related("target").get(pk=delivery.proposal_id)
    if proposal.status not in approvals.UNMERGED:
        _failed(run, Failed(answer.reason, answer.output), delivery, lease)
        return
    tidied = delivery.plan == Plan.CLEAN_UP
    result = Result.PASSED if tidied else Result.FAILED
    event = Event.DELIVERY_STAGE_PASSED if tidied else Event.DELIVERY_STAGE_FAILED
    _close(run, result, answer.reason, answer.output, lease)
    _log_end(event, delivery, run, run.message)
    if proposal.status == Status.PR_OPEN and not tidied:
        _tidy_first(delivery, lease, answer.rule, run.message)
        return
    end(delivery, lease, Outcome.ABORTED, run.message)
    facts = {"rule": answer.rule, "delivery": delivery.pk}
    approvals.ask_again(
        proposal,
        reason=run.message,
        actor=OURSELVES,
        at=lease.now(),
        onto=answer.onto,
        facts=facts,
    )


def _tidy_first(delivery: Delivery, lease: Lease, rule: str, reason: str) -> None:
    """Close the pull request and delete the branch before people are asked again."""
    delivery.ending = Outcome.ABORTED
    back = {
        **plans.way_back(delivery),
        "comes_back": rule,
        "revert_reason": reason,
        "deadline_at": lease.now() + plans.acting_limit(),
        "detail": reason,
    }
    _go(delivery, lease, back, reason)


def _failed(run: StageRun, answer: Failed, delivery: Delivery, lease: Lease) -> None:
    _close(run, Result.FAILED, answer.reason, answer.output, lease)
    _log_end(Event.DELIVERY_STAGE_FAILED, delivery, run, run.message)
    turn_back(delivery, lease, Outcome.FAILED, run.message)


def turn_back(delivery: Delivery, lease: Lease, ending: Outcome, reason: str) -> None:
    """Leave the present plan for the one that undoes it; without one left, call a person."""
    if delivery.plan == Plan.FORWARD:
        delivery.ending = ending
        delivery.revert_reason = delivery.revert_reason or reason
        back = {
            **plans.way_back(delivery),
            "revert_reason": delivery.revert_reason,
            "deadline_at": lease.now() + plans.acting_limit(),
            "detail": reason,
        }
        _go(delivery, lease, back, reason)
        return
    entry(Event.DELIVERY_ALARMED, delivery, at=lease.now(), reason=reason)
    if delivery.plan == Plan.CLEAN_UP:
        move(delivery, Move.FAIL, at=lease.now())
    end(delivery, lease, Outcome.FAILED, f"A person is needed. {reason}")


def _errored(run: StageRun, answer: Errored, delivery: Delivery, lease: Lease) -> None:
    _close(run, Result.ERRORED, answer.reason, "", lease)
    _log_end(Event.DELIVERY_STAGE_ERRORED, delivery, run, run.message)
    errors = delivery.errors_in_row + 1
    if errors >= MAX_ERRORS:
        give_up(delivery, lease, f"Gave up after {errors} errors on our side: {run.message}")
        return
    later = lease.taken_at + timedelta(seconds=FIRST_PAUSE_SECONDS * 4 ** (errors - 1))
    detail = f"Error on our side, tried again later: {run.message}"
    retry = {"next_step_at": later, "errors_in_row": errors, "detail": detail}
    lease.write(**{**_free(lease), **retry})


def cut_short(delivery: Delivery, lease: Lease, reason: str) -> None:
    """Close the runs that are open, because the time is up."""
    for run in delivery.runs.filter(ended_at=None):
        _close(run, Result.FAILED, reason, run.output, lease)
        _log_end(Event.DELIVERY_STAGE_FAILED, delivery, run, reason)


def give_up(delivery: Delivery, lease: Lease, reason: str) -> None:
    """Raise the alarm and turn back, because we ourselves cannot go on."""
    if delivery.plan == Plan.FORWARD:
        entry(Event.DELIVERY_ALARMED, delivery, at=lease.now(), reason=reason)
    turn_back(delivery, lease, Outcome.FAILED, reason)


def end(delivery: Delivery, lease: Lease, outcome: Outcome, detail: str) -> None:
    """Write how a delivery ended, and let the next one of its target begin."""
    now = lease.now()
    ended = {"outcome": outcome, "hold": "", "ended_at": now, "detail": detail, **_free(lease)}
    go(delivery, lease.write, ended, Event.DELIVERY_ENDED, at=now, reason=detail)


def move(delivery: Delivery, step: Move | None, *, at: datetime) -> None:
    """Move the proposal, unless it has already come that far."""
    proposal = Proposal.objects.get(pk=delivery.proposal_id)
    if step is None or proposal.status not in MOVES[step].sources:
        return
    reason = delivery.revert_reason if step in (Move.FAIL, Move.REVERT) else ""
    actor = OURSELVES
    if step is Move.REVERT and delivery.revert_actor:
        actor = Actor("person", delivery.revert_actor)
    facts = {"delivery": delivery.pk}
    advance(proposal, step, actor=actor, at=at, reason=reason, facts=facts)


def _log_end(event: Event, delivery: Delivery, run: StageRun, reason: str) -> None:
    at = run.ended_at or run.started_at
    entry(event, delivery, at=at, reason=reason, facts=_place(run), cites=(run.intended_uid,))


def _place(run: StageRun) -> dict[str, Any]:
    return {"plan": run.plan.lower(), "stage": run.stage, "attempt": run.attempt}
