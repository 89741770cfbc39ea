"""How is a delivery told to people: its steps, its watch and its plot?"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString

from benchmarks.statistics import (
    Baseline,
    Parameters,
    band,
    expected_minutes,
    lines,
    odds,
    sentence,
)
from delivery import counts, plans
from delivery import revert as taking_back
from delivery.effects import beside as compared
from delivery.effects import foreseeing
from delivery.effects.stripes import rule_of, strip
from delivery.forms import WindowForm
from delivery.models import Delivery, Plan, Result, StageRun, Watch
from delivery.windows import waiting
from proposals.models import Status
from proposals.waiting import approvals
from telemetry import charts, series

LABELS = {
    "snapshot": "Snapshot",
    "branch": "Branch",
    "validate": "Validate",
    "pull_request": "Pull request",
    "merge": "Merge",
    "deploy": "Deploy",
    "watch": "Watch",
    "revert": "Revert",
    "redeploy": "Deploy again",
    "clean_up": "Clean up",
}
STATES = {
    Result.PASSED: "done",
    Result.WAITING: "waiting",
    Result.FAILED: "failed",
    Result.ERRORED: "failed",
}
AFTERWARDS_MINUTES = 20
PLOT_POINTS = 24
TAIL_LINES = 20
MOST_BUCKETS = 240


def detail(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """Gather everything that the delivery's page shows."""
    runs = list(delivery.runs.order_by("-id")[:100])
    watch = getattr(delivery, "watch", None)
    return {
        "delivery": delivery,
        "steps": steps(delivery),
        "runs": [
            {
                "run": r,
                "label": LABELS[r.stage],
                "tone": tone(r),
                "took": duration(r),
                "tail": "\n".join(r.output.splitlines()[-TAIL_LINES:]),
            }
            for r in runs
        ],
        "moving": not delivery.outcome,
        "can_revert": taking_back.possible(delivery),
        "can_retry": taking_back.can_be_retried(delivery),
        "handover": delivery.handovers.first(),
        "window_form": _window_form(delivery, now),
        "merged": bool(delivery.merge_commit),
        "approval_left": _approval_left(delivery, now),
        "foreseen": _foreseen(delivery, now),
        "asked": _asked(delivery, watch),
        "minute_seconds": counts.minute_of(),
        **(watched(delivery, watch, now) if watch else {}),
    }


def _window_form(delivery: Delivery, now: datetime) -> WindowForm | None:
    """Offer to pass the window by to a delivery that stands before one."""
    return WindowForm(auto_id="window-%s") if waiting.is_waiting(delivery, now) else None


