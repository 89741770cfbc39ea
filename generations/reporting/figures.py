"""Do generations make things better, in numbers that carry their window, n and cost?"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet

from benchmarks.chances import beyond
from benchmarks.evidence import wilson
from generations.models import Generation, Outcome, Reason
from generations.reporting.kinds import PREFIX, Kind, purposes, with_kind
from personas.ledger import spending
from personas.ledger.spending import NOTHING_ASKED, Spent
from personas.models import said
from proposals.models import Status
from targets.models import Target

WINDOWS = (7, 30, 90, 365)
DEFAULT = 30
FEWEST = 3  # gains; below it an interval of their mean says nothing
TAIL = 0.025
TOO_LITTLE = "Too little data"
DECIDED = (Outcome.ACCEPTED, Outcome.REJECTED)
BY_PEOPLE = (Status.IMPLEMENTED, Status.REVERTED, Status.REJECTED, Status.FAILED)
COLUMNS = ("ended_at", "outcome", "reason_kind", "gain", "dry_run", "proposal__status")


class Ended(NamedTuple):
    """Hold what the numbers need of one generation that ended."""

    pk: int
    at: datetime
    outcome: str
    reason: str
    gain: float | None
    dry_run: bool
    status: str | None  # of its proposal


@dataclass(frozen=True)
class Share:
    """Hold x of n with the range that n allows."""

    part: int
    whole: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Bound the share with 95 %; none without any."""
        return wilson(self.part, self.whole) if self.whole else None

    @property
    def words(self) -> str:
        """Say x of n."""
        return f"{self.part} of {self.whole}" if self.whole else TOO_LITTLE

    @property
    def bounds(self) -> str:
        """Say the range."""
        if self.interval is None:
            return ""
        low, high = self.interval
        return f"95\u00a0%: between {low * 100:.0f} and {high * 100:.0f}\u00a0%"


@dataclass(frozen=True)
class Mean:
    """Hold the mean of some gains; a gain is a weighted share, above zero for the better."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def words(self) -> str:
        """Say the mean."""
        return TOO_LITTLE if self.value is None else points(self.value)

    @property
    def bounds(self) -> str:
        """Say the range of the mean, or that there are too few for one."""
        if self.value is None:
            return ""
        if self.low is None or self.high is None:
            return f"an interval needs {FEWEST}"
        return f"95\u00a0%: between {points(self.low)} and {points(self.high)}"


@dataclass(frozen=True)
class Week:
    """Hold what was decided in one stretch of time."""

    start: datetime
    end: datetime
    share: Share


@dataclass(frozen=True)
class Group:
    """Hold the numbers of one kind of engine; those of another kind are never added to them."""

    kind: Kind
    outcomes: Mapping[str, int]
    dry_runs: int
    accepted: Share
    gain: Mean
    reasons: Sequence[tuple[Reason, int]]  # of what was rejected, the commonest first
    in_force: Share  # of the proposals that came of it and were decided
    asked: int  # generations that asked a model
    spent: Spent
    stretches: Sequence[Week]

    @property
    def ended(self) -> int:
        """Return how many ended."""
        return sum(self.outcomes.values())

    @property
    def aside(self) -> str:
        """Name what ended without a decision, and is no part of the rate."""
        counts = ((Outcome(one), many) for one, many in sorted(self.outcomes.items()))
        return ", ".join(f"{n} {o.label.lower()}" for o, n in counts if o not in DECIDED)

    @property
    def total_cost(self) -> str:
        """Say what all of it cost, so that what nobody knows never passes for nothing."""
        return self.spent.words

    @property
    def each_cost(self) -> str:
        """Say what one generation that asked a model cost on average."""
        if not self.asked:
            return NOTHING_ASKED
        return said(self.spent.known // self.asked, unknown=self.spent.unknown > 0)


@dataclass(frozen=True)
class Figures:
    """Hold the dashboard of one target or of all, over a window that ends now."""

    days: int
    since: datetime
    until: datetime
    target: str  # slug; empty: of all
    groups: Sequence[Group]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing ended in the window."""
        return not self.groups

    def plain(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "days": self.days,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "target": self.target or None,
            "engines": [_plain(group) for group in self.groups],
        }


def window(days: str) -> int:
    """Return a window that is offered, for whatever an address asks for."""
    return int(days) if days.isdecimal() and days in map(str, WINDOWS) else DEFAULT


