"""How does a test of the pages get generations that look as if they had been walked?"""

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from generations.models import Delta, Generation, Outcome, PhaseRun, Reason, Result, Writer
from generations.phases import NAMES
from personas.models import Exchange, Line
from personas.models import Outcome as Answered
from personas.models import State as LineState
from proposals.models import Engine, Proposal
from targets.models import Target
from tests.factories import NOW, make_report
from validation.models import Report

_keys = itertools.count(1)
USD = 1_000_000_000
PLAN = {
    "title": "Give the search tool time to answer",
    "rationale": "Four of ten calls end at the limit of 400 ms, and most answers take 700 ms.",
    "files_to_modify": ["config/tools.yaml"],
    "steps": ["Raise timeout_ms of web_search.", "Leave the other tools as they are."],
    "expected_effect": {"test_pass_rate": 0.02},
    "risk": "low",
    "out_of_scope": ["Retries: they are bounded elsewhere."],
}
REVIEW = {
    "approved": True,
    "score": 0.82,
    "findings": [
        {
            "severity": "low",
            "file": "config/tools.yaml",
            "line": 3,
            "rule": "limits",
            "message": "The new limit lies well below the gateway's own of ten seconds.",
        }
    ],
    "must_fix": [],
}
DIFF = (
    "diff --git a/config/tools.yaml b/config/tools.yaml\nindex 1111111..2222222 100644\n"
    "--- a/config/tools.yaml\n+++ b/config/tools.yaml\n@@ -1,4 +1,4 @@\n tools:\n"
    "   web_search:\n-    timeout_ms: 400\n+    timeout_ms: 1200\n     retries: 0\n"
)
MESSAGES = {
    "baseline": "Starts from 4f2c9d1ab03e.",
    "plan": "Give the search tool time to answer",
    "build": "1 file, +1 −1",
    "safety": "12 gates let it pass.",
    "review": "Approved with 0.82.",
    "measure": "2 better, 6 no difference, 1 inconclusive",
    "decide": "A gain of +2.4 % beyond noise; nothing got worse.",
    "propose": "Proposed as a change for a person to review.",
}


@dataclass(frozen=True)
class Told:
    """Say what a generation is to look like; every field has a likely value."""

    outcome: str = Outcome.REJECTED
    kind: str = Reason.NO_GAIN
    reason: str = "Nothing got better beyond noise."
    until: str = "decide"  # the last phase that it reached
    writer: str = Writer.EMBEDDED
    written_by: str = Engine.EMBEDDED
    at: datetime = NOW
    seconds: float = 9.0
    gain: float | None = None
    focus: str = "tests:search"
    words: str = "web_search times out in four of ten calls"
    title: str = "Give the search tool time to answer"


OPEN = Told(outcome="", kind="", reason="", until="review")
ACCEPTED = Told(Outcome.ACCEPTED, "", "", "propose", gain=0.024)
NOTHING = Told(Outcome.NOTHING, Reason.NO_CHANGE, "No fixer finds anything to do.", "plan")
FAILED = Told(
    Outcome.FAILED,
    Reason.OURS,
    "Gave up after 3 errors on our side: SandboxMissing: bwrap is not installed",
    "measure",
)


def by_model(told: Told) -> Told:
    """Let the agents have written it."""
    return replace(told, writer=Writer.MODEL, written_by=Engine.ANTHROPIC)


def make_generation(target: Target, told: Told = ACCEPTED, **columns: Any) -> Generation:
    """Write down a generation with the runs of the phases that it reached."""
    last = Generation.objects.filter(target=target).order_by("-number").first()
    number = last.number + 1 if last else 1
    reached = NAMES[: NAMES.index(told.until) + 1]
    wrote = "build" in reached
    ended = told.at + timedelta(seconds=told.seconds) if told.outcome else None
    row: dict[str, Any] = {
        "writer": told.writer,
        "written_by": told.written_by if "plan" in reached else "",
        "asked_by": "ada",
        "phase": told.until,
        "outcome": told.outcome,
        "reason_kind": told.kind,
        "reason": told.reason,
        "base_commit": f"{number:04x}" * 10,
        "focus": told.focus if "plan" in reached else "",
        "focus_words": told.words if "plan" in reached else "",
        "plan": PLAN | {"title": told.title}
        if "plan" in reached and told.outcome != Outcome.NOTHING
        else None,
        "diff": DIFF if wrote else "",
        "diff_digest": f"{number:064x}" if wrote else "",
        "review": REVIEW if "review" in reached and told.outcome else None,
        "review_score": 0.82 if "review" in reached and told.outcome else None,
        "gain": told.gain,
        "dry_run": told.outcome == Outcome.ACCEPTED and "proposal" not in columns,
        "started_at": told.at,
        "ended_at": ended,
        "deadline_at": told.at + timedelta(hours=1),
        "next_step_at": told.at,
    }
    generation = Generation.objects.create(target=target, number=number, **(row | columns))
    _walk(generation, told, reached)
    return generation


