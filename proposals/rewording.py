"""What happens when somebody edits a proposal's words in git?"""

import uuid
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F

from audit.events import Event
from audit.log import Actor, record
from proposals import intake, touched
from proposals.documents import Document, MalformedDocument, digest, parse, render
from proposals.lifecycle import tied
from proposals.models import Proposal, Status, Transition
from proposals.records import words_of
from proposals.touched import Placed, placed
from targets.repository import DiffDoesNotApply, Repository

NAMES = {
    "title": "Title",
    "kind": "Kind",
    "severity": "Severity",
    "risk_level": "Risk level",
    "problem": "Problem",
    "evidence": "Evidence",
    "root_cause": "Root cause",
    "solution": "Solution",
    "diff": "Diff",
    "impact": "Impact",
    "risk": "Risk",
    "rollback": "Rollback plan",
    "checklist": "Validation checklist",
}


class NotReworded(Exception):
    """The edit cannot be taken over; the words stay as they were."""


def take_over(
    proposal: Proposal,
    text: str,
    *,
    repository: Repository,
    editor: str,
    commit: str,
    at: datetime,
) -> bool:
    """Take over words edited in git; return whether they say something new.

    Only a proposal that awaits review can be reworded. Who wrote it, when, and where it starts
    are not words. Raises NotReworded when the edit cannot be taken.
    """
    before = words_of(proposal)
    try:
        edited = parse(text)
        if digest(edited) == proposal.document_digest:
            return False
        if proposal.status != Status.PENDING:
            raise NotReworded(f"its words were decided on by {proposal.reviewer or 'delivery'}")
        intake.refuse_secrets(text)
        after, found = _settled(before, edited, repository)
    except (MalformedDocument, DiffDoesNotApply) as refusal:
        raise NotReworded(str(refusal)) from refusal
    changed = tuple(
        name for field, name in NAMES.items() if getattr(before, field) != getattr(after, field)
    )
    if not changed:
        return False
    with transaction.atomic():
        fresh = _update(proposal, after, found, at)
        _remember(fresh, before, changed, editor=editor, commit=commit, at=at)
    return True


def _settled(
    before: Document, edited: Document, repository: Repository
) -> tuple[Document, Placed]:
    """Keep what is not words as it was, and write the edited diff as git does."""
    words = {field: getattr(edited, field) for field in NAMES}
    found = placed(repository, before.base, edited.diff)
    touched.refuse_hidden_names(found.change)
    words["diff"] = found.change.diff
    if words["diff"] != before.diff:
        words["repairs"] = found.repairs
    listed = touched.describe_files(found.change.files)
    after = replace(before, **words, affected_files=listed)
    render(after)
    return after, found


def _update(
    proposal: Proposal,
    words: Document,
    found: Placed,
    at: datetime,
) -> Proposal:
    same_change = found.change.digest == proposal.diff_digest
    rows = Proposal.objects.filter(
        pk=proposal.pk, status=Status.PENDING, document_digest=proposal.document_digest
    )
    changed = rows.update(
        title=words.title,
        kind=words.kind,
        severity=words.severity,
        risk=words.risk_level,
        document=render(words),
        document_digest=digest(words),
        diff=words.diff,
        diff_digest=found.change.digest,
        handed_in=proposal.handed_in if same_change else found.handed_in,
        affected_files=touched.files_of(found.change),
        report=proposal.report if same_change else None,
        version=F("version") + 1,
        last_transition=uuid.uuid4(),
        updated_at=at,
    )
    if changed != 1:
        raise NotReworded("somebody decided in the same moment")
    return Proposal.objects.select_related("target").get(pk=proposal.pk)


def _remember(
    proposal: Proposal,
    before: Document,
    changed: tuple[str, ...],
    *,
    editor: str,
    commit: str,
    at: datetime,
) -> None:
    last = proposal.transitions.latest("version")
    actor = Actor("person", editor)
    entry = record(
        Event.PROPOSAL_REWORDED,
        actor=actor,
        subject=f"proposal:{proposal.pk}",
        target=proposal.target.slug,
        at=at,
        texts={"title": proposal.title},
        facts={
            "old_document": digest(before),
            "document": proposal.document_digest,
            "changed": list(changed),
            "commit": commit,
            "version": proposal.version,
        },
        cites=[last.entry_uid],
        transition=tied(proposal, last.destination),
    )
    Transition.objects.create(
        proposal=proposal,
        version=proposal.version,
        source=last.destination,
        destination=Status.PENDING,
        actor_type=actor.type,
        actor=actor.id,
        reason=f"Words edited in git: {', '.join(changed)}",
        at=at,
        entry_uid=entry.uid,
    )