def gather(now: datetime, *, days: int = DEFAULT, target: Target | None = None) -> Figures:
    """Gather the numbers of what ended in the last so many days."""
    since = now - timedelta(days=days)
    rows = Generation.objects.filter(ended_at__gt=since, ended_at__lte=now)
    if target is not None:
        rows = rows.filter(target=target)
    ended: dict[str, list[Ended]] = defaultdict(list)
    for row in with_kind(rows).order_by("ended_at").values_list("kind", "pk", *COLUMNS):
        ended[row[0]].append(Ended(*row[1:]))
    stretches = stretched(since, now, days)
    spent = _spent(rows) if set(ended) - {Kind.EMBEDDED} else {}
    groups = [_group(kind, ended[kind], spent, stretches) for kind in Kind if kind in ended]
    return Figures(days, since, now, target.slug if target else "", groups)


def _spent(rows: QuerySet[Generation]) -> dict[tuple[bool, str], Spent]:
    return {
        (simulated, name): spent
        for simulated in (False, True)
        for name, spent in spending.of_purposes(purposes(rows), simulated=simulated).items()
    }


def points(gain: float) -> str:
    """Write a gain as a share with its sign."""
    return f"{gain * 100:+.1f}\u00a0%".replace("-", "−")


def mean(values: Sequence[float]) -> Mean:
    """Return the mean with 95 % of where it may lie, by Student's distribution."""
    n = len(values)
    if not n:
        return Mean(0)
    middle = sum(values) / n
    if n < FEWEST:
        return Mean(n, middle)
    spread = math.sqrt(sum((one - middle) ** 2 for one in values) / (n - 1) / n)
    half = beyond(TAIL, n - 1) * spread
    return Mean(n, middle, middle - half, middle + half)


def stretched(since: datetime, now: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """Cut a window into at most thirteen or so stretches of whole days, the last ends now."""
    size = timedelta(days=max(1, math.ceil(days / 13)))
    ends = [now - size * back for back in range(math.ceil(timedelta(days=days) / size))]
    return [(max(since, end - size), end) for end in reversed(ends)]


def _group(
    kind: Kind,
    told: Sequence[Ended],
    spent: Mapping[tuple[bool, str], Spent],
    stretches: Sequence[tuple[datetime, datetime]],
) -> Group:
    outcomes = Counter(one.outcome for one in told)
    statuses = Counter(one.status for one in told if one.status)
    names = ((kind == Kind.SIMULATED, f"{PREFIX}{one.pk}") for one in told)
    parts = [spent[name] for name in names if name in spent]
    accepted = [one for one in told if one.outcome == Outcome.ACCEPTED]
    return Group(
        kind=kind,
        outcomes=outcomes,
        dry_runs=sum(one.dry_run for one in told),
        accepted=Share(len(accepted), sum(outcomes[one] for one in DECIDED)),
        gain=mean([one.gain for one in accepted if one.gain is not None]),
        reasons=_reasons(one.reason for one in told if one.outcome == Outcome.REJECTED),
        in_force=Share(statuses[Status.IMPLEMENTED], sum(statuses[one] for one in BY_PEOPLE)),
        asked=len(parts),
        spent=spending.added(kind, parts),
        stretches=[_week(start, end, told) for start, end in stretches],
    )


def _reasons(kinds: Iterable[str]) -> list[tuple[Reason, int]]:
    return [(Reason(kind), many) for kind, many in Counter(kinds).most_common() if kind]


def _week(start: datetime, end: datetime, told: Sequence[Ended]) -> Week:
    mine = [one.outcome for one in told if start < one.at <= end and one.outcome in DECIDED]
    return Week(start, end, Share(mine.count(Outcome.ACCEPTED), len(mine)))


def _plain(group: Group) -> dict[str, Any]:
    interval = group.accepted.interval
    return {
        "engine": str(group.kind),
        "ended": group.ended,
        "outcomes": dict(group.outcomes),
        "dry_runs": group.dry_runs,
        "acceptance": asdict(group.accepted) | {"interval": interval and list(interval)},
        "gain": asdict(group.gain),
        "rejections": {str(reason): many for reason, many in group.reasons},
        "proposals_in_force": asdict(group.in_force),
        "asked_a_model": group.asked,
        "spent": group.spent.plain(),
        "each": group.each_cost,
        "over_time": [
            {"from": one.start.isoformat(), "to": one.end.isoformat(), **asdict(one.share)}
            for one in group.stretches
        ],
    }
