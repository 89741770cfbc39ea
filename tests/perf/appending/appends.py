"""How many transactions a second are kept, by us and by the others, at so many writers?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from tests.perf.appending import acts, crowd
from tests.perf.appending.acts import (
    AUDITLOG,
    CHAIN,
    LATE,
    NONE,
    OURS,
    PGHISTORY,
    TIED,
)
from tests.perf.appending.lines import AS_IS, SLOW, Goal, compare, not_run, say

MANY = 16
WORK = 0.005  # seconds of other work inside the transaction

EVERY = (NONE, OURS, TIED, CHAIN, LATE, AUDITLOG, PGHISTORY)
_MISSING = {AUDITLOG: "not installed", PGHISTORY: "not installed", LATE: "PostgreSQL only"}


@dataclass
class Figures:
    """Measure each case once, when somebody asks for it first."""

    seconds: float
    rounds: int
    disk: str
    known: dict[tuple[str, int, float], list[crowd.Measured]] = field(default_factory=dict)

    def gather(self, names: Sequence[str], writers: int, work: float = 0) -> None:
        """Measure these in turn, round by round, so that a bad minute is everybody's."""
        found = {name: act for name, act in acts.available().items() if name in names}
        due = {name: act for name, act in found.items() if (name, writers, work) not in self.known}
        for _ in range(self.rounds):
            for name, act in due.items():
                run = crowd.measure(act, writers, self.seconds, work=work)
                self.known.setdefault((name, writers, work), []).append(run)

    def of(self, name: str, writers: int, work: float = 0) -> crowd.Measured | None:
        """Return the median round; None for a peer that is not there."""
        self.gather([name], writers, work)
        runs = sorted(self.known.get((name, writers, work), []), key=lambda run: run.rate)
        return runs[len(runs) // 2] if runs else None

    def rate(self, name: str, writers: int, work: float = 0) -> float | None:
        """Return transactions a second."""
        measured = self.of(name, writers, work)
        return measured.rate if measured else None


def alone(figures: Figures, writers: list[int]) -> None:
    """Print what each reaches with nothing else in the transaction, and ours beside each."""
    for count in writers:
        say(f"  {_so(count)}, one commit each")
        figures.gather(EVERY, count)
        for name in EVERY:
            _line(figures, name, count)
        for peer in (NONE, CHAIN, LATE, AUDITLOG, PGHISTORY):
            _beside(figures, OURS, peer, count, goal=_goal(peer, count))
        _beside(figures, TIED, NONE, count)


def with_work(figures: Figures, writers: list[int]) -> None:
    """Print the same where the transaction has other things to do, at the most writers."""
    count = max(writers)
    if connection.vendor != "postgresql":
        not_run("5 ms of other work", "PostgreSQL only: SQLite has one writer at a time")
        return
    say(f"  {_so(count)}, 5 ms of other work in each transaction")
    figures.gather(EVERY[:-2], count, WORK)
    for name in EVERY[:-2]:
        _line(figures, name, count, WORK)
    judged = count == MANY
    chain, tied = (Goal(10, SLOW), Goal(0.8, SLOW)) if judged else (None, None)
    _beside(figures, OURS, CHAIN, count, work=WORK, goal=chain)
    _beside(figures, OURS, NONE, count, work=WORK)
    _beside(figures, OURS, LATE, count, work=WORK)
    _beside(figures, TIED, NONE, count, work=WORK, goal=tied)


def _so(writers: int) -> str:
    return f"{writers} writer{'s' if writers > 1 else ''}"


def _goal(peer: str, writers: int) -> Goal | None:
    if peer == AUDITLOG:
        return Goal(1.3, AS_IS)
    if peer == PGHISTORY:
        return Goal(0.75, AS_IS)
    if connection.vendor == "postgresql" and writers == MANY:
        return {CHAIN: Goal(5, SLOW), LATE: Goal(2, SLOW)}.get(peer)
    return None


def _line(figures: Figures, name: str, writers: int, work: float = 0) -> None:
    measured = figures.of(name, writers, work)
    if measured is None:
        if connection.vendor == "postgresql" or name == AUDITLOG:
            not_run(f"  {name}", _MISSING[name])
        return
    p50, p99, worst = (1000 * one for one in (measured.p50, measured.p99, measured.worst))
    say(
        f"    {name:<36} {measured.rate:8,.0f}/s"
        f"   p50 {p50:.1f} ms  p99 {p99:.1f} ms  worst {worst:.0f} ms"
    )


def _beside(
    figures: Figures,
    ours: str,
    peer: str,
    writers: int,
    *,
    work: float = 0,
    goal: Goal | None = None,
) -> None:
    """Print one comparison, unless the peer is not there, which its own line has said."""
    own, theirs = figures.rate(ours, writers, work), figures.rate(peer, writers, work)
    if own is not None and theirs is not None:
        compare(f"{ours}, {_so(writers)}", own, (peer, theirs), disk=figures.disk, goal=goal)
