"""Who calls a tool, and may they: by the token alone, under its person's permissions?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from telemetry.doors import tokens
from telemetry.doors.models import Scope, Token

DOOR, API = "mcp", "api"
# How a caller of each door lists proposals and reads one.
WAYS = {
    DOOR: ("list_proposals", "show"),
    API: ("GET /api/proposals", "GET /api/proposals/<id>"),
}
WHERE = "The page /mcp/ makes tokens and says what each may do."


class Refused(Exception):
    """A call is not answered; the words say what is wrong, where, and what to do."""

    status = 422  # as HTTP would say it


class MayNot(Refused):
    """The person in whose name it is lacks a permission, or the token has gone."""

    status = 403


class NotThere(Refused):
    """The token reaches nothing of that name."""

    status = 404


class NotPossible(Refused):
    """What is asked for does not go together with how things stand."""

    status = 409


@dataclass(frozen=True)
class Caller:
    """Hold the token of one call; it was good a moment ago."""

    token: Token
    door: str = DOOR

    @property
    def lists(self) -> str:
        """Say how this caller lists proposals."""
        return WAYS[self.door][0]

    @property
    def reads(self) -> str:
        """Say how this caller reads one."""
        return WAYS[self.door][1]

    @property
    def person(self) -> User:
        """Return in whose name it acts."""
        if self.token.person is None:
            raise MayNot(f"The token acts in nobody's name. {WHERE}")
        return self.token.person

    @property
    def stated(self) -> dict[str, object]:
        """Say for the log by which door and token an act came."""
        return {"door": self.door, "token": self.token.pk, "token_start": self.token.start}


def enter(secret: str, scope: Scope, now: datetime, *, may: Collection[str] = ()) -> Caller:
    """Return who calls; raise Refused when the token or its person may not."""
    if not secret:
        raise Refused(f"There is no token: send one as Authorization: Bearer sit_… {WHERE}")
    try:
        token = tokens.admit(secret, scope, now)
    except tokens.WrongScope as error:
        raise Refused(f"{error} {WHERE}") from error
    except tokens.NotOpen as error:
        raise Refused(f"{error} {WHERE}") from error
    tokens.note_use(token, now)
    caller = Caller(token)
    ensure_permitted(caller, may)
    return caller


def ensure_permitted(caller: Caller, may: Collection[str]) -> None:
    """Raise MayNot when the caller's person lacks one of these permissions."""
    missing = [name for name in may if not caller.person.has_perm(name)]
    if missing:
        raise MayNot(
            f"{caller.person.get_username()}, in whose name this token acts, lacks the permission"
            f" {missing[0]}: somebody who has it must do this."
        )


def still(caller: Caller, scope: Scope, now: datetime) -> None:
    """Hold the token until the transaction ends; raise Refused when it opens no more by now."""
    row = Token.objects.select_for_update(of=("self",)).filter(pk=caller.token.pk).first()
    if row is None or not row.is_open(now) or scope not in row.scopes:
        raise MayNot(f"The token was taken away a moment ago; nothing was changed. {WHERE}")
    open_accounts = User.objects.filter(is_active=True)
    if not open_accounts.filter(pk=caller.person.pk).exists():
        raise MayNot("The account in whose name the token acts is closed; nothing was changed.")
