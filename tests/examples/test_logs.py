"""Are the three logs what collectors expect, with the noise of real life?"""

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.world.measure import Reading
from tests.examples import stage

CALL = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z (INFO|ERROR) gateway\.tools Tool execution tool=\w+ "
    r"agent=\w+ session=s-\S+ call=c-\S+ success=(true latency_ms=\d+|"
    r'false latency_ms=\d+ error_code=\w+ error="(\\.|[^"\\])*")\Z'
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Stage]:
    found = stage.start(tmp_path_factory.mktemp("logs"))
    time.sleep(1.8)
    yield found
    found.end()


def lines(path: Path) -> list[str]:
    """Read whole lines; the last one may still be under way."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(path)]


def test_tool_calls_are_lines_of_text(running: stage.Stage) -> None:
    calls = [line for line in lines(running.logs / "gateway.log") if "Tool execution" in line]
    assert len(calls) > 20
    assert [line for line in calls if not CALL.match(line)] == []


def test_between_them_stand_traces_and_chatter(running: stage.Stage) -> None:
    log = lines(running.logs / "gateway.log")
    assert "Traceback (most recent call last):" in log
    assert any(" DEBUG gateway.pacing " in line for line in log)


def test_several_agents_are_seen(running: stage.Stage) -> None:
    text = (running.logs / "gateway.log").read_text(encoding="utf-8")
    assert {"planner", "researcher", "biller"} <= set(re.findall(r"agent=(\w+)", text))


def test_call_ids_are_unique(running: stage.Stage) -> None:
    text = "\n".join(lines(running.logs / "gateway.log"))
    numbers = re.findall(r"Tool execution .* call=(\S+)", text)
    assert len(numbers) == len(set(numbers))


def test_the_container_log_holds_tasks_and_extensions(running: stage.Stage) -> None:
    kept = entries(running.logs / "container-json.log")
    text = "".join(entry["log"] for entry in kept)
    assert {"log", "stream", "time"} == set(kept[0])
    assert "Extension called extension=calendar agent=librarian" in text
    assert "Task completed task=" in text


def test_the_audit_log_holds_actions(running: stage.Stage) -> None:
    actions = [e for e in entries(running.logs / "audit.jsonl") if "action" in e]
    assert {e["action"] for e in actions} <= {"memory.read", "memory.write"}
    assert all({"timestamp", "success", "agent", "session", "id"} <= set(e) for e in actions)


def test_people_complain_in_the_audit_log(running: stage.Stage) -> None:
    end = time.monotonic() + 6
    said: list[dict[str, Any]] = []
    while not said and time.monotonic() < end:
        said = [e for e in entries(running.logs / "audit.jsonl") if "event_type" in e]
        time.sleep(0.1)
    assert {e["event_type"] for e in said} <= {"feedback", "user_correction", "escalation"}
    assert all({"timestamp", "session_id", "agent"} <= set(e) for e in said)
    assert said


def test_logging_goes_on_after_the_folder_was_moved_away(running: stage.Stage) -> None:
    running.logs.rename(running.root / "older")
    time.sleep(0.5)
    try:
        assert Reading(running.logs, from_the_start=True).rates()["total"].calls > 3
    finally:
        shutil.rmtree(running.root / "older")
