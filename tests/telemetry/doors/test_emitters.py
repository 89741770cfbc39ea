"""Does what real SDKs send over a real connection become the right events, without secrets?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from selfimprove.bootstrap import ROOT
from telemetry.doors import snippets
from tests.telemetry.doors.live import Live, serving
from tests.telemetry.planted import ISSUED

pytestmark = pytest.mark.slow
PLANTED = ISSUED["stripe"]
WORDS = "upstream refused password=[REDACTED_KEY] after 400 ms"
QUESTION = (
    "select id, event_type, agent, component, success, error_code, error_category, error_message,"
    " rating, correction_type, retry_count from telemetry_event"
)
Seen = set[tuple[object, ...]]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("doors") / "data") as found:
        yield found


def emitted(live: Live, name: str) -> Seen:
    """Run an emitter twice over and return the kinds of event that are new."""
    first = live.rows("select coalesce(max(id), 0) from telemetry_event")[0][0]
    script = Path(__file__).with_name("emitters.py")
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("OTEL", "LANG"))
    }
    done = subprocess.run(
        [sys.executable, str(script), name, live.address, live.secret],
        env={**kept, "PLANTED": PLANTED, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = live.rows(QUESTION)
    return {tuple(v for v in row[1:] if v not in ("", None)) for row in rows if row[0] > first}


def test_pydantic_ai_with_a_tool_that_fails(live: Live) -> None:
    # Tools run side by side: one that is at work while the other fails is called off, and told.
    called_off = ("tool_call", "planner", "lookup", 0, "asyncio.exceptions.CancelledError")
    assert emitted(live, "pydantic_ai") - {called_off} == {
        ("tool_call", "planner", "lookup", 1),
        ("tool_call", "planner", "flaky", 0, "RuntimeError", WORDS),
        ("task_failure", "planner", "planner", "RuntimeError", WORDS, 0),
    }


def test_langchain_under_openinference(live: Live) -> None:
    assert emitted(live, "langchain") == {
        ("tool_call", "emitters", "fine", 1),
        ("tool_call", "emitters", "flaky", 0, "ValueError", WORDS),
    }


def test_langfuse_with_an_observation_and_a_score(live: Live) -> None:
    assert emitted(live, "langfuse") == {
        ("tool_call", "unknown", "fine", 1),
        ("tool_call", "unknown", "flaky", 0, "error", WORDS),
        ("feedback", "unknown", "thumbs_down"),
    }


def test_the_snippet_for_python_as_it_stands(live: Live, tmp_path: Path) -> None:
    offered = snippets.all_for(live.address, live.secret, "gateway", timezone.now())
    script = tmp_path / "agent.py"
    script.write_text(next(each.text for each in offered if each.key == "python"))
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OTEL")}
    subprocess.run([sys.executable, str(script)], env={**kept, "NO_PROXY": "127.0.0.1"},
                   timeout=120, check=True)  # fmt: skip
    assert ("my-agent", "web_search", "s-1") in live.rows(
        "select agent, component, session_id from telemetry_event"
    )


def test_the_plain_sdk_with_spans(live: Live) -> None:
    assert emitted(live, "spans") == {
        ("tool_call", "emitters", "web_search", 1),
        ("task_failure", "planner", "planner", "TimeoutError", WORDS, 0),
    }


def test_the_plain_sdk_with_the_logs_of_a_coding_agent(live: Live) -> None:
    assert emitted(live, "logs") == {
        ("tool_call", "claude_code", "Bash", 1),
        ("tool_call", "claude_code", "Bash", 0, "error", WORDS),
        ("user_correction", "claude_code", "abandon"),
        ("task_failure", "claude_code", "model_request", "http_529", "overloaded", 2),
    }


def test_nothing_that_was_planted_and_no_token_is_anywhere(live: Live) -> None:
    written = live.everything()
    assert len(written) > 100_000
    assert PLANTED.encode() not in written
    assert live.secret.encode() not in written
    assert b"gen_ai.tool.call.arguments" not in written
