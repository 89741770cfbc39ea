"""What did the part that a change touches do beside the part that it left alone?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.safestring import SafeString

from benchmarks.statistics import Baseline
from benchmarks.watching.control import last_seen, share_lines, words
from benchmarks.watching.shares import Control, Pair, control_of, incomparable
from delivery import counts
from delivery.deployed import history
from delivery.effects import parts
from delivery.effects.parts import Parted
from delivery.models import Delivery, Watch
from targets import manifest
from targets.repository import Repository
from telemetry import charts, series
from validation import scalars

WEEK = timedelta(days=7)
MOST_COMPARED, MOST_BYTES = 40, 1_000_000  # of settings; reading so much takes half a minute
POINTS = 16


def part_of(repository: Repository, delivery: Delivery, now: datetime) -> Parted:
    """Name the tools that a deployment touches, those of a named agent for it; and by what."""
    agents = series.tools_of_agents(delivery.target, now - WEEK, now)
    tools = {tool for owned in agents.values() for tool in owned}
    before = _ran_before(repository, delivery)
    paths = repository.changed_paths(before, delivery.merge_commit)
    compared = [path for path in paths if scalars.kind_of(path)]
    if len(compared) > MOST_COMPARED:
        return Parted(told=(f"it changes {len(compared)} files of settings, too many to compare",))
    old = repository.read_all(before, compared)
    new = repository.read_all(delivery.merge_commit, compared)
    if sum(map(len, (*old.values(), *new.values()))) > MOST_BYTES:
        return Parted(told=("it changes files of settings that are too large to compare",))
    files = [parts.File(path, old.get(path), new.get(path)) for path in paths]
    said = manifest.read(repository, delivery.base_commit)
    found = parts.touched(files, tools | set(agents), said.parts)
    by_agent = {tool for name in found.names for tool in agents.get(name, ())}
    by_name = {name for name in found.names if name in tools or name not in agents}
    return Parted(frozenset(by_name | by_agent), found.told)


def _ran_before(repository: Repository, delivery: Delivery) -> str:
    """Return the commit that the system is brought from, as far as we know."""
    known = history.before(delivery)
    is_older = known and repository.is_ancestor(known, delivery.base_commit)
    return known if is_older else delivery.base_commit  # a history may have been rewritten


def control(delivery: Delivery, watch: Watch, now: datetime) -> tuple[Control | None, str]:
    """Lay both parts side by side; without a control, say why there is none."""
    if not settings.SELFIMPROVE.watch.control:
        return None, ""
    if not watch.touched:
        return None, watch.touched_by
    since = counts.pairs_since(delivery, watch, now, watch.touched)
    before = counts.pairs_before(delivery, watch, watch.touched)
    found = control_of(before, since, counts.parameters())
    why = incomparable(found.touched, found.untouched, counts.parameters())
    return (None if why else found), why


def keep(watch: Watch, found: Control | None, why: str, now: datetime) -> None:
    """Keep what a page needs to draw it, and what was seen."""
    watch.is_beside, watch.beside = found is not None, why
    if found is None:
        return
    watch.touched_rate, watch.untouched_rate = found.touched.rate, found.untouched.rate
    watch.share_clumping = found.clumping
    seen = last_seen(found, counts.elapsed(watch, now), counts.parameters())
    watch.beside = words(seen) if seen else ""


def note(watch: Watch) -> str:
    """Say what is compared with what, or why nothing is."""
    if not watch.beside:
        return ""
    if not watch.is_beside:
        return f"Compared with before alone: {watch.beside}."
    named = f"Touched: {', '.join(watch.touched)}; all other tools are its control."
    return named if watch.beside in watch.reason else f"{named} So far {watch.beside}."


def stairs(delivery: Delivery, watch: Watch, until: datetime) -> SafeString:
    """Draw the touched part's failures over all failures, between the lines of their share."""
    if not watch.is_beside:
        return SafeString()
    pairs = counts.pairs_since(delivery, watch, until, watch.touched)
    found = Control(
        _rate_of(watch.touched_rate), _rate_of(watch.untouched_rate), pairs, watch.share_clumping
    )
    seen = last_seen(found, len(pairs), counts.parameters())
    steps = _steps(pairs)
    if seen is None or not steps:
        return SafeString()
    most = max(steps[-1][0], 20)
    places = sorted({max(1, most * k // POINTS) for k in range(1, POINTS + 1)})
    limits = []
    for place in places:
        low, high, raised, line = share_lines(found, seen, place, counts.parameters())
        limits.append(charts.Limit(place, low, high, raised * place, line, None))
    return charts.staircase(
        steps,
        limits=limits,
        title="Failures of the touched part among all failures",
        counted="failures of the touched part",
        along="all failures since deployment",
        description=(
            f"{seen.touched[1]} of {sum(p[1] for p in (seen.touched, seen.untouched))} failures"
            f" are the touched part's; its usual share is {seen.expected * 100:.0f} %. The red"
            " line is about where its share would take the change back."
        ),
    )


def _rate_of(rate: float) -> Baseline:
    return Baseline(calls=1, failures=0, rate=rate, clumping=1, weight=1, minutes=1)


def _steps(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """Count all failures and those of the touched part, from the deployment on."""
    steps, together, touched = [], 0, 0
    for (_, failed), (_, others) in pairs:
        if failed + others:
            together, touched = together + failed + others, touched + failed
            steps.append((together, touched))
    return steps
