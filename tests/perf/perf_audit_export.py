"""How fast is a large log copied and verified, inside the product and without it?

`perf_audit_export.py [ENTRIES]` prints seconds and ratios on SQLite and PostgreSQL, same run.
Beside the seconds that passed it prints those that our processors worked, as a busy machine makes
the former worth little; what a server of the database works is in neither.
"""

import os
import subprocess
import sys
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
    told("filled", count, spent(lambda: audit_log.fill(count)))
    with TemporaryDirectory(prefix="perf-copy-") as folder:
        copied(Path(folder) / "copy", count)
    from audit.verify import verify

    bare = spent(lambda: checked(verify, signatures=False))
    told("database, no signatures", count, bare)
    whole = spent(lambda: checked(verify))
    last = min((spent(lambda: checked(verify, since=count - LAST)) for _ in range(3)), key=sum)
    told("database, all", count, whole)
    told(f"database, last {LAST:,}", count, last)
    times = (whole[0] / last[0], whole[1] / last[1])
    sys.stdout.write(
        "  the last {:,} are {:,.0f} times as fast as all, {:,.0f} by work\n".format(LAST, *times)
    )


def copied(copy: Path, count: int) -> None:
    """Write a copy and have the program in it judge it."""
    from django.utils import timezone

    from audit.log import Actor
    from audit.offline import writing
    from audit.offline.copies import VERIFIER

    actor, at = Actor.system("perf"), timezone.now()
    told("export", count, spent(lambda: writing.write(copy, payloads=True, actor=actor, at=at)))
    line = [sys.executable, "-I", str(copy / VERIFIER), str(copy)]
    told("offline, all", count, spent(lambda: run(line)))
    told("offline, no signatures", count, spent(lambda: run([*line, "--without-signatures"])))
    told("offline, last", count, spent(lambda: run([*line, "--since", str(count - LAST)])))


def told(what: str, count: int, took: tuple[float, float]) -> None:
    """Print one line."""
    passed, worked = took
    rate = count / passed
    sys.stdout.write(
        f"  {what:<24}{passed:9.3f} s {worked:9.3f} s of work {rate:14,.0f}/s of all\n"
    )
    sys.stdout.flush()


def checked(verify: Callable[..., Any], **how: Any) -> None:
    """Verify; what does not hold would make the time worth nothing."""
    verdict = verify(**how)
    assert verdict.ok, verdict.problems[:3]


def run(line: list[str]) -> None:
    """Run the program that ships alone."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def spent(act: Callable[[], object]) -> tuple[float, float]:
    """Return how long an act takes, and how long we and our processes worked at it."""
    before = os.times()
    act()
    after = os.times()
    return after.elapsed - before.elapsed, sum(after[:4]) - sum(before[:4])


if __name__ == "__main__":
    if databases.database_name():
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
    else:
        sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
