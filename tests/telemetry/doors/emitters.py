"""What do real SDKs send? Run as a program: the emitter's name, the address and the token.

Each plants the secret of the environment in its tool's arguments, results and errors.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

SECRET = os.environ.get("PLANTED", "")
WORDS = f"upstream refused password={SECRET} after 400 ms"


def _provider(address: str, token: str, **options: Any) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(
        endpoint=f"{address}/v1/traces", headers={"Authorization": f"Bearer {token}"}, **options
    )
    provider = TracerProvider(resource=Resource.create({"service.name": "emitters"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def pydantic_ai(address: str, token: str) -> None:
    """Let a model that is a function call a tool that fails, and one that works."""
    from pydantic_ai import Agent, InstrumentationSettings
    from pydantic_ai.models.test import TestModel

    provider = _provider(address, token)
    agent = Agent(TestModel(), name="planner")
    agent.instrument = InstrumentationSettings(tracer_provider=provider)

    @agent.tool_plain
    def lookup(words: str) -> str:
        """Look something up."""
        return f"found {SECRET}"

    @agent.tool_plain
    def flaky(password: str) -> str:
        """Fail."""
        raise RuntimeError(WORDS)

    for _ in range(2):
        try:
            agent.run_sync(f"use the tools with {SECRET}")
        except RuntimeError:
            continue
    provider.shutdown()


def langchain(address: str, token: str) -> None:
    """Call a failing tool of LangChain under OpenInference."""
    from langchain_core.tools import tool
    from openinference.instrumentation.langchain import LangChainInstrumentor

    provider = _provider(address, token)
    LangChainInstrumentor().instrument(tracer_provider=provider)

    @tool
    def flaky(query: str) -> str:
        """Fail."""
        raise ValueError(WORDS)

    @tool
    def fine(query: str) -> str:
        """Work."""
        return f"ok {SECRET}"

    fine.invoke({"query": SECRET})
    try:
        flaky.invoke({"query": SECRET})
    except ValueError:
        provider.shutdown()


def langfuse(address: str, token: str) -> None:
    """Send an observation of a tool that failed, and a score."""
    from langfuse import Langfuse

    client = Langfuse(public_key="selfimprove", secret_key=token, base_url=address)
    with client.start_as_current_observation(name="flaky", as_type="tool", input=SECRET) as tool:
        tool.update(level="ERROR", status_message=WORDS, output=SECRET)
        tool.score_trace(name="helpful", value=0.0, comment=SECRET)
    with client.start_as_current_observation(name="fine", as_type="tool"):
        pass
    client.flush()
    client.shutdown()


def spans(address: str, token: str) -> None:
    """Send spans with the SDK alone, compressed."""
    from opentelemetry.exporter.otlp.proto.http import Compression

    provider = _provider(address, token, compression=Compression.Gzip)
    tracer = provider.get_tracer("plain")
    for number in range(20):
        with tracer.start_as_current_span("execute_tool web_search") as span:
            span.set_attribute("gen_ai.conversation.id", f"s-{number % 3}")
            span.set_attribute("gen_ai.tool.call.arguments", f"token={SECRET}")
    try:
        with tracer.start_as_current_span("invoke_agent planner") as span:
            span.set_attribute("gen_ai.agent.name", "planner")
            raise TimeoutError(WORDS)
    except TimeoutError:
        pass
    provider.shutdown()


def logs(address: str, token: str) -> None:
    """Send log records as the coding agents do, with the SDK alone."""
    from opentelemetry._logs import LogRecord
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    exporter = OTLPLogExporter(
        endpoint=f"{address}/v1/logs", headers={"Authorization": f"Bearer {token}"}
    )
    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("claude_code")
    common = {"session.id": "s-1", "tool_name": "Bash", "prompt": SECRET}
    told: list[dict[str, Any]] = [
        {"event.name": "tool_result", "success": "true", "duration_ms": "12"},
        {"event.name": "tool_result", "success": "false", "error": WORDS, "tool_input": SECRET},
        {"event.name": "tool_decision", "decision": "reject", "source": "user_reject"},
        {"event.name": "user_prompt", "prompt_length": 3},
        {"event.name": "api_error", "status_code": 529, "error": "overloaded", "attempt": 3},
    ]
    for attributes in told:
        name = f"claude_code.{attributes['event.name']}"
        logger.emit(LogRecord(body=name, attributes={**common, **attributes}))
    provider.shutdown()


EMITTERS: dict[str, Callable[[str, str], None]] = {
    "pydantic_ai": pydantic_ai,
    "langchain": langchain,
    "langfuse": langfuse,
    "spans": spans,
    "logs": logs,
}

if __name__ == "__main__":
    EMITTERS[sys.argv[1]](sys.argv[2], sys.argv[3])
