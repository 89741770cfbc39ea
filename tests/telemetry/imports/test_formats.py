"""Does a history of another product become our events, without a word that it should not hold?"""

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit.models import Entry
from targets.models import Target
from telemetry.models import Backend, Event, Pattern
from tests.telemetry.imports import samples
from tests.telemetry.scene import Log, add_target, stamp

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def run(path: Path, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("import_events", str(path), "--target=gateway", "--json", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def kinds() -> Counter[str]:
    return Counter(Event.objects.values_list("event_type", flat=True))


def lines(records: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


LANGFUSE = {"tool_call": 3, "task_failure": 1, "feedback": 1}
LANGSMITH = {"tool_call": 3, "task_failure": 1, "feedback": 2}
SWE = {"tool_call": 5, "task_failure": 1}
TAU = {"tool_call": 3, "escalation": 1, "task_failure": 2}
TAU_2 = {"tool_call": 1, "task_failure": 1}


def _traced(at: datetime) -> str:
    records = samples.langfuse(at)
    trace = {"id": "trace-1", "timestamp": stamp(at), "name": "answer", "sessionId": "s-9"}
    return json.dumps({**trace, "observations": records[:5], "scores": records[5:]})


Written = Callable[[datetime], str]
FORMS: dict[str, tuple[str, Written, dict[str, int]]] = {
    "langfuse json": ("a.json", lambda at: json.dumps(samples.langfuse(at)), LANGFUSE),
    "langfuse indented": (
        "a.json",
        lambda at: json.dumps(samples.langfuse(at), indent=2),
        LANGFUSE,
    ),
    "langfuse lines": ("a.jsonl", lambda at: lines(samples.langfuse(at)), LANGFUSE),
    "langfuse reply": ("a.json", lambda at: json.dumps({"data": samples.langfuse(at)}), LANGFUSE),
    "langfuse trace": ("a.json", _traced, LANGFUSE),
    "langfuse csv": ("a.csv", samples.langfuse_csv, {"tool_call": 3, "task_failure": 1}),
    "langsmith json": ("b.json", lambda at: json.dumps(samples.langsmith(at)), LANGSMITH),
    "langsmith lines": ("b.jsonl", lambda at: lines(samples.langsmith(at)), LANGSMITH),
    "swe-agent": ("issue-1.traj", lambda at: json.dumps(samples.swe_agent(), indent=2), SWE),
    "tau-bench": ("tau.json", lambda at: json.dumps(samples.tau_bench()), TAU),
    "tau-bench 2": ("t2.json", lambda at: json.dumps(samples.tau_bench_2(at), indent=1), TAU_2),
}
NAMES = {"langfuse": "langfuse", "langsmith": "langsmith", "swe": "swe-agent", "tau": "tau-bench"}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_file_is_known_by_itself_and_comes_in_once_without_a_secret(
    target: Target, tmp_path: Path, form: str
) -> None:
    name, written, expected = FORMS[form]
    known = next(known for word, known in NAMES.items() if form.startswith(word))
    path = tmp_path / name
    path.write_text(written(timezone.now() - timedelta(hours=2)))
    seen = run(path, "--dry-run")
    assert (seen["format"], seen["stored"]) == (known, sum(expected.values()))
    assert seen["dry_run"]
    assert not Event.objects.exists()
    assert not Entry.objects.exists()
    done = run(path)
    assert kinds() == expected == done["kinds"]
    assert done["bad"] == 0
    again = run(path)
    assert (again["stored"], again["duplicates"]) == (0, sum(expected.values()))
    stored = json.dumps([*Event.objects.values(), *Pattern.objects.values()], default=str)
    assert "ghp_" not in stored
    assert "/srv/app.py" not in stored
    assert done["new_patterns"] == Pattern.objects.count() > 0
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, (path.stat().st_mtime, path.stat().st_mtime))
    assert run(packed)["stored"] == 0


def test_a_failed_call_of_langfuse_has_its_fields(target: Target, tmp_path: Path) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(hours=2)
    (tmp_path / "a.json").write_text(json.dumps(samples.langfuse(at)))
    run(tmp_path / "a.json")
    call = Event.objects.get(success=False, event_type="tool_call")
    assert (call.component, call.agent, call.session_id) == ("web_search", "planner", "trace-1")
    assert (call.error_code, call.latency_ms, call.timestamp) == ("TimeoutError", 250, at)
    assert call.error_message.startswith("no answer, key ")
    assert Event.objects.get(event_type="task_failure").error_category == "RateLimitError"
    assert Event.objects.get(event_type="feedback").rating == "thumbs_down"


def test_a_failed_run_of_langsmith_has_its_fields(target: Target, tmp_path: Path) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(hours=2)
    (tmp_path / "b.json").write_text(json.dumps(samples.langsmith(at)))
    run(tmp_path / "b.json")
    call = Event.objects.get(error_code="TimeoutError")
    assert (call.component, call.agent, call.session_id) == ("web_search", "planner", "thread-1")
    assert (call.latency_ms, call.timestamp) == (250, at)
    assert "Traceback" not in call.error_message
    ratings = Event.objects.filter(event_type="feedback").values_list("rating", flat=True)
    assert sorted(ratings) == ["thumbs_down", "thumbs_up"]  # a length of 812 is no thumb


def test_a_trajectory_tells_its_steps_by_their_words(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "pkg__issue-1.traj"
    path.write_text(json.dumps(samples.swe_agent()))
    run(path)
    calls = Event.objects.filter(event_type="tool_call").order_by("timestamp")
    assert [(call.component, call.error_code) for call in calls] == [
        ("ls", ""),
        ("python", "KeyError"),
        ("foo", "command_not_found"),
        ("str_replace_editor", "not_found"),
        ("python", "timeout"),
    ]
    assert {call.session_id for call in calls} == {"pkg__issue-1"}
    assert (calls[4].timestamp - calls[3].timestamp).total_seconds() == 30
    assert Event.objects.get(event_type="task_failure").error_category == "exit_cost"


@pytest.mark.parametrize(
    ("status", "failures"), [("submitted", 0), ("submitted (exit_cost)", 0), (None, 1)]
)
def test_a_run_that_submitted_did_not_fail(
    target: Target, tmp_path: Path, status: str | None, failures: int
) -> None:
    path = tmp_path / "x.traj"
    path.write_text(json.dumps(samples.swe_agent(status)))
    run(path)
    assert kinds()["task_failure"] == failures


def test_the_results_of_tau_bench_tell_calls_hand_overs_and_failures(
    target: Target, tmp_path: Path
) -> None:
    (tmp_path / "tau.json").write_text(json.dumps(samples.tau_bench()))
    run(tmp_path / "tau.json")
    failed = Event.objects.get(event_type="tool_call", success=False)
    assert (failed.component, failed.error_code) == ("find_user_id_by_email", "tool_error")
    assert failed.error_message == "user not found"
    assert Event.objects.get(event_type="escalation").reason_category == "capability_gap"
    ends = Event.objects.filter(event_type="task_failure").order_by("component")
    assert [(e.component, e.error_category) for e in ends] == [
        ("task 1", "wrong_outcome"),
        ("task 3", "RateLimitError"),
    ]


def test_an_otlp_file_is_mapped_as_if_it_had_been_sent(target: Target, tmp_path: Path) -> None:
    at = timezone.now() - timedelta(hours=1)
    path = tmp_path / "spans.json"
    path.write_text(lines([samples.otlp(at, number) for number in range(3)]))
    done = run(path)
    assert (done["format"], done["kinds"], done["bad"]) == ("otlp", {"tool_call": 3}, 0)
    assert Event.objects.filter(success=False, component="web_search").count() == 3
    assert run(path)["stored"] == 0
    assert "ghp_" not in json.dumps(list(Event.objects.values()), default=str)


def test_an_otlp_file_is_collected_as_it_grows(target: Target, tmp_path: Path) -> None:
    log = Log(tmp_path / "spans.jsonl", target, Backend.OTLP_FILES)
    at = timezone.now() - timedelta(hours=1)
    log.add(json.dumps(samples.otlp(at, 1)), '{"resourceSpans": [{"scopeSpans": 5}]}', "no json")
    done = log.collect(timezone.now())
    assert (done.stored, done.refused) == (1, 2)
    log.add(json.dumps(samples.otlp(at, 1)), json.dumps(samples.otlp(at, 2)))
    assert log.collect(timezone.now()).stored == 1
