"""What does the library answer to one address, in a process that lives for this question only?"""

import json
import logging
import sys
from typing import Any

from ports.addresses import is_loopback

UNKNOWN = "the library knows no such address, or something in it is missing"
UNVERIFIED = "it would trust whoever answers: leave verify=no and mode=insecure out"
IN_THE_CLEAR = (
    "only this machine may be told without encryption: take the form with an s, ntfys://"
)


class _Last(logging.Handler):
    """Keep the last warning, which says why something failed."""

    words = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.words = record.getMessage()[:300]


def answered(asked: dict[str, str]) -> dict[str, str]:
    """Check an address, or send by it."""
    import apprise

    last = _Last()
    logging.getLogger("apprise").addHandler(last)
    # No redirects, no file of its own, no plugins but its own.
    asset = apprise.AppriseAsset(http_redirects=False, async_mode=False)
    place = apprise.Apprise.instantiate(asked["address"], asset=asset)
    if place is None:
        return {"refused": UNKNOWN}
    if refusal := _refused(place, asked["address"]):
        return {"refused": refusal}
    if asked["act"] == "check":
        return {}
    sent = place.notify(body=asked["text"], title=asked["title"], body_format="text")
    return {} if sent else {"failed": last.words or "it did not say why"}


def _refused(place: Any, address: str) -> str:
    """Say why somebody on the way could read along; nothing where nobody can."""
    if is_loopback(address):
        return ""
    safe = place.secure_protocol or ()
    if address.partition("://")[0].lower() not in ((safe,) if isinstance(safe, str) else safe):
        return IN_THE_CLEAR
    trusting = not place.verify_certificate or getattr(place, "secure_mode", "") == "insecure"
    return UNVERIFIED if trusting else ""


if __name__ == "__main__":
    json.dump(answered(json.load(sys.stdin)), sys.stdout)
