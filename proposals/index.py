"""What does the list of all proposals on the branch look like?"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from proposals.models import Status
from telemetry.models import Severity

PATH = "index.md"
MEANING = {
    Status.PENDING: "waits for a person's decision",
    Status.APPROVED: "a person approved exactly this text; delivery has not begun",
    Status.REJECTED: "a person said no, with a reason",
    Status.PR_OPEN: "on its way: a pull request is open, or its effect is being measured",
    Status.IMPLEMENTED: "merged, deployed, and its measured effect holds",
    Status.REVERTED: "was merged and has been taken back",
    Status.FAILED: "could not be delivered",
    Status.SUPERSEDED: "the target moved on, or nobody decided in time: nothing is left to decide",
}
ACCEPTED = (Status.APPROVED, Status.PR_OPEN, Status.IMPLEMENTED, Status.REVERTED, Status.FAILED)


@dataclass(frozen=True)
class Line:
    """One proposal as the index shows it."""

    id: str
    title: str
    status: str
    severity: str
    path: str
    created: datetime


def render(name: str, lines: Collection[Line]) -> str:
    """Write index.md: statistics, legend, and all proposals, the newest first."""
    newest_first = sorted(lines, key=lambda line: (line.created, line.id), reverse=True)
    rows = [
        f"| [`{line.id[:8]}`]({line.path}) | {_cell(line.title)} | {Status(line.status).label}"
        f" | {Severity(line.severity).label} | {line.created:%Y-%m-%d} |"
        for line in newest_first
    ]
    table = "\n".join(["| id | title | status | severity | proposed |", "|---|---|---|---|---|"])
    return (
        f"# Proposals for {name}\n\n"
        "Written by selfimprove from its records; edits to this file are overwritten. The words of"
        " a proposal that awaits review can be edited in its own file.\n\n"
        f"## Statistics\n\n{_statistics(lines)}\n\n"
        f"## Status legend\n\n{_legend()}\n\n"
        "## All proposals, newest first\n\n"
        + ("\n".join([table, *rows]) if rows else "There are none yet.")
        + "\n"
    )


def _statistics(lines: Collection[Line]) -> str:
    counts = Counter(line.status for line in lines)
    accepted = sum(counts[status] for status in ACCEPTED)
    decided = accepted + counts[Status.REJECTED]
    delivered = counts[Status.IMPLEMENTED] + counts[Status.REVERTED]
    facts = [("proposals", str(len(lines)))]
    facts += [(status.label.lower(), str(counts[status])) for status in Status if counts[status]]
    facts += [
        ("approved of decided", f"{accepted} of {decided}"),
        ("still in effect of delivered", f"{counts[Status.IMPLEMENTED]} of {delivered}"),
    ]
    return "\n".join(["| what | count |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts)])


def _legend() -> str:
    return "\n".join(f"- **{status.label}**: {meaning}" for status, meaning in MEANING.items())


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
