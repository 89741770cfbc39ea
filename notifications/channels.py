"""How does a channel come, change, go, and show that it works, each with its entry on the log?"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from notifications import recording
from notifications.keeping import signing
from notifications.keeping.sealing import CannotRead, from_environment, sealed
from notifications.kinds import KINDS
from notifications.letters import trial
from notifications.models import Channel, Heard, Message, MessageState, Place, Telling
from notifications.opening import notifier_of
from notifications.rules import GRADES
from ports.notifier import NotSent, choosing
from ports.notifier.mail import receivers
from ports.signed import drawn
from targets.models import Target
from telemetry.sanitizer import sanitize

PERMISSION = "notifications.set_channels"
LONGEST_ADDRESS = 2_000
LONGEST_OVERLAP = timedelta(days=30)
Door = Mapping[str, str] | None  # by which way in somebody acts, where it is no page


class BadChannel(ValueError):
    """What was asked for cannot be; the words say what to do."""


@dataclass(frozen=True)
class Wish:
    """Say what a channel should be; an empty address keeps the one that it has."""

    name: str
    place: str
    address: str = ""
    kinds: tuple[str, ...] = ()
    least: str = "low"
    targets: tuple[str, ...] = ()
    quiet_from: time | None = None
    quiet_to: time | None = None


def add(wish: Wish, *, person: User, at: datetime, door: Door = None, secret: str = "") -> Channel:
    """Add a channel; raise BadChannel, and keep nothing, where it cannot be.

    A webhook signs with this secret, which nobody can read again; without one it draws its own.
    """
    _allowed(person)
    fields = _checked(wish, None)
    fields |= signing.first(wish.place, secret or drawn())
    with transaction.atomic():
        channel = Channel.objects.create(created_at=at, **fields)
        _tell(Event.CHANNEL_ADDED, channel, person, at, door, fields)
    return channel


def change(
    channel: Channel,
    wish: Wish,
    *,
    person: User,
    at: datetime,
    door: Door = None,
    secret: str = "",
) -> Channel:
    """Change what a channel hears, or where it is; what waits for it goes there.

    What becomes a webhook signs with this secret, as an added one does; what is one keeps its own.
    """
    _allowed(person)
    if channel.person_id or channel.removed_at:
        raise BadChannel("It cannot be changed: it is a person's own, or was removed.")
    fields = _checked(wish, channel)
    if wish.place != channel.place:
        fields |= signing.first(wish.place, secret or drawn())
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(**fields)
        channel.refresh_from_db()
        _tell(Event.CHANNEL_CHANGED, channel, person, at, door, fields)
    return channel


def switch(channel: Channel, *, on: bool, person: User, at: datetime, door: Door = None) -> None:
    """Let a channel hear again, or of nothing more; what it was to hear waits meanwhile."""
    _allowed(person)
    with transaction.atomic():
        rows = Channel.objects.filter(pk=channel.pk, removed_at=None, enabled=not on)
        if not rows.update(enabled=on):
            raise BadChannel(f"The channel is {'on' if on else 'off'} already, or was removed.")
        channel.enabled = on
        _tell(Event.CHANNEL_CHANGED, channel, person, at, door, {"enabled": on})


def renew(
    channel: Channel,
    *,
    overlap: timedelta,
    person: User,
    at: datetime,
    door: Door = None,
) -> signing.Renewed:
    """Give a webhook a new secret; it also signs with the old one for a while, if it has one."""
    _allowed(person)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise BadChannel(f"Overlap: give at most {LONGEST_OVERLAP.days} days.")
    secret = drawn()
    with transaction.atomic():
        rows = Channel.objects.select_for_update().filter(pk=channel.pk, removed_at=None)
        current = rows.filter(place=Place.WEBHOOK).first()
        if current is None:
            raise BadChannel("It has no secret: it is no webhook, or was removed.")
        columns = signing.renewed(current, secret, at, overlap)
        rows.update(**columns)
        until = columns["signing_before_until"]
        minutes = round(overlap.total_seconds() / 60) if until else 0
        _tell(Event.CHANNEL_RENEWED, channel, person, at, door, {"overlap_minutes": minutes})
    return signing.Renewed(secret, until)


def remove(channel: Channel, *, person: User, at: datetime, door: Door = None) -> None:
    """Give a channel up: its address is forgotten, what it heard stays known."""
    if channel.person_id != person.pk:
        _allowed(person)
    with transaction.atomic():
        rows = Channel.objects.filter(pk=channel.pk, removed_at=None)
        if not rows.update(removed_at=at, enabled=False, sealed="", person=None, **signing.NONE):
            raise BadChannel("The channel was removed already.")
        waiting = Telling.objects.filter(channel=channel, state=Heard.WAITING)
        waiting.update(state=Heard.DROPPED)
        Message.objects.filter(channel=channel, state=MessageState.WAITING).update(
            state=MessageState.DROPPED, ended_at=at, failure="the channel was removed"
        )
        _tell(Event.CHANNEL_REMOVED, channel, person, at, door, {})


def try_out(channel: Channel, *, person: User, at: datetime, door: Door = None) -> str:
    """Send a message that says only that it works; return why it did not, or nothing."""
    if channel.person_id != person.pk:
        _allowed(person)
    if channel.removed_at:
        raise BadChannel("The channel was removed.")
    why = ""
    try:
        notifier_of(channel, at).send(trial(str(uuid.uuid4()), person.get_username()))
    except (NotSent, CannotRead, ValueError) as trouble:
        why = recording.cleaned(str(trouble), channel)
    with transaction.atomic():
        if why:
            recording.complain(channel, why, at)
        else:
            Channel.objects.filter(pk=channel.pk).update(
                last_sent_at=at, failing_since=None, last_failure=""
            )
        _tell(Event.CHANNEL_TESTED, channel, person, at, door, {"ok": not why}, why)
    return why


def tell_person(person: User, *, at: datetime) -> Channel:
    """Tell a person by e-mail what waits for them; the address is the account's."""
    if not person.email:
        raise BadChannel(
            "Your account has no e-mail address: an administrator enters it in the back office."
        )
    try:
        receivers(person.email)
    except ValueError as error:
        raise BadChannel(f"The e-mail address of your account cannot be used: {error}.") from error
    with transaction.atomic():
        if Channel.objects.filter(person=person).exists():
            raise BadChannel("You are told by e-mail already.")
        channel = Channel.objects.create(
            name=_free(f"{person.get_username()[:60]} by e-mail"),
            place=Place.EMAIL,
            shown="the account's address",
            person=person,
            created_at=at,
        )
        _tell(Event.CHANNEL_ADDED, channel, person, at, None, {"own": True})
    return channel


