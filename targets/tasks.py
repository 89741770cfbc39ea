"""What does the schedule ask of this room?"""

from django.utils import timezone

from targets import registry
from targets.models import State, Target


def refresh() -> str:
    """Look at every repository once and return how many are in which state."""
    states: dict[str, int] = {}
    for target in Target.objects.all():
        state = State(registry.refresh(target, timezone.now()).state).label.lower()
        states[state] = states.get(state, 0) + 1
    counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return counted or "no target yet"
