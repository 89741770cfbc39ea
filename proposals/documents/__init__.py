"""What does a proposal say, as an object and as markdown?"""

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from proposals.documents.grammar import MalformedDocument, fence_for, scalar
from proposals.documents.reading import Reader

__all__ = ["Document", "MalformedDocument", "digest", "headings", "parse", "render"]

KINDS = ("bugfix", "optimization", "enhancement")
SEVERITIES = ("low", "medium", "high", "critical")
RISKS = ("low", "medium", "high", "critical")
ENGINES = ("embedded", "anthropic", "bedrock", "scripted", "person", "program")
STATUSES = (
    "pending",
    "approved",
    "rejected",
    "pr_open",
    "implemented",
    "reverted",
    "failed",
    "superseded",
)
IMPACT_HEADING = {"optimization": "Performance impact", "enhancement": "User benefit"}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True)
class Document:
    """Hold everything one proposal says; empty strings are parts that intake still fills in."""

    title: str
    kind: str
    severity: str
    risk_level: str
    problem: str
    evidence: str
    root_cause: str
    solution: str
    diff: str
    risk: str
    rollback: str
    impact: str = ""
    affected_files: str = ""
    checklist: str = ""
    review: str = ""
    log: str = ""
    id: uuid.UUID | None = None
    target: str = ""
    engine: str = ""
    author: str = ""
    base: str = ""
    created: datetime | None = None
    status: str = "pending"
    patterns: tuple[int, ...] = ()
    events: tuple[str, ...] = ()
    playbook: str = ""
    parameter: str = ""
    repairs: str = ""  # what was overlooked in the diff as it was handed in


def headings(kind: str) -> tuple[str, ...]:
    """List the section headings of one kind of proposal, in the order they are written."""
    impact = (IMPACT_HEADING[kind],) if kind in IMPACT_HEADING else ()
    return (
        *("Problem", "Evidence", "Root cause", "Solution"),
        *impact,
        *("Affected files", "Risk", "Rollback plan", "Validation checklist"),
        *("Review", "Implementation log"),
    )


def parse(text: str) -> Document:
    """Read a proposal's markdown; raises MalformedDocument with the line that is wrong."""
    reader = Reader.of(text)
    kind = reader.choice("kind", KINDS)
    reader.refuse_unknown(headings(kind))
    solution, diff = reader.solution()
    impact = reader.section(IMPACT_HEADING[kind]) if kind in IMPACT_HEADING else ""
    return Document(
        title=reader.title(),
        kind=kind,
        severity=reader.choice("severity", SEVERITIES),
        risk_level=reader.choice("risk", RISKS),
        id=reader.identity(),
        target=reader.text("target"),
        engine=reader.choice("engine", ENGINES, default=""),
        author=reader.text("author"),
        base=reader.commit("base"),
        created=reader.moment("created", _MOMENT),
        status=reader.choice("status", STATUSES, default="pending"),
        patterns=reader.numbers("patterns"),
        events=reader.words("events"),
        playbook=reader.text("playbook"),
        parameter=reader.text("parameter"),
        repairs=reader.text("repairs"),
        problem=reader.section("Problem"),
        evidence=reader.section("Evidence"),
        root_cause=reader.section("Root cause"),
        solution=solution,
        diff=diff,
        impact=impact,
        affected_files=reader.section("Affected files", required=False),
        risk=reader.section("Risk"),
        rollback=reader.section("Rollback plan"),
        checklist=reader.section("Validation checklist", required=False),
        review=reader.section("Review", required=False),
        log=reader.section("Implementation log", required=False),
    )


def render(document: Document) -> str:
    """Write a document as markdown; raises MalformedDocument when its words would not survive it.

    A section that contains a heading of ours, or a fence that never closes, would be read back as
    something else: such a document is refused here instead of being misread later.
    """
    text = _write(document)
    if parse(text) != document:
        raise MalformedDocument("the words of this document do not survive being written", 1)
    return text


def digest(document: Document) -> str:
    """Name the words of a document: everything except its status, review and log."""
    words = replace(document, status="pending", review="", log="")
    return hashlib.sha256(_write(words).encode()).hexdigest()


def _write(document: Document) -> str:
    bodies = {
        "Problem": document.problem,
        "Evidence": document.evidence,
        "Root cause": document.root_cause,
        "Solution": _solution(document),
        IMPACT_HEADING.get(document.kind, ""): document.impact,
        "Affected files": document.affected_files,
        "Risk": document.risk,
        "Rollback plan": document.rollback,
        "Validation checklist": document.checklist,
        "Review": document.review,
        "Implementation log": document.log,
    }
    front = "\n".join(_front_matter(document))
    sections = "".join(
        f"\n## {heading}\n" + (f"\n{bodies[heading]}\n" if bodies[heading] else "")
        for heading in headings(document.kind)
    )
    return f"---\n{front}\n---\n\n# {document.title}\n{sections}"


def _solution(document: Document) -> str:
    fence = fence_for(document.diff)
    prose = f"{document.solution}\n\n" if document.solution else ""
    return f"{prose}{fence}diff\n{document.diff}{fence}"


def _front_matter(document: Document) -> list[str]:
    created = document.created.astimezone(UTC).strftime(_MOMENT) if document.created else ""
    entries = (
        ("id", str(document.id or "")),
        ("target", document.target and scalar(document.target)),
        ("kind", document.kind),
        ("title", scalar(document.title)),
        ("severity", document.severity),
        ("risk", document.risk_level),
        ("engine", document.engine),
        ("author", document.author and scalar(document.author)),
        ("base", document.base),
        ("created", created),
        ("status", document.status),
        ("patterns", f"[{', '.join(map(str, document.patterns))}]"),
        ("events", f"[{', '.join(document.events)}]"),
        ("playbook", document.playbook and scalar(document.playbook)),
        ("parameter", document.parameter and scalar(document.parameter)),
        ("repairs", document.repairs and scalar(document.repairs)),
    )
    return [f"{key}: {value}" for key, value in entries if value]
