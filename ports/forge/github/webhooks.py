"""What does GitHub tell us on its own account, and is it GitHub that tells it?"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from ports.forge.github.reading import dig, number, text

SIGNED = "sha256="
# Events after which a pull request may stand differently. What they say is not believed: they
# only make us ask, so one that comes late, twice or out of order does no harm.
WAKING = {
    "check_run", "check_suite", "issue_comment", "pull_request", "pull_request_review",
    "pull_request_review_comment", "pull_request_review_thread", "push", "status", "workflow_run",
}  # fmt: skip


@dataclass(frozen=True)
class News:
    """Say of which repository something is told, and about which pull requests if it says so."""

    repository: str
    numbers: tuple[int, ...] = ()
    ignored: str = ""  # why nothing follows from it, if nothing does


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Tell whether these very bytes were signed with our secret."""
    if not secret or not signature.startswith(SIGNED):
        return False
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = signature.removeprefix(SIGNED)
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def read(event: str, payload: dict[str, Any]) -> News:
    """Return what a payload is about, whatever else is in it or missing from it."""
    repository = text(payload, "repository", "full_name")
    if event == "ping":
        return News(repository, ignored="GitHub tries whether this address answers")
    if event not in WAKING:
        return News(repository, ignored=f"nothing here follows from {event or 'no event'}")
    if not repository:
        return News("", ignored="it names no repository")
    if event == "issue_comment" and not dig(payload, "issue", "pull_request"):
        return News(repository, ignored="the comment is on an issue")
    return News(repository, _numbers(event, payload))


def _numbers(event: str, payload: dict[str, Any]) -> tuple[int, ...]:
    one = number(payload, "issue", "number") or number(payload, "pull_request", "number")
    if one is not None:
        return (one,)
    listed = dig(payload, event, "pull_requests")
    found = [number(each, "number") for each in listed] if isinstance(listed, list) else []
    return tuple(each for each in found if each is not None)
