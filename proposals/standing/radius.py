"""How far could a change reach, by what it touches and not by what its writer says? Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RISKS = ("low", "medium", "high", "critical")
WIDE_FILES, WIDE_LINES = 5, 200  # beyond either it is one grade more
# A kind that is not named here is one that nobody has thought about.
_OF_KIND: Mapping[str, str] = {
    "docs": "low",
    "tests": "low",
    "parameters": "low",
    "settings": "medium",
    "code": "medium",
    "permissions": "critical",
    "benchmarks": "critical",
    "policies": "critical",
    "merge": "critical",
}


@dataclass(frozen=True)
class Touched:
    """Hold what is known of one changed file."""

    path: str
    kind: str
    status: str  # A, M, D or T, as git tells it
    lines: int
    mode_changed: bool = False
    is_plain: bool = True  # neither a link nor something that git calls binary


def radius(files: Iterable[Touched], said: str) -> str:
    """Grade a change; what its writer said counts only where it is worse."""
    found = tuple(files)
    grades = [_rank(said), *(_of(file) for file in found)]
    wide = len(found) > WIDE_FILES or sum(file.lines for file in found) > WIDE_LINES
    worst = max(grades) if found else len(RISKS) - 1
    return RISKS[min(worst + wide, len(RISKS) - 1)]


def _of(file: Touched) -> int:
    if file.mode_changed or not file.is_plain or file.status not in ("A", "M", "D"):
        return max(_rank("high"), _rank(_OF_KIND.get(file.kind, "high")))
    least = _rank("medium") if file.status == "D" else 0
    return max(least, _rank(_OF_KIND.get(file.kind, "high")))


def _rank(risk: str) -> int:
    """Place a risk on the scale; one that is not on it is the worst."""
    return RISKS.index(risk) if risk in RISKS else len(RISKS) - 1
