"""How do a proposal's moves and reviews read in its markdown, and how are they read back?"""

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from django.db.models import QuerySet

from proposals.documents import Document, parse, render
from proposals.models import Proposal, Review, Transition

_TEXT = r'"(?:[^"\\]|\\.)*"'
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_UUID = r"[0-9a-f-]{36}"
_MOVE = re.compile(
    rf"- (\d+) · ({_MOMENT}) · ([A-Z_]+) · (person|agent|system) ({_TEXT})"
    rf" · entry ({_UUID})(?: · ({_TEXT}))?"
)
_VERDICT = re.compile(rf"### (Approved|Rejected) by ({_TEXT})")
_FACT = re.compile(r"- ([a-z]+): (.*)")
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
UNDECIDED = "Not decided yet."


class UnreadableRecord(Exception):
    """A line of the review or the log is not as we write it."""


@dataclass(frozen=True)
class LoggedMove:
    """One line of the implementation log."""

    version: int
    at: datetime
    destination: str
    actor_type: str
    actor: str
    entry_uid: uuid.UUID
    reason: str


@dataclass(frozen=True)
class LoggedReview:
    """One decision of the review section."""

    approved: bool
    reviewer: str
    at: datetime
    reason: str
    category: str
    document: str
    diff: str
    base: str
    policy: str
    report: str
    entry: uuid.UUID


def full_text(proposal: Proposal) -> str:
    """Write the whole document as it stands now: words, status, review and log."""
    return _written(proposal, list(proposal.transitions.all()), proposal.reviews.all())


def text_at(proposal: Proposal, moves: Sequence[Transition]) -> str:
    """Write the document as it stood right after these moves."""
    return _written(proposal, moves, proposal.reviews.filter(at__lte=moves[-1].at))


def _written(proposal: Proposal, moves: Sequence[Transition], reviews: QuerySet[Review]) -> str:
    last = moves[-1]
    reviews = reviews.select_related("reviewer")
    return render(
        replace(
            words_of(proposal),
            status=last.destination.lower(),
            review="\n\n".join(_review(review) for review in reviews) or UNDECIDED,
            log="\n".join(_move(move) for move in moves),
        )
    )


def words_of(proposal: Proposal) -> Document:
    """Read the words of a proposal."""
    return parse(proposal.document)


def read_log(document: Document) -> tuple[LoggedMove, ...]:
    """Read the implementation log; raises UnreadableRecord."""
    moves = tuple(_read_move(line) for line in document.log.split("\n") if line)
    if [move.version for move in moves] != list(range(len(moves))) or not moves:
        raise UnreadableRecord("the implementation log has a gap")
    if moves[-1].destination.lower() != document.status:
        raise UnreadableRecord("the status is not where the implementation log ends")
    return moves


def read_reviews(document: Document) -> tuple[LoggedReview, ...]:
    """Read the review section; raises UnreadableRecord."""
    if document.review in ("", UNDECIDED):
        return ()
    blocks = re.split(r"\n\n(?=### )", document.review)
    return tuple(_read_review(block) for block in blocks)


def _move(move: Transition) -> str:
    reason = f" · {_quoted(move.reason)}" if move.reason else ""
    return (
        f"- {move.version} · {_moment(move.at)} · {move.destination}"
        f" · {move.actor_type} {_quoted(move.actor)} · entry {move.entry_uid}{reason}"
    )


def _review(review: Review) -> str:
    verdict = "Approved" if review.approved else "Rejected"
    facts: Iterable[tuple[str, str]] = (
        ("at", _moment(review.at)),
        ("reason", _quoted(review.reason) if review.reason else ""),
        ("category", review.category),
        ("document", review.document_digest),
        ("diff", review.diff_digest),
        ("base", review.base_commit),
        ("policy", review.policy_digest),
        ("report", review.report_digest),
        ("entry", str(review.entry_uid)),
    )
    lines = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return f"### {verdict} by {_quoted(review.reviewer.get_username())}\n\n{lines}"


def _read_move(line: str) -> LoggedMove:
    found = _MOVE.fullmatch(line)
    if not found:
        raise UnreadableRecord(f"not a line of the implementation log: {line[:80]!r}")
    version, at, destination, actor_type, actor, entry, reason = found.groups()
    return LoggedMove(
        version=int(version),
        at=_read_moment(at),
        destination=destination,
        actor_type=actor_type,
        actor=json.loads(actor),
        entry_uid=uuid.UUID(entry),
        reason=json.loads(reason) if reason else "",
    )


def _read_review(block: str) -> LoggedReview:
    first, _, rest = block.partition("\n")
    verdict = _VERDICT.fullmatch(first)
    facts = dict(_FACT.findall(rest))
    known = {field.name for field in fields(LoggedReview)}
    if not verdict or not {"at", "document", "entry"} <= set(facts) <= known:
        raise UnreadableRecord(f"not a review as we write it: {first[:80]!r}")
    return LoggedReview(
        approved=verdict[1] == "Approved",
        reviewer=json.loads(verdict[2]),
        at=_read_moment(facts["at"]),
        reason=json.loads(facts.get("reason", '""')),
        category=facts.get("category", ""),
        document=facts["document"],
        diff=facts.get("diff", ""),
        base=facts.get("base", ""),
        policy=facts.get("policy", ""),
        report=facts.get("report", ""),
        entry=uuid.UUID(facts["entry"]),
    )


def _quoted(text: str) -> str:
    """Write a text on one line, as JSON, with everything invisible escaped."""
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in plain)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_FORM)


def _read_moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        raise UnreadableRecord(f"not a moment as we write it: {text[:40]!r}") from None
