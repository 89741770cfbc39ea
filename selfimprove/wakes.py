"""Which audit event wakes which tick, so that people never wait for a clock."""

from django.utils import timezone

from audit import follow
from audit.anchors import due
from audit.events import Event

WAKES: dict[Event, tuple[str, ...]] = {
    Event.PATTERN_FOUND: ("evaluation.look",),
    Event.PATTERN_REOPENED: ("evaluation.look",),
    Event.PATTERN_RETURNED: ("evaluation.look",),
    Event.PATTERN_RECURRED: ("evaluation.look",),
    Event.LOG_VERIFICATION_ASKED: ("audit.verify",),
    Event.TARGET_ADDED: ("targets.refresh",),
    Event.TARGET_CHANGED: ("targets.refresh",),
    Event.SOURCE_ADDED: ("telemetry.collect",),
    Event.SOURCE_RESUMED: ("telemetry.collect",),
    Event.EVENTS_IMPORT_ASKED: ("telemetry.bring_in",),
    Event.PROPOSAL_CREATED: ("proposals.check", "proposals.publish"),
    Event.PROPOSAL_REWORDED: ("proposals.check",),
    Event.PROPOSAL_APPROVED: ("delivery.deliver", "proposals.publish"),
    Event.PROPOSAL_REJECTED: ("proposals.publish",),
    Event.PROPOSAL_PR_OPENED: ("proposals.publish",),
    Event.PROPOSAL_IMPLEMENTED: ("proposals.publish",),
    Event.PROPOSAL_REVERTED: ("proposals.publish",),
    Event.PROPOSAL_FAILED: ("proposals.publish",),
    Event.PROPOSAL_SUPERSEDED: ("proposals.publish",),
    Event.DELIVERY_REVERT_REQUESTED: ("delivery.deliver",),
    Event.DELIVERY_ENDED: (
        "evaluation.learn",
        "delivery.deliver",
        "targets.refresh",
        "proposals.supersede",
    ),
    Event.LOOP_RESUMED: ("delivery.deliver", "proposals.check", "evaluation.look"),
}
SEAL = "audit.seal"
PUBLISH = "audit.publish"
WAKES |= {event: (*WAKES.get(event, ()), PUBLISH) for event in due.IMPORTANT}


def wake(event: Event, subject: str) -> None:
    """Ask for the ticks that this event concerns; every entry wants its seal."""
    from selfimprove import runs  # the queue's models are not there while apps load

    now = timezone.now()
    for name in (*WAKES.get(event, ()), SEAL):
        runs.ask(name, now)


def ask_for_seal() -> None:
    """Ask for the seal that an act outside waits for."""
    from selfimprove import runs  # the queue's models are not there while apps load

    runs.ask(SEAL, timezone.now())


def join() -> None:
    """Start to follow the log."""
    follow.subscribe(wake)
    follow.seal_on_nudge(ask_for_seal)
