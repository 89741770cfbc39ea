"""How is one side made again from the other when one of them was lost?"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.log import record
from audit.models import Entry
from audit.models import Transition as Tied
from proposals import intake, records, taking_over, touched
from proposals.documents import Document, MalformedDocument, digest, parse, render
from proposals.models import Proposal, Review, Status, Transition
from proposals.publish import BRANCH, REF, SYSTEM, entries_on, publish
from proposals.records import LoggedMove, LoggedReview, UnreadableRecord
from proposals.standing import restoring
from targets.models import Target
from targets.repository import DiffDoesNotApply, Repository
from validation.models import Report

APPROVED, REJECTED = Status.APPROVED.value, Status.REJECTED.value


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuilding did; unreadable files are named with the reason and left alone."""

    written: int
    unreadable: tuple[tuple[str, str], ...] = ()
    unproven: tuple[tuple[str, str], ...] = ()  # taken over, though our log does not know them


@dataclass(frozen=True)
class Found:
    """One proposal as git tells it."""

    path: str
    document: Document
    moves: tuple[LoggedMove, ...]
    reviews: tuple[LoggedReview, ...]
    files: list[dict[str, str | int]]
    known: tuple[Tied, ...]  # the moves of which our log holds the entries


def rows_from_git(target: Target) -> Rebuilt:
    """Write the rows of every proposal on the branch as git tells them.

    A move that our log does not know is taken over, since the log may be what was lost, and named:
    anybody who may push can write one.
    """
    repository = Repository.of(target)
    repository.fetch()
    head = repository.head(BRANCH)
    commits = entries_on(repository)
    unreadable: list[tuple[str, str]] = []
    unproven: list[tuple[str, str]] = []
    written: set[UUID | None] = set()
    places = dict(Proposal.objects.filter(target=target).values_list("pk", "path"))
    with transaction.atomic():
        paths = repository.paths(head)
        for path in sorted(paths, key=lambda path: path not in places.values()):
            if not (path.startswith("proposals/") and path.endswith(".md")):
                continue
            try:
                found = _read(repository, head, path, target)
                _refuse_second(found, written, places)
            except (MalformedDocument, UnreadableRecord, DiffDoesNotApply) as refusal:
                unreadable.append((path, str(refusal)))
                continue
            _write(target, found, commits)
            written.add(found.document.id)
            unproven += _unproven(found)
        _note(target, "rows", len(written), len(unreadable), len(unproven))
    return Rebuilt(len(written), tuple(unreadable), tuple(unproven))


def git_from_rows(target: Target) -> Rebuilt:
    """Publish again every transition that the branch does not hold, then mend each file."""
    now = timezone.now()
    repository = Repository.of(target)
    repository.fetch()
    held = entries_on(repository)
    moves = Transition.objects.filter(proposal__target=target)
    missing = [move.pk for move in moves if str(move.entry_uid) not in held]
    moves.filter(pk__in=missing).update(commit="")
    publish(target, now)
    mended = 0
    for proposal in Proposal.objects.filter(target=target).select_related("target"):
        before = repository.ref(REF)
        text = records.full_text(proposal).encode()
        message = f"Mend: {proposal.title}\n\nWritten again from the records."
        mended += repository.commit_files(BRANCH, {proposal.path: text}, message, now) != before
    publish(target, now)
    with transaction.atomic():
        _note(target, "git", len(missing) + mended, 0, 0)
    return Rebuilt(len(missing) + mended)


def _read(repository: Repository, head: str, path: str, target: Target) -> Found:
    document = parse(repository.read(head, path).decode("utf-8", "replace"))
    if document.id is None or document.target != target.slug:
        raise UnreadableRecord(f"it has no id, or belongs to `{document.target}`")
    moves, reviews = records.read_log(document), records.read_reviews(document)
    known = taking_over.known_of(document.id)
    moves = taking_over.reconciled(moves, known)
    files = touched.files_of(repository.apply(document.base, document.diff))
    return Found(path, document, moves, reviews, files, tuple(known))


def _refuse_second(found: Found, written: set[UUID | None], places: Mapping[UUID, str]) -> None:
    """Refuse a copy of a proposal that stands in another file."""
    key = found.document.id
    if key in written:
        raise UnreadableRecord(f"another file holds the proposal {key} already")
    if key is not None and places.get(key, found.path) != found.path:
        raise UnreadableRecord(f"the proposal {key} belongs in {places[key]}")


