"""How often do calls fail? Counts outcomes in the example's own logs, by tool and task."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CALL = re.compile(r"(?:Tool execution|Extension called) (?:tool|extension)=(\S+) .*success=(\w+)")
TASK = re.compile(r"Task (completed|failed) task=(\S+)")
CODE = re.compile(r"error_(?:code|category)=(\S+)")
Outcome = tuple[str, str]


@dataclass(frozen=True)
class Rate:
    """Hold calls and failures of one tool, one task, or all."""

    calls: int
    failures: int

    @property
    def share(self) -> float:
        """Tell the failing share; none of nothing is zero."""
        return self.failures / self.calls if self.calls else 0.0


class Reading:
    """Count outcomes from here on, so that a story can be measured chapter by chapter."""

    def __init__(self, logs: Path, *, from_the_start: bool = False) -> None:
        self.logs = logs
        self.skip = Counter(() if from_the_start else outcomes(logs))

    def rates(self) -> dict[str, Rate]:
        """Tell the rates since this reading began, with the sum under `total`."""
        found = Counter(outcomes(self.logs)) - self.skip
        names = sorted({name for name, _ in found})
        rates = {name: _rate({o: n for o, n in found.items() if o[0] == name}) for name in names}
        return rates | {"total": _rate(dict(found))}

    def codes(self) -> Counter[str]:
        """Tell how often each error code was met, as `tool code`."""
        found = Counter(outcomes(self.logs)) - self.skip
        return Counter({f"{name} {code}": n for (name, code), n in found.items() if code})


def _rate(found: dict[Outcome, int]) -> Rate:
    return Rate(sum(found.values()), sum(n for (_, code), n in found.items() if code))


def outcomes(logs: Path) -> Iterator[Outcome]:
    """Give (component, error code or nothing) for each outcome in all files, rotated too."""
    for path in sorted(logs.rglob("*")):
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            found = _outcome(line)
            if found:
                yield found


def _outcome(line: str) -> Outcome | None:
    text = line
    if line.startswith("{"):
        try:
            entry = json.loads(line)
        except ValueError:
            return None  # a line that is still being written
        if "action" in entry:
            return entry["action"], "" if entry["success"] else entry.get("error_code", "error")
        text = entry.get("log", "")
    code = match.group(1) if (match := CODE.search(text)) else "error"
    if match := CALL.search(text):
        return match.group(1), "" if match.group(2) == "true" else code
    if match := TASK.search(text):
        return match.group(2), "" if match.group(1) == "completed" else code
    return None


def table(rates: dict[str, Rate]) -> str:
    """Write rates as a table."""
    rows = [f"{'':16}{'calls':>8}{'failed':>8}{'share':>8}"]
    rows += [f"{n:16}{r.calls:8}{r.failures:8}{r.share:8.1%}" for n, r in rates.items()]
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", type=Path)
    reading = Reading(parser.parse_args().logs, from_the_start=True)
    print(table(reading.rates()))
    print("\n" + "\n".join(f"{count:6}  {code}" for code, count in reading.codes().most_common()))
