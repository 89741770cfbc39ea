"""With which secrets is a message to a webhook signed, and which of them is on its way out?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notifications.keeping.sealing import CannotRead, opened, sealed
from notifications.models import Channel, Place
from ports.signed import Secrets, read_secrets

NONE: dict[str, Any] = {"signing": "", "signing_before": "", "signing_before_until": None}


@dataclass(frozen=True)
class Renewed:
    """Hold a new secret, and until when the old one signs as well; none where it does not."""

    secret: str
    until: datetime | None


def secrets_of(channel: Channel, now: datetime) -> Secrets:
    """Return the secrets of a channel, the newest first; other places than webhooks have none."""
    if channel.place != Place.WEBHOOK:
        return ()
    if not channel.signing:
        raise CannotRead("it has no secret to sign with: give it one on the page of notifications")
    kept = [channel.signing]
    if channel.signing_before_until and channel.signing_before_until > now:
        kept.append(channel.signing_before)
    return read_secrets(" ".join(opened(one, what="its secret") for one in kept))


def first(place: str, secret: str) -> dict[str, Any]:
    """Return the columns of a channel that comes to such a place, which signs with a secret."""
    return {**NONE, "signing": sealed(secret) if place == Place.WEBHOOK else ""}


def renewed(channel: Channel, secret: str, now: datetime, overlap: timedelta) -> dict[str, Any]:
    """Return the columns of a channel that signs with both secrets for a while."""
    fresh = {**NONE, "signing": sealed(secret)}
    if overlap <= timedelta(0) or not _can_be_read(channel.signing):
        return fresh
    return {**fresh, "signing_before": channel.signing, "signing_before_until": now + overlap}


def _can_be_read(kept: str) -> bool:
    try:
        opened(kept)
    except CannotRead:  # none, or of another SECRET_KEY: then nothing can be signed with it
        return False
    return True


def forget(now: datetime) -> int:
    """Forget every secret whose time is over."""
    return Channel.objects.filter(signing_before_until__lte=now).update(
        signing_before="", signing_before_until=None
    )
