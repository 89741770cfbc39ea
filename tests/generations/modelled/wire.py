"""A small target, a generation of it, and agents that answer over a socket as a script says."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pytest_django import Settings

from audit.log import Actor
from generations.choosing.focus import Focus
from generations.engines.modelled import ENGINE
from generations.models import Generation, PhaseRun
from generations.phases.shape import Turn
from generations.running import loop, opening
from generations.running.opening import Wish
from ports.llm.options import Models
from ports.llm.standin.server import Answering, StandIn, ended_step, serving
from ports.llm.standin.steps import Step
from targets import manifest
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, make_target
from validation.models import Finding, GateResult, Outcome, Report

PRICES = (
    '"""Prices."""\n\nimport os\n\n\ndef total(prices: list[int]) -> int:\n'
    '    """Add up."""\n    return sum(prices)\n'
)
FILES: Mapping[str, str] = {
    ".selfimprove.toml": '[validation]\nforbidden_paths = ["shop/ledger.py"]\n',
    "README.md": "# Shop\n",
    "shop/__init__.py": '"""A shop."""\n',
    "shop/ledger.py": '"""The ledger."""\n',
    "shop/prices.py": PRICES,
}
UNUSED = Focus("finding:lint_score/F401", "An import that nothing uses", 2.0, 1.0)
SLOW = Focus("pattern:7", "The index answers late", 1.0, 1.0, attempts=1)
PLAN: Mapping[str, Any] = {
    "title": "Leave out an import that nothing uses",
    "rationale": "The module once read the environment, and does not any more.",
    "files_to_modify": ["shop/prices.py"],
    "steps": ["Take the line of `os` out."],
    "expected_effect": [{"benchmark": "lint_score", "delta": 0.1}],
    "risk": "low",
    "out_of_scope": [],
    "focus": 1,
    "new_files": [],
}
EDIT = (
    '<edit path="shop/prices.py">\n<<<<<<< SEARCH\nimport os\n\n=======\n>>>>>>> REPLACE\n'
    "</edit>\n<done/>\n"
)
REVIEW: Mapping[str, Any] = {"approved": True, "score": 0.9, "findings": [], "must_fix": []}


def planned(**changes: Any) -> Step:
    """Answer with a plan."""
    return Step(text=json.dumps({**PLAN, **changes}))


def reviewed(**changes: Any) -> Step:
    """Answer with a review."""
    return Step(text=json.dumps({**REVIEW, **changes}))


BUILT = Step(text=EDIT)


def shop(
    tmp_path: Path,
    settings: Settings,
    files: Mapping[str, str] = FILES,
    *,
    benchmarks: Sequence[str] = ("lint_score",),
) -> Target:
    """Make a target that a quick benchmark finds fault with."""
    configure(settings, "benchmarks", enabled=tuple(benchmarks))
    configure(settings, "validation", pythons={"shop": Path(sys.executable)})
    return make_target(tmp_path, slug="shop", files=files)


def configure(settings: Settings, room: str, **changed: object) -> None:
    """Change a section of the configuration."""
    current = settings.SELFIMPROVE
    section = getattr(current, room).model_copy(update=changed)
    settings.SELFIMPROVE = current.model_copy(update={room: section})


@contextmanager
def agents(
    settings: Settings, *steps: Step, otherwise: Answering = ended_step, patience: float = 600
) -> Iterator[StandIn]:
    """Let the agents answer as the steps say; for so many seconds each answer is waited for."""
    with serving(steps, otherwise=otherwise) as played:
        chosen = {"address": played.address, "deadline_seconds": patience}
        models = Models().model_copy(update=chosen)
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"models": models})
        yield played


def begin(target: Target, **columns: Any) -> Generation:
    """Open a generation whose base has been taken already."""
    wish = Wish(target=target, actor=Actor("person", "ada"), writer="model")
    generation = opening.begin(wish, at=NOW)
    head = Repository.of(target).head(target.branch)
    found = {"base_commit": head, "phase": "plan", **columns}
    Generation.objects.filter(pk=generation.pk).update(**found)
    generation.refresh_from_db()
    return generation


def turn(generation: Generation, *, stopped: bool = False) -> Turn:
    """Give what a phase works on, without the loop around it."""
    repository = Repository.of(generation.target)
    return Turn(
        generation=generation,
        repository=repository,
        manifest=manifest.read(repository, generation.base_commit),
        engine=ENGINE,
        clock=lambda: NOW + timedelta(seconds=1),
        stopped=lambda: stopped,
        told=lambda words: None,
    )


def step(generation: Generation, minutes: int = 1) -> PhaseRun:
    """Run the present phase once."""
    run = loop.step(generation.pk, NOW + timedelta(minutes=minutes))
    generation.refresh_from_db()
    assert run is not None
    run.refresh_from_db()
    return run


def walk(generation: Generation) -> Generation:
    """Plan, build, pass the gates and review, as far as it comes."""
    for phase in ("plan", "build", "review"):
        if generation.is_open and phase == "review":
            pass_gates(generation)
        if generation.is_open:
            step(generation)
    return generation


def pass_gates(generation: Generation, outcome: str = Outcome.PASSED, said: str = "fine") -> None:
    """Give a generation the report of gates, and let its review be next."""
    report = Report.objects.create(
        target=generation.target,
        base_commit=generation.base_commit,
        tree=generation.tree,
        diff_digest=generation.diff_digest,
        policy_digest="0" * 64,
        digest="1" * 64,
        outcome=outcome,
        made_at=NOW,
        seconds=0.1,
    )
    result = GateResult.objects.create(
        report=report, position=0, gate="secrets", question="No secret?", outcome=outcome
    )
    Finding.objects.create(result=result, path="shop/prices.py", message=said, refuses=False)
    generation.report, generation.phase = report, "review"
    generation.save(update_fields=["report", "phase"])


def billed(played: StandIn) -> list[Mapping[str, Any]]:
    """Return the questions that were asked, without the counts of their tokens."""
    return [request for request in played.requests if "max_tokens" in request]


def shown(played: StandIn, number: int = 0) -> dict[str, Any]:
    """Return the material of a question."""
    text = str(billed(played)[number]["messages"][0]["content"])
    assert text.isascii()
    assert not set(text) & set("<>")
    found: dict[str, Any]
    found, _ = json.JSONDecoder().raw_decode(text)
    return found
