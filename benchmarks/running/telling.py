"""How is a person, or a program, told what the benchmarks say?"""

import shutil
from collections.abc import Iterator
from typing import Any, Protocol

from benchmarks.measured import Better, Outcome, number, placed
from benchmarks.running import comparing
from benchmarks.running.anywhere import Answer
from benchmarks.running.comparing import Compared
from benchmarks.running.together import Scored
from benchmarks.verdicts import Verdict

ALL_WELL, WORSE, NO_SCORE = 0, 1, 3
SHOWN = 10
BAR = 24
SIGNS = {
    Verdict.BETTER: "↑",
    Verdict.WORSE: "↓",
    Verdict.NO_DIFFERENCE: "=",
    Verdict.INCONCLUSIVE: "?",
}


class Output(Protocol):
    """What a command writes to."""

    def write(self, msg: str = "", style_func: Any = None, ending: str | None = None) -> Any:
        """Write a line."""

    def isatty(self) -> bool:
        """Tell whether a person looks at it."""


class Progress:
    """Tell what runs: as a bar on a terminal, as lines in a pipe."""

    def __init__(self, output: Output) -> None:
        self._output, self._live = output, output.isatty()
        self._running: list[str] = []
        self._done = 0

    def told(self, name: str, scored: Scored | None) -> None:
        """Hear that one began, or what came of it."""
        if scored is None:
            self._running.append(name)
            if self._live:
                self._draw()
            return
        self._running = [one for one in self._running if one != name]
        self._done += 1
        self.clear()
        again = ", found again" if scored.found_again else f", {scored.measured.seconds:.1f} s"
        self._output.write(f"{name}: {scored.measured.outcome.label.lower()}{again}")
        if self._live:
            self._draw()

    def clear(self) -> None:
        """Take the bar away."""
        if self._live:
            self._output.write("\r\x1b[K", ending="")

    def _draw(self) -> None:
        many = self._done + len(self._running)
        full = BAR * self._done // max(many, 1)
        words = f"{'█' * full}{'░' * (BAR - full)} {self._done}/{many} {', '.join(self._running)}"
        width = shutil.get_terminal_size().columns - 1
        self._output.write(f"\r\x1b[K{words[:width]}", ending="")


def code(answer: Answer) -> int:
    """Return the exit code that fits."""
    if any(one.difference.verdict == Verdict.WORSE for one in answer.compared):
        return WORSE
    whole = all(one.measured.is_measured for one in answer.scored)
    return ALL_WELL if whole else NO_SCORE


def lines(answer: Answer) -> Iterator[str]:
    """Return a table for a terminal."""
    yield f"{answer.commit[:12]}" + (f" against {answer.against[:12]}" if answer.against else "")
    by_name = {one.chosen.name: one for one in answer.compared}
    for scored in answer.scored:
        name, measured = scored.chosen.name, scored.measured
        why = "" if measured.is_measured else f"{measured.outcome.label}: "
        said = number(measured.value, scored.chosen.benchmark.unit)
        yield f"  {name:<20}{said:>16}  {why}{measured.words}"
        if place := placed(measured.where, measured.instead_because):
            yield f"    {place}"
        if name in by_name:
            yield from _compared(by_name[name])
    if answer.compared:
        yield f"  together, by weight and beyond noise: {comparing.weighted(answer.compared):+.4f}"


def _compared(one: Compared) -> Iterator[str]:
    told = one.difference
    labels = [
        label for label, holds in (("keep", told.keep), ("proven improved", told.proven)) if holds
    ]
    label = f" ({', '.join(labels)})" if labels else ""
    yield f"    {SIGNS[told.verdict]} {told.verdict}{label}: {told.words}"
    for sign, names in (("+", told.wins), ("-", told.losses)):
        for name in names[:SHOWN]:
            yield f"      {sign} {name}"
        if len(names) > SHOWN:
            yield f"      {sign} … and {len(names) - SHOWN} more"


def plain(answer: Answer, exit_code: int) -> dict[str, Any]:
    """Return it for a program."""
    found: dict[str, Any] = {
        "commit": answer.commit,
        "scores": [_score(scored) for scored in answer.scored],
        "exit_code": exit_code,
    }
    if answer.against:
        found["against"] = answer.against
        found["comparisons"] = [_comparison(one) for one in answer.compared]
        found["weighted_gain"] = comparing.weighted(answer.compared)
    return found


def _score(scored: Scored) -> dict[str, Any]:
    measured, benchmark = scored.measured, scored.chosen.benchmark
    return {
        "benchmark": benchmark.name,
        "outcome": str(measured.outcome),
        "value": measured.value,
        "unit": benchmark.unit,
        "better": str(Better(benchmark.better)),
        "weight": scored.chosen.weight,
        "words": measured.words,
        "tool": measured.tool,
        "version": measured.version,
        "level": str(measured.level or ""),
        "sandbox": measured.where,
        "sandbox_reason": measured.instead_because,
        "seconds": round(measured.seconds, 3),
        "found_again": scored.found_again,
        "output": "" if measured.outcome == Outcome.MEASURED else measured.output,
        "findings": [
            {
                "rule": one.fingerprint.rule,
                "path": one.fingerprint.path,
                "symbol": one.fingerprint.symbol,
                "line": one.line,
                "message": one.message,
            }
            for one in measured.findings
        ],
    }


def _comparison(one: Compared) -> dict[str, Any]:
    told = one.difference
    return {
        "benchmark": one.chosen.name,
        "verdict": str(told.verdict),
        "words": told.words,
        "keep": told.keep,
        "proven_improved": told.proven,
        "difference": told.difference,
        "low": told.low,
        "high": told.high,
        "wins": list(told.wins),
        "losses": list(told.losses),
        "items": told.items,
        "repeats": told.repeats,
        "noisy": told.is_noisy,
    }
