"""What does the evaluation room do by the clock?"""

from django.utils import timezone

from evaluation import lessons, recurrence
from evaluation.self_eval import evaluate as evaluate_target
from evaluation.self_eval import has_changed
from targets.models import State, Target


def evaluate() -> str:
    """Evaluate each ready target whose evidence has changed since the last time."""
    now = timezone.now()
    told = []
    for target in Target.objects.filter(state=State.READY, paused=False):
        if has_changed(target, now):
            evaluation = evaluate_target(target, now, trigger="schedule")
            told.append(f"{target.slug}: {evaluation.error or evaluation.verdict}")
    return "; ".join(told) or "nothing has changed"


def learn() -> str:
    """Write what ended deliveries taught, and follow which remedies hold."""
    written = lessons.learn(timezone.now())
    recurrence.follow(timezone.now())
    return f"{len(written)} lessons"
