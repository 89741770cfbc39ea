"""How does a set of findings become a score? By its size, which no line that is added dilutes."""

from collections.abc import Sequence

from benchmarks.measured import Found, Measured, Outcome
from benchmarks.measures.asking import counted, end_of
from ports.sandbox import Ran


def by_findings(
    findings: Sequence[Found], ran: Ran, *, of: str, tool: str = "", version: str = ""
) -> Measured:
    """Return the number of findings as the score."""
    return Measured(
        outcome=Outcome.MEASURED,
        words=f"{counted(len(findings), 'finding')} in {of}",
        value=float(len(findings)),
        findings=tuple(findings),
        tool=tool,
        version=version,
        output=end_of(ran),
    ).ran_by(ran)
