"""How do the numbers of generations look as tiles that lead to their rows, and as charts?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from generations.forms import DECIDED
from generations.models import Outcome
from generations.pages import pictures
from generations.pages.listing import comes_next
from generations.pages.pictures import Dot
from generations.reporting import figures
from generations.reporting.figures import Figures, Group
from generations.reporting.kinds import Kind
from personas.ledger.spending import NOTHING_ASKED
from targets.models import Target

COLUMNS = ("From (UTC)", "To (UTC)", "Accepted", "95 %")


@dataclass(frozen=True)
class Tile:
    """Show one number with its n, its window and the way to its rows."""

    label: str
    number: str
    note: str
    url: str
    beside: str = ""
    interval: str = ""

    @property
    def is_words(self) -> bool:
        """Tell whether it is too long, or too little, for large figures."""
        return self.number.startswith("At least") or not any(map(str.isdigit, self.number))


@dataclass(frozen=True)
class Why:
    """Count one reason for which generations were rejected."""

    label: str
    many: int
    share: int  # out of a hundred
    url: str


@dataclass(frozen=True)
class Shown:
    """Hold what the page shows of one kind of engine."""

    kind: Kind
    told: str
    tiles: Sequence[Tile]
    picture: SafeString
    rows: Sequence[tuple[str, str, str, str]]
    reasons: Sequence[Why]


def context(asked: Any, now: datetime) -> dict[str, Any]:
    """Return what the dashboard shows for an address."""
    target = Target.objects.filter(slug=asked.get("target", "")).first()
    found = figures.gather(now, days=figures.window(asked.get("days", "")), target=target)
    return {
        "nav": "generations",
        "figures": found,
        "windows": figures.WINDOWS,
        "targets": Target.objects.all(),
        "groups": [shown(group, found) for group in found.groups],
        "columns": COLUMNS,
        "next": comes_next(),
    }


def shown(group: Group, found: Figures) -> Shown:
    """Word one kind of engine."""
    aside = f"; {group.aside} stand apart" if group.aside else ""
    dry = f", {group.dry_runs} of them dry runs" if group.dry_runs else ""
    return Shown(
        group.kind,
        f"{group.ended} ended{dry}{aside}",
        tiles(group, found),
        _drawn(group, found),
        [_told(one) for one in group.stretches if one.share.whole],
        _reasons(group, found),
    )


def tiles(group: Group, found: Figures) -> list[Tile]:
    """Show each number with the way to the rows behind it."""
    last = f"last {found.days} days"
    accepted = _rows(group, found, outcome=Outcome.ACCEPTED)
    share, force = group.accepted, group.in_force
    return [
        Tile(
            "Accepted",
            str(share.part) if share.whole else share.words,
            f"decided, {last}",
            _rows(group, found, outcome=DECIDED),
            f"of {share.whole}" if share.whole else "",
            share.bounds,
        ),
        Tile(
            "Mean improvement",
            group.gain.words,
            f"{group.gain.n} accepted, weighted, beyond noise",
            accepted,
            interval=group.gain.bounds,
        ),
        Tile(
            "In force",
            str(force.part) if force.whole else force.words,
            "proposals that people decided",
            accepted,
            f"of {force.whole}" if force.whole else "",
            force.bounds,
        ),
        *_costs(group, found),
    ]


def _costs(group: Group, found: Figures) -> list[Tile]:
    last, rows = f"last {found.days} days", _rows(group, found)
    each, total = "none asked a model", f"nobody was asked, {last}"
    if group.asked:
        each = f"mean of {group.asked} that asked a model"
        calls, many = _many(group.spent.calls, "call"), _many(group.asked, "generation")
        total = f"{calls} of {many}, {last}"
    return [
        Tile("Cost of one", _sentence(group.each_cost), each, rows),
        Tile("Cost in total", _sentence(group.total_cost), total, rows, interval=_unknown(group)),
    ]


def _unknown(group: Group) -> str:
    if not group.spent.unknown:
        return ""
    return f"of {_many(group.spent.unknown, 'call')} more may have been billed"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] if words != NOTHING_ASKED else "No model call"


def _rows(group: Group, found: Figures, **more: str) -> str:
    asked = {"writer": group.kind, "days": found.days, **more}
    asked |= {"target": found.target} if found.target else {}
    return f"{reverse('generations:list')}?{urlencode(asked)}"


def _reasons(group: Group, found: Figures) -> list[Why]:
    most = max((many for _, many in group.reasons), default=1)
    rejected = {"outcome": str(Outcome.REJECTED)}
    return [
        Why(
            str(reason.label),
            many,
            round(many * 100 / most),
            _rows(group, found, reason=str(reason), **rejected),
        )
        for reason, many in group.reasons
    ]


def _drawn(group: Group, found: Figures) -> SafeString:
    dots = []
    for one in group.stretches:
        if one.share.interval is not None:
            low, high = one.share.interval
            middle = one.start + (one.end - one.start) / 2
            words = f"{one.start:%Y-%m-%d} to {one.end:%Y-%m-%d}: {one.share.words} accepted"
            rate = one.share.part / one.share.whole
            dots.append(Dot(middle, rate, words, "line", low, high))
    told = "; ".join(dot.words for dot in dots)
    return pictures.over_time(
        dots,
        title=f"Share of accepted generations over time: {group.kind.heading}",
        description=told or "Nothing was decided in this window.",
        keys=(("line", "accepted share"), ("range", "95 %")),
        span=(found.since, found.until),
        whole=True,
    )


def _told(one: figures.Week) -> tuple[str, str, str, str]:
    return (
        f"{one.start:%Y-%m-%d %H:%M}",
        f"{one.end:%Y-%m-%d %H:%M}",
        one.share.words,
        one.share.bounds.removeprefix("95\u00a0%: "),
    )