def _walk(generation: Generation, told: Told, reached: tuple[str, ...]) -> None:
    share = timedelta(seconds=told.seconds / len(reached))
    messages = MESSAGES | {"plan": told.title}
    for place, name in enumerate(reached):
        begun = told.at + place * share
        last = name == told.until
        result = _result(told) if last else Result.PASSED
        PhaseRun.objects.create(
            generation=generation,
            phase=name,
            result=result,
            message=told.reason if last and told.outcome and told.reason else messages[name],
            details={"files": ["config/tools.yaml"]} if name == "build" else {},
            started_at=begun,
            ended_at=begun + share if result else None,
        )


def _result(told: Told) -> str:
    results = {
        Outcome.REJECTED: Result.REJECTED,
        Outcome.NOTHING: Result.NOTHING,
        Outcome.FAILED: Result.ERRORED,
        Outcome.ACCEPTED: Result.PASSED,
    }
    if not told.outcome:
        return ""
    return results.get(Outcome(told.outcome), Result.STOPPED)


def proposed(target: Target, proposal: Proposal, told: Told = ACCEPTED, **columns: Any) -> Any:
    """Write down a generation whose work was proposed."""
    return make_generation(target, told, proposal=proposal, report=proposal.report, **columns)


def gates_of(proposal: Proposal) -> Report:
    """Return what the gates said of a proposal."""
    return proposal.report or make_report(proposal)


def make_delta(generation: Generation, benchmark: str, **told: Any) -> Delta:
    """Write down what one benchmark said."""
    row: dict[str, Any] = {
        "unit": "share",
        "weight": 1.0,
        "before": 0.9,
        "after": 0.9,
        "verdict": "no difference",
        "words": "nothing that it reads differs between the two",
        "keep": False,
        "proven": False,
        "difference": 0.0,
        "low": 0.0,
        "high": 0.0,
        "items": 20,
    }
    return Delta.objects.create(generation=generation, benchmark=benchmark, **(row | told))


def better(generation: Generation, by: float = 0.05, *, before: float = 0.85) -> None:
    """Let the tests pass more often, the linter find less and the rest stay as it was."""
    name = "tests.test_tools.Tools.test_a_slow_answer_arrives"
    make_delta(
        generation, "test_pass_rate", before=before, after=before + by, verdict="better",
        words="1 for the better, none for the worse", keep=True, difference=by,
        low=by - 0.02, high=by + 0.02, wins=[name], items=20, repeats=3,
    )  # fmt: skip
    make_delta(
        generation, "lint_score", unit="findings", before=14.0, after=11.0, verdict="better",
        words="3 findings are gone, none is new", keep=True, proven=True, difference=3.0,
        low=3.0, high=3.0, wins=["F401 gateway/limits.py"], items=14,
    )  # fmt: skip
    make_delta(generation, "code_complexity", unit="", before=4.0, after=4.0)


def worse(generation: Generation) -> None:
    """Let a test that passed fail."""
    name = "tests.test_limits.Limits.test_longest"
    make_delta(
        generation, "test_pass_rate", before=0.9, after=0.85, verdict="worse",
        words="1 for the worse; what passed must pass on", difference=-0.05, low=-0.05,
        high=-0.05, losses=[name],
    )  # fmt: skip


def unmeasured(generation: Generation) -> None:
    """Let a benchmark have no score on one side."""
    make_delta(
        generation, "type_check", unit="errors", before=None, after=None, verdict="inconclusive",
        words="there is no score before: mypy is not installed", difference=None, low=None,
        high=None, items=0,
    )  # fmt: skip


def asked(
    generation: Generation,
    part: str = "plan",
    *,
    cost: int | None = 21_400_000,
    simulated: bool = False,
) -> Exchange:
    """Write down that a generation asked a model; without a cost nobody knows it."""
    purpose = f"{generation.purpose}/{part}"
    at = generation.started_at
    common = {
        "target": generation.target,
        "agent": {"plan": "architect", "build": "builder"}.get(part, "reviewer"),
        "engine": "scripted" if simulated else "anthropic",
        "simulated": simulated,
        "model_asked": "claude-sonnet-4-5",
        "model": "claude-sonnet-4-5",
        "purpose": purpose,
    }
    line = Line.objects.create(
        **common, root=generation.purpose, state=LineState.SETTLED, reserved_at=at,
        expires_at=at + timedelta(minutes=5), closed_at=at + timedelta(seconds=3),
        reserved_cost=60_000_000, reserved_tokens=9_000, counted_cost=cost or 60_000_000,
        counted_tokens=5_120, cost=cost, at_least=cost is None, input_tokens=4_310,
        output_tokens=810, cached_tokens=0,
    )  # fmt: skip
    return Exchange.objects.create(
        **common, at=at, line=line, effort="medium", max_tokens=4_000, prompt_tokens=4_310,
        estimated=False, prompt_version=3, role_digest="a" * 64, prompt_digest="b" * 64,
        answer_digest="c" * 64, declaration_digest="d" * 64, prompt_text="…", answer_text="…",
        prompt_characters=12_000, answer_characters=2_600, outcome=Answered.ANSWERED,
        latency_ms=2_900,
    )  # fmt: skip
