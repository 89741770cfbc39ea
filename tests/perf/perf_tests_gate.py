"""What does the verdict of tests cost beside a plain run of the same tests?

Prints the median over rounds taken in turn of a plain run without a sandbox, of one in the
sandbox, and of the gate, once for the first change to a base and once for the next. Fails where
a further change takes more than twice a sandboxed run and the making of two copies.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")

import django

django.setup()

from ports.sandbox import Bounds, Job
from ports.sandbox.bubblewrap import Bubblewrap
from targets import manifest
from targets.repository import ZERO, Change, Repository
from tests.perf.turns import in_turn
from validation import parameters
from validation.gates import tests
from validation.models import Outcome
from validation.proving import evidence
from validation.verdicts import Context, Limits

ROUNDS = 9
QUIET = subprocess.DEVNULL
GOAL = 2.0  # times a sandboxed run of the same tests
AT = datetime(2026, 1, 1, tzinfo=UTC)
GATEWAY = ROOT / "examples" / "gateway"


def main() -> int:
    """Measure on the example's tests; return 1 where the goal is missed."""
    standing = Bubblewrap().examine()
    if not standing.enough:
        _say(f"not measured: {standing.missing} {standing.remedy}")
        return 1
    with tempfile.TemporaryDirectory(prefix="selfimprove-perf-") as top:
        repository = Repository.create(Path(top, "gateway.git"), origin=str(Path(top)))
        change, context = _change(repository)
        copy = Path(top, "copy")
        repository.export(change.tree, copy)
        command = context.manifest.tests.command
        job = Job(command=command, tree=copy, bounds=Bounds(seconds=60))
        ways: dict[str, Callable[[], object]] = {
            "plain run": lambda: subprocess.run(
                command, cwd=copy, check=True, capture_output=True
            ),
            "in the sandbox": lambda: Bubblewrap().run(job),
            "gate, first change": lambda: _first(change, context),
            "gate, next change": lambda: _asked(change, context),
        }
        found = {name: statistics.median(times) for name, times in in_turn(ways, ROUNDS).items()}
    for name, milliseconds in found.items():
        _say(f"  {name:<20}{milliseconds:8.0f} ms")
    return _judged(found["gate, next change"] / found["in the sandbox"])


def _judged(ratio: float) -> int:
    met = ratio <= GOAL
    _say(f"  a further change: {ratio:.2f} times a run in the sandbox; goal {GOAL:g}:")
    _say("  met" if met else "  MISSED")
    return 0 if met else 1


def _change(repository: Repository) -> tuple[Change, Context]:
    files = {
        str(path.relative_to(GATEWAY)): path.read_bytes()
        for path in sorted(GATEWAY.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    base = repository.commit_files("main", files, "The gateway", AT)
    repository.update_ref("refs/heads/change", base, ZERO)
    more = {"gateway/pacing.py": files["gateway/pacing.py"] + b"\n# more\n"}
    change = repository.between(base, repository.commit_files("change", more, "More", AT))
    found = manifest.read(repository, base)
    return change, Context(repository, found, parameters.load(), Limits.configured())


def _first(change: Change, context: Context) -> None:
    evidence.forget()
    _asked(change, context)


def _asked(change: Change, context: Context) -> None:
    verdict = tests.run(change, context)
    if verdict.outcome != Outcome.PASSED:
        raise SystemExit(f"not measured: {verdict.summary}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
