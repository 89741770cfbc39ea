"""What every page's frame shows: the open count and whether the loop runs."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from proposals.revising import asked
from selfimprove.console.state import loop_state


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables; nothing for a visitor who has not signed in."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    shown: dict[str, Any] = {"loop_state": loop_state(timezone.now())}
    if request.user.has_perm("proposals.view_proposal"):
        shown["waiting_count"] = asked.awaiting().count()
    return shown
