"""Take a delivered change back by hand."""

import getpass
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.log import Actor
from delivery import revert
from delivery.models import Delivery


class Command(BaseCommand):
    """Ask for a delivery, named by its number or its proposal's id, to be taken back."""

    help = "Take a delivered change back: git revert of its merge, then the deploy steps again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the delivery and the reason."""
        parser.add_argument("delivery", help="number of the delivery, or id of its proposal")
        parser.add_argument("--reason", required=True, help="stays with the proposal")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for it and say what will happen."""
        delivery = _find(options["delivery"])
        actor = Actor("person", getpass.getuser())
        try:
            revert.request(delivery, actor=actor, reason=options["reason"], at=timezone.now())
        except (revert.NothingToTakeBack, revert.ReasonMissing) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Delivery #{delivery.pk} is being taken back by the next tick.")


def _find(name: str) -> Delivery:
    """Find a delivery by number or by proposal."""
    rows = Delivery.objects.all()
    try:
        found = (
            rows.filter(pk=int(name)) if name.isdigit() else rows.filter(proposal=uuid.UUID(name))
        )
    except ValueError as error:
        raise CommandError(f"{name!r} is neither a number nor the id of a proposal.") from error
    delivery = found.first()
    if delivery is None:
        raise CommandError(f"There is no delivery {name}.")
    return delivery
