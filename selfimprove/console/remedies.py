"""What do proposals and deliveries tell the telemetry pages?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from delivery.models import Delivery
from evaluation.models import Lesson
from proposals.models import Evidence, Proposal, Status
from telemetry.models import Pattern
from telemetry.patterns import outside
from telemetry.patterns.outside import Deployed, Remedy

TONES = {Lesson.Verdict.EFFECTIVE: "good", Lesson.Verdict.INEFFECTIVE: "bad"}


class Told:
    """Tell telemetry which proposals answer its patterns, and when something was deployed."""

    def remedies(self, patterns: Sequence[int]) -> Mapping[int, Sequence[Remedy]]:
        """Return what answers these patterns, and those that were merged into them."""
        owners = _owners(patterns)
        rows = Evidence.objects.filter(pattern__in=owners)
        rows = rows.select_related("proposal__lesson").defer(
            "proposal__document", "proposal__diff"
        )
        found: dict[int, dict[str, Remedy]] = defaultdict(dict)
        for row in rows.order_by("-proposal__created_at"):
            proposal = row.proposal
            found[owners[row.pattern_id]].setdefault(str(proposal.pk), _remedy(proposal))
        return {pattern: tuple(by_id.values()) for pattern, by_id in found.items()}

    def deployments(self, target_id: int, start: datetime, end: datetime) -> Sequence[Deployed]:
        """Return a target's deployments of a span, and what was taken back again."""
        inside = Q(deployed_at__range=(start, end)) | Q(reverted_at__range=(start, end))
        rows = Delivery.objects.filter(inside, target_id=target_id).order_by("pk")
        marks = []
        for row in rows:
            if row.deployed_at and start <= row.deployed_at <= end:
                marks.append(Deployed(row.deployed_at, f"#{row.pk} deployed"))
            if row.reverted_at and start <= row.reverted_at <= end:
                marks.append(Deployed(row.reverted_at, f"#{row.pk} taken back", taken_back=True))
        return marks


def _owners(patterns: Sequence[int]) -> dict[int, int]:
    """Map these patterns, and all that was merged into them, to these patterns."""
    owners = {pk: pk for pk in patterns}
    ring = list(owners)
    while ring:
        merged = Pattern.objects.filter(merged_into__in=ring).values_list("pk", "merged_into_id")
        ring = []
        for pk, into in merged:
            if pk not in owners and into is not None:
                owners[pk] = owners[into]
                ring.append(pk)
    return owners


def _remedy(proposal: Proposal) -> Remedy:
    lesson = getattr(proposal, "lesson", None)
    return Remedy(
        title=proposal.title,
        url=proposal.get_absolute_url(),
        status=proposal.get_status_display(),
        tone=Status(proposal.status).tone,
        at=proposal.updated_at,
        verdict=lesson.get_verdict_display() if lesson else "",
        verdict_tone=TONES.get(lesson.verdict, "quiet") if lesson else "quiet",
        detail=lesson.detail if lesson else proposal.reason,
    )


def join() -> None:
    """Begin to tell."""
    outside.join(Told())
