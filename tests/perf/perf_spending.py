"""How does what spending is asked grow with the number of calls that were paid for?

`perf_spending.py [LINES]` makes lines of one month (10 000 unless told otherwise) on SQLite and
PostgreSQL, and compares the report and one reservation with those over a tenth as many.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

if TYPE_CHECKING:
    from targets.models import Target

LINES = 10_000
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LIMIT = 20  # times as long for ten times as many: more would not be one pass over an index
ROUNDS = 7


def measure(lines: int) -> int:
    """Fill, ask, fill up, ask again, and print; return 1 where it grows faster than the rows."""
    databases.prepare()
    from personas.ledger.spending import report
    from targets.models import Target

    targets = [
        Target.objects.create(slug=f"t{n}", name=f"T{n}", origin="/nowhere", created_at=NOW)
        for n in range(5)
    ]
    questions: dict[str, Callable[[], Any]] = {
        "the report of a month": lambda: report(NOW),
        "one reservation": lambda: _reserve(targets[0]),
    }
    _fill(targets, 0, lines // 10)
    few = {name: _best(ask) for name, ask in questions.items()}
    _fill(targets, lines // 10, lines)
    sys.stdout.write(f"\n{databases.database_name()}: {lines} lines in a month\n")
    slow = 0
    for name, ask in questions.items():
        took = _best(ask)
        slow += took > LIMIT * few[name]
        ratio = f"{took / few[name]:5.1f} x that of a tenth"
        sys.stdout.write(f"  {name:24}{took:8.1f} ms {ratio}\n")
    return int(slow > 0)


def _fill(targets: "list[Target]", first: int, last: int) -> None:
    from personas.models import Line, State

    Line.objects.bulk_create(
        (
            Line(
                target=targets[n % len(targets)],
                agent=f"Agent{n % 7}",
                engine="anthropic",
                simulated=False,
                model_asked="claude-sonnet-5-5",
                model="claude-sonnet-5-5",
                purpose=f"generation:{n // 40}/build",
                root=f"generation:{n // 40}",
                state=State.SETTLED,
                reserved_at=NOW - timedelta(minutes=4 * n % 41_000),
                expires_at=NOW,
                closed_at=NOW,
                reserved_cost=2000,
                reserved_tokens=2000,
                counted_cost=1000,
                counted_tokens=1000,
                cost=1000,
                at_least=n % 50 == 0,
            )
            for n in range(first, last)
        ),
        batch_size=2000,
    )


def _reserve(target: "Target") -> None:
    from personas.ledger import lines, table
    from personas.ledger.budgets import Call

    call = Call(
        target=target,
        agent="Agent1",
        engine="anthropic",
        simulated=False,
        model="claude-sonnet-5-5",
        purpose="generation:3/build",
        input_tokens=10,
        max_tokens=10,
    )
    lines.refund(lines.reserve(call, at=NOW, prices=table.in_force()), at=NOW)


def _best(ask: Callable[[], Any]) -> float:
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * 1000)
    return min(found)


if __name__ == "__main__":
    if databases.database_name():
        sys.exit(measure(int(sys.argv[1])))
    sys.exit(databases.run_on_each(__file__, sys.argv[1:] or [str(LINES)]))
