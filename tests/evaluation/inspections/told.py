"""How does a test get sessions that were reflected on?"""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from targets.models import Target
from telemetry.models import Reflection
from tests.factories import NOW

_numbers = itertools.count(1)
Failed = tuple[str, str, int]
Worked = tuple[str, int, float]


def reflection(
    target: Target,
    session: str,
    *,
    failed: Sequence[Failed] = (),
    worked: Sequence[Worked] = (),
    suggests: str = "",
    derived: bool = True,
    agent: str = "planner",
    at: datetime = NOW,
    **more: Any,
) -> Reflection:
    """Store what a session's events or its agent said."""
    return Reflection.objects.create(
        target=target,
        uid=f"r-{next(_numbers)}",
        session_id=session,
        agent=agent,
        at=at,
        derived=derived,
        failed=[{"tool": tool, "failure_mode": mode, "count": n} for tool, mode, n in failed],
        worked=[{"tool": tool, "calls": n, "success_rate": rate} for tool, n, rate in worked],
        proposed_change=suggests,
        received_at=more.pop("received_at", at),
        **more,
    )
