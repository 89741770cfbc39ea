"""May a person have a target evaluated while they wait, and what comes of it?"""

from datetime import datetime

from django.conf import settings

from audit.log import Actor
from evaluation.causes import Cause
from evaluation.models import Evaluation
from evaluation.self_eval import evaluate
from targets.models import Target
from telemetry.models import Token


class NotAtOnce(Exception):
    """Say why a target is not evaluated while somebody waits, and what to do instead."""


def refusal() -> str:
    """Say why the chosen engine does not answer while somebody waits; nothing when it does."""
    if settings.SELFIMPROVE.evaluation.engine == "embedded":
        return ""
    return "A language model takes minutes to answer: use manage.py evaluate."


def evaluate_at_once(
    target: Target, now: datetime, *, actor: Actor, token: Token | None = None
) -> Evaluation:
    """Evaluate a target for somebody who waits; raise NotAtOnce or NotReady."""
    if reason := refusal():
        raise NotAtOnce(reason)
    if target.paused:
        raise NotAtOnce(f"{target.name} is paused: resume it first.")
    trigger = "mcp" if token else "person"
    return evaluate(target, now, trigger=trigger, actor=actor, cause=Cause(token=token))
