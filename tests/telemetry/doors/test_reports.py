"""What becomes of reflections and error reports: kept once, sanitised, counted as evidence?"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from telemetry import ingest, mining, reflections, tasks
from telemetry.doors.models import ErrorReport, Reflection
from telemetry.models import Event, Pattern
from tests.telemetry.doors.knock import Knock, lines
from tests.telemetry.planted import ISSUED
from tests.telemetry.scene import call

pytestmark = pytest.mark.django_db
KEY = ISSUED["github"]
ENVELOPE = "application/x-sentry-envelope"


@pytest.fixture
def knock() -> Knock:
    return Knock()


def reflection(**more: Any) -> dict[str, Any]:
    return {
        "session_id": "s-1",
        "agent": "planner",
        "at": (timezone.now() - timedelta(minutes=5)).isoformat(),
        "worked": [{"tool": "calendar", "calls": 7, "success_rate": 1.0}],
        "failed": [{"tool": "web_search", "failure_mode": "timeout", "count": 3}],
        "proposed_change": "Wait longer for the search.",
        **more,
    }


def report(**more: Any) -> dict[str, Any]:
    return {
        "source": "billing",
        "title": "ConnectionError",
        "message": "could not reach 10.1.2.3",
        "frames": ["billing.client:post", "billing.jobs:run"],
        "severity": "error",
        "occurred_at": (timezone.now() - timedelta(minutes=5)).isoformat(),
        "count": 4,
        "url": "https://shop.example/pay?token=" + KEY,
        **more,
    }


def test_a_reflection_is_kept_once_without_its_secrets(knock: Knock) -> None:
    told = reflection(
        proposed_change=f"use {KEY}",
        failed=[{"tool": KEY, "failure_mode": f"bad {KEY}", "count": 2}],
    )
    assert knock.post("/api/reflections", lines(told, told)).json()["accepted"] == 1
    assert knock.post("/api/reflections", json.dumps([told])).json()["duplicates"] == 1
    kept = Reflection.objects.get()
    assert KEY not in repr(vars(kept))
    assert kept.worked == [{"tool": "calendar", "calls": 7, "success_rate": 1.0}]
    assert not kept.derived


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"worked": [{"tool": "x", "calls": 0, "success_rate": 1}]}, "worked[0].calls"),
        ({"worked": [{"tool": "x", "calls": 1, "success_rate": 2}]}, "worked[0].success_rate"),
        ({"failed": [{"tool": "x", "count": 2}]}, "failed[0]"),
        ({"at": "2026-03-02T09:30:00"}, "at"),
        ({"agent": ""}, "agent"),
        ({"at": "1999-01-01T00:00:00Z"}, "older than"),
    ],
)
def test_a_wrong_reflection_is_refused_with_its_place(
    knock: Knock, change: dict[str, Any], where: str
) -> None:
    answer = knock.post("/api/reflections", json.dumps(reflection(**change)))
    assert answer.status_code == 400
    assert where in answer.json()["problems"][0]["reason"]
    assert not Reflection.objects.exists()


def test_an_ended_session_is_reflected_on_from_its_events_once(knock: Knock) -> None:
    now = timezone.now()
    past = now - timedelta(hours=3)
    ended = [call(n, at=past, success=n % 4 > 0, session="a") for n in range(8)]
    lasting = [call(99, at=now - timedelta(minutes=2), session="b")]
    ingest.store(knock.target, [*ended, *lasting], now)
    assert reflections.derive(knock.target, now) == 1
    assert reflections.derive(knock.target, now) == 0
    kept = Reflection.objects.get()
    assert (kept.session_id, kept.agent, kept.derived) == ("a", "planner", True)
    assert kept.worked == [{"tool": "web_search", "calls": 8, "success_rate": 0.75}]
    assert kept.failed == [{"tool": "web_search", "failure_mode": "timeout", "count": 2}]
    assert tasks.reflect() == "0 sessions reflected on"


def test_an_error_report_is_evidence_like_any_failure(knock: Knock) -> None:
    reports = [report(id=f"r-{n}", message=f"could not reach 10.1.2.{n}") for n in range(4)]
    assert knock.post("/api/error-reports", lines(*reports)).json()["accepted"] == 4
    assert knock.post("/api/error-reports", lines(*reports)).json()["duplicates"] == 4
    assert (ErrorReport.objects.count(), Event.objects.count()) == (4, 16)
    kept = ErrorReport.objects.all()[0]
    assert kept.frames == ["billing.client:post", "billing.jobs:run"]
    assert KEY not in repr([vars(row) for row in ErrorReport.objects.all()])
    mining.mine(knock.target, timezone.now())
    pattern = Pattern.objects.get()
    assert (pattern.component, pattern.count, pattern.session_count) == ("billing", 16, 4)


def test_a_report_counts_as_often_as_it_says_and_grows_when_told_again(knock: Knock) -> None:
    knock.post("/api/error-reports", json.dumps(report(id="r-1", count=2)))
    assert Event.objects.count() == 2
    again = knock.post("/api/error-reports", json.dumps(report(id="r-1", count=5))).json()
    assert (again["accepted"], again["duplicates"]) == (0, 1)
    assert (ErrorReport.objects.get().count, Event.objects.count()) == (5, 5)
    knock.post("/api/error-reports", json.dumps(report(id="r-1", count=3)))
    assert (ErrorReport.objects.get().count, Event.objects.count()) == (5, 5)
    knock.post("/api/error-reports", json.dumps(report(id="r-1", count=1_000_000)))
    assert (ErrorReport.objects.get().count, Event.objects.count()) == (1_000_000, 10)


@pytest.mark.parametrize("severity", ["debug", "info", "warning"])
def test_what_is_no_error_is_shown_and_is_no_failure(knock: Knock, severity: str) -> None:
    knock.post("/api/error-reports", json.dumps(report(severity=severity)))
    assert ErrorReport.objects.count() == 1
    assert not Event.objects.exists()


def test_reports_past_retention_are_deleted_with_the_events(knock: Knock) -> None:
    knock.post("/api/error-reports", json.dumps(report()))
    knock.post("/api/reflections", json.dumps(reflection()))
    old = timezone.now() - timedelta(days=31)
    ErrorReport.objects.update(occurred_at=old)
    Reflection.objects.update(at=old)
    assert tasks.expire().startswith("2 rows")
    assert not ErrorReport.objects.exists()
    assert not Reflection.objects.exists()


def envelope(**more: Any) -> bytes:
    error = {
        "event_id": "a" * 32,
        "timestamp": timezone.now().timestamp(),
        "level": "error",
        "transaction": "checkout",
        "exception": {"values": [{
            "type": "ValueError", "value": f"bad key {KEY}",
            "stacktrace": {"frames": [
                {"module": "shop.jobs", "function": "run", "vars": {"password": KEY}},
                {"module": "shop.pay", "function": "charge", "context_line": f"x = '{KEY}'"},
            ]},
        }]},
        "extra": {"secret": KEY},
        **more,
    }  # fmt: skip
    payload = json.dumps(error).encode()
    head = json.dumps({"type": "event", "length": len(payload)}).encode()
    session = b'{"type":"session"}\n{"sid":"1"}\n'
    return b'{"dsn":"https://x@y/1"}\n' + head + b"\n" + payload + b"\n" + session


def test_an_envelope_of_sentry_gives_its_error_and_none_of_its_locals(knock: Knock) -> None:
    answer = knock.post("/api/error-reports", envelope(), ENVELOPE)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 1
    assert answer.json()["dropped"] == {"an item of the envelope that is no error": 1}
    knock.post("/api/error-reports", envelope(), ENVELOPE)
    kept = ErrorReport.objects.get()
    assert (kept.source, kept.title) == ("checkout", "ValueError")
    assert kept.frames == ["shop.pay:charge", "shop.jobs:run"]
    assert KEY not in repr(vars(kept))
    assert Event.objects.get().error_category == "ValueError"


BROKEN = [b"no json", b"{}\nno json\n", b'{}\n{"type":"event","length":99}\n{}']


@pytest.mark.parametrize("body", BROKEN)
def test_a_broken_envelope_is_refused(knock: Knock, body: bytes) -> None:
    assert knock.post("/api/error-reports", body, ENVELOPE).status_code == 400
    assert not ErrorReport.objects.exists()
