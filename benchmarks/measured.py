"""What does one benchmark say of one tree, and when does it say that it cannot?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from django.db import models

from ports.sandbox import LOCAL, Level, Ran

COUNTED = ("findings", "errors", "functions", "names")  # units that are nouns
MOST_FINDINGS = 20_000
MOST_ITEMS = 50_000


class Outcome(models.TextChoices):
    """Name what can come of a measurement; only the first has a score."""

    MEASURED = "measured", "Measured"
    BROKEN_OFF = "broken_off", "Did not end"
    NOT_RUN = "not_run", "Not run"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    TOO_LITTLE = "too_little", "Too little data"

    @property
    def tone(self) -> str:
        """Say how good the news is."""
        return {"measured": "good", "broken_off": "bad"}.get(self.value, "warn")


class Better(models.TextChoices):
    """Say in which direction a score improves."""

    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"


def number(value: float | None, unit: str) -> str:
    """Say a score with its unit; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    alone = unit.removesuffix("s") if value == 1 and unit in COUNTED else unit
    return f"{value:g} {alone}".strip()


def placed(where: str, instead_because: str) -> str:
    """Say on which machine it ran, where that is not a matter of course."""
    if where != LOCAL:
        return "It ran at AgentCore."
    return f"It ran here, not at AgentCore: {instead_because}" if instead_because else ""


@dataclass(frozen=True, order=True)
class Fingerprint:
    """Name a finding by what stays when lines move."""

    rule: str
    path: str
    symbol: str


@dataclass(frozen=True)
class Found:
    """Hold one finding with the words and the line that a person is shown."""

    fingerprint: Fingerprint
    line: int = 0
    message: str = ""


@dataclass(frozen=True)
class Measured:
    """Hold what one benchmark found on one tree."""

    outcome: Outcome
    words: str
    value: float | None = None
    findings: tuple[Found, ...] = ()
    items: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    tool: str = ""
    version: str = ""
    level: Level | None = None
    where: str = LOCAL
    instead_because: str = field(default="", compare=False)  # why it was not where it was meant
    seconds: float = field(default=0.0, compare=False)
    output: str = field(default="", compare=False, repr=False)  # where a person should see it

    def ran_by(self, ran: Ran) -> "Measured":
        """Return it with what stood between the code and us, and on which machine."""
        return replace(self, level=ran.level, where=ran.where, instead_because=ran.instead_because)

    @property
    def is_measured(self) -> bool:
        """Tell whether there is a score."""
        return self.outcome == Outcome.MEASURED

    @property
    def fingerprints(self) -> "Counter[Fingerprint]":
        """Count the findings by their names: two alike in one function are two."""
        return Counter(found.fingerprint for found in self.findings)
