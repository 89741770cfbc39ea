"""Is the loop running, and if not, why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from selfimprove.models import Heartbeat, Switch

SILENT = timedelta(seconds=60)  # six canaries


@dataclass(frozen=True)
class LoopState:
    """Say in two words how the loop is, and in a sentence why."""

    tone: str
    words: str
    why: str
    is_paused: bool = False

    @property
    def is_well(self) -> bool:
        """Tell whether nobody needs to look."""
        return self.tone == "good"


def loop_state(now: datetime) -> LoopState:
    """Judge by the switch and by the workers' last signs of life."""
    switch = Switch.objects.filter(paused_at__isnull=False).first()
    if switch:
        why = f"Paused by {switch.paused_by}: {switch.reason or 'no reason given'}."
        return LoopState("warn", "Loop paused", why, is_paused=True)
    beat = Heartbeat.objects.order_by("-at").first()
    if beat is None:
        return LoopState("warn", "Worker not seen yet", "No worker has finished a task so far.")
    if now - beat.at > SILENT:
        return LoopState("bad", "Worker silent", f"{beat.host} has finished nothing for a while.")
    return LoopState("good", "Loop running", f"The worker on {beat.host} finishes its tasks.")
