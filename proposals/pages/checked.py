"""What did the gates say, worst first, and where in the diff is what they mind?"""

from dataclasses import dataclass
from functools import lru_cache

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from proposals.pages.colours import visible
from proposals.pages.diffs import name_of
from validation.models import Finding, GateResult, Outcome, Report

_ORDER = (
    Outcome.REFUSED,
    Outcome.COULD_NOT_RUN,
    Outcome.ACKNOWLEDGE,
    Outcome.NOT_RUN,
    Outcome.PASSED,
    Outcome.NOTHING_SHOWN,
)
LONGEST = 200


@dataclass(frozen=True)
class Pointed:
    """Hold a finding with the line of the diff that it is about, where the diff shows it."""

    finding: Finding
    anchor: str = ""
    code: str = ""


@dataclass(frozen=True)
class Checked:
    """Hold a gate's answer with its findings, those that refuse first."""

    result: GateResult
    findings: tuple[Pointed, ...]


@dataclass(frozen=True)
class Answers:
    """Hold what a reader should see at once, the worst first, and what needs no reader."""

    standing_out: tuple[Checked, ...] = ()
    passed: tuple[Checked, ...] = ()
    silent: tuple[Checked, ...] = ()  # had nothing that they could try


def answers(report: Report | None, diff: str) -> Answers:
    """Return the answers of a report, as its page shows them."""
    if report is None:
        return Answers()
    lines = _lines(diff)
    results = report.results.prefetch_related("findings__waiver__waived_by")
    told = [
        Checked(result, tuple(_pointed(finding, lines) for finding in _sorted(result)))
        for result in sorted(results, key=lambda one: _ORDER.index(Outcome(one.outcome)))
    ]
    passed = tuple(one for one in told if _simply_passed(one.result))
    silent = tuple(one for one in told if _is_silent(one.result))
    quiet = (*passed, *silent)
    return Answers(tuple(one for one in told if one not in quiet), passed, silent)


def _simply_passed(result: GateResult) -> bool:
    return result.outcome == Outcome.PASSED and not result.was_unconfined


def _is_silent(result: GateResult) -> bool:
    return result.outcome == Outcome.NOTHING_SHOWN and not result.was_unconfined


def _sorted(result: GateResult) -> list[Finding]:
    return sorted(
        result.findings.all(), key=lambda one: (not one.refuses, one.waiver_id is None, one.pk)
    )


def _pointed(finding: Finding, lines: dict[tuple[str, int], tuple[str, str]]) -> Pointed:
    anchor, code = lines.get((finding.path, finding.line or 0), ("", ""))
    return Pointed(finding, anchor, code)


@lru_cache(maxsize=32)  # a page is drawn again and again while its reader decides
def _lines(diff: str) -> dict[tuple[str, int], tuple[str, str]]:
    """Return the anchor and the text of each line that the diff shows as it would be."""
    try:
        patch = PatchSet(diff)
    except UnidiffParseError:
        return {}
    return {
        (name_of(file.path), line.target_line_no): (
            f"f{number}R{line.target_line_no}",
            visible(line.value.strip())[:LONGEST],
        )
        for number, file in enumerate(patch)
        for hunk in file
        for line in hunk
        if line.target_line_no and line.line_type in "+ "
    }
