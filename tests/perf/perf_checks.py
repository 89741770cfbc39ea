"""What does it cost to ask the reading gates in a process of their own?

Prints the median over rounds taken in turn, for a change of nine files, beside the same gates in
this process, and fails where the process of its own takes more than twice as long.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")

import django

django.setup()

from targets.manifest import Manifest
from tests.perf.turns import in_turn
from tests.validation.changing import LIMITS, WHITELIST, changed, make_repository
from validation.asking import alone, apart
from validation.asking.watching import Unwatched
from validation.gates import READING
from validation.verdicts import Context

ROUNDS = 15
FILES = 9
GOAL = 2.0
BODY = "VALUE = {0}\n\n\ndef answer() -> int:\n    return VALUE + {0}\n"


def main() -> int:
    """Measure; return 1 where the goal is missed."""
    with tempfile.TemporaryDirectory(prefix="selfimprove-perf-") as top:
        repository = make_repository(Path(top))
        files = {f"gateway/m{number}.py": BODY.format(number) * 20 for number in range(FILES)}
        change = changed(repository, files)

        def context() -> Context:
            return Context(repository, Manifest(), WHITELIST, LIMITS)

        def here() -> object:
            given = context()
            return [alone.ask(gate, change, given) for gate in READING]

        def there() -> object:
            return apart.ask(list(enumerate(READING)), change, context(), Unwatched())

        times = in_turn({"in this process": here, "in a process of its own": there}, ROUNDS)
    found = {name: statistics.median(one) for name, one in times.items()}
    for name, milliseconds in found.items():
        _say(f"  {name:<26}{milliseconds:8.1f} ms, at best {min(times[name]):.1f} ms")
    ratio = found["in a process of its own"] / found["in this process"]
    met = ratio <= GOAL
    _say(f"  {ratio:.2f} times as long; goal {GOAL:g}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


if __name__ == "__main__":
    raise SystemExit(main())
