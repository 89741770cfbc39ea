"""Who may hand in events, and how is that given, exchanged and taken away?"""

import hashlib
import hmac
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from audit import log
from audit.events import Event
from audit.log import Actor
from targets.models import Target
from telemetry.doors.models import NOT_WITH_DECIDING, OF_PERSONS, Scope, Token

PREFIX = "sit_"  # the sanitizer and people know one of ours by it
LENGTH = 43  # of 62 signs: 256 bits
SHOWN = 8
_SIGNS = string.ascii_letters + string.digits
USED_EVERY = timedelta(minutes=1)  # how exactly the last use is known
LONGEST_GRACE = timedelta(days=30)


class BadToken(ValueError):
    """No such token can be made or exchanged; the words say why."""


class NotOpen(Exception):
    """The token opens nothing; `token` is it if we know it."""

    def __init__(self, words: str, token: Token | None = None) -> None:
        """Keep the token, so that the refusal can be counted and shown."""
        super().__init__(words)
        self.token = token


@dataclass(frozen=True, slots=True)
class Issued:
    """Hold a new token and its secret, which is shown once and kept nowhere."""

    token: Token
    secret: str


def issue(
    target: Target,
    *,
    name: str,
    scopes: Collection[str],
    actor: Actor,
    at: datetime,
    expires_at: datetime | None = None,
    person: User | None = None,
) -> Issued:
    """Make a token for a target, acting in a person's name where one is given; raise BadToken."""
    if not (name := name.strip()) or len(name) > 100:
        raise BadToken("name: say in 1 to 100 letters who will use the token")
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise BadToken(f"scopes: one or more of {', '.join(Scope.values)}")
    _refuse_together(scopes, person)
    if expires_at is not None and expires_at <= at:
        raise BadToken("expiry: it lies in the past")
    with transaction.atomic():
        issued = _made(target, name, scopes, actor, at, expires_at, person)
        _record(Event.TOKEN_CREATED, issued.token, actor, at)
    return issued


def _refuse_together(scopes: Collection[str], person: User | None) -> None:
    """Refuse scopes that no one may hold, or not beside each other."""
    acting = [scope for scope in OF_PERSONS if scope in scopes]
    if acting and person is None:
        raise BadToken(f"scopes: {acting[0]} is done in a person's name; say whose")
    beside = [scope for scope in NOT_WITH_DECIDING if scope in scopes]
    if Scope.PROPOSALS_DECIDE in scopes and beside:
        raise BadToken(
            f"scopes: {Scope.PROPOSALS_DECIDE} does not go with {', '.join(beside)}: who decides"
            " neither reports the evidence nor has proposals written; make two tokens"
        )


def rotate(token: Token, *, grace: timedelta, actor: Actor, at: datetime) -> Issued:
    """Make a token's successor; the old one opens for the grace, then no more."""
    if not timedelta() <= grace <= LONGEST_GRACE:
        raise BadToken(f"grace: between none and {LONGEST_GRACE.days} days")
    with transaction.atomic():
        old = Token.objects.select_for_update(of=("self",)).get(pk=token.pk)
        if old.person_id and actor.type == "person" and actor.account != old.person_id:
            raise BadToken("it acts in another person's name: only that person may have it anew")
        if not old.is_open(at):
            raise BadToken("it is revoked or expired: make a new token instead")
        if old.replaced_by_id:
            raise BadToken("it was rotated already: rotate its successor")
        ends = min(at + grace, old.expires_at) if old.expires_at else at + grace
        lasts = old.expires_at
        issued = _made(old.target, old.name, old.scopes, actor, at, lasts, old.person)
        old.replaced_by, old.expires_at = issued.token, ends
        old.save(update_fields=["replaced_by", "expires_at"])
        facts = {"successor": issued.token.pk, "grace_seconds": int(grace.total_seconds())}
        _record(Event.TOKEN_ROTATED, old, actor, at, **facts)
    return issued


def revoke(token: Token, *, actor: Actor, at: datetime) -> bool:
    """Take a token away at once and for good; a repeat changes nothing."""
    with transaction.atomic():
        changed = Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
        if changed:
            _record(Event.TOKEN_REVOKED, token, actor, at)
    token.refresh_from_db()
    return bool(changed)


def admit(secret: str, scope: str, now: datetime) -> Token:
    """Return the token that opens this scope; raise NotOpen with a sentence for its holder."""
    token = known(secret, now)
    if scope not in token.scopes:
        allowed = ", ".join(token.scopes)
        raise WrongScope(f"The token is for {allowed}, not for {scope}.", token)
    return token


def known(secret: str, now: datetime) -> Token:
    """Return the token that opens anything; raise NotOpen with a sentence for its holder."""
    found = _known(secret)
    if found is None:
        raise NotOpen("The token is not known here. Make one on the page Connect an agent.")
    if found.revoked_at is not None:
        raise NotOpen("The token was revoked. Make a new one on the page Connect an agent.", found)
    if not found.is_open(now):
        ended = f"The token ended at {found.expires_at:%Y-%m-%d %H:%M} UTC."
        if found.replaced_by_id:
            raise NotOpen(f"{ended} It was rotated: use its successor.", found)
        raise NotOpen(f"{ended} Make a new one on the page Connect an agent.", found)
    if found.person is not None and not found.person.is_active:
        raise NotOpen("The account in whose name the token acts is closed.", found)
    return found


class WrongScope(NotOpen):
    """The token is good, but not for this door."""


def note_use(token: Token, now: datetime) -> None:
    """Remember that a token was used, once a minute at most: a write for each use costs more."""
    before = now - USED_EVERY
    if token.last_used_at is None or token.last_used_at < before:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=before)
        Token.objects.filter(unused, pk=token.pk).update(last_used_at=now)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: it is random in 256 bits, so that a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _known(secret: str) -> Token | None:
    """Look a secret up by its digest, which tells nothing of how much of a guess was right."""
    if not secret.startswith(PREFIX) or len(secret) != len(PREFIX) + LENGTH:
        return None
    digest = digest_of(secret)
    found = Token.objects.select_related("target", "person").filter(digest=digest).first()
    return found if found and hmac.compare_digest(found.digest, digest) else None


def _made(
    target: Target,
    name: str,
    scopes: Collection[str],
    actor: Actor,
    at: datetime,
    expires_at: datetime | None,
    person: User | None,
) -> Issued:
    secret = PREFIX + "".join(secrets.choice(_SIGNS) for _ in range(LENGTH))
    token = Token.objects.create(
        target=target,
        person=person,
        name=name,
        start=secret[:SHOWN],
        digest=digest_of(secret),
        scopes=[scope for scope in Scope.values if scope in scopes],
        created_at=at,
        created_by=actor.id,
        expires_at=expires_at,
    )
    return Issued(token, secret)


def _record(event: Event, token: Token, actor: Actor, at: datetime, **facts: object) -> None:
    log.record(
        event,
        actor=actor,
        subject=f"token:{token.pk}",
        target=token.target.slug,
        at=at,
        texts={"name": token.name},
        facts={
            "start": token.start,
            "scopes": token.scopes,
            "in_the_name_of_a_person": token.person_id is not None,
            **facts,
        },
    )
