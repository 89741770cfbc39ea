"""How does a text become a proposal, and where does one go that cannot?"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from proposals import lifecycle
from proposals.arriving import refused
from proposals.arriving.refused import Submission
from proposals.documents import Document, MalformedDocument, digest, parse, render
from proposals.models import OPEN, Evidence, Proposal
from proposals.touched import Placed, describe_files, files_of, placed, refuse_hidden_names
from targets.models import Target
from targets.repository import Change, DiffDoesNotApply, RefMissing, Repository
from telemetry.models import Event as Observation
from telemetry.models import Pattern
from telemetry.sanitizer import secrets_in
from telemetry.storing.keeping import hold

SAMPLES = 3
MOST_FINDINGS = 50  # patterns whose finding the first entry of a proposal rests on
CHECKLIST = """\
- [ ] Every gate of the validation lets the change through
- [ ] The target's own tests pass with it
- [ ] A person has read these words and approved them"""


class DuplicateProposal(Exception):
    """An open proposal says the same already."""

    def __init__(self, existing: Proposal) -> None:
        self.existing = existing
        super().__init__(f"The open proposal {existing.pk} says the same: “{existing.title}”.")


def submit(
    *,
    target: Target,
    text: str,
    engine: str,
    author: str,
    at: datetime,
    actor: Actor,
    playbook: str = "",
    parameter: str = "",
    door: Mapping[str, object] | None = None,
    repairs: str = "",
) -> Proposal:
    """Take in one proposal; a text that is none is kept as rejected input with the reason.

    Raises MalformedDocument, DiffDoesNotApply (both leave a RejectedInput row) or
    DuplicateProposal, and then no proposal exists.
    """
    given = Submission(
        *(target, text, engine, author, at, actor, playbook, parameter), door or {}, repairs
    )
    document, found = understood(given)
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=target.pk)  # one at a time per target
        return take_in(given, document, found)


def understood(given: Submission) -> tuple[Document, Placed]:
    """Return what a text says and changes; raise as `submit` does, once it is kept as refused."""
    try:
        return _understand(given)
    except (MalformedDocument, DiffDoesNotApply) as refusal:
        refused.keep(given, str(refusal))
        raise


def take_in(given: Submission, document: Document, found: Placed) -> Proposal:
    """Write the rows and the entry, with the target locked; raise DuplicateProposal."""
    _refuse_duplicate(given, document, found.change)
    proposal = _create(given, document, found)
    write_evidence(proposal, document)
    _record(proposal, document, given)
    return proposal


def path_of(document: Document) -> str:
    """Say where on the proposals branch a document lives."""
    if document.id is None or document.created is None:
        raise ValueError("only a document that was taken in has a place")
    slug = slugify(document.title)[:60].strip("-") or "proposal"
    return f"proposals/{document.created:%Y/%m}/{document.id}-{slug}.md"


def refuse_secrets(text: str) -> None:
    """Refuse a text that carries a credential; raises MalformedDocument with its line."""
    if found := secrets_in(text):
        raise MalformedDocument("this line holds a credential; remove it", found[0].line)


def _understand(given: Submission) -> tuple[Document, Placed]:
    document = parse(given.text)
    refuse_secrets(given.text)
    _refuse_foreign(given, document)
    _refuse_unknown_evidence(given, document)
    repository = Repository.of(given.target)
    document = replace(document, base=_start(repository, given, document))
    found = placed(repository, document.base, document.diff)
    refuse_hidden_names(found.change)
    return _completed(given, document, found), found


def _refuse_foreign(given: Submission, document: Document) -> None:
    if document.status != "pending":
        raise _wrong(given.text, "status", "a new proposal is `pending`; leave the entry out")
    if document.target and document.target != given.target.slug:
        raise _wrong(given.text, "target", f"this was handed in for `{given.target.slug}`")


def _refuse_unknown_evidence(given: Submission, document: Document) -> None:
    known = Pattern.objects.filter(target=given.target, pk__in=document.patterns)
    missing = set(document.patterns) - set(known.values_list("pk", flat=True))
    if missing:
        numbers = ", ".join(map(str, sorted(missing)))
        raise _wrong(given.text, "patterns", f"no pattern {numbers} is known for this target")
    seen = Observation.objects.filter(target=given.target, uid__in=document.events)
    unseen = set(document.events) - set(seen.values_list("uid", flat=True))
    if unseen:
        raise _wrong(given.text, "events", f"no event {min(unseen)} is known for this target")


def _start(repository: Repository, given: Submission, document: Document) -> str:
    """Return the commit the diff starts from: the one it names, or the head of the branch."""
    branch = given.target.branch
    try:
        head = repository.head(branch)
    except RefMissing:
        repository.fetch()
        head = repository.head(branch)
    if document.base and not _belongs(repository, document.base, head):
        raise _wrong(given.text, "base", f"this is not a commit of the branch `{branch}`")
    return document.base or head


def _belongs(repository: Repository, commit: str, head: str) -> bool:
    known = repository.ref(f"{commit}^{{commit}}")
    return known is not None and repository.is_ancestor(commit, head)


def _completed(given: Submission, document: Document, found: Placed) -> Document:
    """Fill in what a submitted text leaves out, and write the diff as git does."""
    change = found.change
    filled = replace(
        document,
        id=document.id or uuid.uuid4(),
        target=given.target.slug,
        engine=given.engine,
        author=given.author,
        created=given.at.replace(microsecond=0),
        diff=change.diff,
        repairs="; ".join(filter(None, (given.repairs, found.repairs))),
        affected_files=describe_files(change.files),
        checklist=document.checklist or CHECKLIST,
        playbook=given.playbook or document.playbook,
        parameter=given.parameter or document.parameter,
        review="",
        log="",
    )
    render(filled)
    return filled


def _refuse_duplicate(given: Submission, document: Document, change: Change) -> None:
    if existing := Proposal.objects.filter(pk=str(document.id)).first():
        raise DuplicateProposal(existing)
    alive = Proposal.objects.filter(target=given.target, status__in=OPEN)
    if existing := alive.filter(diff_digest=change.digest).first():
        raise DuplicateProposal(existing)
    same = alive.filter(
        parameter=document.parameter, evidence__pattern_id__in=document.patterns
    ).exclude(parameter="")
    if existing := same.first():
        raise DuplicateProposal(existing)


def _create(given: Submission, document: Document, found: Placed) -> Proposal:
    return Proposal.objects.create(
        id=document.id,
        target=given.target,
        kind=document.kind,
        title=document.title,
        severity=document.severity,
        risk=document.risk_level,
        engine=document.engine,
        author=document.author,
        document=render(document),
        document_digest=digest(document),
        path=path_of(document),
        base_commit=found.change.base,
        diff=found.change.diff,
        diff_digest=found.change.digest,
        handed_in=found.handed_in,
        affected_files=files_of(found.change),
        playbook=document.playbook,
        parameter=document.parameter,
        last_transition_id=uuid.uuid4(),
        created_at=given.at,
        updated_at=given.at,
    )


def write_evidence(proposal: Proposal, document: Document) -> None:
    """Keep what was counted of each pattern that the document names, and the events it cites."""
    hold(
        proposal.target,
        document.events,
        holder=f"proposal:{proposal.pk}",
        at=proposal.created_at,
    )
    patterns = Pattern.objects.filter(pk__in=document.patterns).prefetch_related("aliases")
    for pattern in patterns:
        prints = [alias.fingerprint for alias in pattern.aliases.all()]
        seen = Observation.objects.filter(
            target=proposal.target, uid__in=document.events, fingerprint__in=prints
        ).order_by("-timestamp")
        Evidence.objects.create(
            proposal=proposal,
            pattern=pattern,
            count=pattern.count,
            session_count=pattern.session_count,
            agents=pattern.agents,
            first_seen=pattern.first_seen,
            last_seen=pattern.last_seen,
            event_uids=[event.uid for event in seen],
            samples=list(dict.fromkeys(e.error_message for e in seen if e.error_message))[
                :SAMPLES
            ],
        )


def _record(proposal: Proposal, document: Document, given: Submission) -> None:
    lifecycle.begin(
        proposal,
        actor=given.actor,
        at=given.at,
        facts={
            "document": proposal.document_digest,
            "diff": proposal.diff_digest,
            "base": proposal.base_commit,
            "engine": proposal.engine,
            "patterns": list(document.patterns),
            "events": len(document.events),
            **given.door,
        },
        cites=_findings(document),
    )


def _findings(document: Document) -> list[uuid.UUID]:
    """Return the entries that tell of the patterns which a proposal answers."""
    subjects = [f"pattern:{pk}" for pk in document.patterns[:MOST_FINDINGS]]
    found = Entry.objects.filter(event=Event.PATTERN_FOUND, subject__in=subjects)
    return list(found.order_by("id").values_list("uid", flat=True))


def _wrong(text: str, key: str, reason: str) -> MalformedDocument:
    lines = text.split("\n")
    line = next((n for n, words in enumerate(lines, 1) if words.startswith(f"{key}:")), 1)
    return MalformedDocument(f"`{key}`: {reason}", line)
