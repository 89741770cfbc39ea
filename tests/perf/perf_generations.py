"""What does a generation cost beside its model and its benchmarks?

`perf_generations.py [ROUNDS]` walks whole generations (dry, so that each has the same to do) with
an engine that answers at once and benchmarks that are found again, on SQLite and PostgreSQL. It
prints the median per phase and of the whole, and the processor time of all processes together,
which a busy machine does not stretch. The gates that start programs of the target are told
apart: they are work, and no overhead. Fails where the processors work for a second.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

ROUNDS = 7
GOAL = 1.0  # seconds of processor time, the target's own programs included


def measure(rounds: int) -> int:
    """Walk; return 1 where the goal is missed."""
    databases.prepare()
    from django.conf import settings

    from tests.generations.scene import make_scene

    with tempfile.TemporaryDirectory(prefix="perf-") as folder:
        scene = make_scene(Path(folder), settings)
        scene.turn(dry_run=True)  # what is measured once is found again from here on
        phases: dict[str, list[float]] = defaultdict(list)
        wholes: list[float] = []
        programs: list[float] = []
        worked: list[float] = []
        for _ in range(rounds):
            scene.clock.at += timedelta(minutes=1)
            began, before = time.perf_counter(), sum(os.times()[:4])
            generation = scene.turn(dry_run=True)
            wholes.append(time.perf_counter() - began)
            worked.append(sum(os.times()[:4]) - before)
            programs.append(_started(generation.runs.get(phase="safety").details))
            for run in generation.runs.all():
                phases[run.phase].append(run.seconds or 0.0)
    rest = [whole - started for whole, started in zip(wholes, programs, strict=True)]
    told = {"whole": wholes, "of it programs of the target": programs, "rest": rest}
    _show({**phases, **told, "processor time of the whole": worked})
    return int(statistics.median(worked) >= GOAL)


def _started(details: Mapping[str, Any]) -> float:
    from validation.gates import STARTING

    names = {gate.NAME for gate in STARTING}
    asked = [gate["seconds"] for gate in details["gates"] if gate["gate"] in names]
    return float(sum(asked))


def _show(figures: dict[str, list[float]]) -> None:
    sys.stdout.write(f"\n{databases.database_name()}: a generation, median (worst) in ms\n")
    for name, seconds in figures.items():
        middle, worst = statistics.median(seconds), max(seconds)
        sys.stdout.write(f"  {name:<30} {middle * 1000:7.0f} ({worst * 1000:.0f})\n")


if __name__ == "__main__":
    if databases.database_name():
        sys.exit(measure(int(sys.argv[1]) if sys.argv[1:] else ROUNDS))
    sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