def _free(name: str) -> str:
    taken = set(Channel.objects.filter(removed_at=None).values_list("name", flat=True))
    numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _allowed(person: User) -> None:
    if not (person.is_active and person.has_perm(PERMISSION)):
        raise PermissionDenied(f"{person.get_username()} may not set channels.")


def _checked(wish: Wish, present: Channel | None) -> dict[str, Any]:
    """Return the columns of a wish; raise BadChannel for the first that cannot be."""
    given = " ".join(wish.name.split())
    name = sanitize(given)[0]
    if not 0 < len(name) <= 80 or not given.isprintable():
        raise BadChannel("Name: write one line of at most 80 characters.")
    others = Channel.objects.filter(removed_at=None, name=name)
    if (others.exclude(pk=present.pk) if present else others).exists():
        raise BadChannel(f"Name: there is a channel “{name}” already.")
    if (wish.quiet_from is None) != (wish.quiet_to is None):
        raise BadChannel("Quiet hours: say both when they begin and when they end.")
    fields = {
        "name": name,
        "place": _one_of("Kind of place", wish.place, choosing.KINDS),
        "least": _one_of("Least severity", wish.least, GRADES),
        "kinds": [_one_of("Kinds", kind, tuple(KINDS)) for kind in dict.fromkeys(wish.kinds)],
        "targets": _targets(wish.targets),
        "quiet_from": wish.quiet_from,
        "quiet_to": wish.quiet_to,
    }
    return {**fields, **_place(wish, present)}


def _one_of(what: str, given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise BadChannel(f"{what}: {given[:60]!r} is none of {', '.join(known)}.")
    return given


def _targets(given: tuple[str, ...]) -> list[str]:
    known = set(Target.objects.filter(slug__in=given).values_list("slug", flat=True))
    if strange := [slug for slug in given if slug not in known]:
        raise BadChannel(f"Targets: there is no target {strange[0][:60]!r}.")
    return list(dict.fromkeys(given))


def _place(wish: Wish, present: Channel | None) -> dict[str, str]:
    address = wish.address.strip()
    if not address:
        if present is None or present.place != wish.place:
            raise BadChannel("Address: say where it is.")
        return {}
    if len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise BadChannel(f"Address: write at most {LONGEST_ADDRESS} printable characters.")
    try:
        choosing.check(wish.place, from_environment(address))
    except (ValueError, CannotRead) as error:
        raise BadChannel(f"Address: {error}.") from error
    return {"sealed": sealed(address), "shown": shown(wish.place, address)}


def shown(place: str, address: str) -> str:
    """Return as much of an address as everybody may see."""
    if address.startswith("env:"):
        return f"${address[4:]} of the environment"
    if place == Place.EMAIL:
        found = receivers(address)
        return f"{len(found)} at {', '.join(sorted({one.rpartition('@')[2] for one in found}))}"[
            :120
        ]
    split = urlsplit(address)
    if place == Place.APPRISE:  # what looks like a host there is often a token
        return f"{split.scheme}://…"
    return f"{split.scheme}://{split.hostname}/…"[:120]


def _tell(
    event: Event,
    channel: Channel,
    person: User,
    at: datetime,
    door: Door,
    fields: Mapping[str, Any],
    why: str = "",
) -> None:
    """Record an act; the address is in no entry, and whether it is another one is."""
    secret = {"name", "sealed", *signing.NONE}
    facts = {name: _plain(value) for name, value in fields.items() if name not in secret}
    if "sealed" in fields:
        facts["address_given"] = True
    record(
        event,
        actor=Actor.person(person),
        subject=f"channel:{channel.pk}",
        at=at,
        reason=why,
        texts={"title": channel.name},
        facts={**facts, **(door or {})},
    )


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="minutes") if isinstance(value, time) else value
