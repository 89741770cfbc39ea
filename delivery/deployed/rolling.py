"""How does a target go back to what ran after one of its deliveries?"""

from datetime import datetime

from django.db import transaction

from audit.log import Actor
from delivery import revert
from delivery.deployed import history
from delivery.models import Delivery
from targets.models import Target


class NothingLater(Exception):
    """There is nothing to go back from, or nothing to go back to."""


def roll_back(to: Delivery, *, actor: Actor, reason: str, at: datetime) -> list[Delivery]:
    """Ask for everything that was deployed later to be taken back, all of it or nothing.

    The newest is taken back first, by the rule of who may act on a target (`claims`).
    Raises NothingLater or ReasonMissing, and then changes nothing.
    """
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=to.target_id)
        current = Delivery.objects.select_related("target").get(pk=to.pk)
        if not history.stands(current):
            raise NothingLater(
                f"Delivery #{to.pk} does not run: it was not deployed, or was taken back."
            )
        rows = history.later(current)
        if not rows:
            raise NothingLater(f"Nothing was deployed after delivery #{to.pk} that still runs.")
        words = f"Back to delivery #{to.pk}: {reason.strip()}" if reason.strip() else ""
        return [revert.request(row, actor=actor, reason=words, at=at) for row in rows]
