"""What does the first page show: who must act, what is on its way, what happened last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from selfimprove.console.attention import Attention, attention
from selfimprove.console.recent import Line, recent
from selfimprove.console.running import Running, Working, running, working
from selfimprove.console.story import Story, tell


@dataclass(frozen=True)
class Inbox:
    """Hold the first page."""

    story: Story
    attention: list[Attention]
    running: list[Running]
    working: list[Working]
    recent: list[Line]
    has_role: bool
    minute_seconds: float

    @property
    def short_minute(self) -> str:
        """Return how long a minute of the watch lasts here, where that is not a minute."""
        return f"{self.minute_seconds:g}" if self.minute_seconds != 60 else ""

    @property
    def is_moving(self) -> bool:
        """Tell whether the page changes by itself soon."""
        on_its_way = bool(self.running or self.working)
        return self.story.moving or on_its_way or any(row.live for row in self.attention)


def gather(now: datetime, may: Callable[[str], bool]) -> Inbox:
    """Gather the page for a person with these permissions."""
    return Inbox(
        story=tell(now),
        attention=attention(now, may),
        running=running(now) if may("delivery.view_delivery") else [],
        working=working(now) if may("generations.view_generation") else [],
        recent=recent() if may("audit.view_entry") else [],
        has_role=may("proposals.view_proposal"),
        minute_seconds=settings.SELFIMPROVE.watch.minute_seconds,
    )
