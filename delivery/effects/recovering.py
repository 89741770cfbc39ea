"""Did failures become as rare as before, once a change was taken back?"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from audit.events import Event
from benchmarks.statistics import Decision, Verdict, decide
from delivery import counts, telling
from delivery.models import Delivery, Outcome, Recovery, Watch

ENDS = {
    Verdict.IMPLEMENTED: Recovery.BACK,
    Verdict.REVERT: Recovery.WORSE,
    Verdict.INCONCLUSIVE: Recovery.UNKNOWN,
}


def look(now: datetime) -> list[Watch]:
    """Look at what was taken back and not yet seen to be well again; return what is known now."""
    return [watch for watch in _open() if _looked(watch, now)]


def _open() -> QuerySet[Watch]:
    rows = Watch.objects.filter(
        recovery="", delivery__outcome=Outcome.REVERTED, delivery__reverted_at__isnull=False
    )
    return rows.select_related("delivery__target", "delivery__proposal").order_by("pk")


def _looked(watch: Watch, now: datetime) -> bool:
    decision = judged(watch, now)
    recovery = ENDS.get(decision.verdict)
    if recovery is None:
        return False
    words = _words(recovery, decision)
    with transaction.atomic():
        rows = Watch.objects.filter(pk=watch.pk, recovery="")
        if not rows.update(recovery=recovery, recovery_words=words, recovered_at=now):
            return False  # another worker has seen it
        event = Event.DELIVERY_RECOVERED
        if recovery is Recovery.WORSE:  # it was not the change, or taking it back was not enough
            event = Event.DELIVERY_ALARMED
        facts = {"recovery": recovery.value, "calls": decision.calls}
        telling.entry(event, watch.delivery, at=now, reason=words, facts=facts)
    return True


def judged(watch: Watch, now: datetime) -> Decision:
    """Hold the time since the way back against what was normal before the deployment."""
    delivery = watch.delivery
    start = counts.next_minute(delivery.reverted_at or now, watch.minute_seconds)
    until = min(now, _next_change(delivery) or now)
    minutes = counts.read(delivery, start, until, watch) if until > start else []
    elapsed = int((now - start) / timedelta(seconds=counts.bucket(watch.minute_seconds)))
    return decide(counts.baseline_from(watch), minutes, max(0, elapsed), counts.parameters())


def _next_change(delivery: Delivery) -> datetime | None:
    """Return when another change came, whose effect this would mix up."""
    later = Delivery.objects.filter(
        target=delivery.target_id, deployed_at__gt=delivery.reverted_at
    ).exclude(pk=delivery.pk)
    return later.order_by("deployed_at").values_list("deployed_at", flat=True).first()


def _words(recovery: Recovery, decision: Decision) -> str:
    told = {
        Recovery.BACK: "Since it was taken back, failures are as rare as before.",
        Recovery.WORSE: "It was taken back, and failures did not become as rare as before:"
        " something else may be the cause.",
        Recovery.UNKNOWN: "Whether failures became as rare as before cannot be told.",
    }
    return f"{told[recovery]} {decision.reason}"
