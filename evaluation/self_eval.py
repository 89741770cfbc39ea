"""What do the last hours mean for a target, and what should change?"""

import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation import cases, modelled, opening, remembering
from evaluation.answers import EngineAnswer, Question, take_in
from evaluation.asking import holding
from evaluation.asking.holding import AtWork, Ours
from evaluation.asking.keeping import keep_asked, keep_spoken_to
from evaluation.asking.outcomes import Found, all_of, matched
from evaluation.cases import Bar, Case
from evaluation.causes import NOTHING, Cause
from evaluation.models import Became, Consideration, Evaluation
from evaluation.rules import embedded, playbooks
from evaluation.rules.levers import Levers
from personas.agents import BadAgents
from personas.ask import REFUSALS
from personas.providers import EngineNotReady
from ports.git import GitFailed
from ports.llm import Model, ModelError
from proposals.models import Engine
from proposals.waiting import room as rooms
from proposals.waiting.rules import Room
from targets.manifest import BadManifest
from targets.models import State, Target
from targets.repository import OriginUnreachable, PathMissing, RefMissing, Repository
from telemetry.patterns import judging
from telemetry.sanitizer import sanitize
from validation import parameters
from validation.parameters import BadParameters

ACTOR = Actor.system("evaluation")
AFTER_A_FAILURE = timedelta(hours=1)


class Overtaken(Exception):
    """Say that the answer came when somebody else was at the same already: it is not used."""


# What may be wrong with our files, the provider or the clone. Each is told on the evaluation's
# page; anything else is a defect and stays visible as such.
KNOWN_FAILURES = (
    EngineNotReady,
    BadAgents,
    *REFUSALS,
    playbooks.BadPlaybook,
    BadParameters,
    BadManifest,
    ModelError,
    GitFailed,
    OriginUnreachable,
    RefMissing,
    PathMissing,
    Overtaken,
)


class NotReady(Exception):
    """Say that a target cannot be evaluated now."""


@dataclass
class Survey:
    """Hold the cases of one moment, sorted into those to ask about and those not."""

    eligible: list[Case] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    bars: Mapping[int, Bar] = field(default_factory=dict)
    qualified: int = 0
    situation: str = ""


def evaluate(
    target: Target,
    now: datetime,
    *,
    trigger: str,
    actor: Actor = ACTOR,
    model: Model | None = None,
    cause: Cause = NOTHING,
) -> Evaluation:
    """Look at a target's evidence and hand in what the engine proposes; keep what was dropped.

    Raises NotReady when the repository cannot be read, or somebody is at it already. Every other
    known failure is kept on the returned row. `model` answers in place of the configured engine.
    """
    if target.state != State.READY:
        state = target.get_state_display().lower()
        raise NotReady(f"{target.slug}: the repository is not ready ({state})")
    try:
        with holding.alone(target, "evaluated", now) as ours:
            return _evaluated(target, now, trigger, actor, model, cause, ours)
    except AtWork as busy:
        raise NotReady(str(busy)) from busy


def _evaluated(
    target: Target,
    now: datetime,
    trigger: str,
    actor: Actor,
    model: Model | None,
    cause: Cause,
    ours: Ours,
) -> Evaluation:
    started = time.monotonic()
    survey = survey_of(target, now)
    evaluation = opening.begin(
        target,
        now,
        trigger=trigger,
        cause=cause,
        actor=actor,
        engine=model.engine if model else modelled.engine_chosen(),
        patterns_seen=len(survey.found) + len(survey.eligible),
        qualified=survey.qualified,
        situation=survey.situation,
    )
    try:
        found = [*survey.found, *_answered(evaluation, survey, now, model, ours)]
    except KNOWN_FAILURES as failure:
        found = [*survey.found, *all_of(survey.eligible, Became.UNANSWERED, "no answer came")]
        evaluation.error = sanitize(f"{type(failure).__name__}: {failure}")[0]
    ended = now + timedelta(seconds=time.monotonic() - started)
    return _end(evaluation, found, actor, ended)


def has_changed(target: Target, now: datetime) -> bool:
    """Tell whether an evaluation now could come out differently from the last one."""
    last = Evaluation.objects.filter(target=target).order_by("-pk").first()
    if last is None or last.ended_at is None:
        return True
    window = timedelta(hours=settings.SELFIMPROVE.evaluation.window_hours)
    if now - last.started_at >= (AFTER_A_FAILURE if last.error else window):
        return True
    return survey_of(target, now).situation != last.situation


