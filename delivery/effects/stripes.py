"""How did the evidence of a watch grow, slice by slice?"""

from datetime import datetime
from itertools import pairwise

from django.utils.safestring import SafeString

from benchmarks.statistics import Baseline, Parameters, evidence_line, odds
from benchmarks.watching.signals import corrected
from delivery import counts
from delivery.models import Delivery, Watch
from telemetry import strips

NEARLY = 0.999  # of the cap: a slice that was cut off stands at it


def rule_of(watch: Watch) -> Parameters:
    """Return the parameters, with the evidence that so many signals ask of each."""
    return corrected(counts.parameters(), 1 + len(watch.signals.splitlines()))


def strip(delivery: Delivery, watch: Watch, baseline: Baseline, until: datetime) -> SafeString:
    """Draw it, up to the verdict."""
    rule = rule_of(watch)
    minutes = counts.after(delivery, watch, until)
    line = evidence_line(baseline, minutes, counts.elapsed(watch, until), rule)
    ends = [1.0, *(found for minute, _, _, found in line if minute % rule.slice_minutes == 0)]
    slices = [
        strips.Slice(
            (place + 1) * rule.slice_minutes, now, now / before >= rule.slice_cap * NEARLY
        )
        for place, (before, now) in enumerate(pairwise(ends))
    ]
    last = odds(ends[-1])
    return strips.strip(
        slices,
        needed=rule.evidence,
        title="Evidence of a rise, slice by slice",
        description=(
            f"Odds that failures rose, after each {rule.slice_minutes} minutes; now {last}."
            f" At {rule.evidence:g}:1 a rise of enough size reverts. A hatched slice counted only"
            f" {rule.slice_cap:g}:1."
        ),
    )
