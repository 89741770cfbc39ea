"""How fast do the doors read, beside pydantic and protobuf's own JSON?"""

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
os.environ.setdefault("SELFIMPROVE_DATA_DIR", tempfile.mkdtemp(prefix="perf-doors-"))

import django

django.setup()

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from telemetry.doors.otlp import from_json, from_protobuf, spans
from telemetry.events import schemas
from tests.perf.event_lines import line
from tests.telemetry.doors import otel

LINES, SPANS, ROUNDS = 50_000, 512, 5


class _Base(BaseModel):
    """Hold what the peer reads of every event, as strictly as ours."""

    model_config = ConfigDict(strict=True, frozen=True)
    timestamp: AwareDatetime
    session_id: str = Field(min_length=1, max_length=1000)
    id: str | None = None


class _Call(_Base):
    """Read a tool call with the peer."""

    event_type: Literal["tool_call"]
    agent: str = Field(min_length=1, max_length=1000)
    tool: str = Field(min_length=1, max_length=1000)
    success: bool
    error_code: str | None = None
    error_message: str | None = None
    latency_ms: float = Field(ge=0)


class _Feedback(_Base):
    """Read feedback with the peer."""

    event_type: Literal["feedback"]
    agent: str = Field(min_length=1, max_length=1000)
    rating: Literal["thumbs_up", "thumbs_down"]


PEER: TypeAdapter[Any] = TypeAdapter(
    Annotated[_Call | _Feedback, Field(discriminator="event_type")]
)


def cpu(work: Callable[[], object]) -> float:
    """Return the least processor time of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def row(what: str, ours: float, peer: str = "", theirs: float = 0.0) -> None:
    """Print one figure a second, and the peer's."""
    beside = f"{peer:34} {theirs:>12,.0f}/s   {ours / theirs:5.1f} x" if theirs else peer
    sys.stdout.write(f"{what:44} {ours:>12,.0f}/s   {beside}\n")


def reading() -> None:
    """Compare the reading of event lines."""
    at = datetime.now(UTC)
    lines = [line(n, at) for n in range(LINES)]
    body = b"\n".join(lines)
    theirs = LINES / cpu(lambda: [PEER.validate_json(each) for each in lines])
    row("event lines, a batch at once", LINES / cpu(lambda: schemas.from_lines(body)),
        "pydantic validate_json per line", theirs)  # fmt: skip
    row("event lines, one by one", LINES / cpu(lambda: [schemas.from_line(e) for e in lines]),
        "pydantic validate_json per line", theirs)  # fmt: skip


def spans_of(number: int) -> dict[str, Any]:
    """Write a request as agents send it: mostly attributes that are dropped."""
    long = "x" * 300
    found = []
    for n in range(number):
        one = otel.span("execute_tool web_search", spanId=f"{n + 1:016x}", a={
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "web_search",
            "gen_ai.conversation.id": f"s-{n % 9}", "gen_ai.tool.call.arguments": long,
            "gen_ai.tool.call.result": long, "logfire.msg": "running tool", "n": n,
        })  # fmt: skip
        found.append(one)
    return otel.traces(*found)


def mapped(found: Any) -> int:
    """Map spans as the door does."""
    got = list(found)
    tools = spans.tool_spans(got)
    return sum(len(spans.events_of(one, tools)) for one in got)


def otlp() -> None:
    """Compare the two encodings, and protobuf's own reader of JSON."""
    request = spans_of(SPANS)
    as_json, as_protobuf = otel.encoded(request, otel.JSON), otel.encoded(request, otel.PROTOBUF)

    for_peer = json.dumps(otel.with_base64(request))  # it would take hex ids for base64

    peer = SPANS / cpu(lambda: json_format.Parse(for_peer, ExportTraceServiceRequest()))
    read = SPANS / cpu(lambda: list(from_json.spans(as_json, SPANS)))
    row("OTLP/JSON spans, read", read, "json_format.Parse", peer)
    protobuf = SPANS / cpu(lambda: mapped(from_protobuf.spans(as_protobuf, SPANS)))
    ours = SPANS / cpu(lambda: mapped(from_json.spans(as_json, SPANS)))
    row("OTLP/JSON spans, read and mapped", ours, "OTLP/protobuf, read and mapped", protobuf)


def main() -> None:
    """Print every figure."""
    reading()
    otlp()


if __name__ == "__main__":
    main()
