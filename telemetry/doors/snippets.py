"""What does one copy to connect an agent, with this server's address and a token in it?"""

import json
from dataclasses import dataclass
from datetime import datetime

from telemetry.doors.models import Scope

PLACEHOLDER = "sit_YOUR_TOKEN"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Hold one way in."""

    key: str
    title: str
    hint: str
    text: str
    scope: str = Scope.OTLP  # that opens it; empty: any


def all_for(address: str, secret: str, slug: str, now: datetime) -> tuple[Snippet, ...]:
    """Return every way in; the address has no slash at its end."""
    key = secret or PLACEHOLDER
    return (*_sdks(address, key), *_agents(address, key), *_plain(address, key, slug, now))


def _sdks(address: str, key: str) -> tuple[Snippet, ...]:
    return (
        Snippet(
            "env",
            "Environment variables only",
            "For whatever exports OpenTelemetry already. Both encodings and gzip are understood.",
            f"export OTEL_EXPORTER_OTLP_ENDPOINT={address}\n"
            "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
            f'export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20{key}"\n'
            "export OTEL_METRICS_EXPORTER=none",
        ),
        Snippet(
            "python",
            "Python",
            "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http. pydantic-ai,"
            " LangChain with OpenInference, and others then send their tool calls by themselves.",
            _PYTHON.format(tracing=_tracing(address, key, "my-agent")),
        ),
        Snippet(
            "node",
            "Node",
            "npm install @opentelemetry/api @opentelemetry/sdk-node"
            " @opentelemetry/exporter-trace-otlp-proto, then node agent.cjs.",
            _NODE.format(address=address, key=key),
        ),
        _mcp(address, key),
        Snippet(
            "langfuse",
            "Langfuse SDK",
            "Its observations and scores come here instead; the public key may be anything.",
            f"export LANGFUSE_BASE_URL={address}\n"
            "export LANGFUSE_PUBLIC_KEY=selfimprove\n"
            f"export LANGFUSE_SECRET_KEY={key}",
        ),
    )


def _mcp(address: str, key: str) -> Snippet:
    return Snippet(
        "mcp",
        "MCP server",
        "Only the server knows whether a tool failed. pip install 'mcp>=2' opentelemetry-sdk"
        " opentelemetry-exporter-otlp-proto-http",
        _MCP.format(tracing=_tracing(address, key, "my-tools")),
    )


def _agents(address: str, key: str) -> tuple[Snippet, ...]:
    headers = f'"Authorization=Bearer {key}"'
    codex = (
        "[otel]\n"
        'environment = "prod"\n'
        f'exporter = {{ otlp-http = {{ endpoint = "{address}/v1/logs", protocol = "json",'
        f' headers = {{ "Authorization" = "Bearer {key}" }} }} }}'
    )
    return (
        Snippet(
            "claude-code",
            "Claude Code",
            "Tool results, your accepted and rejected edits, and failed requests.",
            "export CLAUDE_CODE_ENABLE_TELEMETRY=1\n"
            "export OTEL_LOGS_EXPORTER=otlp\n"
            "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
            f"export OTEL_EXPORTER_OTLP_ENDPOINT={address}\n"
            f"export OTEL_EXPORTER_OTLP_HEADERS={headers}",
        ),
        Snippet(
            "codex",
            "Codex",
            "In ~/.codex/config.toml. Tool results, decisions, and failed requests.",
            codex,
        ),
        Snippet(
            "gemini",
            "Gemini CLI",
            "Tool calls, decisions, failed requests, and agents that gave up.",
            "export GEMINI_TELEMETRY_ENABLED=true\n"
            "export GEMINI_TELEMETRY_TARGET=local\n"
            "export GEMINI_TELEMETRY_OTLP_PROTOCOL=http\n"
            f"export GEMINI_TELEMETRY_OTLP_ENDPOINT={address}\n"
            f"export OTEL_EXPORTER_OTLP_HEADERS={headers}",
        ),
    )


def _tracing(address: str, key: str, service: str) -> str:
    """Write what sends a Python program's spans here."""
    return _TRACING.format(address=address, key=key, service=service)


