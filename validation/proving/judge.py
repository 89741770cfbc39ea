"""What do the runs of a target's tests show of a change? Nothing here believes a run by itself.

Four runs are compared: base and change, each once as the tests are and once as a control, in
which every test that can tell values apart fails. What passes both ways has got at its judge.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from targets.testing.ledger import Case, Told

_CLASS = re.compile(r"(?:setUp|tearDown)(?:Class|Module) \((.+)\)")
_FAILED = "unittest.loader._FailedTest."


@dataclass(frozen=True)
class Runs:
    """Hold what was run; the controls are only asked where a run came to its end."""

    base: Told
    head: Told
    base_control: Told | None = None
    head_control: Told | None = None
    again: Sequence[tuple[Told, Told]] = ()  # of what failed: base and head, several times

    @property
    def steady(self) -> bool:
        """Tell whether every run came to its own end: neither load nor time had a say."""
        return all(run is None or run.whole for run in (self.base, self.head, self.head_control))


@dataclass(frozen=True)
class Judgement:
    """Name the tests, each for what it shows."""

    trouble: str = ""  # the run with the change cannot be believed at all
    forged: bool = False  # because somebody else wrote to its ledger
    broke: tuple[Case, ...] = ()  # passes on the base, fails with the change
    vanished: tuple[str, ...] = ()  # passes on the base, was not run with the change
    flaky: tuple[str, ...] = ()  # sometimes one, sometimes the other, on the base too
    unsteady: tuple[str, ...] = ()  # the same, but steady on the base
    was_failing: tuple[str, ...] = ()  # on the base already
    mended: tuple[str, ...] = ()  # fails on the base, passes with the change
    tampering: tuple[str, ...] = ()  # passes whatever it asserts
    uncompared: str = ""  # how the base's control run ended before its end
    proven: frozenset[str] = field(default_factory=frozenset)  # passes, and its control fails
    passes: frozenset[str] = field(default_factory=frozenset)

    @property
    def refuses(self) -> bool:
        """Tell whether the change cannot pass."""
        nothing = not self.passes
        return bool(self.trouble or self.broke or self.vanished or self.tampering or nothing)


def suspects(base: Told, head: Told) -> frozenset[str]:
    """Return the tests that a change seems to have broken: they are run again."""
    return base.passed - head.passed


def judge(runs: Runs) -> Judgement:
    """Say what each test shows."""
    base, head = runs.base, runs.head
    if not head.whole:
        return Judgement(trouble=head.forged or head.broken_off, forged=bool(head.forged))
    flaky, unsteady = _flaky(runs)
    lost = base.passed - head.passed - flaky - unsteady
    absent = {name for name in lost if name not in head.cases}
    broke = [_cause(name, head) for name in sorted(lost)]
    passes = head.passed
    tampering, proven = _controlled(runs, passes)
    return Judgement(
        broke=tuple(case for case in broke if case is not None),
        vanished=tuple(sorted(name for name in absent if _cause(name, head) is None)),
        flaky=tuple(sorted(flaky)),
        unsteady=tuple(sorted(unsteady)),
        was_failing=tuple(sorted(_failing(base) & _failing(head))),
        mended=tuple(sorted(_failing(base) & passes)),
        tampering=tuple(sorted(tampering)),
        uncompared=_uncompared(runs.base_control),
        proven=proven,
        passes=passes,
        trouble=_control_trouble(runs),
        forged=bool(runs.head_control and runs.head_control.forged),
    )


def _failing(told: Told) -> frozenset[str]:
    return told.named("failed", "error")


def _flaky(runs: Runs) -> tuple[frozenset[str], frozenset[str]]:
    """Return what does not do the same each time: on the base, and only with the change."""
    again = [pair for pair in runs.again if pair[0].whole]  # else it excuses nothing
    asked = suspects(runs.base, runs.head) if again else frozenset()
    flaky = {name for name in asked if not all(name in base.passed for base, _ in again)}
    unsteady = {name for name in asked - flaky if any(name in head.passed for _, head in again)}
    return frozenset(flaky), frozenset(unsteady)


def _cause(name: str, head: Told) -> Case | None:
    """Return how a test failed, or what failed before it could begin."""
    if name in head.cases:
        return head.cases[name]
    for case in head.cases.values():
        if case.outcome == "error" and _is_before(case.name, name):
            return Case(name, "error", f"It could not begin:\n{case.words}")
    return None


def _is_before(failed: str, name: str) -> bool:
    """Tell whether a failure is that of the class, module, file or folder of a test."""
    found = _CLASS.fullmatch(failed)
    place = found[1] if found else failed.removeprefix(_FAILED)
    return any(name.startswith(f"{place}{sign}") for sign in (".", "::", "/"))


def _controlled(runs: Runs, passes: frozenset[str]) -> tuple[set[str], frozenset[str]]:
    """Return what passes whatever is asserted, and what is shown to tell values apart."""
    base, head = runs.base_control, runs.head_control
    if base is None or head is None or not (base.whole and head.whole):
        return set(), frozenset()
    telling = _failing(base) & runs.base.passed
    tampering = {name for name in telling & passes if name not in _failing(head)}
    return tampering, passes & _failing(head)


def _uncompared(control: Told | None) -> str:
    return "" if control is None or control.whole else control.forged or control.broken_off


def _control_trouble(runs: Runs) -> str:
    """Return how the control run went wrong with the change, where it went well without."""
    base, head = runs.base_control, runs.head_control
    if head is None or head.whole:
        return ""
    if head.forged:
        return head.forged
    return f"{head.broken_off}, as a control" if base is not None and base.whole else ""


def named(names: Iterable[str]) -> str:
    """List names for a sentence."""
    listed = list(names)
    shown = ", ".join(listed[:3])
    return shown if len(listed) <= 3 else f"{shown} and {len(listed) - 3} more"
