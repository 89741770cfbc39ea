"""What does a message say about each thing, with nothing secret and nothing that acts?"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from audit import sentences
from audit.models import TOLD, Entry
from audit.people import names
from delivery.models import Delivery
from notifications.kinds import KINDS
from notifications.models import Occurrence
from notifications.subjects import delivery_of, proposal_of
from proposals.models import Proposal
from telemetry.sanitizer import sanitize

LONGEST_LINE = 300
NOBODY = UUID(int=0)  # the uid of no entry
COMMANDS = ("show", "approve", "reject")


@dataclass(frozen=True)
class Item:
    """Hold the words about one thing."""

    kind: str
    headline: str
    severity: str
    title: str
    said: str
    why: str
    target: str
    subject: str
    path: str  # of its page
    at: datetime
    commands: Mapping[str, str]

    @property
    def url(self) -> str:
        """Return the address of its page, as people outside reach it."""
        return address(self.path)


def items(found: Iterable[Occurrence]) -> list[Item]:
    """Word each of them, by one question for all entries and one for all titles."""
    rows = list(found)
    uids = [row.entry_uid for row in rows if row.entry_uid]
    entries = list(Entry.objects.filter(uid__in=uids).prefetch_related(*TOLD))
    names.share(entries)
    by_uid, titles = {entry.uid: entry for entry in entries}, _titles(rows)
    return [
        _item(row, by_uid.get(row.entry_uid or NOBODY), titles.get(row.subject, ""))
        for row in rows
    ]


def plain(text: str, longest: int = LONGEST_LINE) -> str:
    """Take secrets, line breaks and invisible signs out of words, and bound their length."""
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    line = re.sub(r" +", " ", sanitize(visible)[0]).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def address(path: str) -> str:
    """Return a page's address as people reach it."""
    web, given = settings.SELFIMPROVE.web, settings.SELFIMPROVE.notifications.address
    return f"{given or f'http://{web.host}:{web.port}'}{path}"


def commands(key: str) -> dict[str, str]:
    """Return what to write in a chat to show, approve and reject a proposal."""
    reason = {"reject": " REASON"}
    return {name: f"proposals {name} {key}{reason.get(name, '')}" for name in COMMANDS}


def _item(row: Occurrence, entry: Entry | None, title: str) -> Item:
    kind = KINDS[row.kind]
    proposal = proposal_of(row.subject)
    said = sentences.sentence(entry, title=title) if entry else row.said
    return Item(
        kind=row.kind,
        headline=kind.words,
        severity=row.severity,
        title=plain(title, 200),
        said=plain(said),
        why=plain(entry.reason if entry else ""),
        target=row.target,
        subject=row.subject,
        path=_path(kind.page, row.subject),
        at=row.at,
        commands=commands(str(proposal)) if proposal and kind.open_only else {},
    )


def _path(page: str, subject: str) -> str:
    if proposal := proposal_of(subject):
        return reverse("proposals:detail", args=[proposal])
    if delivery := delivery_of(subject):
        return reverse("delivery:detail", args=[delivery])
    return reverse(page or "home")


def _titles(rows: Iterable[Occurrence]) -> dict[str, str]:
    subjects = {row.subject for row in rows}
    proposals = Proposal.objects.filter(pk__in=filter(None, map(proposal_of, subjects)))
    deliveries = Delivery.objects.filter(pk__in=filter(None, map(delivery_of, subjects)))
    titled = deliveries.values_list("pk", "proposal__title")
    return {
        **{f"proposal:{key}": title for key, title in proposals.values_list("pk", "title")},
        **{f"delivery:{key}": title for key, title in titled},
    }
