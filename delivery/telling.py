"""How does what a delivery does come onto the log, and its state with it?"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from audit.events import Event
from audit.log import Actor, record
from audit.models import Transition
from audit.ties.matching import last_of
from delivery.models import STATE, Delivery

OURSELVES = Actor.system("delivery")


def entry(
    event: Event,
    delivery: Delivery,
    *,
    at: datetime,
    actor: Actor = OURSELVES,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    cites: tuple[UUID | None, ...] = (),
    transition: Transition | None = None,
) -> UUID:
    """Record one act of a delivery, citing the approval it rests on; return the entry's uid."""
    return record(
        event,
        actor=actor,
        subject=STATE.subject(delivery.pk),
        at=at,
        target=delivery.target.slug,
        reason=reason,
        texts={"title": delivery.proposal.title},
        facts={"proposal": str(delivery.proposal_id), **(facts or {})},
        cites=[uid for uid in (delivery.approval_uid, *cites) if uid],
        transition=transition,
    ).uid


def go(
    delivery: Delivery,
    write: Callable[..., object],
    columns: Mapping[str, object],
    event: Event = Event.DELIVERY_MOVED,
    *,
    at: datetime,
    actor: Actor = OURSELVES,
    reason: str = "",
    cites: tuple[UUID | None, ...] = (),
) -> None:
    """Write where a delivery stands now, with what else changes, and the entry that says so."""
    write(**columns, version=F("version") + 1, last_transition=uuid.uuid4())
    delivery.refresh_from_db(fields=[*STATE.columns, "version", "last_transition"])
    before = last_of(STATE, delivery.pk)
    facts = {"plan": delivery.plan.lower(), "stage": delivery.stage}
    if delivery.outcome:
        facts = {"outcome": delivery.outcome}
    source = before.destination if before else ""
    entry(
        event,
        delivery,
        at=at,
        actor=actor,
        reason=reason,
        facts=facts,
        cites=cites,
        transition=tied(delivery, source),
    )


def tied(delivery: Delivery, source: str) -> Transition:
    """Return the transition that a row which has moved already names, for its entry to carry."""
    return Transition(
        uid=delivery.last_transition_id,
        version=delivery.version,
        source=source,
        destination=STATE.state(delivery),
    )
