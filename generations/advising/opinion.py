"""What does AgentCore's evaluator say of a review, and why does the review stand alone?

It is advice: its scale is its owner's, so no number of it is compared with any of ours, and
nothing is approved, refused or scored by it.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from generations.advising.spans import Said, spans, trace_of
from generations.engines.modelled.words import unsecret
from generations.models import PhaseRun, Result, Writer
from generations.phases.shape import Turn
from personas.material import harmless
from personas.replies.contracts import Review
from ports.agentcore import Failed, Judged, Opinion
from ports.agentcore.chosen import evaluator
from ports.agentcore.evaluator import LONGEST_EXPLANATION
from targets.models import Target
from validation.verdicts import visible

logger = logging.getLogger(__name__)
KEY = "agentcore_opinion"  # in what a run of the review noted
JUDGED, ALONE = "judged", "local review alone"
# The sanitizer keeps the first two folders of a path, of which a home's second is a person's name.
HOMES = re.compile(r"([/\\](?:home|Users)[/\\]+)[^/\\\s\"'\[\]]+")
AGENTS = {"plan": "Architect", "build": "Builder", "review": "Reviewer"}
RULES = "Rule engine"  # in their place, where no model is asked


def second_opinion(turn: Turn, review: Review) -> dict[str, Any]:
    """Have the conversation judged there, and return what a run notes of that; else nothing."""
    asked = evaluator()
    if asked is None:
        return {}
    turn.told("asks AgentCore's evaluator")
    session = f"generation-{turn.generation.pk}"
    found = {"outcome": ALONE, "evaluator": asked.id, "reason": "", "opinions": []}
    unknown = {"tokens": None, "usd": None}  # nobody tells what an evaluation costs
    try:
        judged = asked.evaluate(spans(session, _conversation(turn, review)), session=session)
    except Failed as reason:
        logger.warning("the local review stands alone, without AgentCore: %s", reason.told)
        return {KEY: {**found, **unknown, "reason": harmless(reason.told)}}
    return {KEY: {**found, **unknown, **_told(judged, session)}}


def noted(runs: Iterable[PhaseRun]) -> dict[str, Any] | None:
    """Return what the latest review noted of an opinion; none where nobody was asked."""
    reviews = [run for run in runs if run.phase == "review" and run.result]
    found: dict[str, Any] | None = reviews[-1].details.get(KEY) if reviews else None
    return found


def _told(judged: Judged, session: str) -> dict[str, Any]:
    parts = {trace_of(session, part): part for part in AGENTS}
    return {
        "outcome": JUDGED,
        "opinions": [_opinion(one, parts) for one in judged.opinions],
        "tokens": judged.tokens,
    }


def _opinion(one: Opinion, parts: Mapping[str, str]) -> dict[str, Any]:
    """Keep somebody else's words on one line each, without secrets."""
    return {
        "about": parts.get(one.trace, "generation"),
        "dimension": harmless(one.dimension),
        "value": one.value,
        "label": harmless(one.label),
        "explanation": harmless(one.explanation, LONGEST_EXPLANATION),
    }


def _conversation(turn: Turn, review: Review) -> list[Said]:
    """Tell plan, change and review as three turns, without names of people and secrets."""
    generation, diff = turn.generation, turn.change().diff
    told = json.dumps(turn.plan().model_dump(mode="json"), ensure_ascii=False)
    # What a person asked for stays here: those are their words, and may hold a name.
    about = "what a person asked for" if generation.brief else generation.focus_words
    said = {
        "plan": (f"What is to be improved: {about}", told),
        "build": (f"Write the change that this plan describes: {told}", diff),
        "review": (
            f"Does this change do what its plan says, and is it right?\n{told}\n{diff}",
            json.dumps(review.model_dump(mode="json"), ensure_ascii=False),
        ),
    }
    return [_said(turn, part, *texts) for part, texts in said.items()]


def _said(turn: Turn, part: str, asked: str, answered: str) -> Said:
    run = turn.generation.runs.filter(phase=part, result__in=["", Result.PASSED]).last()
    return Said(
        part=part,
        agent=AGENTS[part] if turn.generation.writer == Writer.MODEL else RULES,
        asked=_clean(asked, turn.generation.target),
        answered=_clean(answered, turn.generation.target),
        began=run.started_at if run else turn.generation.started_at,
        ended=(run.ended_at if run else None) or turn.clock(),
    )


def _clean(text: str, target: Target) -> str:
    return HOMES.sub(r"\1[...]", visible(unsecret(text, target)))
