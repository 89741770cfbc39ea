"""Is every text of every kind of event cleaned before it is stored, wherever a secret stands?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from targets.models import Target
from telemetry import mining
from telemetry.archive import export
from telemetry.models import Backend, Event, Pattern
from tests.factories import NOW
from tests.telemetry.planted import HEX, A
from tests.telemetry.scene import Log, add_target, docker_line, stamp

pytestmark = pytest.mark.django_db

TEXTS: dict[str, dict[str, object]] = {
    "tool_call": {
        "session_id": "s",
        "agent": "a",
        "tool": "t",
        "success": False,
        "error_code": "e",
        "error_message": "m",
        "latency_ms": 1.0,
    },
    "task_failure": {
        "session_id": "s",
        "task_name": "t",
        "error_category": "c",
        "retry_count": 0,
        "final_status": "failed",
        "agent": "a",
        "error_message": "m",
    },
    "user_correction": {"session_id": "s", "agent": "a", "correction_type": "retry"},
    "feedback": {"session_id": "s", "agent": "a", "rating": "thumbs_up"},
    "escalation": {"session_id": "s", "agent": "a", "reason_category": "error"},
}
CLOSED = {"correction_type", "rating", "reason_category"}  # one of a few words each
FIELDS = [
    (kind, name)
    for kind, fields in TEXTS.items()
    for name, value in fields.items()
    if isinstance(value, str) and name not in CLOSED
]
SECRETS = {
    "key": "ghp_" + "b" * 36,
    "bearer": f"Bearer {A}",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + A,
    "password in a url": "postgres://bob:hunter2xyz@db/app",
    "cookie": f"Cookie: sid={HEX}",
    "mail": "bob.secret@example.org",
    "address": "93.184.216.34",
    "private address": "10.99.88.77",
    "path": "/home/bob/private/plans/secret.txt",
    "url": "https://intranet.example.net/hidden/place?q=secret",
}
GONE = {
    "key": "ghp_",
    "bearer": A,
    "jwt": "eyJhbG",
    "password in a url": "hunter2xyz",
    "cookie": HEX,
    "mail": "bob.secret",
    "address": "184.216",
    "private address": "99.88",
    "path": "plans",
    "url": "hidden",
}


@pytest.fixture
def target() -> Target:
    return add_target()


def stored() -> str:
    """Return everything that was kept of events and patterns."""
    rows = [*Event.objects.values(), *Pattern.objects.values()]
    return json.dumps(rows, default=str, ensure_ascii=False)


def written(kind: str, **changes: object) -> str:
    return json.dumps(
        {"event_type": kind, "timestamp": stamp(NOW), **TEXTS[kind], **changes}, ensure_ascii=False
    )


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_no_secret_outlives_any_field(
    target: Target, tmp_path: Path, kind: str, field: str
) -> None:
    log = Log(tmp_path / "events.jsonl", target, Backend.AUDIT_LOG)
    log.add(*(written(kind, id=name, **{field: f"x {s} y"}) for name, s in SECRETS.items()))
    assert log.collect().stored == len(SECRETS)
    mining.mine(target, NOW)
    kept = stored()
    assert [name for name, sign in GONE.items() if sign in kept] == []
    assert "[REDACTED_KEY]" in kept
    assert "10.x.x.x" in kept


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_writers_own_id_is_never_kept(target: Target, tmp_path: Path, name: str) -> None:
    log = Log(tmp_path / "events.jsonl", target, Backend.AUDIT_LOG)
    log.add(*(written(kind, id=SECRETS[name]) for kind in TEXTS))
    assert log.collect().stored == len(TEXTS)
    assert GONE[name] not in stored()


def _told(secret: str) -> str:
    quoted = json.dumps(secret)
    return (
        f"{stamp(NOW)} ERROR x Tool execution tool={quoted} agent={quoted} session={quoted}"
        f" success=false latency_ms=1 error_code={quoted} error={quoted}"
    )


FORMS: dict[str, tuple[Backend, Callable[[str], str]]] = {
    "files": (Backend.FILES, _told),
    "docker": (Backend.DOCKER, lambda secret: docker_line(_told(secret))),
    "audit log": (
        Backend.AUDIT_LOG,
        lambda secret: json.dumps(
            {
                "timestamp": stamp(NOW),
                "action": secret,
                "success": False,
                "error": {secret: [secret]},
                "agent": [secret],
                "session": secret,
                "id": secret,
            }
        ),
    ),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_no_secret_gets_through_any_kind_of_log_into_rows_or_files(
    target: Target, tmp_path: Path, form: str
) -> None:
    backend, write = FORMS[form]
    log = Log(tmp_path / "any.log", target, backend)
    log.add(*(write(secret) for secret in SECRETS.values()))
    assert log.collect().stored == len(SECRETS)
    mining.mine(target, NOW)
    done = export.extract(target, NOW.date(), NOW)
    for text in (stored(), done.path.read_text()):
        assert [name for name, sign in GONE.items() if sign in text] == []


def test_a_refused_line_leaves_no_secret_in_the_sources_error(
    target: Target, tmp_path: Path
) -> None:
    log = Log(tmp_path / "a.log", target)
    for secret in SECRETS.values():
        log.add(_told(secret).replace("success=false", f"success={json.dumps(secret)}"))
        log.add(written("tool_call", latency_ms=secret), written("feedback", rating=secret))
    assert log.collect().refused == 3 * len(SECRETS)
    assert log.source.last_refusal
    assert [name for name, sign in GONE.items() if sign in log.source.last_refusal] == []


def test_a_name_is_cut_after_it_was_cleaned_not_before(target: Target, tmp_path: Path) -> None:
    log = Log(tmp_path / "events.jsonl", target, Backend.AUDIT_LOG)
    log.add(written("feedback", agent="x" * 185 + " " + SECRETS["key"]))
    log.collect()
    agent = Event.objects.get().agent
    assert len(agent) <= 200
    assert "ghp_" not in agent
