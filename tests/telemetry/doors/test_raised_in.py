"""Does where an error was raised, or its emitter's own name for it, tell failures apart?"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from telemetry import evidence, mining
from telemetry.models import Event, Pattern
from tests.telemetry.doors.knock import Knock
from tests.telemetry.doors.otel import JSON, encoded, failed, logs, record, span, traces
from tests.telemetry.planted import ISSUED
from tests.telemetry.test_stacks import JAVASCRIPT, PYTHON

pytestmark = pytest.mark.django_db
KEY = ISSUED["github"]
DAY = timedelta(days=1)


@pytest.fixture
def knock() -> Knock:
    return Knock()


def tool_span(number: int, message: str, stack: str = "", **more: str) -> dict[str, Any]:
    thrown = {"exception.type": "ToolError", "exception.message": message}
    note = ("exception", thrown | ({"exception.stacktrace": stack} if stack else {}))
    made = span("execute_tool search", notes=[note], status=failed(), a=more)
    return made | {"spanId": f"{number:016x}"}


def sent(knock: Knock, *spans: dict[str, Any]) -> None:
    answer = knock.post("/v1/traces", encoded(traces(*spans), JSON), JSON)
    assert (answer.status_code, answer.json()) == (200, {})


def mined(knock: Knock) -> list[Pattern]:
    mining.mine(knock.target, timezone.now())
    return list(Pattern.objects.order_by("count"))


def test_one_place_is_one_pattern_whatever_it_says(knock: Knock) -> None:
    sent(knock, tool_span(1, "the moon is in the seventh house", PYTHON))
    sent(knock, tool_span(2, "no route to any peer of ours", PYTHON.replace("line 10", "line 99")))
    (pattern,) = mined(knock)
    assert pattern.count == 2
    assert {event.frames for event in Event.objects.all()} == {
        "tools.http:fetch\nagent.runner:run"
    }


def test_two_places_are_two_patterns_though_they_say_the_same(knock: Knock) -> None:
    sent(knock, tool_span(1, "no answer within 400 ms", PYTHON))
    sent(knock, tool_span(2, "no answer within 500 ms", JAVASCRIPT))
    sent(knock, tool_span(3, "no answer within 600 ms"))
    assert [pattern.count for pattern in mined(knock)] == [1, 1, 1]
    sent(knock, tool_span(4, "no answer within 700 ms"))
    assert [pattern.count for pattern in mined(knock)] == [1, 1, 2]


def test_the_emitters_own_name_wins_over_place_and_words(knock: Knock) -> None:
    name = {"selfimprove.fingerprint": "search-down"}
    sent(knock, tool_span(1, "no answer within 400 ms", PYTHON, **name))
    sent(knock, tool_span(2, "the index is being built", **name))
    sent(knock, tool_span(3, "the index is being built"))
    assert [pattern.count for pattern in mined(knock)] == [1, 2]


def test_a_name_that_holds_a_secret_is_as_if_unsaid(knock: Knock) -> None:
    for number, name in enumerate((f"key {KEY}", "n" * 201), 1):
        sent(knock, tool_span(number, "it broke", **{"selfimprove.fingerprint": name}))
    (pattern,) = mined(knock)
    assert pattern.count == 2
    assert not Event.objects.exclude(given_fingerprint="").exists()


def test_a_place_is_kept_without_secrets_lines_and_values(knock: Knock) -> None:
    hostile = PYTHON.replace("in fetch", f"in {KEY}").replace("url, headers", f"'{KEY}'")
    sent(knock, tool_span(1, "it broke", hostile))
    kept = Event.objects.get()
    assert kept.frames.splitlines()[0] == "tools.http:[REDACTED_KEY]"
    assert KEY not in repr(vars(kept))
    assert "Bearer" not in repr(vars(kept))


def test_a_log_record_tells_its_place_too(knock: Knock) -> None:
    told = {"event.name": "gemini_cli.tool_call", "function_name": "search", "success": False,
            "error": "it broke", "exception.stacktrace": JAVASCRIPT}  # fmt: skip
    body = encoded(logs(record(told)), JSON)
    assert knock.post("/v1/logs", body, JSON).status_code == 200
    assert Event.objects.get().frames.splitlines()[0] == "tools.http:Object.fetch"


def test_own_lines_name_both_and_come_back_with_them(knock: Knock) -> None:
    line = {
        "event_type": "task_failure", "timestamp": timezone.now().isoformat(),
        "session_id": "s", "task_name": "sync", "error_category": "broken", "retry_count": 0,
        "final_status": "failed",
        "fingerprint": "sync-broken", "frames": ["sync.jobs:run", "sync.main:main"],
    }  # fmt: skip
    answer = knock.post("/api/events", json.dumps(line).encode(), "application/x-ndjson")
    assert answer.json()["accepted"] == 1
    kept = Event.objects.get()
    assert (kept.given_fingerprint, kept.frames) == (
        "sync-broken",
        "sync.jobs:run\nsync.main:main",
    )


def test_people_and_proposals_see_where_it_was_raised(knock: Knock, admin_client: Client) -> None:
    sent(knock, tool_span(1, "no answer", PYTHON), tool_span(2, "no reply", JAVASCRIPT))
    for pattern in mined(knock):
        page = admin_client.get(pattern.get_absolute_url()).content.decode()
        now = timezone.now()
        (place,) = evidence.of(pattern, now - DAY, now + DAY).raised_in
        assert place in {"tools.http:fetch", "tools.http:Object.fetch"}
        assert f'Raised in <span class="si-mono">{place}</span>' in page
