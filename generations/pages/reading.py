"""How does what a generation remembers read, where it may be older than our contracts?"""

from datetime import datetime, timedelta

from pydantic import ValidationError

from generations.models import Generation
from personas.replies.contracts import Plan, Review

PHASES = {
    "baseline": "Baseline",
    "plan": "Plan",
    "build": "Build",
    "safety": "Safety",
    "review": "Review",
    "measure": "Measure",
    "decide": "Decide",
    "propose": "Propose",
}


def plan_of(generation: Generation) -> Plan | None:
    """Return the plan; none where there is none, or none that the contract knows."""
    try:
        return Plan.model_validate(generation.plan) if generation.plan else None
    except ValidationError:
        return None


def review_of(generation: Generation) -> Review | None:
    """Return the review; none where there is none, or none that the contract knows."""
    try:
        return Review.model_validate(generation.review) if generation.review else None
    except ValidationError:
        return None


def title_of(generation: Generation) -> str:
    """Name what a generation is about in a line: its plan, its focus, or that it has neither."""
    plan = plan_of(generation)
    if plan is not None:
        return plan.title
    words = generation.focus_words or generation.brief.partition("\n")[0]
    return words[:160] or ("Looks for something to improve" if generation.is_open else "No plan")


def took(seconds: float) -> str:
    """Write a duration."""
    if seconds < 60:
        return f"{seconds:.1f}\u00a0s"
    if seconds < 3600:
        return f"{seconds // 60:.0f}\u00a0min {seconds % 60:.0f}\u00a0s"
    return f"{seconds // 3600:.0f}\u00a0h {seconds % 3600 // 60:.0f}\u00a0min"


def lasted(generation: Generation, now: datetime) -> str:
    """Write how long a generation took, or has taken so far."""
    span: timedelta = (generation.ended_at or now) - generation.started_at
    return took(max(0.0, span.total_seconds()))
