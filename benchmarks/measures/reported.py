"""Which form does a report have to have before a word of it is believed?"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmarks.measured import MOST_FINDINGS, Fingerprint, Found, Outcome
from benchmarks.measures.asking import NotMeasured
from ports.sandbox import Ran

Count = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """Refuse what is not of the agreed form."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Finding(Part):
    """One finding, with the function or class that it stands in."""

    rule: Annotated[str, Field(max_length=100)]
    path: Annotated[str, Field(max_length=1000)]
    symbol: Annotated[str, Field(max_length=2000)]
    line: int
    message: str

    def found(self) -> Found:
        """Return it as the house knows findings."""
        name = Fingerprint(self.rule, self.path[:500], self.symbol[:300])
        return Found(name, max(self.line, 0), self.message[:500])


class Findings(Part):
    """Findings, of so many files."""

    findings: list[Finding] = []
    files: Count = 0
    trouble: str = ""
    elsewhere: list[str] = []


class Function(Part):
    """One function and how many ways lead through it."""

    path: str
    symbol: str
    line: int
    ways: Count


class Functions(Part):
    """All functions, and the files that are no Python."""

    functions: list[Function]
    unread: list[Finding]


class Public(Part):
    """One public name, and whether it says what it is for."""

    path: str
    symbol: str
    line: int
    documented: bool


class Documentation(Part):
    """All public names, and the files that are no Python."""

    public: list[Public]
    unread: list[Finding]


class Loose(BaseModel):
    """Read what we need of a report that is somebody else's."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Summary(Loose):
    """How much of something was reached."""

    covered_lines: Count
    num_statements: Count


class Reached(Loose):
    """How much of one function was reached."""

    summary: Summary
    start_line: int = 0


class File(Loose):
    """How much of one file was reached, function by function."""

    summary: Summary
    functions: dict[str, Reached] = {}


class Coverage(Loose):
    """A report of coverage in its own form."""

    files: dict[str, File]
    totals: Summary


class Covering(Part):
    """What our script says of it."""

    code: int  # with which the tests ended
    report: Coverage | None = None
    trouble: str = ""


class Said(Part):
    """What a command of the target's own said."""

    code: int = 0
    report: str = ""
    trouble: str = ""
    said: str = ""
    beside: str = ""
    missing: str = ""


Form = TypeVar("Form", bound=BaseModel)


def read(form: type[Form], document: dict[str, Any], ran: Ran) -> Form:
    """Return a report of this form; raise NotMeasured naming what does not fit."""
    try:
        return form.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its top"
        words = f"its report is malformed at {where}: {first['msg']}"
        raise NotMeasured(Outcome.INCONCLUSIVE, words, ran) from error


def findings_of(report: Findings, ran: Ran) -> tuple[Found, ...]:
    """Return the findings of a report that has some; raise NotMeasured where it says why not."""
    if report.trouble:
        raise NotMeasured(Outcome.INCONCLUSIVE, report.trouble.strip()[-500:], ran)
    if not report.files:
        raise NotMeasured(Outcome.TOO_LITTLE, "there is no file of Python to look at", ran)
    return bounded([one.found() for one in report.findings], ran)


def bounded(findings: list[Found], ran: Ran) -> tuple[Found, ...]:
    """Return findings in their order; raise NotMeasured where nobody could compare so many."""
    if len(findings) > MOST_FINDINGS:
        words = f"{len(findings)} findings are more than the {MOST_FINDINGS} that are kept"
        raise NotMeasured(Outcome.INCONCLUSIVE, words, ran)
    return tuple(sorted(findings, key=lambda one: (one.fingerprint, one.line, one.message)))
