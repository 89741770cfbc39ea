"""What was tried before on a target: what did people turn down, and what did changes bring?"""

from typing import Any

from evaluation.models import Lesson
from personas.material import harmless
from proposals.models import Category, Proposal, Status
from targets.models import Target

REMEMBERED = 20


def rejected(target: Target) -> list[dict[str, Any]]:
    """Tell what people turned down lately and why, the latest first."""
    rows = Proposal.objects.filter(target=target, status=Status.REJECTED)
    latest = rows.order_by("-decided_at").prefetch_related("reviews", "evidence")[:REMEMBERED]
    return [
        {
            "title": harmless(row.title, 200),
            "reason": harmless(row.reason),
            "kind": _category(row),
            "parameter": row.parameter,
            "patterns": sorted(one.pattern_id for one in row.evidence.all()),
            "diff": row.diff_digest[:12],
        }
        for row in latest
    ]


def lessons(target: Target) -> list[dict[str, Any]]:
    """Tell what delivered changes brought, the latest first."""
    rows = Lesson.objects.filter(target=target).select_related("proposal").order_by("-at")
    return [
        {
            "title": harmless(row.proposal.title, 200),
            "parameter": row.proposal.parameter,
            "verdict": row.verdict,
            "detail": harmless(row.detail),
        }
        for row in rows[:REMEMBERED]
    ]


def _category(row: Proposal) -> str:
    labels = dict(Category.choices)
    said = [labels.get(one.category, "") for one in row.reviews.all() if not one.approved]
    return said[-1] if said else ""
