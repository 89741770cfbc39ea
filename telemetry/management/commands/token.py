"""Which command makes, lists, exchanges and takes away the tokens that agents hand in with?"""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import HANDING_IN, Scope, Token

ACTOR = Actor.system("command")


class Command(BaseCommand):
    """Create, list, rotate or revoke tokens; a new one is printed once."""

    help = "Make, list, rotate and revoke the tokens with which agents hand in events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one form per act."""
        acts = parser.add_subparsers(dest="act", required=True)
        create = acts.add_parser("create", help="make a token and print it, once")
        create.add_argument("--target", required=True, help="the target's short name")
        create.add_argument("--name", required=True, help="who will use it")
        create.add_argument("--scope", action="append", choices=Scope.values, default=[],
                            help="what it opens; all that hands in unless given")  # fmt: skip
        create.add_argument("--person", help="in whose name it reads proposals, decides about them"
                            " or starts evaluations; the person's permissions hold")  # fmt: skip
        create.add_argument("--days", type=int, help="how long it lasts; for ever unless given")
        shown = acts.add_parser("list", help="show the tokens, never their secrets")
        shown.add_argument("--target", help="those of one target")
        shown.add_argument("--json", action="store_true", help="print JSON")
        rotate = acts.add_parser("rotate", help="print a successor; the old one opens for a while")
        rotate.add_argument("number", type=int, help="the token's number, see `token list`")
        rotate.add_argument("--grace-hours", type=float, default=24.0,
                            help="how long the old one still opens (24)")  # fmt: skip
        revoke = acts.add_parser("revoke", help="take a token away, at once and for good")
        revoke.add_argument("number", type=int, help="the token's number, see `token list`")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one act that was asked for."""
        acts = {"create": self.create, "list": self.show, "rotate": self.rotate}
        acts.get(options["act"], self.revoke)(options)

    def create(self, options: dict[str, Any]) -> None:
        """Make a token."""
        target = Target.objects.filter(slug=options["target"]).first()
        if target is None:
            raise CommandError(f"There is no target {options['target']}; see `target list`.")
        now = timezone.now()
        try:
            issued = tokens.issue(
                target,
                name=options["name"],
                scopes=options["scope"] or HANDING_IN,
                actor=ACTOR,
                at=now,
                expires_at=_end(options["days"]),
                person=_person(options["person"]),
            )
        except tokens.BadToken as error:
            raise CommandError(str(error)) from error
        self._tell(issued)

    def rotate(self, options: dict[str, Any]) -> None:
        """Exchange a token."""
        try:
            grace = timedelta(hours=options["grace_hours"])
            issued = tokens.rotate(
                _token(options["number"]), grace=grace, actor=ACTOR, at=timezone.now()
            )
        except (tokens.BadToken, OverflowError, ValueError) as error:
            raise CommandError(f"token {options['number']}: {error}") from error
        self._tell(issued)

    def revoke(self, options: dict[str, Any]) -> None:
        """Take a token away."""
        token = _token(options["number"])
        done = tokens.revoke(token, actor=ACTOR, at=timezone.now())
        self.stdout.write(f"Revoked {token}." if done else f"{token} was revoked before.")

    def show(self, options: dict[str, Any]) -> None:
        """List the tokens."""
        found = Token.objects.select_related("target", "person").order_by("target__slug", "pk")
        if options["target"]:
            found = found.filter(target__slug=options["target"])
        rows = [_row(token) for token in found]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            used = f"used {row['last_used_at'] or 'never'}"
            words = (str(row["number"]), row["target"], row["start"] + "…", row["state"],
                     ",".join(row["scopes"]), used, row["name"])  # fmt: skip
            self.stdout.write("  ".join(words))

    def _tell(self, issued: tokens.Issued) -> None:
        """Print the secret alone on standard output, so that it can be piped into a store."""
        number = issued.token.pk
        self.stderr.write(f"Token {number} is shown once; nobody can show it again.")
        self.stdout.write(issued.secret)


def _token(number: int) -> Token:
    found = Token.objects.select_related("target").filter(pk=number).first()
    if found is None:
        raise CommandError(f"There is no token {number}; `token list` shows them.")
    return found


def _person(name: str | None) -> User | None:
    if name is None:
        return None
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise CommandError(f"--person: there is no open account {name}")
    return found


def _end(days: int | None) -> Any:
    if days is None:
        return None
    try:
        return timezone.now() + timedelta(days=days)
    except OverflowError:
        raise CommandError("--days: that is longer than time lasts") from None


def _row(token: Token) -> dict[str, Any]:
    return {
        "number": token.pk,
        "target": token.target.slug,
        "name": token.name,
        "person": token.person.get_username() if token.person else None,
        "start": token.start,
        "scopes": token.scopes,
        "state": state_of(token),
        "expires_at": token.expires_at and token.expires_at.isoformat(),
        "last_used_at": token.last_used_at and token.last_used_at.isoformat(timespec="seconds"),
    }


def state_of(token: Token) -> str:
    """Say in one word whether a token opens."""
    if token.revoked_at:
        return "revoked"
    if not token.is_open(timezone.now()):
        return "expired"
    return "rotated" if token.replaced_by_id else "open"
