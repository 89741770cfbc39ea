"""What does the page of one generation tell, part by part?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from audit import sentences
from audit.browsing.places import subject_url
from audit.models import TOLD, Entry
from audit.people import names
from benchmarks.measured import number
from benchmarks.measures import BENCHMARKS
from benchmarks.pages.showing import TONES
from benchmarks.verdicts import Verdict
from generations import requested
from generations.advising.opinion import noted
from generations.models import Delta, Generation, PhaseRun, Result
from generations.pages import reading
from generations.pages.listing import cost_of
from generations.pages.reading import PHASES
from generations.phases import NAMES
from generations.reporting.figures import points
from generations.reporting.kinds import Kind, with_kind
from generations.reporting.lines import ABOUT, scored
from generations.running.recording import MOST_ERRORS
from personas.ledger import spending
from personas.models import Exchange
from proposals.pages.checked import answers
from proposals.pages.diffs import draw

BY_FINDINGS = frozenset(one.name for one in BENCHMARKS if one.by_findings)

MOST = 20  # relatives of one sort
ENTRIES = 50
STATES = {Result.PASSED: "done", Result.NOTHING: "done", Result.STOPPED: "waiting"}


@dataclass(frozen=True)
class Line:
    """Hold one attempt at a phase as the page tells it."""

    run: PhaseRun
    label: str
    tone: str
    took: str
    details: str


@dataclass(frozen=True)
class Beside:
    """Hold what one benchmark says, in words."""

    delta: Delta
    before: str
    after: str
    difference: str
    interval: str
    tone: str


def page(generation: Any, now: datetime) -> dict[str, Any]:
    """Collect everything that the page shows of a generation that has its kind."""
    exchanges = list(asked(generation, now))
    runs = list(generation.runs.all())
    return {
        "nav": "generations",
        "generation": generation,
        "title": reading.title_of(generation),
        "kind": Kind(generation.kind),
        "models": sorted({one.model or one.model_asked for one in exchanges}),
        "standing": standing(generation, now),
        "took": reading.lasted(generation, now),
        "gain": "" if generation.gain is None else points(generation.gain),
        "steps": steps(generation, runs),
        "lines": [_line(run) for run in reversed(runs)],
        "plan": reading.plan_of(generation),
        "diff": draw(generation.diff, generation.diff_digest) if generation.diff else "",
        "report": generation.report,
        "answers": answers(generation.report, generation.diff),
        "review": reading.review_of(generation),
        "opinion": _opinion(runs),
        "deltas": beside(generation.deltas.all()),
        "exchanges": exchanges,
        "tokens": _tokens(exchanges),
        **_relatives(generation),
        "cost": cost(generation),
        "asked_from": subject_url(generation.subject),
        "revises": request.proposal if (request := requested.of(generation)) else None,
        "entries": _entries(generation),
    }


def standing(generation: Generation, now: datetime) -> str:
    """Say what it does right now; nothing once it has ended."""
    if not generation.is_open:
        return ""
    label = PHASES.get(generation.phase, generation.phase)
    if generation.cancelled_by:
        return f"Called off by {generation.cancelled_by}. It ends within moments."
    if generation.lease_until and generation.lease_until > now:
        return f"{label}: {generation.activity or 'at work'}"
    if generation.errors_in_row and generation.next_step_at > now:
        times = f"{generation.errors_in_row} of {MOST_ERRORS}"
        at = f"{generation.next_step_at:%H:%M:%S} UTC"
        return f"{label} met an error on our side ({times}) and is tried again at {at}."
    return f"{label} waits for a worker."


def steps(generation: Generation, runs: Sequence[PhaseRun]) -> list[dict[str, str]]:
    """List the phases walked so far and, while it is open, those still to come."""
    last = {run.phase: run for run in runs}
    walked = [name for name in NAMES if name in last or generation.is_open]
    return [_step(name, generation, last.get(name)) for name in walked]


def _step(name: str, generation: Generation, run: PhaseRun | None) -> dict[str, str]:
    here = generation.is_open and name == generation.phase
    state = "now" if here else "todo"
    if run is not None and run.result:
        state = STATES.get(Result(run.result), "failed")
        state = "now" if here and state == "done" else state
    seconds = run.seconds if run else None
    detail = reading.took(seconds) if seconds is not None else ""
    return {"label": PHASES[name], "state": state, "detail": detail}


def _line(run: PhaseRun) -> Line:
    tone = Result(run.result).tone if run.result else "accent"
    took = reading.took(run.seconds) if run.seconds is not None else ""
    details = json.dumps(run.details, indent=2, ensure_ascii=False) if run.details else ""
    return Line(run, PHASES.get(run.phase, run.phase), tone, took, details)


def _opinion(runs: Sequence[PhaseRun]) -> dict[str, Any] | None:
    """Word what an evaluator said, with the place of its words."""
    found = noted(runs)
    if found is None:
        return None
    told = [{**one, "given": scored(one), "of": ABOUT[one["about"]]} for one in found["opinions"]]
    tokens = "unknown" if found["tokens"] is None else spoken(found["tokens"])
    cost = f"{tokens} tokens, cost unknown, in no sum"
    return {**found, "opinions": told, "cost": cost}


def beside(deltas: QuerySet[Delta] | Sequence[Delta]) -> list[Beside]:
    """Word what each benchmark says of before and after."""
    return [
        Beside(
            one,
            number(one.before, one.unit),
            number(one.after, one.unit),
            _signed(one.difference, _unit(one)),
            _interval(one),
            TONES[Verdict(one.verdict)],
        )
        for one in deltas
    ]


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return points(value) if unit == "share" else f"{value:+g}".replace("-", "−")


def _interval(one: Delta) -> str:
    if one.low is None or one.high is None or one.low == one.high:
        return ""
    return f"{_signed(one.low, _unit(one))} to {_signed(one.high, _unit(one))}"


def _unit(one: Delta) -> str:
    """Name what a difference counts: some shares are compared by what was found, once a side."""
    by_findings = one.benchmark in BY_FINDINGS and not one.is_noisy
    return "findings" if by_findings else one.unit


def asked(generation: Generation, now: datetime) -> QuerySet[Exchange]:
    """Return what the generation asked language models, the newest first."""
    name = generation.purpose
    mine = Q(purpose=name) | Q(purpose__startswith=f"{name}/")
    until = generation.ended_at or now
    span = Q(at__gte=generation.started_at, at__lte=until)
    found = Exchange.objects.filter(span, mine, target=generation.target)
    return found.select_related("line", "target").defer("prompt_text", "answer_text")


def cost(generation: Generation) -> str:
    """Say what the generation cost."""
    name = [generation.purpose]
    real, simulated = (spending.of_purposes(name, simulated=one) for one in (False, True))
    return cost_of(generation, real, simulated)


def _tokens(exchanges: Sequence[Exchange]) -> str:
    lines = [one.line for one in exchanges if one.line]
    if not lines:
        return ""
    least = "at least " if any(line.at_least for line in lines) else ""
    inward = sum(line.input_tokens for line in lines)
    outward = sum(line.output_tokens for line in lines)
    return f"{least}{spoken(inward)} in, {spoken(outward)} out"


def spoken(count: int) -> str:
    """Write a count so that a person can read so many digits."""
    return f"{count:,}".replace(",", "\u202f")


def _relatives(generation: Generation) -> dict[str, Any]:
    same = Generation.objects.none()
    if generation.focus:
        same = Generation.objects.filter(target=generation.target, focus=generation.focus)
        same = same.exclude(pk=generation.pk)
    few = Generation.objects.select_related("target").defer("diff", "review")
    return {
        "children": few.filter(parent=generation).order_by("-pk")[:MOST],
        "before": few.filter(pk__in=same.values("pk"), pk__lt=generation.pk)[:MOST],
        "after": few.filter(pk__in=same.values("pk"), pk__gt=generation.pk)[:MOST],
    }


def _entries(generation: Generation) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(subject=f"generation:{generation.pk}").order_by("-id")
    told = list(rows.prefetch_related(*TOLD)[:ENTRIES])
    names.share(told)
    return [
        {"entry": one, "sentence": sentences.sentence(one), "tone": sentences.tone(one)}
        for one in told
    ]


def found(slug: str, number: int) -> QuerySet[Any]:
    """Select one generation with its kind and all that its page names."""
    rows = Generation.objects.filter(target__slug=slug, number=number)
    joined = rows.select_related("target", "loop", "parent__target", "proposal", "report")
    return with_kind(joined.defer("proposal__document", "proposal__diff"))
