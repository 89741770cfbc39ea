"""How are all benchmarks of a tree asked: found again, or run side by side within the cores?"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from benchmarks.choosing import Chosen
from benchmarks.measured import Measured
from benchmarks.measures import asking
from benchmarks.measures.asking import Cancelled, NotMeasured, Scene
from benchmarks.models import Measurement
from benchmarks.running import keeping
from benchmarks.running.trees import Standing, Tree
from ports.sandbox import Stopped

TICK = 0.2  # seconds between two looks at whether somebody called it off


@dataclass(frozen=True)
class Scored:
    """Hold what one benchmark said, and where it is kept."""

    chosen: Chosen
    measured: Measured
    kept: Measurement | None = None
    found_again: bool = False


Told = Callable[[str, Scored | None], None]  # a name that begins, or what came of it


def nothing(_name: str, _scored: Scored | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Asked:
    """Say how a tree is measured."""

    at: datetime
    told: Told = nothing
    stopped: Stopped = bool  # bool() is False: nobody stops it
    anew: bool = False


def measure(tree: Tree, wanted: Sequence[Chosen], asked: Asked) -> list[Scored]:
    """Return what each benchmark says, in their order; raise Cancelled where a person stops it."""
    standing = Standing.now()
    keys = {chosen.name: standing.known(tree, chosen) for chosen in wanted}
    known = {} if asked.anew else keeping.find(keys.values())
    found: dict[str, Scored] = {}
    for chosen in wanted:
        if asked.stopped():
            raise Cancelled
        if kept := known.get(keys[chosen.name]):
            found[chosen.name] = Scored(chosen, keeping.read(kept), kept, True)
            asked.told(chosen.name, found[chosen.name])
    left = [chosen for chosen in wanted if chosen.name not in found]
    if left:
        for scored in _run(tree, left, asked):
            name = scored.chosen.name
            where = scored.measured.where
            key = "" if asked.anew else standing.kept(tree, scored.chosen, where)
            kept = keeping.keep(key, name, scored.measured, at=asked.at)
            found[name] = replace(scored, kept=kept)
            asked.told(name, found[name])
    return [found[chosen.name] for chosen in wanted]


def _run(tree: Tree, left: Sequence[Chosen], asked: Asked) -> Iterator[Scored]:
    """Yield each as it ends: those that bear company first, then the others one by one."""
    ended = threading.Event()
    with tree.scene(ended.is_set) as scene, _workers() as workers:
        alone = [chosen for chosen in left if chosen.benchmark.alone]
        beside = [chosen for chosen in left if not chosen.benchmark.alone]
        try:
            for group in (beside, *([one] for one in alone)):
                waiting = set()
                for chosen in group:
                    asked.told(chosen.name, None)
                    waiting.add(workers.submit(one, scene, chosen))
                yield from _as_they_end(waiting, asked.stopped)
        finally:
            ended.set()  # whatever goes wrong here ends what still runs


def _as_they_end(waiting: set[Future[Scored]], stopped: Stopped) -> Iterator[Scored]:
    while waiting:
        done, waiting = wait(waiting, timeout=TICK, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()
        if stopped():
            raise Cancelled


def _workers() -> ThreadPoolExecutor:
    many = settings.SELFIMPROVE.benchmarks.at_once or len(os.sched_getaffinity(0))
    return ThreadPoolExecutor(max_workers=many, thread_name_prefix="benchmark")


def one(scene: Scene, chosen: Chosen) -> Scored:
    """Ask one benchmark; why there is no score is an answer too."""
    began = time.monotonic()
    try:
        measured = chosen.benchmark.measure(scene, chosen.seconds)
    except NotMeasured as reason:
        measured = Measured(reason.outcome, reason.words, output=asking.end_of(reason.ran))
        measured = measured.ran_by(reason.ran) if reason.ran else measured
    return Scored(chosen, keeping.cleaned(replace(measured, seconds=time.monotonic() - began)))
