"""Which evidence may a playbook ask for, and does a case show it?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from evaluation.rules.remedies import Measured, NoRemedy, percentile

ENOUGH = 3  # of anything that a share is taken of
AT_ONCE_MS = 100
LASTING_MINUTES = 10


@dataclass(frozen=True)
class Condition:
    """Hold what must be so, whether it is, and what was counted."""

    needs: str
    holds: Callable[[Measured], bool]
    counted: Callable[[Measured], str]


def missing(names: Iterable[str], measured: Measured) -> None:
    """Raise NoRemedy for the first condition that the figures do not show."""
    for name in names:
        condition = CONDITIONS[name]
        if not condition.holds(measured):
            raise NoRemedy(f"it needs that {condition.needs}, but {condition.counted(measured)}")


def shown(names: Iterable[str], measured: Measured) -> tuple[str, ...]:
    """Say what was counted for each condition."""
    return tuple(CONDITIONS[name].counted(measured) for name in names)


def _followed(measured: Measured) -> str:
    return (
        f"{measured.recovered} of {measured.followed} failures that were followed by another call"
        " in their session were followed by a success"
    )


def _share(measured: Measured) -> str:
    return f"{measured.failures} of {measured.calls} calls failed"


def _stated(measured: Measured) -> str:
    if measured.limit is None:
        return "no message states a limit"
    asked = "" if measured.asked is None else f" and that {measured.asked:,} was asked for"
    return f"the messages state a limit of {measured.limit:,}{asked}"


def _known(measured: Measured) -> bool:
    return 0 <= measured.failures <= measured.calls and measured.calls > 0


CONDITIONS: Mapping[str, Condition] = {
    "recovers": Condition(
        "at least half of the failures are followed by a success when called again",
        lambda m: m.followed >= ENOUGH and 2 * m.recovered >= m.followed,
        _followed,
    ),
    "stays_broken": Condition(
        "most failures are followed by another failure when called again",
        lambda m: m.followed >= ENOUGH and 4 * m.recovered < m.followed,
        _followed,
    ),
    "never_recovers": Condition(
        "no failure is followed by a success when called again",
        lambda m: m.recovered == 0,
        _followed,
    ),
    "mostly_works": Condition(
        "most calls succeed", lambda m: _known(m) and 2 * m.failures < m.calls, _share
    ),
    "mostly_fails": Condition(
        "at least half of the calls fail",
        lambda m: _known(m) and 2 * m.failures >= m.calls,
        _share,
    ),
    "hurried": Condition(
        "most failures are tried again within two seconds",
        lambda m: m.followed >= ENOUGH and 2 * m.hurried > m.followed,
        lambda m: f"{m.hurried} of {m.followed} repeated calls came within two seconds",
    ),
    "side_by_side": Condition(
        "several calls run at the same time",
        lambda m: m.together > 1,
        lambda m: f"at most {m.together} calls ran at the same time",
    ),
    "fails_at_once": Condition(
        f"the failures come within {AT_ONCE_MS} ms",
        lambda m: (
            len(m.failed_latencies_ms) >= ENOUGH
            and percentile(m.failed_latencies_ms, 0.5) <= AT_ONCE_MS
        ),
        lambda m: (
            f"half of {len(m.failed_latencies_ms)} failures took at most "
            f"{percentile(m.failed_latencies_ms, 0.5):.0f} ms"
            if m.failed_latencies_ms
            else "no failure's latency was measured"
        ),
    ),
    "lasting": Condition(
        f"it goes on for at least {LASTING_MINUTES} minutes",
        lambda m: m.minutes >= LASTING_MINUTES,
        lambda m: f"it was seen over {m.minutes:.0f} minutes",
    ),
    "several_sessions": Condition(
        f"at least {ENOUGH} sessions meet it",
        lambda m: m.sessions >= ENOUGH,
        lambda m: f"{m.sessions} sessions met it",
    ),
    "states_limit": Condition(
        "a message states the limit", lambda m: m.limit is not None, _stated
    ),
    "states_need": Condition(
        "a message states how much was asked for",
        lambda m: m.asked is not None,
        lambda m: (
            "no message states how much was asked for"
            if m.asked is None
            else f"the messages say that {m.asked:,} was asked for"
        ),
    ),
}
