"""How did each benchmark go over time: on the branch, and with what was tried on it?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from benchmarks.evidence import wilson
from benchmarks.measured import number
from benchmarks.models import Run, Score, State
from generations.models import Delta, Generation, Outcome
from generations.pages import pictures
from generations.pages.pictures import Dot
from proposals.models import Status, Transition
from targets.models import Target
from telemetry.charts import Mark

MOST = 60  # generations, and runs, that a chart goes back
MOST_MARKS = 8
KEYS = (("line", "on the branch"), ("good", "accepted"), ("warn", "not accepted"))
COLUMNS = ("At (UTC)", "What", "Score", "95 %")


@dataclass(frozen=True)
class Chart:
    """Hold one benchmark's picture with the same numbers as a table."""

    benchmark: str
    picture: SafeString
    rows: Sequence[tuple[str, str, str, str]]
    latest: str


def charts(target: Target) -> list[Chart]:
    """Draw every benchmark that says something of at least one moment."""
    dots: dict[str, list[Dot]] = defaultdict(list)
    units: dict[str, str] = {}
    for name, unit, dot in [*_tried(target), *_measured(target)]:
        units.setdefault(name, unit)
        dots[name].append(dot)
    marks = _marks(target)
    return [_chart(name, units[name], dots[name], marks) for name in sorted(dots)]


def _chart(name: str, unit: str, dots: Sequence[Dot], marks: Sequence[Mark]) -> Chart:
    ordered = sorted(dots, key=lambda dot: dot.at)
    branch = [dot for dot in ordered if dot.tone == "line"]
    latest = number(branch[-1].value, unit) if branch else ""
    since = [mark for mark in marks if mark.at >= ordered[0].at][-MOST_MARKS:]
    told = ", ".join(f"{mark.label} on {mark.at:%Y-%m-%d}" for mark in since)
    picture = pictures.over_time(
        thinned(ordered),
        title=f"{name} over time",
        description=f"{len(branch)} scores of the branch, the latest {latest}. {told}",
        unit=unit,
        marks=since,
        keys=KEYS,
    )
    rows = [
        (f"{dot.at:%Y-%m-%d %H:%M}", dot.words, number(dot.value, unit), _range(dot, unit))
        for dot in reversed(ordered)
    ]
    return Chart(name, picture, rows, latest)


def thinned(dots: Sequence[Dot]) -> list[Dot]:
    """Leave out what the branch said again and again; its line shows that as well."""
    branch = [dot for dot in dots if dot.tone == "line"]
    again = {
        id(here)
        for before, here, after in zip(branch, branch[1:], branch[2:], strict=False)
        if before.value == here.value == after.value and here.low is None
    }
    return [dot for dot in dots if id(dot) not in again]


def _range(dot: Dot, unit: str) -> str:
    if dot.low is None or dot.high is None:
        return "–"
    return f"{number(dot.low, unit)} to {number(dot.high, unit)}"


def _tried(target: Target) -> Iterable[tuple[str, str, Dot]]:
    """Tell what each generation measured before its change and with it."""
    rows = Generation.objects.filter(target=target, deltas__isnull=False).distinct()
    rows = rows.only("number", "outcome", "started_at").order_by("-pk")
    newest = {one.pk: one for one in rows[:MOST]}
    found = list(Delta.objects.filter(generation__in=newest).order_by("-generation_id", "pk"))
    directions = _directions(found)
    for one in found:
        generation = newest[one.generation_id]
        at, name = generation.started_at, f"Generation {generation.number}"
        if one.before is not None:
            yield one.benchmark, one.unit, Dot(at, one.before, f"{name}, before")
        if one.after is not None:
            accepted = generation.outcome == Outcome.ACCEPTED
            low, high = _bounds(one, directions[one.benchmark])
            words = f"{name}, {generation.get_outcome_display().lower() or 'under way'}"
            tone = "accepted" if accepted else "rejected"
            yield one.benchmark, one.unit, Dot(at, one.after, words, tone, low, high)


def _directions(found: Iterable[Delta]) -> dict[str, float]:
    """Say of each benchmark whether more is better, by which way its gains went."""
    sums: dict[str, float] = defaultdict(float)
    for one in found:
        sums[one.benchmark] += 0.0
        if one.before is not None and one.after is not None and one.difference:
            sums[one.benchmark] += (one.after - one.before) * one.difference
    return sums


def _bounds(one: Delta, direction: float) -> tuple[float | None, float | None]:
    """Lay the range of the difference around the old score; a gain of findings is a loss of them.

    Where the measurements went in turn, the range is of their mean difference, and holds it.
    """
    if one.before is None or one.low is None or one.high is None or not direction:
        return None, None
    sign = 1 if direction > 0 else -1
    ends = (one.before + sign * one.low, one.before + sign * one.high)
    return min(ends), max(ends)


def _measured(target: Target) -> Iterable[tuple[str, str, Dot]]:
    """Tell what runs of the benchmarks said of commits of the branch."""
    rows = Score.objects.filter(value__isnull=False)
    runs = Run.objects.filter(target=target, state=State.ENDED).values_list("pk", flat=True)
    found = rows.filter(run__in=list(runs[:MOST])).select_related("run", "measurement")
    for one in found:
        at, low, high = one.run.ended_at or one.run.asked_at, None, None
        if one.unit == "share" and one.measurement and one.measurement.items and one.value:
            n = len(one.measurement.items)
            low, high = wilson(round(one.value * n), n)
        words = f"Commit {one.run.commit[:12]}"
        if one.value is not None:
            yield one.benchmark, one.unit, Dot(at, one.value, words, "line", low, high)


def _marks(target: Target) -> list[Mark]:
    """Mark when the work of a generation came into force, and when it was taken back."""
    moves = Transition.objects.filter(
        proposal__generation__target=target,
        destination__in=[Status.IMPLEMENTED, Status.REVERTED],
    )
    told = moves.order_by("at").values_list("at", "destination", "proposal__generation__number")
    return [
        Mark(at, f"#{n} in force")
        if destination == Status.IMPLEMENTED
        else Mark(at, f"#{n} taken back", "revert")
        for at, destination, n in told
    ]
