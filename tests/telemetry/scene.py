"""How do the tests write a target's logs and read what became of them?"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from targets.models import Target
from telemetry import ingest
from telemetry.events.schemas import AnyEvent, Escalation, Feedback, TaskFailure, ToolCall
from telemetry.models import Backend, Source
from tests.factories import NOW


def add_target(slug: str = "gateway") -> Target:
    """Make a target whose repository nobody needs."""
    return Target.objects.create(slug=slug, name=slug.title(), origin="nowhere", created_at=NOW)


def stamp(at: datetime) -> str:
    """Write a moment as the example's logs do."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def tool_line(
    number: int = 1, *, at: datetime = NOW, success: bool = False, error: str = "", tool: str = ""
) -> str:
    """Write one line of a tool execution."""
    said = error or "upstream did not answer within 400 ms"
    outcome = "success=true" if success else f'success=false error_code=timeout error="{said}"'
    return (
        f"{stamp(at)} INFO gateway.tools Tool execution tool={tool or 'web_search'} agent=planner"
        f" session=s-{number % 7} call=c-{number:04} latency_ms=402 {outcome}"
    )


def docker_line(text: str, at: datetime = NOW) -> str:
    """Wrap a line as docker does."""
    return json.dumps({"log": f"{text}\n", "stream": "stdout", "time": stamp(at)})


def call(number: int = 1, *, at: datetime = NOW, success: bool = False, **fields: str) -> ToolCall:
    """Make a tool call; a failed one timed out."""
    return ToolCall(
        timestamp=at,
        session_id=fields.get("session", f"s-{number % 7}"),
        id=f"c-{number}",
        agent=fields.get("agent", "planner"),
        tool=fields.get("tool", "web_search"),
        success=success,
        error_code=None if success else fields.get("code", "timeout"),
        error_message=None if success else fields.get("message", f"no answer within {number} ms"),
        latency_ms=100.0 + number,
    )


def one_of_each(at: datetime = NOW) -> list[AnyEvent]:
    """Make events of several types."""
    return [
        call(1, at=at),
        TaskFailure(
            timestamp=at + timedelta(seconds=1),
            session_id="s-t1",
            task_name="nightly_digest",
            error_category="connection",
            retry_count=0,
            final_status="failed",
        ),
        Feedback(timestamp=at, session_id="s-1", agent="writer", rating="thumbs_down"),
        Escalation(timestamp=at, session_id="s-2", agent="writer", reason_category="timeout"),
    ]


@dataclass
class Log:
    """One log of a target that is collected."""

    path: Path
    target: Target
    backend: str = Backend.FILES
    source: Source = field(init=False)

    def __post_init__(self) -> None:
        """Set up the source."""
        self.source = Source.objects.create(
            target=self.target, backend=self.backend, location=str(self.path)
        )

    def add(self, *lines: str) -> None:
        """Append lines."""
        with self.path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def collect(self, now: datetime = NOW) -> ingest.Collected:
        """Collect once."""
        done = ingest.collect(self.source.pk, now)
        self.source.refresh_from_db()
        return done
