"""What does the clock ask of the benchmarks?"""

from django.conf import settings
from django.utils import timezone

from benchmarks.measures.asking import Cancelled
from benchmarks.models import Run, State
from benchmarks.running import keeping, runs


def measure() -> str:
    """Measure what waits, the oldest first; a run whose process is gone is ended."""
    lost = runs.sweep(timezone.now())
    done = 0
    for run in Run.objects.filter(state=State.ASKED).select_related("target").order_by("pk"):
        if not runs.take(run, at=timezone.now()):
            continue
        try:
            runs.carry_out(run)
        except (Cancelled, *runs.REFUSALS):
            continue  # the run says why
        done += 1
    return f"{done} measured, {lost} were lost"


def prune() -> str:
    """Delete measurements that are old and that no run shows."""
    days = settings.SELFIMPROVE.benchmarks.keep_days
    return f"deleted {keeping.prune(timezone.now(), days)} measurements"
