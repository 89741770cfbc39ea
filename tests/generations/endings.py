"""What do rows of generations look like, with every kind of end, without anything being run?"""

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from generations.models import Delta, Generation, Outcome, PhaseRun, Reason, Result
from generations.phases import NAMES
from personas.models import Exchange, Line
from personas.models import Outcome as Asked
from targets.models import State, Target
from tests.factories import NOW, make_proposal
from tests.words import tools_diff
from validation.models import Finding, GateResult, Report

_numbers = itertools.count(1)
PLAN = {
    "title": "Give the search more time",
    "rationale": "It answers late, never wrongly.",
    "files_to_modify": ["config/tools.yaml"],
    "steps": ["Raise timeout_ms."],
    "expected_effect": {"test_pass_rate": 0.1},
    "risk": "low",
    "out_of_scope": [],
}
REVIEW = {
    "approved": True,
    "score": 0.9,
    "findings": [
        {
            "severity": "low",
            "file": "config/tools.yaml",
            "line": 3,
            "rule": "style",
            "message": "Say why.",
        }
    ],
    "must_fix": [],
}
# How each kind of end looks: the last phase, its result, and why.
ENDS: dict[Outcome, tuple[str, Result, str, str]] = {
    Outcome.ACCEPTED: ("propose", Result.PASSED, "", ""),
    Outcome.REJECTED: ("safety", Result.REJECTED, Reason.GATES, "A gate refused it: eval."),
    Outcome.NOTHING: ("plan", Result.NOTHING, Reason.NO_CHANGE, "Nothing could be better."),
    Outcome.FAILED: ("build", Result.ERRORED, Reason.OURS, "Gave up after 3 errors."),
    Outcome.CANCELLED: ("measure", Result.STOPPED, Reason.STOPPED, "Called off by ada."),
    Outcome.TIMED_OUT: ("measure", Result.STOPPED, Reason.STOPPED, "Timed out."),
}


def bare_target(slug: str = "gateway") -> Target:
    """Make a target of which nothing but its name matters."""
    found = Target.objects.filter(slug=slug).first()
    return found or Target.objects.create(
        slug=slug, name=slug.title(), origin=f"/o/{slug}", state=State.READY, created_at=NOW
    )


def opened(target: Target, *, at: datetime = NOW, **columns: Any) -> Generation:
    """Make a generation that has not ended."""
    last = Generation.objects.filter(target=target).aggregate(last=Max("number"))["last"] or 0
    given: dict[str, Any] = {
        "writer": "embedded",
        "asked_by": "ada",
        "phase": NAMES[0],
        "started_at": at,
        "deadline_at": at + timedelta(hours=1),
        "next_step_at": at,
    }
    return Generation.objects.create(target=target, number=last + 1, **{**given, **columns})


def ended(
    target: Target,
    outcome: Outcome = Outcome.NOTHING,
    *,
    at: datetime = NOW,
    **columns: Any,
) -> Generation:
    """Make a generation that ended so, with the phases that it walked through."""
    phase, result, kind, reason = ENDS[outcome]
    given = {
        "phase": phase,
        "outcome": outcome,
        "reason_kind": kind,
        "reason": reason,
        "ended_at": at + timedelta(minutes=1),
        "cancelled_by": "ada" if outcome == Outcome.CANCELLED else "",
    }
    generation = opened(target, at=at, **{**given, **columns})
    walk = NAMES[: NAMES.index(phase) + 1]
    for place, name in enumerate(walk):
        moment = at + timedelta(seconds=5 * place)
        ran(generation, name, result if name == phase else Result.PASSED, moment)
    return generation


def ran(generation: Generation, phase: str, result: str, at: datetime) -> PhaseRun:
    """Make one run of a phase that took two seconds, or that runs still."""
    return PhaseRun.objects.create(
        generation=generation,
        phase=phase,
        attempt=generation.runs.filter(phase=phase).count() + 1,
        result=result,
        message=f"{phase} said so",
        details={"n": 1},
        started_at=at,
        ended_at=at + timedelta(seconds=2) if result else None,
    )


def accepted(target: Target, **columns: Any) -> Generation:
    """Make an accepted generation of a real target with everything that a report tells of."""
    diff = tools_diff(3000 + next(_numbers))
    proposal = make_proposal(target, diff=diff)
    report = Report.objects.get(proposals=proposal)
    Finding.objects.create(
        result=GateResult.objects.get(report=report),
        path="config/tools.yaml",
        line=3,
        message="a larger limit",
        refuses=False,
    )
    generation = ended(
        target,
        Outcome.ACCEPTED,
        written_by="embedded",
        base_commit=target.head_commit,
        focus="failing_test:tests/test_limits.py",
        focus_words="A test fails.",
        plan=PLAN,
        diff=proposal.diff,
        diff_digest=proposal.diff_digest,
        tree="7" * 40,
        report=report,
        review=REVIEW,
        review_score=0.9,
        gain=0.0312,
        proposal=proposal,
        **columns,
    )
    compared(generation)
    return generation


def compared(generation: Generation, **columns: Any) -> Delta:
    """Make what one benchmark said."""
    given: dict[str, Any] = {
        "benchmark": "test_pass_rate",
        "unit": "share",
        "weight": 3.0,
        "before": 0.9,
        "after": 1.0,
        "verdict": "better",
        "words": "1 turned for the better, 0 for the worse",
        "keep": True,
        "proven": False,
        "difference": 0.1,
        "low": 0.1,
        "high": 0.1,
        "wins": ["tests/test_limits.py::test_longest"],
        "items": 10,
    }
    return Delta.objects.create(generation=generation, **{**given, **columns})


def called(generation: Generation, part: str = "plan", **columns: Any) -> Exchange:
    """Make a question to a model that was answered and billed, for a part of a generation."""
    at = generation.started_at + timedelta(seconds=1)
    purpose = f"{generation.purpose}/{part}"
    cost = columns.pop("cost", 12_340_000)
    line = Line.objects.create(
        target=generation.target, agent="Architect", engine="anthropic", simulated=False,
        model_asked="claude-sonnet-5-5", model="claude-sonnet-5-5", purpose=purpose,
        root=generation.purpose, state="SETTLED", reserved_at=at, expires_at=at, closed_at=at,
        reserved_cost=cost, reserved_tokens=900, counted_cost=cost or 0, counted_tokens=900,
        cost=cost, at_least=cost is None, input_tokens=700, output_tokens=200, cached_tokens=500,
    )  # fmt: skip
    given = {
        "at": at,
        "target": generation.target,
        "line": line,
        "agent": "Architect",
        "engine": "anthropic",
        "simulated": False,
        "purpose": purpose,
        "model_asked": "claude-sonnet-5-5",
        "model": "claude-sonnet-5-5",
        "effort": "medium",
        "max_tokens": 900,
        "prompt_tokens": 700,
        "estimated": False,
        "prompt_version": 1,
        "role_digest": "1" * 64,
        "prompt_digest": "2" * 64,
        "declaration_digest": "3" * 64,
        "prompt_characters": 2100,
        "outcome": Asked.ANSWERED,
        "latency_ms": 1500,
    }
    return Exchange.objects.create(**{**given, **columns})
