"""What did an ended delivery teach about its remedy?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from audit.events import Event
from audit.log import Actor, record
from benchmarks.evidence import wilson
from delivery.models import Delivery, Outcome, Watch
from evaluation.models import Lesson
from telemetry import evidence
from telemetry.models import Pattern
from telemetry.patterns import merging
from telemetry.patterns.vocabulary import Proof

ACTOR = Actor.system("evaluation")
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Counted:
    """Count how often the answered patterns failed, among how many calls."""

    failures: int
    calls: int

    def interval(self) -> tuple[float, float]:
        """Return the Wilson 95 % interval of the failure rate."""
        return wilson(min(self.failures, self.calls), self.calls)

    def __str__(self) -> str:
        """Write the count with its interval, never as a bare percentage."""
        low, high = self.interval()
        return f"{self.failures} of {self.calls} ({100 * low:.0f}–{100 * high:.0f} %)"


def learn(now: datetime) -> list[Lesson]:
    """Write a lesson for each delivery that ended, and again for one that was taken back later."""
    proven = Q(proposal__evidence__pattern__proven_at__gt=F("proposal__lesson__at"))
    ended = Delivery.objects.exclude(outcome="").filter(
        Q(proposal__lesson=None) | Q(proposal__lesson__at__lt=F("ended_at")) | proven
    )
    rows = ended.select_related("proposal", "target").order_by("ended_at").distinct()
    rows = rows[:MOST_AT_ONCE]
    return [_write(delivery, now) for delivery in rows]


def compare(before: Counted, after: Counted) -> tuple[Lesson.Verdict, str]:
    """Judge a change by whether the intervals of its failure rates lie apart."""
    told = f"failures before {before}, after {after}"
    if not before.calls or not after.calls:
        return Lesson.Verdict.UNCLEAR, f"too little data: {told}"
    if after.interval()[1] < before.interval()[0]:
        return Lesson.Verdict.EFFECTIVE, told
    if after.interval()[0] > before.interval()[1]:
        return Lesson.Verdict.INEFFECTIVE, told
    return Lesson.Verdict.UNCLEAR, f"the intervals overlap: {told}"


def _write(delivery: Delivery, now: datetime) -> Lesson:
    before, after = _counts(delivery)
    verdict, detail = _judge(delivery, before, after)
    with transaction.atomic():
        lesson, _ = Lesson.objects.update_or_create(
            proposal=delivery.proposal,
            defaults={
                "target": delivery.target,
                "playbook": delivery.proposal.playbook,
                "verdict": verdict,
                "calls": after.calls,
                "failures": after.failures,
                "detail": detail,
                "at": now,
            },
        )
        record(
            Event.LESSON_LEARNED,
            actor=ACTOR,
            subject=f"proposal:{delivery.proposal_id}",
            at=now,
            target=delivery.target.slug,
            reason=detail,
            texts={"title": delivery.proposal.title},
            facts={
                "verdict": str(verdict),
                **_figures(before, after),
            },
        )
    return lesson


def _judge(delivery: Delivery, before: Counted, after: Counted) -> tuple[Lesson.Verdict, str]:
    if delivery.deployed_at is None:
        how = delivery.get_outcome_display().lower()
        return Lesson.Verdict.ABORTED, f"{how} before it was deployed: {delivery.detail}"
    if delivery.outcome == Outcome.SUCCEEDED:
        return _proven(delivery) or compare(before, after)
    watch = Watch.objects.filter(delivery=delivery).first()
    if watch and watch.verdict == "revert":
        return Lesson.Verdict.INEFFECTIVE, f"taken back: {watch.reason}"
    return Lesson.Verdict.UNCLEAR, f"taken back: {delivery.revert_reason or delivery.detail}"


def _proven(delivery: Delivery) -> tuple[Lesson.Verdict, str] | None:
    """Judge by what its patterns did since, once that is known: the worst of them counts."""
    mine = f"proposal:{delivery.proposal_id}"
    rows = Pattern.objects.filter(remedy=mine).exclude(proof="").order_by("pk")
    found = {Proof(pattern.proof): pattern for pattern in rows}
    for proof in (Proof.INEFFECTIVE, Proof.UNCLEAR, Proof.EFFECTIVE):
        if pattern := found.get(proof):
            words = f"pattern {pattern.pk} {pattern.proof_words}"
            return Lesson.Verdict(proof.name), words
    return None


def _counts(delivery: Delivery) -> tuple[Counted, Counted]:
    """Count the same span before and after the deployment."""
    start = delivery.deployed_at
    end = delivery.reverted_at or delivery.ended_at
    if start is None or end is None or end <= start:
        return Counted(0, 0), Counted(0, 0)
    answered = Pattern.objects.filter(evidence__proposal=delivery.proposal_id)
    followed = merging.successors(answered.values_list("pk", flat=True))
    patterns = list(Pattern.objects.filter(pk__in=followed.values()))
    return _count(patterns, start - (end - start), start), _count(patterns, start, end)


def _count(patterns: list[Pattern], start: datetime, end: datetime) -> Counted:
    """Add the patterns' failures; the calls of a component that two of them share count once."""
    failures = 0
    calls: dict[str, int] = {}
    for pattern in patterns:
        found = evidence.of(pattern, start, end)
        failures += found.count
        calls[pattern.component] = max(calls.get(pattern.component, 0), found.total_calls)
    return Counted(failures, sum(calls.values()))


def _figures(before: Counted, after: Counted) -> Mapping[str, int]:
    return {
        "calls_before": before.calls,
        "failures_before": before.failures,
        "calls_after": after.calls,
        "failures_after": after.failures,
    }
