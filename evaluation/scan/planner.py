"""What is the model asked about a week, and what of its answer is taken in?"""

import json
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings

from evaluation import cases, modelled
from evaluation.answers import EngineAnswer, Question, Taken, take_in
from evaluation.rules.levers import Levers
from evaluation.scan.aggregates import Week
from evaluation.telling import quoted
from personas.ask import ask
from ports.llm import Model
from targets.models import Target
from targets.repository import Repository
from validation import parameters

AUTHOR = "PlannerAgent"
MOST_CHARACTERS = modelled.MOST_CHARACTERS


def plan(
    target: Target, week: Week, now: datetime, model: Model | None
) -> tuple[Taken, EngineAnswer]:
    """Ask the planner about what recurs and is not answered; hand in what it proposes."""
    question = _question(target, week, now)
    said = ask(AUTHOR, prompt(question, week), target=target, at=now, model=model)
    answer = EngineAnswer(
        text=said.text,
        engine=said.engine,
        author=AUTHOR,
        model=said.model,
        prompt_version=said.prompt_version,
        request_id=said.request_id,
        input_tokens=said.input_tokens,
        output_tokens=said.output_tokens,
        complete=said.complete,
        stop_reason=said.stop_reason,
    )
    return take_in(question, answer), answer


def prompt(question: Question, week: Week) -> str:
    """Write the aggregates beside the patterns; what does not fit is left out from its end."""
    material: dict[str, Any] = json.loads(modelled.prompt(question))
    material["window_days"] = 7
    material["totals"] = {
        "calls": week.calls,
        "failures": week.failures,
        "sessions": week.sessions,
    }
    parts = {"flaky_tasks": _flaky(week), "stale_indexes": _stale(week), "prompts": _drifts(week)}
    for name, rows in parts.items():
        material[name], counted = rows, len(rows)
        while rows and len(_escaped(material)) > MOST_CHARACTERS:
            rows.pop()
        material[f"{name}_left_out"] = counted - len(rows)
    return _escaped(material)


def _question(target: Target, week: Week, now: datetime) -> Question:
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
            "task": quoted(one.task),
            "failures": one.failures,
            "days_with_failures": one.days,
            "retries": one.retries,
            "final_statuses": [quoted(status) for status in one.statuses],
        }
        for one in week.flaky
    ]


def _stale(week: Week) -> list[dict[str, Any]]:
    return [
        {"id": one.pk, "component": quoted(one.component), "template": quoted(one.template)}
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


def _escaped(material: dict[str, Any]) -> str:
    """Write JSON in which no observed text can pass for a tag."""
    text = json.dumps(material, ensure_ascii=True, indent=1, default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
