"""How does a test of notifications get channels, things that happen and a clock?"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import transaction

from audit.events import Event
from audit.follow import Said
from audit.log import Actor, record
from audit.models import Entry
from notifications import channels
from notifications.channels import Wish
from notifications.models import Channel
from notifications.noting import note
from notifications.options import Notifications
from notifications.sending import Round, send
from tests.factories import NOW, make_user
from tests.notifications.servers import Hook, Post

ROOM = Actor.system("delivery")


@dataclass
class Clock:
    """Show a time that only moves when it is told to."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def on(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at

    def tell(self, **span: float) -> Round:
        """Let time pass, and send what is due then."""
        self.on(**span)
        return send(self)


def given(settings: LazySettings, **values: Any) -> None:
    """Set settings of this room."""
    made = Notifications(**values)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"notifications": made})


def operator() -> User:
    """Make a person who may set channels, whatever roles a test has lost."""
    return make_user("admin")


def channel(where: Hook | str, *, name: str = "ops", at: datetime = NOW, **wish: Any) -> Channel:
    """Add a channel by the real act."""
    address, secret = (where, "") if isinstance(where, str) else (where.address, where.secret)
    wish.setdefault("place", "webhook")
    made = Wish(name=name, address=address, **wish)
    return channels.add(made, person=operator(), at=at, secret=secret)


def mail_settings(settings: LazySettings, post: Post, **more: Any) -> None:
    """Let our mail server be the one of a test."""
    given(settings, mail_server=post.address, mail_from="selfimprove@example.org", **more)


def happen(
    event: Event,
    subject: str = "loop:main",
    *,
    at: datetime = NOW,
    reason: str = "",
    target: str = "",
    title: str = "",
    **facts: Any,
) -> Entry:
    """Let something happen, as the log says it."""
    with transaction.atomic():
        return record(
            event,
            actor=ROOM,
            subject=subject,
            at=at,
            target=target,
            reason=reason,
            texts={"title": title} if title else {},
            facts=facts,
        )


def heard_of(
    event: Event, subject: str, *, target: str = "", at: datetime = NOW, **facts: Any
) -> None:
    """Note what an entry would say that only comes with the move that it tells of."""
    note(Said(event, uuid.uuid4(), subject, target, at, facts))


def said(hook: Hook) -> Sequence[dict[str, Any]]:
    """Return the things that a webhook was told, one by one."""
    return [one for message in hook.got for one in message["notifications"]]
