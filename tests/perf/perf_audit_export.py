"""How fast is a large log copied and verified, inside the product and without it?

`perf_audit_export.py [ENTRIES]` prints seconds and ratios on SQLite and PostgreSQL, same run.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

ENTRIES = 1_000_000
LAST = 10_000


def measure(count: int) -> None:
    """Fill a log, and print how long each way of looking at it takes."""
    databases.prepare()
    from tests.perf import audit_log

    sys.stdout.write(f"{databases.database_name()}: {count:,} entries\n")
    told("filled", count, seconds(lambda: audit_log.fill(count)))
    with TemporaryDirectory(prefix="perf-copy-") as folder:
        copied(Path(folder) / "copy", count)
    from audit.verify import verify

    whole = seconds(lambda: checked(verify))
    last = min(seconds(lambda: checked(verify, count - LAST)) for _ in range(3))
    told("database, all", count, whole)
    told(f"database, last {LAST:,}", count, last)
    sys.stdout.write(f"  the last {LAST:,} are {whole / last:,.0f} times as fast as all\n")


def copied(copy: Path, count: int) -> None:
    """Write a copy and have the program in it judge it."""
    from django.utils import timezone

    from audit.log import Actor
    from audit.offline import writing
    from audit.offline.copies import VERIFIER

    actor, at = Actor.system("perf"), timezone.now()
    told("export", count, seconds(lambda: writing.write(copy, payloads=True, actor=actor, at=at)))
    line = [sys.executable, "-I", str(copy / VERIFIER), str(copy)]
    told("offline, all", count, seconds(lambda: run(line)))
    told("offline, no signatures", count, seconds(lambda: run([*line, "--without-signatures"])))
    told("offline, last", count, seconds(lambda: run([*line, "--since", str(count - LAST)])))


def told(what: str, count: int, spent: float) -> None:
    """Print one line."""
    sys.stdout.write(f"  {what:<24}{spent:9.3f} s {count / spent:14,.0f}/s of the whole log\n")
    sys.stdout.flush()


def checked(verify: Callable[..., Any], since: int = 0) -> None:
    """Verify; what does not hold would make the time worth nothing."""
    verdict = verify(since=since)
    wrong = [problem for problem in verdict.problems if "signer state" not in problem.where]
    assert not wrong, wrong[:3]


def run(line: list[str]) -> None:
    """Run the program that ships alone."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def seconds(act: Callable[[], object]) -> float:
    """Return how long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    if databases.database_name():
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
    else:
        sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