def beside(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """Gather what the proposal's page shows of its delivery: the steps and the effect."""
    watch = getattr(delivery, "watch", None)
    drawn = {"rates": _rates(delivery, watch, _until(watch, now), now)} if watch else {}
    left = _approval_left(delivery, now)
    foreseen = _foreseen(delivery, now)
    told = {
        "foreseen": foreseen,
        "steps": steps(delivery),
        "minute_seconds": counts.minute_of(),
        **drawn,
    }
    return {**told, "approval_left": left if delivery.proposal.status == Status.PR_OPEN else ""}


def _foreseen(delivery: Delivery, now: datetime) -> str:
    """Say when a verdict can be hoped for, while nothing is deployed yet."""
    ahead = not delivery.outcome and delivery.plan == Plan.FORWARD and delivery.deployed_at is None
    return foreseeing.foreseen(delivery.target, now) if ahead else ""


def _approval_left(delivery: Delivery, now: datetime) -> str:
    """Count down the approval while nothing is merged on the strength of it."""
    if delivery.outcome or delivery.plan != Plan.FORWARD or delivery.merge_commit:
        return ""
    return approvals.remaining(delivery.proposal, now)


def _until(watch: Watch, now: datetime) -> datetime:
    return watch.ended_at or watch.polled_at or now


def _asked(delivery: Delivery, watch: Watch | None) -> bool:
    undecided = watch is not None and watch.verdict == "inconclusive" and not watch.kept_by
    return undecided and not delivery.outcome and delivery.stage == "watch"


def steps(delivery: Delivery) -> list[dict[str, str]]:
    """List the stages walked so far and still to come, each with its state."""
    last: dict[tuple[str, str], StageRun] = {}
    for run in delivery.runs.all():
        last[run.plan, run.stage] = run
    walked = [_step(run) for key, run in last.items() if not _ahead(delivery, *key)]
    return walked + _to_come(delivery, last)


def _ahead(delivery: Delivery, plan: str, stage: str) -> bool:
    """Tell whether a stage that was run once will be run again, because we went back."""
    if delivery.outcome or plan != delivery.plan:
        return False
    walk = plans.names(plan)
    return walk.index(stage) >= walk.index(delivery.stage)


def _to_come(delivery: Delivery, last: dict[tuple[str, str], StageRun]) -> list[dict[str, str]]:
    if delivery.outcome:
        return []
    walk = plans.names(delivery.plan)
    coming = walk[walk.index(delivery.stage) :]
    here = last.get((delivery.plan, coming[0]))
    state = STATES.get(Result(here.result), "now") if here and here.result else "now"
    present = {"label": LABELS[coming[0]], "state": "now" if state == "done" else state}
    return [present, *({"label": LABELS[name], "state": "todo"} for name in coming[1:])]


def _step(run: StageRun) -> dict[str, str]:
    state = STATES.get(Result(run.result), "now") if run.result else "now"
    return {"label": LABELS[run.stage], "state": state, "detail": duration(run)}


def duration(run: StageRun) -> str:
    """Write how long a run took."""
    if run.ended_at is None:
        return ""
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def tone(run: StageRun) -> str:
    """Return the tone of a run's badge."""
    tones = {Result.PASSED: "good", Result.WAITING: "quiet", "": "accent"}
    return tones.get(run.result, "bad")


def watched(delivery: Delivery, watch: Watch, now: datetime) -> dict[str, Any]:
    """Gather the sentence, the expectation and the two plots of a watch."""
    baseline, rule = counts.baseline_from(watch), rule_of(watch)
    until = _until(watch, now)
    return {
        "watch": watch,
        "evidence": odds(watch.evidence),
        "minute": min(counts.elapsed(watch, until), settings.SELFIMPROVE.watch.extended_minutes),
        "sentence": sentence(baseline, watch.calls, watch.failures, rule) if watch.calls else "",
        "expected": _expected(watch, baseline, until),
        "stairs": _stairs(delivery, watch, baseline, until),
        "beside": compared.note(watch),
        "signals": watch.signals.splitlines(),
        "needed": rule.evidence,
        "strip": strip(delivery, watch, baseline, until),
        "shares": compared.stairs(delivery, watch, until),
        "rates": _rates(delivery, watch, until, now),
    }


def _expected(watch: Watch, baseline: Baseline, until: datetime) -> str:
    """Say when a verdict can be hoped for, while there is none."""
    minutes = counts.elapsed(watch, until)
    if watch.verdict or not minutes:
        return ""
    expected = expected_minutes(baseline, watch.calls / minutes)
    if expected is None:
        return "Without calls there will be no verdict."
    least = settings.SELFIMPROVE.watch.window_minutes
    return (
        "With this traffic, ruling out a doubling takes about"
        f" {max(expected.doubling, least):.0f} minutes of watching, and a rise by half about"
        f" {max(expected.half_more, least):.0f}."
    )


def _stairs(delivery: Delivery, watch: Watch, baseline: Baseline, until: datetime) -> SafeString:
    calls = failures = 0
    walked = []
    for more, failed in counts.after(delivery, watch, until):
        if watch.verdict and calls >= watch.calls:  # what came after the verdict decided nothing
            break
        calls, failures = calls + more, failures + failed
        if more:
            walked.append((calls, failures))
    most = max(calls, 20)
    places = sorted({max(1, most * k // PLOT_POINTS) for k in range(1, PLOT_POINTS + 1)})
    return charts.staircase(
        walked,
        limits=[_limit(baseline, place, rule_of(watch)) for place in places],
        title="Failing calls since the deployment",
        description=(
            f"{failures} of {calls} calls failed. The red line is the count that would revert,"
            " the green one the count that clears the change; apart from the lines, at least"
            " three bad slices of five minutes are needed."
        ),
    )


def _limit(baseline: Baseline, calls: int, rule: Parameters) -> charts.Limit:
    low, high = band(baseline, calls)
    reverts, clears = lines(baseline, calls, rule)
    raised = min(float(calls), baseline.rate * settings.SELFIMPROVE.watch.effect * calls)
    return charts.Limit(calls, low, high, raised, reverts, clears)


def _rates(delivery: Delivery, watch: Watch, until: datetime, now: datetime) -> SafeString:
    """Draw the failure rate around the deployment, with its marks and what came right after."""
    minute = timedelta(seconds=watch.minute_seconds)
    back = delivery.reverted_at
    if back and back - until > timedelta(days=1):
        back = None  # a way back long after the watch would flatten what the watch saw
    end = min(now, max(until, back or until) + AFTERWARDS_MINUTES * minute)
    after = end - watch.started_at
    start = watch.started_at - max(after, 60 * minute)
    width = counts.bucket(watch.minute_seconds)
    width *= max(1, int((end - start).total_seconds() / width / MOST_BUCKETS))
    marks = [charts.Mark(delivery.deployed_at or watch.started_at, "deployed")]
    if back:
        marks.append(charts.Mark(back, "reverted", "revert"))
    return charts.time_series(
        series.failures(delivery.target, start, end, bucket_seconds=width),
        title="Failure rate before and after",
        description="Share of failing calls over time, with the deployment marked.",
        marks=marks,
    )
