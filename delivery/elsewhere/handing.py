"""What is a deployer elsewhere asked for, and how does that stand?"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from audit.events import Event
from delivery import telling
from delivery.elsewhere.records import UNDERWAY, Handed, Handover
from delivery.models import Delivery, Plan
from ports.addresses import is_loopback
from ports.deployer import PermanentError
from targets.manifest import Webhook


class Outrun(Exception):
    """The delivery went on without whoever wanted to hand this over."""


@dataclass(frozen=True)
class Order:
    """Say which commit the system is brought to, from which, and what that calls for."""

    commit: str
    before: str
    steps: Sequence[str]


def current(delivery: Delivery) -> Handover | None:
    """Return what was handed over in the present plan and is not done with."""
    found = delivery.handovers.filter(plan=delivery.plan).order_by("-attempt").first()
    if found is None or delivery.plan == Plan.FORWARD or found.state == Handed.SUCCEEDED:
        return found
    # The way forward is deployed once. The way back is tried again, as it must come to its end.
    return None if found.told else found


def opened(delivery: Delivery, webhook: Webhook, order: Order, now: datetime) -> Handover:
    """Write down what will be asked for, before anybody is; what was asked before is replaced."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
        if (row.plan, row.stage, row.outcome) != (delivery.plan, delivery.stage, ""):
            raise Outrun(f"Delivery #{delivery.pk} is not at its {delivery.stage_words} any more.")
        before = row.handovers.filter(state__in=UNDERWAY)
        before.update(state=Handed.REPLACED, ended_at=now, told=True)
        seconds = min(
            webhook.timeout_seconds, settings.SELFIMPROVE.delivery.deploy_timeout_seconds
        )
        made = Handover.objects.create(
            uid=uuid.uuid4(),
            delivery=row,
            plan=row.plan,
            attempt=row.handovers.filter(plan=row.plan).count() + 1,
            address=webhook.url,
            commit=order.commit,
            made_at=now,
            deadline_at=now + timedelta(seconds=seconds),
        )
        made.body = _body(made, delivery, order)
        made.save(update_fields=["body"])
        facts = {"deployment": str(made.uid), "commit": made.commit, "attempt": made.attempt}
        telling.entry(Event.DELIVERY_HANDED_OVER, delivery, at=now, facts=facts)
    return made


def end(handover: Handover, state: Handed, now: datetime, words: str) -> bool:
    """Say how it ended, once; return whether it was still underway."""
    with transaction.atomic():
        mine = Handover.objects.filter(pk=handover.pk, state__in=UNDERWAY)
        if not mine.update(state=state, ended_at=now, detail=words):
            return False
        handover.refresh_from_db()
        telling.entry(
            Event.DELIVERY_REPORTED,
            handover.delivery,
            at=now,
            reason=words,
            facts={"deployment": str(handover.uid), "state": str(state)},
        )
    return True


def callback(uid: uuid.UUID, asked: str) -> str:
    """Return the address that the deployer reports to; raise PermanentError when it has none."""
    found = settings.SELFIMPROVE
    place = found.delivery.callback_url
    if not place:
        if not is_loopback(asked):
            raise PermanentError(
                "delivery.callback_url is not set: a deployer elsewhere could not report back."
                " Set it to the https:// address under which it reaches this installation"
            )
        place = f"http://127.0.0.1:{found.web.port}"
    return place + reverse("deployment-hook", args=[uid])


def _body(handover: Handover, delivery: Delivery, order: Order) -> str:
    target = delivery.target
    asked = {
        "deployment": str(handover.uid),
        "order": handover.pk,  # a later one replaces all that are smaller
        "delivery": delivery.pk,
        "attempt": handover.attempt,
        "target": target.slug,
        "branch": target.branch,
        "commit": order.commit,
        "before": order.before,
        "takes_back": delivery.plan != Plan.FORWARD,
        "steps": list(order.steps),
        "ends_by": handover.deadline_at.isoformat(),
        "callback": callback(handover.uid, handover.address),
    }
    made = handover.made_at.isoformat()
    return json.dumps({"type": "deployment.requested", "timestamp": made, "data": asked})
