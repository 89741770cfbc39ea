"""What does a generation on thousands of files cost, and how soon does it end when called off?

`perf_thousands.py [FILES]` walks one generation of the code fixers, with the nine benchmarks, over
a target of so many files of Python, and prints its phases beside how long writing those files
once takes here, which is what a disk and a busy machine decide. Then it calls one off in the
middle of each phase with work in it. Fails where an end takes longer than two seconds.
"""

import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

FILES = 10_000
GOAL = 2.0  # seconds from being called off to the end
MOMENTS = (
    *(("baseline", "measures"), ("plan", "asks the fixers"), ("build", "lets ruff write")),
    *(("safety", "asks the gate imports"), ("measure", "measures")),
)


def measure(many: int) -> int:
    """Walk, then call off; return 1 where an end takes too long."""
    databases.prepare()
    from django.conf import settings

    from tests.factories import make_target
    from tests.generations.embedded.walking import UNUSED, walk
    from tests.generations.scene import configure

    files = {f"shop/p{n // 100}/m{n}.py": UNUSED for n in range(many)}
    with tempfile.TemporaryDirectory(prefix="perf-") as folder:
        configure(settings, "validation", pythons={"shop": Path(sys.executable)})
        target = make_target(Path(folder), slug="shop", files=files)
        began = time.perf_counter()
        generation = walk(target, dry_run=True)
        whole = time.perf_counter() - began
        once = _written(Path(folder, "once"), files)
        _say(f"\n{databases.database_name()}: a generation on {many} files")
        _say(f"  {whole:.1f} s, {whole / once:.0f} times writing the files once ({once:.1f} s)")
        for run in generation.runs.all():
            _say(f"  {run.phase:<10}{run.seconds or 0:7.1f} s  {run.result}")
        late = [took for moment in MOMENTS if (took := _called_off(target, *moment)) > GOAL]
    _say(f"  ends within {GOAL:g} s: {len(MOMENTS) - len(late)} of {len(MOMENTS)}")
    return int(bool(late))


def _called_off(target: object, phase: str, words: str) -> float:
    """Begin anew where nothing was measured yet, and call it off in the middle of a phase."""
    from benchmarks.models import Measurement
    from targets.models import Target
    from tests.generations.calling_off import called_off
    from tests.generations.embedded.walking import begin

    assert isinstance(target, Target)
    if phase == "baseline":
        Measurement.objects.all().delete()
    if phase == "measure":
        Measurement.objects.filter(benchmark="doc_coverage").latest("pk").delete()
    return called_off(begin(target, dry_run=True), phase, words)


def _written(place: Path, files: dict[str, str]) -> float:
    began = time.perf_counter()
    for path, text in files.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return time.perf_counter() - began


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if databases.database_name():
        sys.exit(measure(int(sys.argv[1]) if sys.argv[1:] else FILES))
    sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
