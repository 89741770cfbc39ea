"""Does the token work for the targets on GitHub, what does it lack, and do webhooks come?"""

import os
from datetime import datetime, timedelta

from django.db import Error
from django.utils import timezone

from delivery.models import Arrival
from ports.forge import PermanentError
from ports.forge.github.credentials import WEBHOOK
from ports.forge.github.examining import Examined, examine
from selfimprove.doctor.findings import BAD, GOOD, WARN, Finding
from targets.models import Target
from targets.origins import access

QUIET = timedelta(days=7)
DOC = "See docs/github.md."


def gather() -> list[Finding]:
    """Look at every target that lies on GitHub; nothing where none does."""
    theirs = _theirs()
    return [*(token(target) for target in theirs), webhooks(timezone.now())] if theirs else []


def heard() -> list[Finding]:
    """Tell whether webhooks come, without asking GitHub: a page does not wait for it."""
    return [webhooks(timezone.now())] if _theirs() else []


def _theirs() -> list[Target]:
    try:
        return list(Target.objects.filter(forge=access.FORGE))
    except Error:  # the row about the database says so
        return []


def token(target: Target) -> Finding:
    """Try the token on a target's repository."""
    name = f"GitHub, {target.slug}"
    try:
        repository = access.name_of(target)
        found = examine(access.api_of(target), repository, access.options().merge_method)
    except PermanentError as error:
        return Finding(name, BAD, str(error), DOC)
    return _judged(name, repository, found)


def _judged(name: str, repository: str, found: Examined) -> Finding:
    if found.unknown:
        return Finding(name, WARN, f"It could not be tried: {found.unknown}", "Try again later.")
    if found.lacking:
        return Finding(name, BAD, "; ".join(found.lacking), DOC)
    scopes = f", with the scopes {found.scopes}" if found.scopes else ""
    return Finding(name, GOOD, f"The token works for {repository}{scopes}")


def webhooks(now: datetime) -> Finding:
    """Tell when the last webhook came: without any, GitHub is asked once a minute."""
    polls = "GitHub is asked every minute instead"
    if not os.environ.get(WEBHOOK):
        return Finding("Webhooks", WARN, f"Off: {WEBHOOK} is not set; {polls}", DOC)
    last = Arrival.objects.first()
    if last is None:
        return Finding("Webhooks", WARN, f"None has come yet; {polls}", DOC)
    words = f"The last came at {last.at:%Y-%m-%d %H:%M} UTC: {last}"
    if now - last.at > QUIET:
        return Finding("Webhooks", WARN, f"{words}; {polls}", DOC)
    return Finding("Webhooks", GOOD, words)
