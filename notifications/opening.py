"""What speaks with a channel, given its address and our mail server?"""

import os
from datetime import datetime

from django.conf import settings

from notifications.keeping.sealing import CannotRead, opened
from notifications.keeping.signing import secrets_of
from notifications.models import Channel
from ports.notifier import Notifier
from ports.notifier.choosing import build
from ports.notifier.mail import Server


def notifier_of(channel: Channel, now: datetime) -> Notifier:
    """Return what speaks with a channel; raise CannotRead or ValueError where nothing can."""
    address = address_of(channel)
    return build(channel.place, address, server(), secrets_of(channel, now))


def address_of(channel: Channel) -> str:
    """Return where a channel's messages go; of a person it is the account's e-mail address."""
    if channel.person is None:
        return opened(channel.sealed)
    if not channel.person.email:
        raise CannotRead("the account has no e-mail address: an administrator enters it")
    return channel.person.email


def server() -> Server:
    """Return our mail server; what opens it comes from the environment alone."""
    given = settings.SELFIMPROVE.notifications
    user, password = os.environ.get("SMTP_USER", ""), os.environ.get("SMTP_PASSWORD", "")
    return Server(given.mail_server, given.mail_from, user, password)
