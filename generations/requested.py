"""Which request for changes is a generation to answer, what is shown of it, what came of it?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from generations.engines.modelled.words import lines_of
from generations.models import Generation, Outcome
from personas.material import fitting, harmless, marked
from proposals import records
from proposals.documents import Document
from proposals.models import ChangeRequest, Proposal, Risk, Status
from proposals.revising import answering, asked, asking
from proposals.revising.answering import Answerer
from proposals.threads import reading
from proposals.threads.places import Lines

SUBJECT = "request:"
LONGEST_SAID = 1000  # characters of one comment
FOR_THREADS = 0.3  # of the room; the diff gets what is left
KEYS = 200  # characters of the keys and the brackets
RISKS = tuple(Risk.values)


def subject_of(request: ChangeRequest) -> str:
    """Name a request as the subject of the generation that is to answer it."""
    return f"{SUBJECT}{request.pk}"


def of(generation: Generation) -> ChangeRequest | None:
    """Return the request that a generation is to answer; most answer none."""
    kind, _, key = generation.subject.partition(":")
    if f"{kind}:" != SUBJECT or not (key.isascii() and key.isdigit()):
        return None
    rows = ChangeRequest.objects.select_related("proposal__target", "asked_by")
    return rows.filter(pk=int(key), proposal__target=generation.target_id).first()


def still_stands(request: ChangeRequest) -> bool:
    """Tell whether nobody has withdrawn or answered it."""
    now = asked.standing_on(Proposal.objects.get(pk=request.proposal_id))
    return now is not None and now.pk == request.pk


def waiting() -> list[ChangeRequest]:
    """List the requests that a model is to answer and has not tried, the oldest first."""
    rows = asked.ROWS.filter(proposal__status=Status.PENDING).order_by("at", "pk")
    found = list(rows.select_related("proposal__target", "asked_by"))
    tried = set(_answering().values_list("subject", flat=True))
    fresh = (one for one in found if subject_of(one) not in tried)
    return [one for one in fresh if answering.of(one.proposal) is Answerer.MODEL]


def brief(request: ChangeRequest) -> str:
    """Say what is wanted, in words."""
    title = " ".join(request.proposal.title.split())
    return f"Revise the change “{title}” as a reviewer requested.\n\n{request.reason}"


def shown(generation: Generation, room: int) -> dict[str, Any]:
    """Return what a model is shown of the version that a reviewer read, and of what they said."""
    request = of(generation)
    if request is None:
        return {}
    target, proposal = generation.target, request.proposal
    words = lines_of(request.reason, target)
    room -= len(words) + KEYS
    threads, left_out = fitting(_threads(request), int(room * FOR_THREADS))
    diff = lines_of(proposal.diff, target)
    most = max(0, room - int(room * FOR_THREADS)) // 2  # an escape takes more than its sign
    return {
        "revision": {
            "requested": words,
            "threads": threads,
            "threads_left_out": left_out,
            "diff": diff[:most],
            "diff_left_out": max(0, len(diff) - most),
            "starts_at_the_same_commit": proposal.base_commit == generation.base_commit,
        }
    }


def as_revision(document: Document, request: ChangeRequest) -> Document:
    """Keep what the change is about as it was said; who revises a change proves no new failure."""
    old = records.words_of(request.proposal)
    kept = {
        name: getattr(old, name)
        for name in (
            *("kind", "severity", "patterns", "events", "problem", "evidence", "root_cause"),
            *("impact", "playbook", "parameter"),
        )
    }
    risk = max(old.risk_level, document.risk_level, key=RISKS.index)
    return replace(document, **kept, risk_level=risk)


def tell_failed(now: datetime) -> int:
    """Say on each request that its generation came to nothing, once; return how many."""
    ended = _answering().exclude(outcome__in=["", Outcome.ACCEPTED]).order_by("pk")
    told = 0
    for generation in ended:
        request = of(generation)
        source = f"generation:{generation.pk}"
        if request is None or request.failures.filter(source=source).exists():
            continue
        told += asking.fail(request, source=source, reason=generation.reason, at=now)
    return told


def _answering() -> QuerySet[Generation]:
    standing = asked.ROWS.filter(proposal__status=Status.PENDING)
    subjects = [f"{SUBJECT}{pk}" for pk in standing.values_list("pk", flat=True)]
    rows = Generation.objects.filter(subject__in=subjects, dry_run=False)
    return rows.select_related("target")


def _threads(request: ChangeRequest) -> list[Mapping[str, Any]]:
    """Tell the conversations that are open on its lines."""
    proposal = request.proposal
    talks = reading.talks(proposal, Lines(proposal.diff))
    return [
        {
            "path": harmless(talk.thread.path),
            "side": "before" if talk.thread.side == "L" else "after",
            "line": talk.thread.line,
            "line_is": marked(talk.thread.quoted),
            "said": [marked(said.words, LONGEST_SAID) for said in talk.said if said.words],
        }
        for talk in talks
        if talk.thread.path and not talk.is_resolved
    ]
