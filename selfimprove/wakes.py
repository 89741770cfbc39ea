"""Which audit event wakes which tick, so that people never wait for a clock."""

from datetime import datetime

from django.utils import timezone

from audit import follow, sequencer
from audit.anchors import due
from audit.events import Event

WAKES: dict[Event, tuple[str, ...]] = {
    Event.PATTERN_FOUND: ("evaluation.look",),
    Event.PATTERN_REOPENED: ("evaluation.look",),
    Event.PATTERN_RETURNED: ("evaluation.look",),
    Event.PATTERN_RECURRED: ("evaluation.look",),
    Event.EVALUATION_WOKEN: ("evaluation.look",),
    Event.BENCHMARKS_ASKED: ("benchmarks.measure",),
    Event.BENCHMARKS_MEASURED: ("evaluation.notice",),
    Event.IDEA_ACCEPTED: ("evaluation.take_up",),
    Event.GENERATIONS_ASKED: ("generations.generate",),
    Event.GENERATION_STARTED: ("generations.generate",),
    Event.GENERATION_PHASE_ENDED: ("generations.generate",),
    Event.GENERATION_CANCELLED: ("generations.generate",),
    Event.GENERATION_ENDED: (
        "generations.generate",
        "generations.sweep",
        "evaluation.take_up",
    ),
    Event.LOG_VERIFICATION_ASKED: ("audit.verify",),
    Event.TARGET_ADDED: ("targets.refresh",),
    Event.TARGET_CHANGED: ("targets.refresh",),
    Event.SOURCE_ADDED: ("telemetry.collect",),
    Event.SOURCE_RESUMED: ("telemetry.collect",),
    Event.EVENTS_IMPORT_ASKED: ("telemetry.bring_in",),
    Event.PROPOSAL_CREATED: ("proposals.check", "proposals.publish"),
    Event.PROPOSAL_CHECKED: ("delivery.rehearse",),
    Event.PROPOSAL_REHEARSED: ("delivery.approve",),
    Event.STANDING_CONFIRMED: ("delivery.approve",),
    Event.STANDING_REVOKED: ("delivery.approve",),
    Event.PROPOSAL_HELD: ("delivery.approve",),
    Event.PROPOSAL_CHANGES_REQUESTED: (
        *("delivery.approve", "delivery.deliver", "delivery.lapse"),
        "generations.generate",
    ),
    Event.PROPOSAL_REWORDED: ("proposals.check", "delivery.approve"),
    Event.FINDING_WAIVED: ("proposals.check",),
    Event.FINDING_WAIVER_WITHDRAWN: ("proposals.check",),
    Event.COMMENT_SAID: ("delivery.mirror",),
    Event.COMMENT_EDITED: ("delivery.mirror",),
    Event.COMMENT_REMOVED: ("delivery.mirror",),
    Event.THREAD_RESOLVED: ("delivery.mirror",),
    Event.THREAD_REOPENED: ("delivery.mirror",),
    Event.CHECK_ASKED: ("proposals.check",),
    Event.CHANGE_ASKED: ("changes.check",),
    Event.DELIVERY_ASKED: ("delivery.deliver",),
    Event.PROPOSAL_APPROVED: ("delivery.deliver", "proposals.publish"),
    Event.PROPOSAL_REJECTED: ("proposals.publish",),
    Event.PROPOSAL_PR_OPENED: ("proposals.publish",),
    Event.PROPOSAL_IMPLEMENTED: ("proposals.publish",),
    Event.PROPOSAL_REVERTED: ("proposals.publish", "proposals.stand_down"),
    Event.PROPOSAL_FAILED: ("proposals.publish",),
    Event.PROPOSAL_SUPERSEDED: ("proposals.publish",),
    Event.PROPOSAL_LAPSED: ("proposals.check", "proposals.publish"),
    Event.DELIVERY_WINDOW_PASSED: ("delivery.deliver",),
    Event.DELIVERY_REPORTED: ("delivery.deliver",),
    Event.DELIVERY_RETRIED: ("delivery.deliver",),
    Event.DELIVERY_REVERT_REQUESTED: ("delivery.deliver",),
    Event.DELIVERY_ENDED: (
        "evaluation.learn",
        "delivery.deliver",
        "targets.refresh",
        "proposals.supersede",
    ),
    Event.LOOP_RESUMED: (
        *("delivery.deliver", "delivery.rehearse"),
        *("proposals.check", "evaluation.look"),
        *("evaluation.take_up", "generations.generate"),
    ),
}
SEAL = "audit.seal"
PUBLISH = "audit.publish"
WAKES |= {event: (*WAKES.get(event, ()), PUBLISH) for event in due.IMPORTANT | due.RESTED_ON}


def wake(event: Event, subject: str) -> None:
    """Ask for the ticks that this event concerns, and for the seal that they will wait for.

    Most entries concern none. To ask for their seal would cost every writer about as much as the
    entry itself: it is the clock that looks for them, see Unsealed.
    """
    names = WAKES.get(event)
    if names is None:
        return
    from selfimprove import runs  # the queue's models are not there while apps load

    now = timezone.now()
    for name in (*names, SEAL):
        runs.ask(name, now)


class Unsealed:
    """Have sealed what was written since the last look, though nobody said so.

    Nothing is lost between two looks. What is committed before a look is in it, or is so old by
    its id that the seal's own schedule finds it. What is in a look and was not in the last one
    asks; and a tick that is asked for begins to read after the asking, hence after that commit.
    What was in the last look asks no more: its tick is due still, or it has failed or refused the
    entry, and asking each moment would change nothing before the schedule does.
    """

    def __init__(self) -> None:
        """Know of nothing, so that the first look asks for whatever there is."""
        self._seen: frozenset[int] = frozenset()

    def look(self, now: datetime) -> bool:
        """Ask for the seal if there is something new; return whether there was."""
        from selfimprove import runs  # the queue's models are not there while apps load

        found = sequencer.newest_unsealed()
        new = bool(found - self._seen)
        if new:
            runs.ask(SEAL, now)
        self._seen = found  # only once it was asked for: a database that is away is asked again
        return new


def ask_for_seal() -> None:
    """Ask for the seal that an act outside waits for."""
    from selfimprove import runs  # the queue's models are not there while apps load

    runs.ask(SEAL, timezone.now())


def join() -> None:
    """Start to follow the log."""
    follow.subscribe(wake)
    follow.seal_on_nudge(ask_for_seal)
