"""What do the lines look like that are sent to be measured?"""

import json
from datetime import datetime
from typing import Any


def line(number: int, at: datetime) -> bytes:
    """Write an event, twenty to a session; one in five is feedback, one in four failed."""
    common = {"timestamp": at.isoformat(), "session_id": f"n-{number // 20}", "id": f"c-{number}"}
    if number % 5 == 0:
        kind: dict[str, Any] = {"event_type": "feedback", "rating": "thumbs_down"}
    else:
        kind = {
            "event_type": "tool_call",
            "tool": f"tool_{number % 7}",
            "success": number % 3 > 0,
            "latency_ms": 402.5,
        }
    if kind.get("success") is False:
        kind["error_code"] = "timeout"
        kind["error_message"] = f"upstream {number} did not answer within 400 ms"
    return json.dumps({**kind, **common, "agent": "planner"}).encode()