def _curl(address: str, key: str, now: datetime) -> str:
    """Write a request that works as it stands."""
    event = {
        "event_type": "tool_call",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "session_id": "s-1",
        "id": "call-1",
        "agent": "planner",
        "tool": "web_search",
        "success": False,
        "error_code": "timeout",
        "error_message": "no answer within 400 ms",
        "latency_ms": 402,
    }
    return (
        f"curl -sS {address}/api/events \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        "  -H 'Content-Type: application/x-ndjson' \\\n"
        f"  --data-binary '{json.dumps(event)}'"
    )


def _plain(address: str, key: str, slug: str, now: datetime) -> tuple[Snippet, ...]:
    scheme, _, host = address.partition("://")
    return (
        Snippet(
            "curl",
            "Any language: POST /api/events",
            "One event per line. Try it as it stands: the light turns green.",
            _curl(address, key, now),
            Scope.EVENTS,
        ),
        Snippet(
            "files",
            "Log files",
            "No token: the files are read where they lie, here. A glob may be given.",
            f"python3 manage.py source add --target {slug} --backend files"
            " --location '/var/log/agent/*.log'",
            "",
        ),
        Snippet(
            "docker",
            "Docker",
            "No token: the log files that docker keeps are read, on its host.",
            f"python3 manage.py source add --target {slug} --backend docker"
            " --location '/var/lib/docker/containers/*/*-json.log'",
            "",
        ),
        Snippet(
            "prometheus",
            "Prometheus",
            "Not a way in: what came in, what became of it and what is behind. The token needs"
            " the scope metrics, and no other.",
            _PROMETHEUS.format(scheme=scheme, host=host, key=key, slug=slug),
            Scope.METRICS,
        ),
    )


_PROMETHEUS = """\
scrape_configs:
  - job_name: selfimprove-{slug}
    scheme: {scheme}
    authorization:
      credentials: {key}
    static_configs:
      - targets: ["{host}"]"""


_TRACING = """\
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

exporter = OTLPSpanExporter(
    endpoint="{address}/v1/traces",
    headers={{"Authorization": "Bearer {key}"}},
)
provider = TracerProvider(resource=Resource.create({{"service.name": "{service}"}}))
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)
"""

_PYTHON = """\
{tracing}
tracer = trace.get_tracer("my-agent")
with tracer.start_as_current_span("execute_tool web_search") as span:
    span.set_attribute("gen_ai.operation.name", "execute_tool")
    span.set_attribute("gen_ai.tool.name", "web_search")
    span.set_attribute("gen_ai.conversation.id", "s-1")
provider.shutdown()"""

_MCP = """\
from mcp.server import MCPServer
{tracing}
server = MCPServer("my-tools")


@server.tool()
def divide(a: float, b: float) -> float:
    \"\"\"Divide a by b; by zero it fails, and the failure arrives.\"\"\"
    return a / b


server.run()"""

_NODE = """\
// agent.cjs
const {{ NodeSDK }} = require("@opentelemetry/sdk-node");
const {{ OTLPTraceExporter }} = require("@opentelemetry/exporter-trace-otlp-proto");
const {{ trace }} = require("@opentelemetry/api");

const sdk = new NodeSDK({{
  serviceName: "my-agent",
  traceExporter: new OTLPTraceExporter({{
    url: "{address}/v1/traces",
    headers: {{ Authorization: "Bearer {key}" }},
  }}),
}});
sdk.start();

const span = trace.getTracer("my-agent").startSpan("execute_tool web_search", {{
  attributes: {{
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "web_search",
    "gen_ai.conversation.id": "s-1",
  }},
}});
span.end();
sdk.shutdown();"""
