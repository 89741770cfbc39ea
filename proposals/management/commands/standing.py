"""List, grant, confirm and revoke standing approvals."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from proposals.decision import FourEyes
from proposals.standing import acts, listing
from proposals.standing.acts import NotPossible
from proposals.standing.records import StandingApproval
from proposals.standing.rules import ENGINES, HIGHEST, Bounds
from proposals.standing.wishes import MOST_DAYS, CannotGrant, Wish
from targets.models import Target

DOOR = {"door": "terminal"}


class Command(BaseCommand):
    """Do what the page of standing approvals does; the log says that it was done here."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take an act and what it needs."""
        acts_ = parser.add_subparsers(dest="act", required=True)
        told = acts_.add_parser("list", help="what stands, and what stood")
        told.add_argument("--target", default="", help="the target's short name")
        told.add_argument("--state", default="", choices=("", *listing.STATES))
        told.add_argument("--json", action="store_true", help="print JSON")
        _add_grant(acts_.add_parser("grant", help="allow changes within bounds"))
        for name, what in (("confirm", "bring one into force"), ("revoke", "end one for good")):
            one = acts_.add_parser(name, help=what)
            one.add_argument("number", type=int)
            _add_person(one)
            if name == "revoke":
                one.add_argument("--reason", required=True, help="why it ends")

    def handle(self, **options: Any) -> None:
        """Do it, and print what is so now."""
        now = timezone.now()
        if options["act"] == "list":
            self._list(options, now)
            return
        done: Callable[[dict[str, Any], datetime], StandingApproval] = {
            "grant": _granted,
            "confirm": _confirmed,
            "revoke": _revoked,
        }[options["act"]]
        try:
            approval = done(options, now)
        except (CannotGrant, FourEyes, NotPossible, PermissionDenied) as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        self.stdout.write(f"Standing approval #{approval.pk}: {approval.state(now).lower()}.")

    def _list(self, options: dict[str, Any], now: datetime) -> None:
        found = listing.of_state(listing.ROWS, options["state"], now)
        if options["target"]:
            found = found.filter(target__slug=options["target"])
        rows = [listing.plain(one, now) for one in found]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            people = " and ".join(
                name for name in (row["granted_by"], row["confirmed_by"]) if name
            )
            self.stdout.write(
                f"#{row['id']}  {row['state']}  {row['target']}  {', '.join(row['paths'])}"
                f"  {people} until {row['until'][:16]}, let {len(row['let_through'])} through"
            )
        if not rows:
            self.stdout.write("Nothing is approved that no person has read.")


def _add_grant(parser: ArgumentParser) -> None:
    parser.add_argument("--target", required=True, help="the target's short name")
    parser.add_argument("--path", action="append", default=[], help="a glob; may be repeated")
    parser.add_argument("--risk", choices=HIGHEST, default="low", help="the highest blast radius")
    parser.add_argument("--files", type=int, required=True, help="most files of a change")
    parser.add_argument("--lines", type=int, required=True, help="most changed lines")
    parser.add_argument("--per-day", type=int, required=True, help="most within 24 hours")
    parser.add_argument("--days", type=int, required=True, help=f"at most {MOST_DAYS}")
    parser.add_argument("--engine", action="append", default=[], choices=ENGINES)
    parser.add_argument("--unproven", action="store_true", help="not only what is proven improved")
    parser.add_argument("--reason", required=True, help="why no person needs to read these")
    _add_person(parser)


def _add_person(parser: ArgumentParser) -> None:
    parser.add_argument("--by", required=True, metavar="NAME", help="the person who does it")


def _granted(options: dict[str, Any], now: datetime) -> StandingApproval:
    target = Target.objects.filter(slug=options["target"]).first()
    if target is None:
        raise CommandError(f"There is no target {options['target']!r}; see `target list`.")
    bounds = Bounds(
        risk=options["risk"],
        most_files=options["files"],
        most_lines=options["lines"],
        most_per_day=options["per_day"],
        paths=tuple(options["path"]),
        engines=tuple(options["engine"] or ENGINES[:1]),
        proven=not options["unproven"],
    )
    wish = Wish(bounds, options["reason"], options["days"])
    return acts.grant(target, wish, person=_person(options["by"]), at=now, door=DOOR)


def _confirmed(options: dict[str, Any], now: datetime) -> StandingApproval:
    person = _person(options["by"])
    return acts.confirm(_found(options["number"]), person=person, at=now, door=DOOR)


def _revoked(options: dict[str, Any], now: datetime) -> StandingApproval:
    person, reason = _person(options["by"]), options["reason"]
    return acts.revoke(_found(options["number"]), person=person, at=now, reason=reason, door=DOOR)


def _found(number: int) -> StandingApproval:
    found = listing.ROWS.filter(pk=number).first()
    if found is None:
        raise CommandError(f"There is no standing approval #{number}; see `standing list`.")
    return found


def _person(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"Nobody here is called {name!r}: say with --by who does it.")
    return found
