"""How do the products of others write what happened? Small files, written to their schemas."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

from tests.telemetry.scene import stamp

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


def langfuse_observation(at: datetime, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Make an observation as the API and the export write it."""
    return {
        "id": f"obs-{number}",
        "traceId": "trace-1",
        "type": "TOOL",
        "name": "web_search",
        "startTime": stamp(at - timedelta(milliseconds=250)),
        "endTime": stamp(at),
        "level": "DEFAULT",
        "statusMessage": None,
        "parentObservationId": "obs-0",
        "input": {"query": f"with {SECRET}"},
        "output": SECRET,
        "metadata": {"agent": "planner"},
        "traceName": "answer a question",
        "latency": 0.25,
        **fields,
    }


def langfuse(at: datetime) -> list[dict[str, Any]]:
    """Make observations and scores: two calls, a failed answer, a thumb."""
    return [
        langfuse_observation(at, 1),
        langfuse_observation(
            at, 2, level="ERROR", statusMessage=f"TimeoutError: no answer, key {SECRET}"
        ),
        langfuse_observation(at, 3, type="GENERATION", name="llm"),
        langfuse_observation(
            at,
            4,
            type="GENERATION",
            name="llm",
            level="ERROR",
            statusMessage="RateLimitError: too many requests",
        ),
        langfuse_observation(
            at, 5, type="SPAN", metadata={"attributes": {"openinference.span.kind": "TOOL"}}
        ),
        {
            "id": "score-1",
            "traceId": "trace-1",
            "name": "user-feedback",
            "dataType": "BOOLEAN",
            "value": 0,
            "stringValue": "False",
            "timestamp": stamp(at),
            "comment": SECRET,
        },
    ]


