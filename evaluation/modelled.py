"""What is a language model asked about a target's failures?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.answers import AUTHOR, EngineAnswer, Question
from evaluation.cases import Case
from evaluation.rules.levers import Levers
from evaluation.rules.remedies import percentile
from evaluation.telling import cited, quoted
from personas.ask import ask
from ports.llm import Model
from proposals.documents import KINDS, headings
from proposals.models import Proposal, Status

MOST_PATTERNS = 40
MOST_CHARACTERS = 24_000 * 32 // 10  # about 24,000 tokens, by the usual rule of thumb
OURS = ("Review", "Implementation log")  # sections that are written by code
REMEMBERED = 20


def answer(question: Question, model: Model | None = None) -> EngineAnswer:
    """Ask the declared agent, and return its words untouched."""
    said = ask(AUTHOR, prompt(question), target=question.target, at=question.now, model=model)
    return EngineAnswer(
        text=said.text,
        engine=said.engine,
        model=said.model,
        prompt_version=said.prompt_version,
        request_id=said.request_id,
        input_tokens=said.input_tokens,
        output_tokens=said.output_tokens,
        complete=said.complete,
        stop_reason=said.stop_reason,
    )


def prompt(question: Question) -> str:
    """Write the material as JSON in which no observed text can pass for a tag."""
    cases = question.cases[:MOST_PATTERNS]
    while True:
        text = _escaped(_material(question, cases))
        if len(text) <= MOST_CHARACTERS or len(cases) <= 1:
            return text
        cases = cases[: len(cases) // 2]  # the gravest come first and stay


def _material(question: Question, cases: Sequence[Case]) -> dict[str, Any]:
    return {
        "window_end": question.now.isoformat(),
        "patterns": [_pattern(case) for case in cases],
        "patterns_left_out": len(question.cases) - len(cases),
        "files": question.levers.files(),
        "parameters": _parameters(question.levers, question.taken),
        "documents": _documents(question, cases),
        "headings": {
            kind: [name for name in headings(kind) if name not in OURS] for kind in KINDS
        },
        "rejected": _rejected(question),
    }


def _headings(kind: str) -> list[str]:
    return [name for name in headings(kind) if name not in OURS]


def _pattern(case: Case) -> dict[str, Any]:
    """Tell counts and a template: no raw line of a log goes to a model."""
    latencies = case.latencies_ms
    return {
        "id": case.pattern.pk,
        "event_type": case.pattern.event_type,
        "component": quoted(case.pattern.component),
        "error_code": quoted(case.pattern.error_code),
        "template": quoted(case.pattern.template),
        "severity": case.pattern.severity,
        "count": case.count,
        "sessions": case.sessions,
        "agents": [quoted(agent) for agent in case.agents[:10]],
        "first_seen": case.first_seen.isoformat(),
        "last_seen": case.last_seen.isoformat(),
        "calls": case.calls,
        "failures": case.failures,
        "latency_p50_ms": round(percentile(latencies, 0.5)) if latencies else None,
        "latency_p95_ms": round(percentile(latencies, 0.95)) if latencies else None,
        "events": list(cited((case,))),
    }


def _parameters(levers: Levers, taken: Mapping[str, object]) -> list[dict[str, Any]]:
    return [
        {
            "path": lever.path,
            "key": lever.key,
            "value": lever.value,
            "min": lever.parameter.min,
            "max": lever.parameter.max,
            "step": lever.parameter.step,
            "largest_change": lever.parameter.largest_change,
        }
        for lever in levers.found
        if lever.key not in taken
    ]


def _documents(question: Question, cases: Sequence[Case]) -> list[dict[str, Any]]:
    front = {"target": question.target.slug, "base": question.commit}
    return [
        {"n": f"{question.nonce}-{number}", "front_matter": front}
        for number, _ in enumerate(cases, start=1)
    ]


def _rejected(question: Question) -> list[dict[str, str]]:
    rows = Proposal.objects.filter(target=question.target, status=Status.REJECTED)
    latest = rows.order_by("-decided_at")[:REMEMBERED]
    return [{"title": quoted(row.title), "reason": quoted(row.reason)} for row in latest]


def _escaped(material: Mapping[str, Any]) -> str:
    text = json.dumps(material, ensure_ascii=True, indent=1, default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
