"""What does the sandbox cost per run, beside a plain process and beside the popular recipe?

Prints the median of each over rounds taken in turn, for trees of 50 and of 500 files, and fails
where the sandbox adds more than 60 ms (50 files) or 110 ms (500 files) to a plain process.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ports.sandbox import Bounds, Ending, Job
from ports.sandbox.bubblewrap import Bubblewrap
from ports.sandbox.unconfined import Unconfined
from tests.perf.turns import in_turn

ROUNDS = 25
GOALS = {50: 60.0, 500: 110.0}  # milliseconds added to a plain process
COMMAND = ("true",)
BOUNDS = Bounds(seconds=60)
POPULAR = ("bwrap", "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")


def main() -> int:
    """Measure both trees; return 1 where a goal is missed."""
    standing = Bubblewrap().examine()
    if not standing.enough:
        _say(f"not measured: {standing.missing} {standing.remedy}")
        return 1
    return max(_measure(files, goal) for files, goal in GOALS.items())


def _measure(files: int, goal: float) -> int:
    with tempfile.TemporaryDirectory(prefix="selfimprove-perf-") as top:
        tree = _tree(Path(top, "tree"), files)
        job = Job(command=COMMAND, tree=tree, bounds=BOUNDS)
        ways: dict[str, Callable[[], object]] = {
            "plain process": lambda: subprocess.run(COMMAND, check=True),
            "plain process on a copy": lambda: _on_a_copy(tree, Path(top, "copy")),
            "bwrap --ro-bind / /": lambda: subprocess.run([*POPULAR, *COMMAND], check=True),
            "unconfined": lambda: _well(Unconfined(), job),
            "sandbox": lambda: _well(Bubblewrap(), job),
        }
        times = in_turn(ways, ROUNDS)
    found = {name: statistics.median(one) for name, one in times.items()}
    added = found["sandbox"] - found["plain process"]
    ratio = found["sandbox"] / found["plain process on a copy"]
    _say(f"{files} files")
    for name, milliseconds in found.items():
        _say(f"  {name:<26}{milliseconds:8.1f} ms, at best {min(times[name]):.1f} ms")
    _say(f"  {'of a process on a copy':<26}{ratio:8.2f} times")
    met = added <= goal
    _say(f"  the sandbox adds {added:.1f} ms; goal {goal:g} ms: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _tree(folder: Path, files: int) -> Path:
    for number in range(files):
        path = folder / f"part{number % 10}" / f"module{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"VALUE = {number}\n" * 40)
    return folder


def _on_a_copy(tree: Path, copy: Path) -> None:
    shutil.copytree(tree, copy)
    subprocess.run(COMMAND, cwd=copy, check=True)
    shutil.rmtree(copy)


def _well(sandbox: Bubblewrap | Unconfined, job: Job) -> None:
    ran = sandbox.run(job)
    if (ran.ended, ran.code) != (Ending.DONE, 0):
        raise RuntimeError(f"it did not run well: {ran}")


if __name__ == "__main__":
    raise SystemExit(main())
