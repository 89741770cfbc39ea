"""How does what happens become rows that say who will be told, in the same transaction?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from audit.follow import Said
from notifications.kinds import DECIDE, KINDS, OWN, Case, Kind, case_of
from notifications.models import Channel, Occurrence, Telling
from notifications.rules import GRADES, after_quiet, at_least, batch_of, due
from notifications.subjects import proposal_of
from proposals.models import Proposal

WRITER = "writer"  # of a proposal that its check refused: the reminder is for whoever wrote it


@dataclass(frozen=True)
class News:
    """Hold what is to be noted."""

    kind: Kind
    key: str
    subject: str
    severity: str
    at: datetime
    target: str = ""
    entry_uid: Any = None
    said: str = ""
    author: str = ""  # who wrote the proposal that it is about
    for_writer: bool = False
    but: int = 0  # a channel that does not hear of it: its own trouble


def note(said: Said) -> None:
    """Note what an entry says if people hear of it; called in the entry's transaction."""
    case = case_of(said.event, said.facts)
    if case is not None:
        keep(_news(case, said))


def keep(news: News) -> Occurrence | None:
    """Write it, and who is told of it when; nothing where it was noted before."""
    with transaction.atomic():
        made, new = Occurrence.objects.get_or_create(
            kind=news.kind.name,
            key=news.key[:260],
            defaults={
                "subject": news.subject,
                "severity": news.severity,
                "target": news.target,
                "entry_uid": news.entry_uid,
                "said": news.said,
                "at": news.at,
            },
        )
        if not new:
            return None
        Telling.objects.bulk_create(
            Telling(
                occurrence=made,
                channel=channel,
                batch=batch_of(news.severity).value,
                due_at=_due(news, channel),
            )
            for channel in _hearing(news)
        )
    return made


def _news(case: Case, said: Said) -> News:
    kind = KINDS[case.kind]
    severity, author = kind.severity, ""
    if kind.severity == OWN or kind.asks == DECIDE:
        author, own = _of_proposal(said.subject)
        severity = kind.severity or _graver(own, kind.least)
    return News(
        kind=kind,
        key=_key(case, said),
        subject=said.subject,
        severity=severity,
        at=said.at,
        target=said.target,
        entry_uid=said.uid,
        author=author,
        for_writer=said.facts.get("waits_for") == WRITER,
        but=int(said.facts.get("channel", 0)) if kind.name == "channel_silent" else 0,
    )


def _key(case: Case, said: Said) -> str:
    if case.once == "text":
        return f"{said.subject} text {said.facts.get('version')}"
    if case.once == "day":
        return f"{said.subject} on {said.at.astimezone(UTC):%Y-%m-%d}"
    if case.once == "entry":
        return str(said.uid)
    if case.once == "share":
        simulated = " simulated" if said.facts.get("simulated") else ""
        return f"{said.subject} {said.facts.get('limit')} {said.facts.get('period')}{simulated}"
    return said.subject


def _of_proposal(subject: str) -> tuple[str, str]:
    key = proposal_of(subject)
    rows = Proposal.objects.filter(pk=key) if key else Proposal.objects.none()
    return rows.values_list("author", "severity").first() or ("", GRADES[0])


def _graver(one: str, other: str) -> str:
    return one if at_least(one, other) else other


def _due(news: News, channel: Channel) -> datetime:
    given = settings.SELFIMPROVE.notifications
    moment = due(news.severity, news.at, given.zone, given.digest)
    if news.severity == GRADES[-1]:
        return moment  # what is critical wakes people
    return after_quiet(moment, channel.quiet_from, channel.quiet_to, given.zone)


def _hearing(news: News) -> Iterator[Channel]:
    rows = Channel.objects.filter(enabled=True, removed_at=None).exclude(pk=news.but)
    for channel in rows.select_related("person"):
        if _is_wanted(news, channel) and (
            channel.person is None or waits_for(channel.person, news)
        ):
            yield channel


def _is_wanted(news: News, channel: Channel) -> bool:
    return (
        (not channel.kinds or news.kind.name in channel.kinds)
        and (not channel.targets or not news.target or news.target in channel.targets)
        and at_least(news.severity, channel.least)
    )


def waits_for(person: User, news: News) -> bool:
    """Tell whether something waits for this person: who wrote a change does not decide it."""
    if not person.is_active:
        return False
    is_author = bool(news.author) and news.author == person.get_username()
    if news.for_writer:
        return is_author
    return bool(news.kind.asks) and person.has_perm(news.kind.asks) and not is_author
