"""Do fewer things fail now, or more, or can that not be said?"""

from datetime import datetime

from django.conf import settings

from benchmarks.statistics import Decision, Verdict, decide
from benchmarks.watching.control import decide as decide_beside
from benchmarks.watching.signals import corrected, judge, together, told
from delivery import counts
from delivery.effects import beside, signals
from delivery.models import Delivery, Watch
from delivery.stages.shape import Answer, Failed, Passed, Waiting
from delivery.stages.site import Site

LONGEST_PAUSE_SECONDS = 60.0
ASKED = "ask"


def run(site: Site, now: datetime) -> Answer:
    """Count again from the beginning, decide, and keep what was seen."""
    watch = _watch(site, now)
    if watch.kept_by:
        return Passed(f"Kept by {watch.kept_by}: {watch.reason}")
    decision = _decision(site.delivery, watch, now)
    _keep(watch, decision, now)
    if decision.verdict is Verdict.REVERT:
        return Failed(decision.reason)
    if decision.verdict is Verdict.IMPLEMENTED:
        return Passed(decision.reason)
    if decision.verdict is Verdict.INCONCLUSIVE:
        return _inconclusive(decision)
    return Waiting(decision.reason, min(watch.minute_seconds, LONGEST_PAUSE_SECONDS))


def _watch(site: Site, now: datetime) -> Watch:
    delivery = site.delivery
    minute_seconds = counts.minute_of()
    start = counts.next_minute(delivery.deployed_at or now, minute_seconds)
    begun: dict[str, object] = {"started_at": start, "minute_seconds": minute_seconds}
    found = Watch.objects.filter(delivery=delivery).first()
    if found is None:
        part = beside.part_of(site.repository, delivery, start)
        begun["touched"], begun["touched_by"] = sorted(part.names), "\n".join(part.told)
        found, _ = Watch.objects.get_or_create(delivery=delivery, defaults=begun)
    return found


def _decision(delivery: Delivery, watch: Watch, now: datetime) -> Decision:
    baseline = counts.before(delivery, watch)
    watch.baseline_calls = baseline.calls
    watch.baseline_failures = baseline.failures
    watch.baseline_minutes = baseline.minutes
    watch.clumping = baseline.clumping
    after, elapsed = counts.after(delivery, watch, now), counts.elapsed(watch, now)
    control, why = beside.control(delivery, watch, now)
    beside.keep(watch, control, why, now)
    others = signals.others(delivery, watch, now)
    rule = corrected(counts.parameters(), 1 + len(others))
    if control is None:
        first = decide(baseline, after, elapsed, rule)
    else:
        first = decide_beside(baseline, after, control, elapsed, rule)
    watch.signals = "\n".join(told(one, judge(one, elapsed, rule)) for one in others)
    return together(first, others, elapsed, rule)


def _keep(watch: Watch, decision: Decision, now: datetime) -> None:
    watch.calls, watch.failures = decision.calls, decision.failures
    watch.evidence, watch.rise = decision.evidence, decision.rise
    watch.reason, watch.polled_at = decision.reason, now
    if decision.verdict is not Verdict.WAIT:
        watch.verdict = decision.verdict
        watch.ended_at = now
    watch.save()


def _inconclusive(decision: Decision) -> Answer:
    action = settings.SELFIMPROVE.watch.on_inconclusive
    if action == "revert":
        return Failed(f"{decision.reason} The policy is to take back what cannot be judged.")
    if action == ASKED:
        return Waiting(f"{decision.reason} A person has to keep it or revert it.")
    return Passed(f"{decision.reason} The policy is to keep what cannot be judged.")
