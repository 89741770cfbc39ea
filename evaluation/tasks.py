"""What does the evaluation room do by the clock?"""

from datetime import datetime

from django.utils import timezone

from evaluation import lessons, recurrence, remembering
from evaluation.causes import NOTHING
from evaluation.ideas import writing
from evaluation.maintenance import passing
from evaluation.models import Evaluation
from evaluation.scan import scanning
from evaluation.self_eval import NotReady, has_changed
from evaluation.self_eval import evaluate as evaluate_target
from evaluation.triggers import waking
from targets.models import State, Target


def evaluate() -> str:
    """Evaluate each ready target that something woke, or whose evidence has changed."""
    told = []
    for target in _ready():
        try:
            evaluation = _evaluate(target, timezone.now())  # which is late for the last of many
        except NotReady as busy:  # what waits for it is asked again
            told.append(str(busy))
            continue
        if evaluation is not None:
            told.append(f"{target.slug}: {evaluation.error or evaluation.verdict}")
    return "; ".join(told) or "nothing has changed"


def notice() -> str:
    """Look for what should not wait: spikes, critical failures, bursts of escalations."""
    now = timezone.now()
    found = [waking for target in _ready() for waking in waking_of(target, now)]
    return "; ".join(found) or "nothing out of the usual"


def waking_of(target: Target, now: datetime) -> list[str]:
    """Note what wakes one target's evaluation, in words."""
    return [f"{target.slug}: {one}" for one in waking.notice(target, now)]


def maintain() -> str:
    """Make a maintenance pass where enough sessions have ended since the last one."""
    now = timezone.now()
    made = [
        passing.make(target, now, trigger="schedule")
        for target in _ready()
        if passing.is_due(target)
    ]
    told = [f"{one.target.slug}: {one.findings.count()} findings" for one in made]
    return "; ".join(told) or "no target is due"


def scan() -> str:
    """Scan each target's week, once where a worker dies among them and this is asked again."""
    told = []
    for target in _ready():
        if not scanning.is_due(target, timezone.now()):
            continue
        try:
            made = scanning.make(target, timezone.now(), trigger=scanning.BY_THE_CLOCK)
        except NotReady as busy:  # a person has it scanned right now
            told.append(str(busy))
        else:
            told.append(f"{target.slug}: {made.error or made.findings.count()}")
    return "; ".join(told) or "no target is due"


def take_up() -> str:
    """Have a change written for each idea that was taken up and has none."""
    begun, waiting = writing.begin_waiting(timezone.now())
    told = [f"{one}: {one.subject}" for one in begun] + waiting
    return "; ".join(told) or "no idea waits"


def learn() -> str:
    """Write what ended deliveries taught, and follow which remedies hold."""
    written = lessons.learn(timezone.now())
    recurrence.follow(timezone.now())
    return f"{len(written)} lessons{remembering.remember(written)}"


def _ready() -> list[Target]:
    return list(Target.objects.filter(state=State.READY, paused=False).order_by("pk"))


def _evaluate(target: Target, now: datetime) -> Evaluation | None:
    waking.notice(target, now)  # so that what a new pattern wakes is told on its first row
    waits = waking.waiting(target, now)
    if not waits and not has_changed(target, now):
        return None
    trigger, cause = waking.cause_of(waits) if waits else ("schedule", NOTHING)
    evaluation = evaluate_target(target, now, trigger=trigger, cause=cause)
    waking.answered(waits, evaluation)
    return evaluation