def langfuse_csv(at: datetime) -> str:
    """Write observations as the export of the page does: objects as JSON in a cell."""
    rows = [
        {k: json.dumps(v) if isinstance(v, dict) else v for k, v in row.items()}
        for row in langfuse(at)[:5]
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def langsmith_run(at: datetime, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Make a run as the SDK and the export write it."""
    return {
        "id": f"run-{number}",
        "trace_id": "run-0",
        "parent_run_id": "run-0",
        "name": "web_search",
        "run_type": "tool",
        "start_time": stamp(at - timedelta(milliseconds=250)).rstrip("Z"),
        "end_time": stamp(at).rstrip("Z"),
        "error": None,
        "status": "success",
        "inputs": {"input": SECRET},
        "outputs": {"output": SECRET},
        "extra": {"metadata": {"thread_id": "thread-1", "langgraph_node": "planner"}},
        **fields,
    }


def langsmith(at: datetime) -> list[dict[str, Any]]:
    """Make runs and feedback."""
    error = (
        f"TimeoutError('no answer, key {SECRET}')Traceback (most recent call last):\n\n"
        '  File "/srv/app.py", line 3, in call\n    raise TimeoutError\n'
    )
    return [
        langsmith_run(at, 1),
        langsmith_run(at, 2, error=error, status="error"),
        langsmith_run(at, 3, outputs={"output": {"status": "error", "content": SECRET}}),
        langsmith_run(at, 4, run_type="llm", name="ChatModel"),
        langsmith_run(
            at,
            0,
            run_type="chain",
            name="agent",
            parent_run_id=None,
            error="ValueError('bad')",
            feedback_stats={"user_score": {"n": 1, "avg": 0.0}, "length": {"n": 1, "avg": 812}},
        ),
        {
            "id": "fb-1",
            "run_id": "run-0",
            "trace_id": "run-0",
            "key": "thumb",
            "score": 1,
            "value": None,
            "comment": SECRET,
            "created_at": stamp(at),
        },
    ]


def swe_agent(exit_status: str | None = "exit_cost") -> dict[str, Any]:
    """Make a trajectory as SWE-agent writes it."""

    def step(action: str, observation: str, took: float = 0.5) -> dict[str, Any]:
        return {
            "action": action,
            "observation": observation,
            "response": f"I think {SECRET}",
            "thought": SECRET,
            "state": {"open_file": "n/a", "working_dir": "/repo"},
            "execution_time": took,
            "query": [{"role": "system", "content": SECRET}],
            "extra_info": {},
        }

    return {
        "environment": "swe_main",
        "trajectory": [
            step("ls -F\n", "AUTHORS.rst\nsrc/"),
            step(
                "cd /repo && python a.py", "Traceback (most recent call last):\n  x\nKeyError: 'a'"
            ),
            step(f"foo --key {SECRET}", "bash: foo: command not found"),
            step("str_replace_editor view /x", "The path /x does not exist. Please provide one."),
            step("python slow.py", "EXECUTION TIMED OUT", 30.0),
            step("", "Your output was not formatted correctly"),
        ],
        "history": [],
        "info": {"exit_status": exit_status, "submission": None, "model_stats": {}},
    }


def tau_bench() -> list[dict[str, Any]]:
    """Make results as the runner of tau-bench writes them."""

    def call(number: int, tool: str) -> dict[str, Any]:
        function = {"name": tool, "arguments": json.dumps({"key": SECRET})}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}],
        }

    def answer(number: int, tool: str, content: str) -> dict[str, Any]:
        return {"role": "tool", "tool_call_id": f"call_{number}", "name": tool, "content": content}

    talk = [
        {"role": "system", "content": "policy"},
        {"role": "user", "content": f"my key is {SECRET}"},
        call(1, "find_user_id_by_email"),
        answer(1, "find_user_id_by_email", "Error: user not found"),
        call(2, "transfer_to_human_agents"),
        answer(2, "transfer_to_human_agents", "Transfer successful"),
    ]
    good = [call(1, "get_order_details"), answer(1, "get_order_details", "{}")]
    return [
        {"task_id": 1, "reward": 0.0, "info": {"task": {}}, "traj": talk, "trial": 0},
        {"task_id": 2, "reward": 1.0, "info": {"task": {}}, "traj": good, "trial": 0},
        {
            "task_id": 3,
            "reward": 0.0,
            "info": {"error": "litellm.RateLimitError: slow down", "traceback": "…"},
            "traj": [],
            "trial": 1,
        },
    ]


def tau_bench_2(at: datetime) -> dict[str, Any]:
    """Make a results file as the successor writes it."""
    return {
        "timestamp": stamp(at),
        "info": {"num_trials": 1},
        "tasks": [{"id": "t"}],
        "simulations": [
            {
                "id": "sim-1",
                "task_id": "t",
                "start_time": stamp(at - timedelta(minutes=1)),
                "end_time": stamp(at),
                "termination_reason": "max_steps",
                "reward_info": {"reward": 0.0},
                "trial": 0,
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [{"id": "c1", "name": "toggle_data", "arguments": {}}],
                        "timestamp": stamp(at - timedelta(seconds=30)),
                    },
                    {
                        "role": "tool",
                        "id": "c1",
                        "content": "no such line",
                        "error": True,
                        "timestamp": stamp(at - timedelta(seconds=20)),
                    },
                ],
            }
        ],
    }


def otlp(at: datetime, number: int) -> dict[str, Any]:
    """Make one line of a collector's file exporter: a failed tool span."""
    end = int(at.timestamp() * 1e9) + number
    span = {
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "name": "execute_tool web_search",
        "startTimeUnixNano": str(end - 250_000_000),
        "endTimeUnixNano": str(end),
        "attributes": [
            {"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
            {"key": "gen_ai.tool.name", "value": {"stringValue": "web_search"}},
            {"key": "gen_ai.tool.call.arguments", "value": {"stringValue": SECRET}},
            {"key": "error.type", "value": {"stringValue": "timeout"}},
        ],
        "status": {"code": 2, "message": f"no answer, key {SECRET}"},
    }
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": [span]}]}]}
