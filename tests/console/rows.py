"""How does a test of the pages get deliveries, heartbeats and entries?"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from delivery.models import Delivery, Watch
from proposals.models import Proposal, Status
from selfimprove.models import Heartbeat
from targets.models import Target
from tests.factories import NOW, make_proposal
from tests.tied import born


def make_delivery(
    target: Target, *, status: str = Status.PR_OPEN, at: datetime = NOW, **fields: Any
) -> Delivery:
    """Carry a new approved proposal as far as the fields say."""
    title = fields.pop("title", f"Change {uuid.uuid4().hex[:6]}")
    proposal: Proposal = make_proposal(target, status=status, title=title, at=at)
    row: dict[str, Any] = {
        "stage": "validate",
        "started_at": at,
        "deadline_at": at + timedelta(days=1),
        "next_step_at": at,
    }
    return born(Delivery(proposal=proposal, target=target, **(row | fields)))


def make_watch(delivery: Delivery, *, at: datetime = NOW, **fields: Any) -> Watch:
    """Start the watch of a delivery."""
    return Watch.objects.create(delivery=delivery, started_at=at, **fields)


def beat(at: datetime) -> None:
    """Let a worker show that it lives."""
    Heartbeat.objects.update_or_create(host="box", defaults={"at": at, "pid": 1})


def enter(
    event: Event, subject: str, *, reason: str = "", at: datetime = NOW, target: str = ""
) -> Entry:
    """Record one act."""
    with transaction.atomic():
        return record(
            event,
            actor=Actor.system("test"),
            subject=subject,
            at=at,
            reason=reason,
            target=target,
        )
