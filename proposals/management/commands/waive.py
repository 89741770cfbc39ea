"""Waive one finding of a proposal's check, for a while and with a reason."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from proposals import waiving
from proposals.decision import FourEyes
from proposals.models import Proposal
from validation.models import Finding
from validation.waiving.acts import DAYS, MOST_DAYS, CannotWaive, Wish


class Command(BaseCommand):
    """Do what the button beside a finding does; without --finding, list what could be waived."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the proposal, the finding, and who waives it why for how long."""
        parser.add_argument("proposal", help="the proposal's id")
        parser.add_argument("--finding", type=int, metavar="N", help="the finding's number")
        parser.add_argument("--reason", default="", help="why it is no danger here")
        parser.add_argument("--days", type=int, default=DAYS, help=f"at most {MOST_DAYS}")
        parser.add_argument("--by", default="", metavar="NAME", help="the person who waives it")

    def handle(self, **options: Any) -> None:
        """Waive it, or say what could be."""
        proposal = _found(options["proposal"])
        if options["finding"] is None:
            self._list(proposal)
            return
        person = User.objects.filter(username=options["by"]).first()
        if person is None:
            raise CommandError("Say with --by which of the people known here waives it.")
        wish = Wish(options["reason"], options["days"])
        try:
            waiver = waiving.waive(
                proposal, options["finding"], wish, person=person, at=timezone.now()
            )
        except (CannotWaive, FourEyes, PermissionDenied) as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        self.stdout.write(
            f"Waiver #{waiver.pk} holds until {waiver.until:%Y-%m-%d %H:%M} UTC."
            " The change is checked again by the next tick."
        )

    def _list(self, proposal: Proposal) -> None:
        rows = Finding.objects.filter(result__report=proposal.report, refuses=True)
        open_rows = rows.exclude(bound="").select_related("result").order_by("pk")
        for one in open_rows:
            self.stdout.write(
                f"#{one.pk}  {one.result.gate}  {one.path}:{one.line or ''}  {one.message}"
            )
        if not open_rows:
            self.stdout.write("Nothing that the newest check refuses can be waived.")


def _found(name: str) -> Proposal:
    try:
        return Proposal.objects.select_related("report").get(pk=uuid.UUID(name))
    except ValueError as error:
        raise CommandError(f"{name!r} is not the id of a proposal.") from error
    except Proposal.DoesNotExist as error:
        raise CommandError(f"There is no proposal {name}.") from error
