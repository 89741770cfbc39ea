"""How do a target's scores read on a page: the latest, where they come from, what is missing?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from benchmarks.evidence import wilson
from benchmarks.measured import Better, Outcome, number
from benchmarks.models import Comparison, Definition, Run, Score, State
from benchmarks.names import NAMES
from benchmarks.running import comparing, keeping
from benchmarks.verdicts import Difference, Verdict, same, undecided
from targets.models import Target
from telemetry import charts

TREND = 30  # commits of a trend
TONES = {
    Verdict.BETTER: "good",
    Verdict.WORSE: "bad",
    Verdict.NO_DIFFERENCE: "quiet",
    Verdict.INCONCLUSIVE: "warn",
}
READING = frozenset(NAMES) - {"test_pass_rate", "code_coverage"}
NOT_YET = (
    "it starts code of the target, so chance may have a say: compare them by"
    " manage.py bench --target {slug} --commit {new} --against {old}"
)


@dataclass(frozen=True)
class Row:
    """Hold one score as a page shows it."""

    score: Score
    number: str
    interval: str
    trend: SafeString | str
    tone: str


def rows(scores: Sequence[Score], history: Sequence[Run]) -> list[Row]:
    """Return scores with their intervals and how they went over the commits before."""
    past = _past(history)
    return [
        Row(
            score,
            number(score.value, score.unit),
            _interval(score),
            _trend(score, past.get(score.benchmark, [])),
            Outcome(score.outcome).tone,
        )
        for score in scores
    ]


def latest(target: Target) -> Run | None:
    """Return the last run that ended."""
    return Run.objects.filter(target=target, state=State.ENDED).first()


def history(target: Target) -> list[Run]:
    """Return the newest runs that ended, one for each commit, the oldest commit first."""
    ended = Run.objects.filter(target=target, state=State.ENDED).prefetch_related("scores")
    by_commit = {run.commit: run for run in reversed(ended[: TREND * 2])}
    newest = sorted(by_commit.values(), key=lambda run: (run.committed_at or run.asked_at, run.pk))
    return newest[-TREND:]


def _past(runs: Sequence[Run]) -> dict[str, list[float]]:
    past: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for score in run.scores.all():
            if score.value is not None:
                past[score.benchmark].append(score.value)
    return past


def _trend(score: Score, values: Sequence[float]) -> SafeString | str:
    if len(values) < 2:
        return ""
    first, last = number(values[0], score.unit), number(values[-1], score.unit)
    return charts.sparkline(values, f"{len(values)} commits: from {first} to {last}")


def _interval(score: Score) -> str:
    """Bound a share of items with 95 %; a count of findings is no sample of anything."""
    items = score.measurement.items if score.measurement else {}
    if not items or score.value is None:
        return ""
    low, high = wilson(round(score.value * len(items)), len(items))
    return f"{low:.1%} to {high:.1%}"


@dataclass(frozen=True)
class Beside:
    """Hold what one benchmark says of two runs."""

    benchmark: str
    before: str
    after: str
    difference: Difference
    tone: str


def beside(new: Run, old: Run) -> list[Beside]:
    """Compare two runs by what is kept of them; nothing is run for it."""
    compared = Comparison.objects.filter(
        run__target=new.target, run__commit=new.commit, against__commit=old.commit
    )
    kept = {row.benchmark: row for row in compared.order_by("pk")}
    before = {score.benchmark: score for score in _scores(old)}
    found = []
    for score in _scores(new):
        was = before.get(score.benchmark)
        if was is None:
            continue
        row = kept.get(score.benchmark)
        difference = told(row) if row else _read(was, score, new, old)
        found.append(
            Beside(
                score.benchmark,
                number(was.value, was.unit),
                number(score.value, score.unit),
                difference,
                TONES[difference.verdict],
            )
        )
    return found


def told(row: Comparison) -> Difference:
    """Return a kept answer."""
    return Difference(
        verdict=Verdict(row.verdict),
        words=row.words,
        keep=row.keep,
        proven=row.proven,
        difference=row.difference,
        low=row.low,
        high=row.high,
        wins=tuple(row.wins),
        losses=tuple(row.losses),
        items=row.items,
        repeats=row.repeats,
        is_noisy=row.is_noisy,
    )


def _scores(run: Run) -> list[Score]:
    return list(run.scores.select_related("measurement").prefetch_related("measurement__findings"))


def _read(was: Score, now: Score, new: Run, old: Run) -> Difference:
    if was.measurement and now.measurement and was.measurement.pk == now.measurement.pk:
        return same(comparing.IDENTICAL)
    if was.measurement is None or now.measurement is None:
        words = now.words if now.measurement is None else was.words
        return undecided(f"there is no score of one of the two: {words}")
    if was.measurement.where != now.measurement.where:
        return undecided(comparing.ELSEWHERE)
    if was.measurement.version != now.measurement.version:
        return undecided("they were measured by two versions of the tool: measure the older again")
    if now.benchmark not in READING:
        names = {"slug": new.target.slug, "new": new.commit[:12], "old": old.commit[:12]}
        return undecided(NOT_YET.format(**names))
    first, second = keeping.read(was.measurement), keeping.read(now.measurement)
    if not (first.is_measured and second.is_measured):
        return undecided(f"there is no score of one of the two: {now.words}")
    return comparing.settled(first, second, Better(now.better))


def context(target: Target) -> dict[str, Any]:
    """Return what the page of a target's benchmarks shows."""
    run, past = latest(target), history(target)
    scores = list(run.scores.select_related("measurement")) if run else []
    shown = rows(scores, past)
    runs = Run.objects.filter(target=target).select_related("target")[:TREND]
    return {
        "nav": "targets",
        "target": target,
        "run": run,
        "rows": [row for row in shown if row.score.outcome == Outcome.MEASURED],
        "missing": [row for row in shown if row.score.outcome != Outcome.MEASURED],
        "runs": [(one, State(one.state).tone) for one in runs],
        "choices": list(reversed(past)),
        "definitions": Definition.objects.filter(target=target),
    }