def survey_of(target: Target, now: datetime) -> Survey:
    """Sort the patterns by code: no engine decides what counts as enough."""
    thresholds = settings.SELFIMPROVE.evaluation
    survey = Survey(bars=cases.bars(target, now, thresholds))
    room = rooms.room(target)
    marks: list[object] = [target.head_commit, thresholds.model_dump_json(), _rules()]
    for case in cases.gather(target, now, thresholds):
        enough, reason = cases.qualifies(case, thresholds)
        bar = survey.bars.get(case.pattern.pk)
        aside = judging.set_aside(case.pattern, now)
        survey.qualified += enough and not aside
        if aside:
            survey.found.append(Found(case.pattern.pk, Became.SET_ASIDE, aside))
        elif not enough:
            survey.found.append(Found(case.pattern.pk, Became.BELOW_THRESHOLD, reason))
        elif bar:
            survey.found.append(Found(case.pattern.pk, Became.DUPLICATE, bar.reason, bar.proposal))
        elif not _fits(case, room, len(survey.eligible)):
            survey.found.append(Found(case.pattern.pk, Became.REVIEW_FULL, _crowded(room)))
        else:
            survey.eligible.append(case)
        # A pattern is looked at again when its count has doubled, not at each event.
        mark = [case.pattern.pk, enough, bar is not None, bool(aside), room.is_full]
        marks.append([*mark, case.count.bit_length()])
    survey.situation = hashlib.sha256(json.dumps(marks).encode()).hexdigest()
    return survey


def _fits(case: Case, room: Room, before: int) -> bool:
    """Tell whether people can take on one more; what is critical never waits for room."""
    return room.left is None or before < room.left or case.pattern.severity == rooms.PASSES


def _crowded(room: Room) -> str:
    if room.is_full:
        return room.words
    return f"graver ones take the room that is left for review ({room.words})"


def _rules() -> str:
    """Name the state of the files that decide what is proposed."""
    folder = settings.CONFIG_DIR
    files = sorted(
        [*folder.glob("playbooks/*.toml"), *folder.glob("*.toml"), *folder.glob("*.yaml")]
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _answered(
    evaluation: Evaluation, survey: Survey, now: datetime, model: Model | None, ours: Ours
) -> list[Found]:
    """Ask the engine about the eligible cases, and hand in what it says."""
    if not survey.eligible:
        return []
    question = question_of(evaluation.target, survey, now)
    evaluation.base_commit = question.commit
    keep_spoken_to(evaluation, question.cases)
    answer = _ask(evaluation, question, model)
    _remember(evaluation, answer)
    if not ours():
        raise Overtaken("it was held up for so long that somebody else began anew")
    taken = take_in(question, answer)
    evaluation.malformed = taken.malformed
    return matched(survey.eligible, answer, taken)


def question_of(target: Target, survey: Survey, now: datetime) -> Question:
    """Put the eligible cases beside everything that an engine may use to answer them."""
    repository = Repository.of(target)
    commit = repository.head(target.branch)
    return Question(
        target=target,
        commit=commit,
        cases=tuple(survey.eligible),
        levers=Levers.of(repository, commit, parameters.load().of(target.slug)),
        taken=cases.taken_parameters(target, now, settings.SELFIMPROVE.evaluation),
        changes=cases.taken_changes(target, now, settings.SELFIMPROVE.evaluation),
        now=now,
        nonce=secrets.token_hex(8),
    )


def _ask(evaluation: Evaluation, question: Question, model: Model | None) -> EngineAnswer:
    if evaluation.engine == Engine.EMBEDDED:
        return embedded.answer(question)
    remembered = remembering.recalled(question.target, question.cases)
    asked = modelled.prepared(question, beside=remembered)
    keep_asked(evaluation, asked)
    return modelled.answer(question, asked, model, purpose=evaluation.purpose)


def _remember(evaluation: Evaluation, answer: EngineAnswer) -> None:
    evaluation.engine = answer.engine  # who really answered
    evaluation.model = answer.model
    evaluation.prompt_version = answer.prompt_version
    evaluation.request_id = answer.request_id
    evaluation.input_tokens = answer.input_tokens
    evaluation.output_tokens = answer.output_tokens
    evaluation.cached_tokens = answer.cached_tokens
    evaluation.failed_attempts = answer.failed_attempts


def _end(
    evaluation: Evaluation, found: Sequence[Found], actor: Actor, ended: datetime
) -> Evaluation:
    proposed = {one.proposal for one in found if one.outcome == Became.PROPOSED}
    evaluation.proposed = len(proposed)
    evaluation.duplicates = sum(one.outcome == Became.DUPLICATE for one in found)
    evaluation.ended_at = ended
    if proposed:  # they change what the next evaluation would see
        evaluation.situation = survey_of(evaluation.target, evaluation.started_at).situation
    with transaction.atomic():
        evaluation.save()
        Consideration.objects.bulk_create(
            Consideration(
                evaluation=evaluation,
                pattern_id=one.pattern,
                outcome=one.outcome,
                reason=one.reason,
                proposal=one.proposal,
            )
            for one in found
        )
        record(
            Event.EVALUATION_ENDED,
            actor=actor,
            subject=f"evaluation:{evaluation.pk}",
            at=ended,
            target=evaluation.target.slug,
            reason=evaluation.error,
            facts=_facts(evaluation, found),
        )
    return evaluation


def _facts(evaluation: Evaluation, found: Sequence[Found]) -> dict[str, object]:
    outcomes = [one.outcome for one in found]
    return {
        "engine": evaluation.engine,
        "base": evaluation.base_commit,
        "qualified": evaluation.qualified,
        "malformed": evaluation.malformed,
        "speaks_to_a_model": evaluation.spoken_to.count(),
        "outcomes": {outcome.value: outcomes.count(outcome) for outcome in Became},
        "proposals": sorted({str(one.proposal.pk) for one in found if one.proposal}),
    }
