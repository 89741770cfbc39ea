"""Which adapter speaks with which kind of place?"""

from ports.notifier import Notifier
from ports.notifier.apprise import Apprise
from ports.notifier.mail import Mail, Server, receivers
from ports.notifier.posting import allowed
from ports.notifier.slack import Slack
from ports.notifier.webhook import Webhook
from ports.signed import Secrets

KINDS = ("webhook", "slack", "email", "apprise")


def check(kind: str, address: str) -> None:
    """Raise ValueError for an address that this kind of place cannot have."""
    if kind == "apprise":
        Apprise(address).check()
    elif kind == "email":
        receivers(address)
    else:
        allowed(address)


def build(kind: str, address: str, server: Server, secrets: Secrets = ()) -> Notifier:
    """Return what speaks with a place; raise ValueError for an address that cannot be one."""
    if kind == "webhook":
        return Webhook(address, secrets)
    if kind == "slack":
        return Slack(address)
    if kind == "email":
        return Mail(address, server)
    if kind == "apprise":
        return Apprise(address)
    raise ValueError(f"there is no kind of place {kind!r}")
