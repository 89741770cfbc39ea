"""What does the report of a generation say, as a program reads it?

The form is published (`schema-2.json`) and has a version: a field is added or changed in another
version only. Everything comes from rows, so that a lost file is written again to the same bytes.
"""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from generations.advising.opinion import noted
from generations.models import Delta, Generation, PhaseRun, Result
from generations.reporting import calls
from generations.running.recording import cleaned
from validation.models import GateResult

VERSION = 2
NAME = f"urn:selfimprove:generation-report:{VERSION}"
_SCHEMA = Path(__file__).parent / f"schema-{VERSION}.json"


def schema() -> dict[str, Any]:
    """Return the published JSON schema of reports."""
    found: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return found


def document(generation: Generation) -> dict[str, Any]:
    """Return the whole report; of a generation that has not ended, what is known so far."""
    runs = list(generation.runs.all())
    asked = calls.of(generation)
    return {
        "schema": NAME,
        "version": VERSION,
        "target": generation.target.slug,
        "number": generation.number,
        "id": generation.pk,
        **_asking(generation),
        **_times(generation),
        "decision": _decision(generation),
        "focus": _focus(generation),
        "plan": _stored(generation.plan),
        "change": _change(generation),
        "gates": _gates(generation),
        "review": _stored(generation.review),
        "opinion": noted(runs),
        "benchmarks": [_delta(one) for one in generation.deltas.all()],
        "phases": [_run(one) for one in runs],
        "errors": _errors(runs),
        "calls": [calls.plain(one) for one in asked],
        "spent": calls.summed(asked),
        "proposal": str(generation.proposal_id) if generation.proposal_id else None,
    }


def encoded(generation: Generation) -> bytes:
    """Return the report as a file holds it."""
    text = json.dumps(
        document(generation), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    # A lone surrogate, which JSON may hold and UTF-8 may not, becomes JSON's own escape.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _asking(generation: Generation) -> dict[str, Any]:
    loop, parent = generation.loop, generation.parent
    return {
        "loop": {"id": loop.pk, "wanted": loop.wanted} if loop else None,
        "parent": parent.number if parent else None,
        "writer": generation.writer,
        "written_by": generation.written_by or None,
        "dry_run": generation.dry_run,
        "asked_by": generation.asked_by,
        "subject": generation.subject or None,
        "brief": generation.brief or None,
    }


def _times(generation: Generation) -> dict[str, Any]:
    started, ended = generation.started_at, generation.ended_at
    return {
        "started_at": started.isoformat(),
        "ended_at": _moment(ended),
        "deadline_at": generation.deadline_at.isoformat(),
        "seconds": round((ended - started).total_seconds(), 3) if ended else None,
    }


def _decision(generation: Generation) -> dict[str, Any]:
    return {
        "outcome": generation.outcome or None,
        "reason_kind": generation.reason_kind or None,
        "reason": generation.reason or None,
        "phase": generation.phase,
        "gain": finite(generation.gain),
        "review_score": finite(generation.review_score),
        "cancelled_by": generation.cancelled_by or None,
    }


def _focus(generation: Generation) -> dict[str, Any] | None:
    if not generation.focus:
        return None
    return {"fingerprint": generation.focus, "words": generation.focus_words}


def _stored(value: Any) -> Any:
    """Return what an agent answered, sanitised; its own contract says what is in it."""
    return None if value is None else cleaned(value)


def _change(generation: Generation) -> dict[str, Any] | None:
    if not generation.base_commit:
        return None
    return {
        "base_commit": generation.base_commit,
        "tree": generation.tree or None,
        "digest": generation.diff_digest or None,
        "files": _files(generation.diff),
        "diff": generation.diff or None,
    }


def _files(diff: str) -> list[dict[str, Any]] | None:
    """Return what the diff does to each file; nothing where it cannot be read as one."""
    try:
        return [
            {
                "path": file.path,
                "status": "added" if file.is_added_file else _left(file.is_removed_file),
                "added": file.added,
                "removed": file.removed,
            }
            for file in PatchSet(diff)
        ]
    except UnidiffParseError:
        return None


def _left(is_removed: bool) -> str:
    return "deleted" if is_removed else "modified"


def _gates(generation: Generation) -> dict[str, Any] | None:
    report = generation.report
    if report is None:
        return None
    results = report.results.prefetch_related("findings")
    return {
        "id": report.pk,
        "outcome": report.outcome,
        "digest": report.digest,
        "seconds": report.seconds,
        "results": [_gate(one) for one in results],
    }


def _gate(result: GateResult) -> dict[str, Any]:
    return {
        "gate": result.gate,
        "question": result.question,
        "outcome": result.outcome,
        "summary": result.summary,
        "seconds": result.seconds,
        "findings": [
            {"path": one.path, "line": one.line, "message": one.message, "refuses": one.refuses}
            for one in result.findings.all()
        ],
    }


def _delta(delta: Delta) -> dict[str, Any]:
    numbers = ("before", "after", "difference", "low", "high")
    others = (
        *("benchmark", "unit", "weight", "verdict", "words", "keep", "proven"),
        *("wins", "losses", "items", "repeats"),
    )
    return {
        **{name: getattr(delta, name) for name in others},
        **{name: finite(getattr(delta, name)) for name in numbers},
        "noisy": delta.is_noisy,
    }


def _run(run: PhaseRun) -> dict[str, Any]:
    return {
        "phase": run.phase,
        "attempt": run.attempt,
        "result": run.result or None,
        "message": run.message,
        "started_at": run.started_at.isoformat(),
        "ended_at": _moment(run.ended_at),
        "seconds": None if run.seconds is None else round(run.seconds, 3),
        "details": run.details,
        "output": run.output,
    }


def _errors(runs: Sequence[PhaseRun]) -> list[dict[str, Any]]:
    return [
        {"phase": run.phase, "attempt": run.attempt, "message": run.message}
        for run in runs
        if run.result == Result.ERRORED
    ]


def finite(value: float | None) -> float | None:
    """Return a number that JSON knows; what is none of them is not known."""
    return value if value is not None and math.isfinite(value) else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
