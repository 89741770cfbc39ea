"""Is the head of a target's branch worse than what was measured before it, by any benchmark?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from benchmarks.measured import Better, Outcome
from benchmarks.measures import BENCHMARKS
from benchmarks.models import Comparison, Run, Score, State
from benchmarks.running import comparing, keeping
from benchmarks.verdicts import Verdict
from evaluation.triggers.records import Trigger, Waking
from ports.git import GitFailed
from targets.models import Target
from targets.repository import Repository

FRESH = timedelta(hours=24)  # what was measured longer ago wakes nobody
SHOWN = 3
LOOKED_AT = 20  # runs among which the one before is sought
READS_ONLY = frozenset(one.name for one in BENCHMARKS if not one.starts)


def worse(target: Target, now: datetime) -> str:
    """Name the benchmarks by which the head got worse; nothing unless that is news."""
    run = _newest(target, now)
    before = _before(target, run) if run is not None else None
    if run is None or before is None:
        return ""
    found = list(_worse(run, before))
    if not found:
        return ""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    names = "; ".join(found[:SHOWN])
    return f"{run.commit[:12]} is worse than {before.commit[:12]}: {names}{more}"


def _newest(target: Target, now: datetime) -> Run | None:
    """Return the newest run of the head, if it has not woken anybody yet."""
    runs = Run.objects.filter(target=target, commit=target.head_commit, state=State.ENDED)
    run = runs.filter(ended_at__gt=now - FRESH, ended_at__lte=now).order_by("-ended_at").first()
    if run is None:
        return None
    woken = Waking.objects.filter(target=target, trigger=Trigger.BENCHMARK_REGRESSION)
    return None if woken.filter(at__gte=run.ended_at).exists() else run


def _before(target: Target, run: Run) -> Run | None:
    """Return the last run before it of a commit that the head contains."""
    others = Run.objects.filter(target=target, state=State.ENDED, ended_at__lt=run.ended_at)
    repository = Repository.of(target)
    for other in others.exclude(commit=run.commit).order_by("-ended_at")[:LOOKED_AT]:
        try:
            if repository.is_ancestor(other.commit, run.commit):
                return other
        except GitFailed:
            continue  # git has thrown that commit away: nobody can say where it stood
    return None


def _worse(run: Run, before: Run) -> Iterator[str]:
    was = {score.benchmark: score for score in before.scores.select_related("measurement")}
    compared = Comparison.objects.filter(run=run, against=before)
    told = {one.benchmark: one for one in compared}
    for score in run.scores.select_related("measurement"):
        old = was.get(score.benchmark)
        if known := told.get(score.benchmark):
            if known.verdict == Verdict.WORSE:
                yield f"{score.benchmark} ({known.words})"
        elif old is not None and (words := _by_one_run(old, score)):
            yield f"{score.benchmark} ({words})"


def _by_one_run(was: Score, now: Score) -> str:
    """Say what one run a side shows; of what starts code, that it was no more than that."""
    if was.measurement is None:
        return ""
    if now.outcome == Outcome.BROKEN_OFF and was.outcome == Outcome.MEASURED:
        return "it had a score, and does not end now"
    if now.measurement is None or now.outcome != Outcome.MEASURED or was.outcome != now.outcome:
        return ""
    old, new = keeping.read(was.measurement), keeping.read(now.measurement)
    difference = comparing.settled(old, new, Better(now.better))
    if difference.verdict != Verdict.WORSE:
        return ""
    once = "" if now.benchmark in READS_ONLY else ", by one run of each"
    return f"{difference.words}{once}"
