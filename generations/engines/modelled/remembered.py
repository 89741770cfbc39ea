"""What was tried before on this target, and why did it come to nothing?"""

from typing import Any

from generations.engines.modelled.words import lines_of
from generations.models import Generation, Outcome, Reason
from personas.material import harmless, marked

REMEMBERED = 5
LONGEST_FAILURE = 2000


def rejected(generation: Generation) -> list[dict[str, Any]]:
    """Tell the last ideas that were rejected and why, the latest first."""
    rows = Generation.objects.filter(
        target=generation.target, outcome=Outcome.REJECTED, plan__isnull=False
    )
    latest = rows.exclude(pk=generation.pk).order_by("-pk")[:REMEMBERED]
    return [
        {
            "title": harmless(str((row.plan or {}).get("title", ""))),
            "focus": harmless(row.focus),
            "kind": Reason(row.reason_kind).label if row.reason_kind else "",
            "reason": marked(row.reason),
        }
        for row in latest
    ]


def times_rejected(generation: Generation, focus: str) -> int:
    """Count the generations of this target that tried the same and were rejected."""
    rows = Generation.objects.filter(
        target=generation.target, outcome=Outcome.REJECTED, focus=focus[:300]
    )
    return rows.exclude(pk=generation.pk).count()


def last_failure(generation: Generation) -> str:
    """Tell in the last words of its output why the latest attempt at the same focus failed."""
    if not generation.focus:
        return ""
    ended = Generation.objects.filter(
        target=generation.target,
        focus=generation.focus,
        outcome__in=(Outcome.REJECTED, Outcome.FAILED, Outcome.TIMED_OUT),
    )
    last = ended.exclude(pk=generation.pk).order_by("-pk").first()
    if last is None:
        return ""
    run = last.runs.last()
    output = run.output if run else ""
    reason = lines_of(last.reason, generation.target)[: LONGEST_FAILURE // 2]
    room = LONGEST_FAILURE - len(reason) - 1
    told = lines_of(output, generation.target)[-room:] if output else ""
    return f"{reason}\n{told}".strip()
