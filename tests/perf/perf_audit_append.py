"""How fast is an act kept in the log, and given its place in it, beside named peers?

`perf_audit_append.py [--seconds S] [--writers N …] [--rounds N] [--only CASE …] [--fsync …]`
prints our figure, the peer's, their ratio, the goal and whether it is met, on SQLite and
PostgreSQL: on the disk as it is, and with every fsync a wait of exactly 1 ms, as disks differ by
the hour.

Every writer is a process that reads a row of its own, saves it, leaves its trace, and commits: an
entry that no tick waits for, as most are; the clock would ask for its seal twice a second. Peers
that are not installed are named.
"""

import argparse
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases
from tests.perf.appending.lines import AS_IS, SLOW, not_run

SECONDS, WRITERS, PROOF = 2.0, [1, 4, 16], 20_000
CASES = ("appends", "work", "starvation", "sequencer", "auditchain", "proof", "insert")
DISK = "PERF_FSYNC"


def asked(arguments: list[str]) -> argparse.Namespace:
    """Read what is to be measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each case")
    parser.add_argument("--rounds", type=int, default=1, help="of each act; the median is told")
    parser.add_argument("--writers", type=int, nargs="+", default=WRITERS)
    parser.add_argument("--proof-size", type=int, default=PROOF, help="entries, in both logs")
    parser.add_argument("--only", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--fsync", nargs="+", choices=(AS_IS, SLOW), default=(AS_IS, SLOW))
    return parser.parse_args(arguments)


def measure(options: argparse.Namespace) -> None:
    """Run the cases on this process's database."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.perf.appending.settings"
    from tests.perf.appending import tables

    tables.prepare()
    from tests.perf.appending import appends, inserting, sealing, starving

    disk = os.environ[DISK]
    sys.stdout.write(f"\n{databases.database_name()}, fsync {disk}\n")
    figures = appends.Figures(options.seconds, options.rounds, disk)
    many = max(options.writers)
    run = {
        "appends": lambda: appends.alone(figures, options.writers),
        "work": lambda: appends.with_work(figures, options.writers),
        "starvation": lambda: starving.starved(2 * options.seconds, disk, many),
        "sequencer": lambda: sealing.sequenced(figures, options.writers),
        "auditchain": lambda: sealing.chained(figures),
        "proof": lambda: sealing.proven(options.proof_size, disk),
        "insert": lambda: inserting.inserted(options.seconds, disk),
    }
    for case in options.only:
        if disk == AS_IS or case not in {"proof", "insert"}:  # those do not wait for a disk
            sys.stdout.write(f" {case}\n")
            run[case]()


def each_disk(options: argparse.Namespace) -> int:
    """Measure on both databases, on each kind of disk; return the worst exit code."""
    from tests.perf.appending.slow_disk import every_fsync_takes

    worst = 0
    for disk in options.fsync:
        os.environ[DISK] = disk
        if disk == AS_IS:
            worst = max(worst, databases.run_on_each(__file__, sys.argv[1:]))
            continue
        with every_fsync_takes(1) as works:
            if works:
                worst = max(worst, databases.run_on_each(__file__, sys.argv[1:]))
            else:
                not_run(f"fsync {disk}", "needs Linux and a C compiler")
    return worst


if __name__ == "__main__":
    given = asked(sys.argv[1:])
    if databases.database_name():
        measure(given)
    else:
        sys.exit(each_disk(given))
