"""What did a run of tests tell, and can the telling be believed as far as it goes?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ports.sandbox import Ending, Level, Ran

OUTCOMES = frozenset({"passed", "failed", "error", "skipped", "xfailed"})
_ORDER = ("error", "failed", "skipped", "xfailed", "passed")  # the worst of a test counts
NO_TESTS = 5  # pytest's word for it
SIGNALLED = 128  # and the number of the signal, as in a shell
OUT_OF_TIME = "ran out of time"
_ENDINGS = {
    Ending.TIMED_OUT: OUT_OF_TIME,
    Ending.TOO_MANY_PROCESSES: "started too many processes",
    Ending.TOO_MUCH_MEMORY: "took too much memory",
    Ending.TOO_MANY_FILES: "wrote too many files",
    Ending.LOST: "ended the process that watches it",
    Ending.STOPPED: "was stopped",
}


@dataclass(frozen=True)
class Case:
    """Hold what one test did."""

    name: str
    outcome: str
    words: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Told:
    """Hold what one run told: each test, and why it cannot be believed as a whole, if so."""

    cases: Mapping[str, Case] = field(default_factory=lambda: MappingProxyType({}))
    broken_off: str = ""  # it has no end that fits
    forged: str = ""  # somebody else wrote to its ledger
    missing: str = ""  # the framework is not there
    elsewhere: str = ""  # which code of the tests' own name ran instead of what they lie beside
    output: str = ""
    level: Level | None = None

    @property
    def whole(self) -> bool:
        """Tell whether the run came to its own end, and nobody else had a word."""
        return not (self.broken_off or self.forged or self.missing)

    @property
    def passed(self) -> frozenset[str]:
        """Return the tests that passed."""
        return self.named("passed")

    def named(self, *outcomes: str) -> frozenset[str]:
        """Return the tests with these outcomes."""
        return frozenset(name for name, one in self.cases.items() if one.outcome in outcomes)


def read(ran: Ran, nonce: str) -> Told:
    """Read the ledger of a run; every line has to be the next one of its writer."""
    cases: dict[str, Case] = {}
    ended: int | None = None
    forged = missing = elsewhere = ""
    *lines, rest = ran.results.split(b"\n")
    for number, line in enumerate(lines):
        record = _record(line, f"{nonce} {number} ".encode())
        if record is None or ended is not None:
            forged = f"line {number + 1} of its ledger was not written by the run"
            break
        if record["kind"] == "end":
            ended = int(record["code"])
        elif record["kind"] == "missing":
            missing = str(record["what"])
        elif record["kind"] == "elsewhere":
            elsewhere = f"{record['what']} from {record['where']}"
        elif record["kind"] == "case":
            _add(cases, record, ran)
    if rest and not forged and ended is not None:
        forged = "its ledger goes on after its end"
    return Told(
        cases=MappingProxyType(cases),
        broken_off="" if forged or missing else _broken_off(ran, ended, cases),
        forged=forged,
        missing=missing,
        elsewhere=elsewhere,
        output=_plain(ran.output, ran),
        level=ran.level,
    )


def _record(line: bytes, start: bytes) -> dict[str, Any] | None:
    if not line.startswith(start):
        return None
    try:
        record = json.loads(line[len(start) :])
    except (ValueError, RecursionError):
        return None
    return record if _is_known(record) else None


def _is_known(record: object) -> bool:
    if not isinstance(record, dict):
        return False
    kind = record.get("kind")
    if kind == "case":
        texts = all(isinstance(record.get(key), str) for key in ("id", "outcome", "words"))
        seconds = isinstance(record.get("seconds"), int | float)
        return texts and seconds and record["outcome"] in OUTCOMES
    if kind == "elsewhere":
        return all(isinstance(record.get(key), str) for key in ("what", "where"))
    if kind == "end":
        return isinstance(record.get("code"), int)
    return kind in ("start", "missing")


def _add(cases: dict[str, Case], record: dict[str, Any], ran: Ran) -> None:
    case = Case(
        record["id"], record["outcome"], _plain(record["words"], ran), float(record["seconds"])
    )
    known = cases.get(case.name)
    if known is None or _ORDER.index(case.outcome) < _ORDER.index(known.outcome):
        cases[case.name] = case


def _broken_off(ran: Ran, ended: int | None, cases: Mapping[str, Case]) -> str:
    """Say how a run ended where it did not end as a run of tests does."""
    told = f"after {len(cases)} tests" if len(cases) != 1 else "after 1 test"
    if ran.ended != Ending.DONE:
        return f"{_ENDINGS.get(ran.ended, str(ran.ended))} {told}"
    if ended is None and ran.violations:
        return f"wrote {', '.join(ran.violations)}"
    if ended is None:
        return f"{ended_by(ran.code)} {told}, before its end"
    if ended != ran.code:
        return f"{ended_by(ran.code)}, though its tests ended with exit code {ended}"
    bad = any(case.outcome in ("failed", "error") for case in cases.values())
    if bad == (ended == 0) and not (ended == NO_TESTS and not cases):
        return f"ended with exit code {ended}, which does not fit what its tests did"
    return ""


def ended_by(code: int | None) -> str:
    """Say by what a command ended."""
    if code is not None and code > SIGNALLED:
        return f"was ended by signal {code - SIGNALLED}"
    return f"ended with exit code {code}"


def _plain(text: str, ran: Ran) -> str:
    """Take the places of the copy out of a text, which are others in each run."""
    return text.replace(f"{ran.tree}/", "").replace(ran.home, "~") if ran.tree else text
