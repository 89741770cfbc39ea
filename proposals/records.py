"""How do a proposal's moves and reviews read in its markdown, and how are they read back?"""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from django.db.models import QuerySet

from proposals.documents import Document, parse, render
from proposals.models import Passage, Proposal, Review, Transition
from proposals.standing import passing

_TEXT = r'"(?:[^"\\]|\\.)*"'
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_UUID = r"[0-9a-f-]{36}"
_MOVE = re.compile(
    rf"- (\d+) · ({_MOMENT}) · ([A-Z_]+) · (person|agent|system) ({_TEXT})"
    rf" · entry ({_UUID})(?: · ({_TEXT}))?"
)
_VERDICT = re.compile(rf"### (Approved|Rejected) by ({_TEXT})")
_UNDER = re.compile(r"### Approved under standing approval #\d+")
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
    by_nobody: bool = False  # under a standing approval


def full_text(proposal: Proposal) -> str:
    """Write the whole document as it stands now: words, status, review and log."""
    moves = list(proposal.transitions.all())
    return _written(proposal, moves, proposal.reviews.all(), passing.of(proposal))


def text_at(proposal: Proposal, moves: Sequence[Transition]) -> str:
    """Write the document as it stood right after these moves."""
    at, passage = moves[-1].at, passing.of(proposal)
    passed = passage if passage and passage.at <= at else None
    return _written(proposal, moves, proposal.reviews.filter(at__lte=at), passed)


def _written(
    proposal: Proposal,
    moves: Sequence[Transition],
    reviews: QuerySet[Review],
    passage: Passage | None,
) -> str:
    last = moves[-1]
    blocks = [_review(review) for review in reviews.select_related("reviewer")]
    blocks += [_passage(passage)] if passage else []
    return render(
        replace(
            words_of(proposal),
            status=last.destination.lower(),
            review="\n\n".join(blocks) or UNDECIDED,
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
    more = {
        "reason": _quoted(review.reason) if review.reason else "",
        "category": review.category,
    }
    return _block(f"{verdict} by {_quoted(review.reviewer.get_username())}", review, more)


def _passage(passage: Passage) -> str:
    return _block(f"Approved under {passage}", passage, {})


def _block(heading: str, bound: Review | Passage, more: Mapping[str, str]) -> str:
    facts: Iterable[tuple[str, str]] = (
        ("at", _moment(bound.at)),
        *more.items(),
        ("document", bound.document_digest),
        ("diff", bound.diff_digest),
        ("base", bound.base_commit),
        ("policy", bound.policy_digest),
        ("report", bound.report_digest),
        ("entry", str(bound.entry_uid)),
    )
    lines = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return f"### {heading}\n\n{lines}"


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
    verdict, under = _VERDICT.fullmatch(first), _UNDER.fullmatch(first)
    facts = dict(_FACT.findall(rest))
    known = {field.name for field in fields(LoggedReview)} - {"by_nobody"}
    if not (verdict or under) or not {"at", "document", "entry"} <= set(facts) <= known:
        raise UnreadableRecord(f"not a review as we write it: {first[:80]!r}")
    return LoggedReview(
        approved=verdict is None or verdict[1] == "Approved",
        reviewer=json.loads(verdict[2]) if verdict else "",
        at=_read_moment(facts["at"]),
        reason=json.loads(facts.get("reason", '""')),
        category=facts.get("category", ""),
        document=facts["document"],
        diff=facts.get("diff", ""),
        base=facts.get("base", ""),
        policy=facts.get("policy", ""),
        report=facts.get("report", ""),
        entry=uuid.UUID(facts["entry"]),
        by_nobody=verdict is None,
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
