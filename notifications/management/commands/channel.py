"""Which channels are there, and how does one come, go and show that it works, from a shell?"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notifications import channels, showing
from notifications.channels import BadChannel, Wish
from notifications.kinds import KINDS
from notifications.models import Channel
from notifications.rules import GRADES
from ports.notifier.choosing import KINDS as PLACES
from ports.signed import drawn

DOOR = {"door": "terminal"}


class Command(BaseCommand):
    """Do what the page of notifications does; the log says that it was done here."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take an act and what it needs."""
        acts = parser.add_subparsers(dest="act", required=True)
        told = acts.add_parser("list", help="the channels and how each is")
        told.add_argument("--json", action="store_true", help="print JSON")
        _add_wish(acts.add_parser("add", help="have a place told; its address is read from stdin"))
        fresh = acts.add_parser("secret", help="print a new secret of a webhook, once")
        fresh.add_argument("name", help="the channel's name")
        fresh.add_argument("--overlap-hours", type=float, default=24.0,
                           help="how long the old one signs as well (24)")  # fmt: skip
        _add_person(fresh)
        for name, what in (
            ("test", "send a test"),
            ("off", "tell it nothing for now"),
            ("on", "tell it again"),
            ("remove", "give it up for good"),
        ):
            one = acts.add_parser(name, help=what)
            one.add_argument("name", help="the channel's name")
            _add_person(one)

    def handle(self, **options: Any) -> None:
        """Do it, and print what is so now."""
        if options["act"] == "list":
            self._list(options["json"])
            return
        if options["act"] in ("add", "secret"):
            self._issue(options)
            return
        act: Callable[[dict[str, Any]], str] = {
            "test": _tested,
            "on": _switched,
            "off": _switched,
            "remove": _removed,
        }[options["act"]]
        try:
            self.stdout.write(act(options))
        except (BadChannel, PermissionDenied) as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal

    def _issue(self, options: dict[str, Any]) -> None:
        """Print a secret alone on standard output, so that it can be piped into a store."""
        try:
            said, secret = (_added if options["act"] == "add" else _renewed)(options)
        except (BadChannel, PermissionDenied) as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        if not secret:
            self.stdout.write(said)
            return
        self.stderr.write(f"{said} Its secret is shown once; nobody can show it again.")
        self.stdout.write(secret)

    def _list(self, as_json: bool) -> None:
        rows = [_plain(channel) for channel in showing.channels()]
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            hears = ", ".join(row["kinds"]) or "everything"
            self.stdout.write(
                f"{row['name']}  {row['state'].lower()}  {row['place']} {row['shown']}"
                f"  hears {hears} from {row['least']} on"
                + (f"  {row['last_failure']}" if row["last_failure"] else "")
            )
        if not rows:
            self.stdout.write("Nobody outside is told: add a channel.")


def _add_wish(parser: ArgumentParser) -> None:
    parser.add_argument("--name", required=True)
    parser.add_argument("--place", required=True, choices=PLACES)
    parser.add_argument(
        "--address-from", default="", metavar="NOTIFY_…", help="a variable instead"
    )
    parser.add_argument("--kind", action="append", default=[], choices=tuple(KINDS))
    parser.add_argument("--least", default="low", choices=GRADES)
    parser.add_argument("--target", action="append", default=[], help="a short name")
    parser.add_argument("--quiet", default="", metavar="22:00-07:00", help="the team's own time")
    _add_person(parser)


def _add_person(parser: ArgumentParser) -> None:
    parser.add_argument("--by", required=True, metavar="NAME", help="the person who does it")


def _added(options: dict[str, Any]) -> tuple[str, str]:
    begins, ends = _quiet(options["quiet"])
    variable = options["address_from"]
    wish = Wish(
        name=options["name"],
        place=options["place"],
        # Not from the command line: whoever lists the processes would read it.
        address=f"env:{variable}" if variable else sys.stdin.readline(),
        kinds=tuple(options["kind"]),
        least=options["least"],
        targets=tuple(options["target"]),
        quiet_from=begins,
        quiet_to=ends,
    )
    person, secret = _person(options["by"]), drawn()
    made = channels.add(wish, person=person, at=timezone.now(), door=DOOR, secret=secret)
    said = f"{made.name} hears of what happens from now on ({made.shown})."
    return said, secret if made.signing else ""


def _renewed(options: dict[str, Any]) -> tuple[str, str]:
    channel, person, hours = (
        _found(options["name"]),
        _person(options["by"]),
        options["overlap_hours"],
    )
    try:
        overlap = timedelta(hours=hours)
    except (OverflowError, ValueError) as error:
        raise BadChannel(f"--overlap-hours {hours}: that is no time.") from error
    made = channels.renew(channel, overlap=overlap, person=person, at=timezone.now(), door=DOOR)
    alone = "signs with the new secret alone"
    both = f"signs with both its secrets for {hours:g} hours"
    return f"{channel.name} {both if made.until else alone}.", made.secret


def _tested(options: dict[str, Any]) -> str:
    channel, person = _found(options["name"]), _person(options["by"])
    if why := channels.try_out(channel, person=person, at=timezone.now(), door=DOOR):
        raise CommandError(f"The test did not reach {channel.name}: {why}.")
    return f"{channel.name} took the test."


def _switched(options: dict[str, Any]) -> str:
    channel, on = _found(options["name"]), options["act"] == "on"
    person = _person(options["by"])
    channels.switch(channel, on=on, person=person, at=timezone.now(), door=DOOR)
    return f"{channel.name} is {options['act']}."


def _removed(options: dict[str, Any]) -> str:
    channel, person = _found(options["name"]), _person(options["by"])
    channels.remove(channel, person=person, at=timezone.now(), door=DOOR)
    return f"{channel.name} was removed."


def _quiet(given: str) -> tuple[time | None, time | None]:
    if not given:
        return None, None
    begins, _, ends = given.partition("-")
    try:
        return time.fromisoformat(begins), time.fromisoformat(ends)
    except ValueError as error:
        raise BadChannel(f"--quiet {given}: write it like 22:00-07:00.") from error


def _found(name: str) -> Channel:
    found = showing.channels().filter(name=name).first()
    if found is None:
        raise CommandError(f"There is no channel {name!r}; see `channel list`.")
    return found


def _person(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"Nobody here is called {name!r}: say with --by who does it.")
    return found


def _plain(channel: Channel) -> dict[str, Any]:
    sent, failed = channel.last_sent_at, channel.last_failed_at
    return {
        "name": channel.name,
        "place": channel.place,
        "shown": channel.shown,
        "state": channel.state[1],
        "kinds": channel.kinds,
        "least": channel.least,
        "targets": channel.targets,
        "last_sent_at": sent.isoformat() if sent else None,
        "last_failed_at": failed.isoformat() if failed else None,
        "last_failure": channel.last_failure,
    }
