"""What does one decision of the policies cost, beside the same question with nothing parsed?

Prints the median of processor time over rounds taken in turn, and fails where
a decision takes more than 60 µs.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")

import cedarpy
import django

django.setup()

from tests.validation.authorising.asked import AGENT, FACTS
from validation.authorising import deciding, sources
from validation.authorising.origin import MERGE

ROUNDS, CALLS = 40, 100
GOAL = 60.0  # microseconds


def main() -> int:
    """Measure a decision, a change's way into it, and both with nothing kept."""
    policies = sources.in_force()
    case = policies.case("change", AGENT, FACTS)
    text = "\n".join(one.text for one in policies.policies)
    entities, schema = deciding.entities("change", AGENT, FACTS), sources.schema()
    request = deciding.request(MERGE, case)
    ways: dict[str, Callable[[], object]] = {
        "decision": lambda: policies.decide(MERGE, case),
        "change made ready, once": lambda: policies.case("change", AGENT, FACTS),
        "all from text each time": lambda: cedarpy.is_authorized(request, text, entities, schema),
    }
    assert policies.decide(MERGE, case).permitted
    found = _in_turn(ways)
    for name, times in found.items():
        _say(f"  {name:<26}{statistics.median(times):8.1f} µs, at best {min(times):.1f} µs")
    decision = statistics.median(found["decision"])
    ratio = statistics.median(found["all from text each time"]) / decision
    met = decision <= GOAL
    _say(
        f"  {ratio:.0f} times as fast as from text; goal {GOAL:g} µs: {'met' if met else 'MISSED'}"
    )
    return 0 if met else 1


def _in_turn(ways: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            for _ in range(CALLS):
                way()
            times[name].append((time.process_time() - started) / CALLS * 1e6)
    return times


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


if __name__ == "__main__":
    raise SystemExit(main())
