"""What is the model asked about a week, and what of its answer is taken in?"""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings

from evaluation import cases, modelled, remembering
from evaluation.answers import EngineAnswer, Question, Taken, take_in
from evaluation.rules.levers import Levers
from evaluation.scan.aggregates import Week
from personas.material import harmless
from ports.llm import Model
from targets.models import Target
from targets.repository import Repository
from validation import parameters

AUTHOR = "PlannerAgent"
PURPOSE = "scan"


def plan(
    target: Target, week: Week, now: datetime, model: Model | None
) -> tuple[Taken, EngineAnswer]:
    """Ask the planner about what recurs and is not answered; hand in what it proposes."""
    question = question_of(target, week, now)
    remembered = remembering.recalled(target, question.cases)
    asked = modelled.prepared(question, AUTHOR, {**beside(week), **remembered})
    answer = modelled.answer(question, asked, model, author=AUTHOR, purpose=PURPOSE)
    return take_in(question, answer), answer


def beside(week: Week) -> dict[str, list[dict[str, Any]]]:
    """Return what is told of the week beside its patterns, all of it counted by code."""
    totals = {"days": 7, "calls": week.calls, "failures": week.failures, "sessions": week.sessions}
    return {
        "window": [totals],
        "flaky_tasks": _flaky(week),
        "stale_indexes": _stale(week),
        "prompts": _drifts(week),
    }


def question_of(target: Target, week: Week, now: datetime) -> Question:
    """Put what recurs and is not answered beside everything that may be used to answer it."""
    repository = Repository.of(target)
    commit = repository.head(target.branch)
    thresholds = settings.SELFIMPROVE.evaluation
    return Question(
        target=target,
        commit=commit,
        cases=tuple(one.case for one in week.recurring if one.bar is None),
        levers=Levers.of(repository, commit, parameters.load().of(target.slug)),
        taken=cases.taken_parameters(target, now, thresholds),
        now=now,
        nonce=secrets.token_hex(8),
    )


def _flaky(week: Week) -> list[dict[str, Any]]:
    return [
        {
            "task": harmless(one.task),
            "failures": one.failures,
            "days_with_failures": one.days,
            "retries": one.retries,
            "final_statuses": [harmless(status) for status in one.statuses],
        }
        for one in week.flaky
    ]


def _stale(week: Week) -> list[dict[str, Any]]:
    return [
        {"id": one.pk, "component": harmless(one.component), "template": harmless(one.template)}
        for one in week.stale
    ]


def _drifts(week: Week) -> list[dict[str, Any]]:
    return [
        {
            "commit": one.commit,
            "at": one.at.isoformat(),
            "paths": list(one.paths),
            "failures": one.words,
        }
        for one in week.drifts
    ]
