"""What are people told of, how grave is it, and which entry of the log says that it happened?

A closed table: what is not here is told to nobody. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from audit.events import Event

Once = Literal["subject", "text", "day", "entry", "share"]
OWN = ""  # as grave as the proposal that it is about
DECIDE = "proposals.decide_proposal"
REVISE = "proposals.add_proposal"
REVERT = "delivery.revert_delivery"
PAUSE = "selfimprove.pause_loop"
BUDGET = "personas.change_budget"
VERIFY = "audit.verify_log"


@dataclass(frozen=True)
class Kind:
    """Describe one kind of news."""

    name: str
    words: str
    severity: str  # or OWN
    asks: str = ""  # the permission of those for whom it waits; nobody has to act on the others
    open_only: bool = False  # of no interest once its proposal is decided
    least: str = "low"  # where its severity is its proposal's
    page: str = ""  # to which it leads where its subject has no page


@dataclass(frozen=True)
class Case:
    """Say which kind an entry is, given its facts, and what makes two of them the same."""

    kind: str
    once: Once
    when: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("proposal_waits", "A proposal awaits review", OWN, DECIDE, open_only=True),
        Kind("reminder", "A proposal still waits", OWN, DECIDE, open_only=True),
        Kind("escalation", "A proposal waits for too long", OWN, REVERT, True, least="high"),
        Kind("expiry", "A proposal ended: nobody decided it", "medium"),
        Kind("asked_again", "An approval ended: people are asked again", OWN, DECIDE, True),
        Kind("changes_requested", "Changes are requested of a proposal", OWN, REVISE, True),
        Kind("revision_failed", "A revision came to nothing: the request stands", OWN, DECIDE,
             True),
        Kind("announced", "A proposal will be approved that nobody has read", "critical", DECIDE),
        Kind("standing_suspended", "A standing approval was suspended", "high",
             "proposals.grant_standing", page="standing:list"),
        Kind("delivery_failed", "A delivery failed", "high"),
        Kind("delivery_reverted", "A change was taken back", "high"),
        Kind("delivery_needs_person", "A delivery needs a person", "critical", REVERT),
        Kind("watch_asks", "An effect is unclear: keep the change or revert it", "high", REVERT),
        Kind("loop_paused", "The loop was paused", "critical", page="settings"),
        Kind("loop_resumed", "The loop goes on", "high", page="settings"),
        Kind("budget_half", "Half of a budget is used", "low", page="personas:spending"),
        Kind("budget_nearly", "A budget is nearly used", "medium", page="personas:spending"),
        Kind("budget_reached", "A budget is reached", "critical", BUDGET,
             page="personas:spending"),
        Kind("log_unsound", "The log did not pass its verification", "critical", VERIFY,
             page="audit:log"),
        Kind("log_contradicted", "The log, its guards or what is published do not fit", "critical",
             VERIFY, page="audit:log"),
        Kind("log_late", "The log is published late", "high", VERIFY, page="audit:log"),
        Kind("run_failed", "A tick of the clock failed", "high", PAUSE, page="settings"),
        Kind("channel_silent", "A message was given up", "high", "notifications.set_channels",
             page="notifications:page"),
    )
}  # fmt: skip

CASES: Mapping[Event, tuple[Case, ...]] = {
    Event.PROPOSAL_CREATED: (Case("proposal_waits", "subject"),),
    Event.PROPOSAL_REMINDED: (Case("reminder", "text"),),
    Event.PROPOSAL_ESCALATED: (Case("escalation", "text"),),
    Event.PROPOSAL_SUPERSEDED: (Case("expiry", "subject", {"expired": (True,)}),),
    Event.PROPOSAL_LAPSED: (Case("asked_again", "entry"),),
    Event.PROPOSAL_CHANGES_REQUESTED: (Case("changes_requested", "entry"),),
    Event.PROPOSAL_REVISION_FAILED: (Case("revision_failed", "entry"),),
    Event.PROPOSAL_ANNOUNCED: (Case("announced", "entry"),),
    Event.STANDING_SUSPENDED: (Case("standing_suspended", "entry"),),
    Event.DELIVERY_ENDED: (
        Case("delivery_failed", "subject", {"outcome": ("FAILED", "TIMED_OUT")}),
        Case("delivery_reverted", "subject", {"outcome": ("REVERTED",)}),
    ),
    Event.DELIVERY_ALARMED: (Case("delivery_needs_person", "subject"),),
    Event.LOOP_PAUSED: (Case("loop_paused", "entry"),),
    Event.LOOP_RESUMED: (Case("loop_resumed", "entry"),),
    Event.BUDGET_ALERTED: (
        Case("budget_half", "share", {"percent": (50,)}),
        Case("budget_nearly", "share", {"percent": (80,)}),
        Case("budget_reached", "share", {"percent": (100,)}),
    ),
    Event.LOG_VERIFIED: (Case("log_unsound", "entry", {"ok": (False,)}),),
    Event.LOG_ANCHOR_CONFLICT: (Case("log_contradicted", "day"),),
    Event.LOG_UNGUARDED: (Case("log_contradicted", "day"),),
    Event.LOG_QUARANTINED: (Case("log_contradicted", "day"),),
    Event.LOG_ENTRY_GONE: (Case("log_contradicted", "day"),),
    Event.RUN_FAILED: (Case("run_failed", "day"),),
    Event.NOTIFICATION_GIVEN_UP: (Case("channel_silent", "day"),),
}


def case_of(event: Event, facts: Mapping[str, Any]) -> Case | None:
    """Find the kind of news that an entry is; most are none."""
    for case in CASES.get(event, ()):
        if all(facts.get(name) in values for name, values in case.when.items()):
            return case
    return None
