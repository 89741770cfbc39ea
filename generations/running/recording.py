"""How does what a phase answered become rows and log entries, all or nothing?"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from generations.models import Generation, Outcome, PhaseRun, Reason, Result
from generations.phases import following
from generations.phases.shape import Answer, Errored, Nothing, Passed, Rejected
from generations.running.claims import Lease
from telemetry.sanitizer import sanitize

OURSELVES = Actor.system("generations")
MOST_ERRORS = 3
FIRST_PAUSE_SECONDS = 5
OUTPUT_LIMIT = 20_000
WORDS = ("plan", "review", "focus_words")  # of what a phase found: an agent's, or a tool's
PATHS = ("files_to_modify", "new_files", "file")  # compared letter by letter, and so left alone
INTERRUPTED = "The worker stopped in the middle of it."


def entry(
    event: Event,
    generation: Generation,
    *,
    at: datetime,
    actor: Actor = OURSELVES,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Record one act of a generation."""
    record(
        event,
        actor=actor,
        subject=f"generation:{generation.pk}",
        target=generation.target.slug,
        at=at,
        reason=reason,
        facts={"number": generation.number, **(facts or {})},
    )


def start(generation: Generation, lease: Lease) -> PhaseRun:
    """Open a run of the present phase, and close the one whose worker never came back."""
    with transaction.atomic():
        last = generation.runs.filter(phase=generation.phase).last()
        if last is not None and not last.result:
            _close(last, Result.ERRORED, INTERRUPTED, lease.now())
            generation.errors_in_row += 1
            lease.write(errors_in_row=generation.errors_in_row)
            _told(generation, last)
        return PhaseRun.objects.create(
            generation=generation,
            phase=generation.phase,
            attempt=1 if last is None else last.attempt + 1,
            started_at=lease.now(),
        )


def finish(run: PhaseRun, answer: Answer | Errored, generation: Generation, lease: Lease) -> None:
    """Write down an answer; raise LeaseLost, and change nothing, when the lease is gone."""
    with transaction.atomic():
        lease.write(activity="")  # it locks the row: who calls it off came before, or comes after
        if end_if_over(generation, lease):
            run.refresh_from_db()
            return
        match answer:
            case Passed():
                _passed(run, answer, generation, lease)
            case Rejected():
                _rejected(run, answer, generation, lease)
            case Nothing():
                _close(run, Result.NOTHING, answer.reason, lease.now(), answer.details)
                _told(generation, run)
                end(generation, lease, Outcome.NOTHING, answer.kind, run.message)
            case Errored():
                _errored(run, answer, generation, lease)


def end_if_over(generation: Generation, lease: Lease) -> bool:
    """End it where a person called it off, or its time is up."""
    generation.refresh_from_db(fields=["cancelled_by", "deadline_at", "outcome"])
    if not generation.cancelled_by and not generation.is_overdue(lease.now()):
        return False
    stop(generation, lease, lease.now())
    return True


def stop(generation: Generation, lease: Lease, now: datetime) -> None:
    """End a generation that a person called off or whose time is up."""
    by_person = bool(generation.cancelled_by)
    outcome = Outcome.CANCELLED if by_person else Outcome.TIMED_OUT
    reason = f"Called off by {generation.cancelled_by}." if by_person else _too_late(generation)
    with transaction.atomic():
        for run in generation.runs.filter(result=""):
            _close(run, Result.STOPPED, reason, now)
            _told(generation, run)
        end(generation, lease, outcome, Reason.STOPPED, reason)


def end(
    generation: Generation, lease: Lease, outcome: Outcome, kind: Reason | str, reason: str
) -> None:
    """Write how a generation ended; called within the transaction of what ended it."""
    ended = {"outcome": outcome, "reason_kind": kind, "reason": reason, "activity": ""}
    free = {"lease_owner": "", "lease_until": None}
    lease.write(**ended, **free, ended_at=lease.now())
    generation.refresh_from_db()
    facts = {
        "outcome": outcome,
        "kind": kind,
        "focus": generation.focus[:200],
        "diff": generation.diff_digest,
        "dry_run": generation.dry_run,
        **({"proposal": str(generation.proposal_id)} if generation.proposal_id else {}),
    }
    entry(Event.GENERATION_ENDED, generation, at=lease.now(), reason=reason, facts=facts)


def clean(text: str) -> str:
    """Sanitise what came from outside, without what no database keeps."""
    whole = text.replace("\0", "�").encode("utf-8", "replace").decode()
    return sanitize(whole)[0]


def cleaned(details: Mapping[str, Any]) -> Any:
    """Sanitise every text of what a phase tells; what is no JSON is our own mistake."""
    return _cleaned(json.loads(json.dumps(details, allow_nan=False)))


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(key): one if key in PATHS else _cleaned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return clean(value) if isinstance(value, str) else value


def _close(
    run: PhaseRun,
    result: Result,
    message: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    output: str = "",
) -> None:
    run.result, run.message, run.ended_at = result, clean(message), now
    run.details = cleaned(details or {})
    run.output = clean(output)[-OUTPUT_LIMIT:]
    run.save(update_fields=["result", "message", "ended_at", "details", "output"])


def _told(generation: Generation, run: PhaseRun) -> None:
    entry(
        Event.GENERATION_PHASE_ENDED,
        generation,
        at=run.ended_at or run.started_at,
        reason=run.message,
        facts={"phase": run.phase, "result": run.result, "attempt": run.attempt},
    )


def _passed(run: PhaseRun, answer: Passed, generation: Generation, lease: Lease) -> None:
    _close(run, Result.PASSED, answer.message, lease.now(), answer.details, answer.output)
    _told(generation, run)
    _remember(answer, lease)
    after = following(generation.phase)
    if after is None:
        end(generation, lease, Outcome.ACCEPTED, "", run.message)
        return
    lease.write(phase=after, errors_in_row=0, activity="", next_step_at=lease.taken_at)


def _rejected(run: PhaseRun, answer: Rejected, generation: Generation, lease: Lease) -> None:
    _close(run, Result.REJECTED, answer.reason, lease.now(), answer.details, answer.output)
    _told(generation, run)
    _remember(answer, lease)
    end(generation, lease, Outcome.REJECTED, answer.kind, run.message)


def _remember(answer: Passed | Rejected, lease: Lease) -> None:
    """Keep what a phase found, with its rows: the row of the generation is ours by now."""
    found = {
        name: _cleaned(value) if name in WORDS else value for name, value in answer.found.items()
    }
    lease.write(**{"activity": "", **found, **answer.writes()})


def _errored(run: PhaseRun, answer: Errored, generation: Generation, lease: Lease) -> None:
    _close(run, Result.ERRORED, answer.reason, lease.now())
    _told(generation, run)
    errors = generation.errors_in_row + 1
    if errors >= MOST_ERRORS:
        why = f"Gave up after {errors} errors on our side: {run.message}"
        end(generation, lease, Outcome.FAILED, Reason.OURS, why)
        return
    later = lease.now() + timedelta(seconds=FIRST_PAUSE_SECONDS * 4 ** (errors - 1))
    free = {"lease_owner": "", "lease_until": None}
    lease.write(errors_in_row=errors, next_step_at=later, activity="", **free)


def _too_late(generation: Generation) -> str:
    at = f"{generation.deadline_at:%Y-%m-%d %H:%M} UTC"
    return f"Timed out: the phase “{generation.phase}” was not through by {at}."