def _unproven(found: Found) -> list[tuple[str, str]]:
    """Name the moves of which our log holds no entry."""
    uids = [move.entry_uid for move in found.moves]
    known = set(Entry.objects.filter(uid__in=uids).values_list("uid", flat=True))
    words = ((m, f"{m.destination} by {m.actor}") for m in found.moves if m.entry_uid not in known)
    return [(found.path, f"the log does not know: {said}") for _, said in words]


def _write(target: Target, found: Found, commits: Mapping[str, str]) -> None:
    proposal = _write_row(target, found, commits)
    taking_over.take_over(proposal, found.moves[len(found.known) :], at=timezone.now())
    for position, move in enumerate(found.moves):
        Transition.objects.update_or_create(
            proposal=proposal,
            version=move.version,
            defaults={
                "source": found.moves[position - 1].destination if position else "",
                "destination": move.destination,
                "actor_type": move.actor_type,
                "actor": move.actor,
                "reason": move.reason,
                "at": move.at,
                "entry_uid": move.entry_uid,
                "commit": commits.get(str(move.entry_uid), ""),
            },
        )
    for review in found.reviews:
        if review.by_nobody:
            restoring.restore(proposal, review.entry)
        else:
            _write_review(proposal, review)
    if not proposal.evidence.exists():
        intake.write_evidence(proposal, found.document)


def _write_row(target: Target, found: Found, commits: Mapping[str, str]) -> Proposal:
    document, moves = found.document, found.moves
    words = replace(document, status="pending", review="", log="")
    diff_digest = hashlib.sha256(document.diff.encode()).hexdigest()
    decision = _decision(moves)
    reports = Report.objects.filter(
        target=target, diff_digest=diff_digest, base_commit=document.base
    )
    columns = {
        "target": target,
        "kind": document.kind,
        "title": document.title,
        "severity": document.severity,
        "risk": document.risk_level,
        "engine": document.engine,
        "author": document.author,
        "document": render(words),
        "document_digest": digest(words),
        "path": found.path,
        "commit": commits.get(str(moves[-1].entry_uid), ""),
        "base_commit": document.base,
        "diff": document.diff,
        "diff_digest": diff_digest,
        "affected_files": found.files,
        "playbook": document.playbook,
        "parameter": document.parameter,
        "report": reports.order_by("-made_at").first(),
        "reviewer": decision.actor if decision else "",
        "decided_at": decision.at if decision else None,
        "reason": _reason(moves),
        "created_at": moves[0].at,
        "updated_at": moves[-1].at,
    }
    stood = taking_over.where_it_stood(found.known)
    proposal, _ = Proposal.objects.update_or_create(
        pk=str(document.id), defaults=columns, create_defaults=columns | stood
    )
    return proposal


def _decision(moves: tuple[LoggedMove, ...]) -> LoggedMove | None:
    """Return the decision that still stands; what was said before people were asked again fell."""
    found = None
    for move in moves:
        if move.destination in (APPROVED, REJECTED):
            found = move
        elif move.destination == Status.PENDING:
            found = None
    return found


def _reason(moves: tuple[LoggedMove, ...]) -> str:
    """Return the reason of the last move that had one; a rewording is not a move."""
    pairs = pairwise(moves)
    reasons = [b.reason for a, b in pairs if b.reason and a.destination != b.destination]
    return reasons[-1] if reasons else ""


def _write_review(proposal: Proposal, review: LoggedReview) -> None:
    Review.objects.update_or_create(
        proposal=proposal,
        reviewer=_person(review.reviewer),
        document_digest=review.document,
        defaults={
            "approved": review.approved,
            "category": review.category,
            "reason": review.reason,
            "diff_digest": review.diff,
            "base_commit": review.base,
            "policy_digest": review.policy,
            "report_digest": review.report,
            "at": review.at,
            "entry_uid": review.entry,
        },
    )


def _person(name: str) -> User:
    """Find a reviewer; one whom only git remembers comes back as a person who cannot sign in."""
    people = get_user_model()
    found = people.objects.filter(username=name).first()
    if found is None:
        found = people.objects.create_user(name, is_active=False)
    return found


def _note(target: Target, side: str, written: int, unreadable: int, unproven: int) -> None:
    record(
        Event.PROPOSALS_REBUILT,
        actor=SYSTEM,
        subject=f"target:{target.slug}",
        target=target.slug,
        at=timezone.now(),
        facts={
            "side": side,
            "written": written,
            "unreadable": unreadable,
            "unproven": unproven,
        },
    )
