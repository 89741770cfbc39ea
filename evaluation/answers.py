"""What is an engine asked, and what of its answer becomes a proposal?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation.asking import citing
from evaluation.cases import Bar, Case, Thresholds
from evaluation.rules.levers import Levers
from personas.replies import Complaint, proposals_in
from proposals import intake
from proposals.documents import Document, MalformedDocument, parse
from proposals.intake import DuplicateProposal
from proposals.models import Engine, Proposal, RejectedInput
from targets.models import Target
from targets.repository import DiffDoesNotApply
from telemetry.sanitizer import sanitize

AUTHOR = "EvalAgent"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Hold the cases that qualify, and everything an engine may use to answer them."""

    target: Target
    commit: str
    cases: tuple[Case, ...]
    levers: Levers
    taken: Mapping[str, Bar]  # settings that another proposal moves already
    now: datetime
    changes: Mapping[str, Bar] = field(default_factory=dict)  # made by another, by digest
    nonce: str  # a block of the answer counts only when it carries this
    thresholds: Thresholds = field(default_factory=lambda: settings.SELFIMPROVE.evaluation)


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Say why an engine proposes nothing for a pattern."""

    reason: str
    bar: Bar | None = None


@dataclass(frozen=True, kw_only=True)
class EngineAnswer:
    """Hold an engine's answer: text that is read in the same way whoever wrote it."""

    text: str
    engine: str
    author: str = AUTHOR
    remarks: Mapping[int, Remark] = field(default_factory=dict)  # by pattern
    model: str = ""
    prompt_version: int | None = None
    request_id: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    failed_attempts: int = 0  # before the answer came; what they used nobody knows
    complete: bool = True
    stop_reason: str = "end_turn"


@dataclass
class Taken:
    """Count what came of an answer, by pattern."""

    proposed: dict[int, Proposal] = field(default_factory=dict)
    duplicates: dict[int, Bar] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    malformed: int = 0
    silence: str = "the engine proposed nothing for it"


def take_in(question: Question, answer: EngineAnswer) -> Taken:
    """Hand in each proposal of an answer; keep what is none with its reason."""
    taken = Taken()
    if not answer.complete:
        # A cut or refused answer is not acted on, however whole its parts look.
        reason = f"the answer did not end by itself (stop reason {answer.stop_reason})"
        _keep(question, answer, [Complaint(answer.text, reason)], taken)
        taken.silence = reason
        return taken
    blocks, complaints = proposals_in(answer.text, nonce=question.nonce)
    _keep(question, answer, complaints, taken)
    for block in blocks:
        _take(question, answer, block, taken)
    return taken


def _take(question: Question, answer: EngineAnswer, block: str, taken: Taken) -> None:
    patterns: tuple[int, ...] = ()
    try:
        document = parse(block)
        patterns = document.patterns
        reason = _reason_against(question, answer, document)
    except MalformedDocument as error:
        reason = str(error)
    if reason:
        _keep(question, answer, [Complaint(block, reason)], taken)
        taken.refused |= dict.fromkeys(patterns, reason)
        return
    _submit(question, answer, block, patterns, taken)


def _submit(
    question: Question,
    answer: EngineAnswer,
    block: str,
    patterns: Iterable[int],
    taken: Taken,
) -> None:
    try:
        proposal = intake.submit(
            target=question.target,
            text=block,
            engine=answer.engine,
            author=answer.author,
            at=question.now,
            actor=Actor.agent(answer.author),
        )
    except DuplicateProposal as duplicate:
        taken.duplicates |= dict.fromkeys(patterns, Bar(str(duplicate), duplicate.existing))
    except (MalformedDocument, DiffDoesNotApply) as error:
        taken.malformed += 1  # the intake has kept the text already
        taken.refused |= dict.fromkeys(patterns, str(error))
    else:
        taken.proposed |= dict.fromkeys(patterns, proposal)


def _reason_against(question: Question, answer: EngineAnswer, document: Document) -> str:
    """Check what the document cites: an engine may only speak of what it was shown."""
    reason = citing.reason_against(
        document.patterns,
        document.events,
        cases=question.cases,
        now=question.now,
        thresholds=question.thresholds,
    )
    if reason:
        return reason
    if document.base and document.base != question.commit:
        return "it starts from another commit than the one it was given"
    if answer.engine != Engine.EMBEDDED and (document.playbook or document.parameter):
        return "only the rule engine may name a playbook or a parameter"
    return ""


def _keep(
    question: Question, answer: EngineAnswer, complaints: Iterable[Complaint], taken: Taken
) -> None:
    """Keep each unusable text, sanitised, and enter it in the log."""
    target = question.target
    for complaint in complaints:
        taken.malformed += 1
        reason = sanitize(complaint.reason)[0]
        with transaction.atomic():
            RejectedInput.objects.create(
                target=target,
                engine=answer.engine,
                author=answer.author,
                text=sanitize(complaint.text.replace("\x00", "\N{REPLACEMENT CHARACTER}"))[0],
                reason=reason,
                at=question.now,
            )
            record(
                Event.PROPOSAL_REFUSED,
                actor=Actor.agent(answer.author),
                subject=f"target:{target.slug}",
                at=question.now,
                target=target.slug,
                reason=reason,
                facts={"engine": answer.engine, "characters": len(complaint.text)},
            )
