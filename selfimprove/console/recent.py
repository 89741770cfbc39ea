"""What was recorded last, in words and with links."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from audit import sentences
from audit.events import Event
from audit.models import TOLD, Entry
from audit.people import names
from delivery.models import Delivery
from proposals.models import Proposal
from targets.models import Target

# Of use only when something goes wrong later: left to the whole log, as are people coming in.
QUIET = [Event.DELIVERY_INTENDED, Event.EVALUATION_STARTED, Event.GENERATION_PHASE_ENDED]


@dataclass(frozen=True)
class Line:
    """Show one entry of the log."""

    words: str
    actor: str
    reason: str
    tone: str
    at: datetime
    url: str


def recent(count: int = 10) -> list[Line]:
    """Return the newest entries, the newest first."""
    acts = Entry.objects.exclude(event__startswith="user.").exclude(event__in=QUIET)
    acts = acts.exclude(event__startswith="person.")
    return told(list(acts.prefetch_related(*TOLD).order_by("-id")[:count]))


def told(entries: list[Entry]) -> list[Line]:
    """Say entries in words, with the titles of what they are about."""
    names.share(entries)
    titles = _titles(entry.subject for entry in entries)
    return [_line(entry, titles) for entry in entries]


def _line(entry: Entry, titles: dict[str, str]) -> Line:
    return Line(
        words=sentences.sentence(entry, title=titles.get(entry.subject, "")),
        actor=entry.who,
        reason=entry.reason,
        tone=sentences.tone(entry),
        at=entry.at,
        url=entry.get_absolute_url(),
    )


def _titles(subjects: Iterable[str]) -> dict[str, str]:
    """Find the titles of the things that some subjects name."""
    keys: dict[str, set[str]] = defaultdict(set)
    for subject in subjects:
        kind, _, key = subject.partition(":")
        keys[kind].add(key)
    found = {
        "proposal": Proposal.objects.filter(pk__in=keys["proposal"]).values_list("pk", "title"),
        "delivery": Delivery.objects.filter(pk__in=_numbers(keys["delivery"])).values_list(
            "pk", "proposal__title"
        ),
        "target": Target.objects.filter(slug__in=keys["target"]).values_list("slug", "name"),
    }
    return {f"{kind}:{key}": title for kind, rows in found.items() for key, title in rows}


def _numbers(keys: set[str]) -> set[str]:
    return {key for key in keys if key.isdigit()}
