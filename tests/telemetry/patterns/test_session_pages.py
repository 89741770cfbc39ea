"""Does the list of sessions find each by what is asked, and go on page by page?"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from targets.models import Target
from telemetry import ingest, sessions
from tests.factories import make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
PLACE = "/telemetry/sessions/"


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


@pytest.fixture
def target() -> Target:
    return add_target()


def listed(text: str) -> list[str]:
    return re.findall(r"/\?id=([^\"]+)\" data-row", text)


def asked(ada: Client, query: str) -> list[str]:
    return listed(ada.get(f"{PLACE}?{query}").content.decode())


@pytest.fixture
def told(target: Target) -> None:
    now = timezone.now()
    batch = [
        call(1, at=now - timedelta(minutes=5), session="run-a", success=True),
        call(2, at=now - timedelta(minutes=9), session="run-a", agent="writer", success=True),
        call(3, at=now - timedelta(minutes=20), session="run_b", agent="writer"),
        call(4, at=now - timedelta(hours=3), session="Run-c", agent="critic"),
        call(5, at=now - timedelta(days=3), session="run-a", agent="critic", success=True),
        call(6, at=now - timedelta(days=3), session="old"),
    ]
    ingest.store(target, batch, now)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["run-a", "run_b", "Run-c"]),
        ("span=15m", ["run-a"]),
        ("span=7d", ["run-a", "run_b", "Run-c", "old"]),
        ("agent=writer", ["run-a", "run_b"]),
        ("agent=critic", ["run-a", "Run-c"]),
        ("agent=writ", []),
        ("session=run", ["run-a", "run_b"]),
        ("session=run_", ["run_b"]),
        ("session=run%25", []),
        ("session=r&agent=critic&span=7d", ["run-a"]),
        ("outcome=failed", ["run_b", "Run-c"]),
        ("outcome=failed&agent=critic", ["Run-c"]),
        ("target=gateway", ["run-a", "run_b", "Run-c"]),
        ("target=nowhere", []),
    ],
)
@pytest.mark.parametrize("written_out", [0, 500])
def test_the_list_is_narrowed_by_each_filter(
    ada: Client,
    told: None,
    monkeypatch: pytest.MonkeyPatch,
    written_out: int,
    query: str,
    found: list[str],
) -> None:
    monkeypatch.setattr(sessions, "MOST_WRITTEN_OUT", written_out)
    assert asked(ada, query) == found


def test_a_session_is_counted_as_a_whole_whatever_the_span(ada: Client, told: None) -> None:
    text = ada.get(f"{PLACE}?span=15m").content.decode()
    assert re.search(r'run-a</a></td>\s*<td>gateway</td>\s*<td class="si-num">3</td>', text)
    assert "2 d 23 h" in text


def test_sessions_of_one_moment_and_name_are_all_met_once(ada: Client, target: Target) -> None:
    neighbour = add_target("neighbour")
    now = timezone.now()
    at = now - timedelta(minutes=5)
    for each in (target, neighbour):
        ingest.store(each, [call(n, at=at, session=f"s-{n:03}") for n in range(60)], now)
    seen: list[str] = []
    query = ""
    for _ in range(3):
        text = ada.get(f"{PLACE}{query}").content.decode()
        seen += re.findall(r'href="(/telemetry/sessions/[^"]+)" data-row', text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        query = older[1].replace("&amp;", "&") if older else ""
    assert query == ""
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("key", ["x", "~", "2026-03-02T09:30:00~1~s", "2026-03-02T09:30:00Z~x~s"])
def test_a_key_that_is_none_is_as_good_as_none(ada: Client, told: None, key: str) -> None:
    assert asked(ada, f"before={key}") == ["run-a", "run_b", "Run-c"]


def test_a_long_session_says_how_long_it_is_though_not_all_is_shown(
    ada: Client, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    batch = [call(n, at=now - timedelta(minutes=n), session="long") for n in range(30)]
    ingest.store(target, batch, now)
    monkeypatch.setattr(sessions, "MOST_EVENTS", 10)
    text = ada.get(f"{PLACE}gateway/?id=long").content.decode()
    assert "30 events in 29 min, 30 failed" in text
    assert "The first 10 events are shown" in text
