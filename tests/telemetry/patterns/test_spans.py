"""Can a reader look at times of their own, on every list, and is told what is wrong with them?"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from targets.models import Target
from telemetry import ingest
from telemetry.pages.spans import BadTime, SpanForm, read_local, read_zone
from tests.factories import make_user
from tests.telemetry.scene import add_target, call

EVENTS, SESSIONS = "/telemetry/events/", "/telemetry/sessions/"
BERLIN = read_zone("Europe/Berlin")


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


@pytest.fixture
def target() -> Target:
    return add_target()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "later", "moment"),
    [
        ("2026-01-10T09:30", False, "2026-01-10T08:30Z"),
        ("2026-07-10 09:30:15", False, "2026-07-10T07:30:15Z"),
        ("2026-07-10", False, "2026-07-09T22:00Z"),
        ("2026-10-25T02:30", False, "2026-10-25T00:30Z"),  # comes twice that night
        ("2026-10-25T02:30", True, "2026-10-25T01:30Z"),
        ("2026-01-10T09:30Z", False, "2026-01-10T09:30Z"),
        ("2026-01-10T09:30-05:00", False, "2026-01-10T14:30Z"),
    ],
)
def test_a_time_is_read_in_its_zone(text: str, later: bool, moment: str) -> None:
    found = read_local(text, BERLIN, later=later)
    assert found == at(moment)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "no date and time"),
        ("2026-13-01T00:00", "no date and time"),
        ("2026-02-30 10:00", "no date and time"),
        ("0001-01-01T00:00", "year from 2000 to 2199"),
        ("9999-12-31T23:59", "year from 2000 to 2199"),
        ("2026-03-29T02:30", "no 02:30 in Europe/Berlin that day"),
    ],
)
def test_what_is_no_time_says_why(text: str, words: str) -> None:
    with pytest.raises(BadTime, match=words):
        read_local(text, BERLIN)


@pytest.mark.parametrize(
    "name", ["Mars/Base", "../../etc/passwd", "Europe", "/etc", "\x00", "x" * 60]
)
def test_a_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(BadTime, match="no time zone"):
        read_zone(name)


def test_a_length_rules_over_times_that_are_left_from_before() -> None:
    form = SpanForm({"span": "1h", "since": "nonsense", "until": "", "zone": "Mars"})
    assert form.is_valid()
    now = at("2026-03-02T09:30Z")
    assert form.bounds(now) == (now - timedelta(hours=1), None)
    assert form["since"].value() == ""
    assert not form.has_ended(now)


def test_times_alone_mean_themselves_in_utc() -> None:
    form = SpanForm({"since": "2026-03-02T09:00", "until": "2026-03-02T10:00Z"})
    assert form.is_valid()
    end = at("2026-03-02T10:00Z")
    assert form.bounds(end) == (at("2026-03-02T09:00Z"), end)
    assert form["span"].value() == "own"
    assert form["until"].value() == "2026-03-02T10:00"
    assert form.has_ended(end)
    assert not form.has_ended(end - timedelta(microseconds=1))


@pytest.mark.django_db
@pytest.mark.parametrize("place", [EVENTS, SESSIONS])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("span=own", "Say from when, until when, or both."),
        ("since=yesterday", "This is no date and time."),
        ("until=2026-02-31T10:00", "This is no date and time."),
        ("since=2026-03-02T10:00&until=2026-03-02T10:00", "later than the start"),
        ("since=2026-03-02T10:00&until=2026-03-02T09:00", "later than the start"),
        ("since=2026-03-02T10:00&zone=Mars/Base", "There is no time zone “Mars/Base” here"),
        ("since=2026-03-29T02:30&zone=Europe/Berlin", "clocks went forward"),
        ("since=" + "9" * 50, "at most 40 characters"),
        ("since=2026-03-02T10:00&zone=" + "x" * 90, ""),
        ("since=%00&until=%00&zone=%00", "Null characters"),
    ],
)
def test_a_span_that_cannot_be_understood_says_why_and_lists_nothing(
    ada: Client, target: Target, place: str, query: str, words: str
) -> None:
    now = timezone.now()
    ingest.store(target, [call(1, at=now - timedelta(minutes=1), session="shown")], now)
    response = ada.get(f"{place}?{query}")
    text = response.content.decode()
    assert response.status_code == 200
    assert words in text
    assert ">shown<" not in text
    assert "These filters cannot be understood" in text
    assert "The span has ended" not in text


@pytest.fixture
def told(target: Target) -> datetime:
    """Tell of one event an hour for a day, each third in a session that lasts."""
    now = timezone.now().replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
    batch = [
        call(n, at=now - timedelta(hours=n), session=f"s-{n:02}" if n % 3 else "lasts")
        for n in range(24)
    ]
    ingest.store(target, batch, timezone.now())
    return now


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


@pytest.mark.django_db
def test_the_stream_shows_the_span_beside_the_other_filters(ada: Client, told: datetime) -> None:
    since, until = told - timedelta(hours=5), told - timedelta(hours=1)
    query = f"since={local(since)}&until={local(until)}"
    text = ada.get(f"{EVENTS}?{query}").content.decode()
    assert re.findall(r"no answer within (\d+) ms", text)[::2] == ["2", "3", "4", "5"]
    text = ada.get(f"{EVENTS}?{query}&session=lasts").content.decode()
    assert re.findall(r"no answer within (\d+) ms", text)[::2] == ["3"]


@pytest.mark.django_db
def test_the_zone_moves_the_span(ada: Client, told: datetime) -> None:
    zone = read_zone("Asia/Tokyo")
    since, until = (told - timedelta(hours=n) for n in (3, 2))
    query = f"since={local(since.astimezone(zone))}&until={local(until.astimezone(zone))}"
    text = ada.get(f"{EVENTS}?{query}&zone=Asia/Tokyo").content.decode()
    assert re.findall(r"no answer within (\d+) ms", text)[::2] == ["3"]
    assert '<span class="si-quiet" data-zone>Asia/Tokyo</span>' in text
    assert f'value="{local(since.astimezone(zone))}"' in text


@pytest.mark.django_db
def test_sessions_that_went_on_in_the_span_are_listed(ada: Client, told: datetime) -> None:
    since, until = told - timedelta(hours=5), told - timedelta(hours=3)
    text = ada.get(f"{SESSIONS}?since={local(since)}&until={local(until)}").content.decode()
    assert re.findall(r"/\?id=([^\"]+)\" data-row", text) == ["lasts", "s-04", "s-05"]


@pytest.mark.django_db
@pytest.mark.parametrize("place", [EVENTS, SESSIONS])
def test_a_span_is_kept_from_page_to_page(ada: Client, target: Target, place: str) -> None:
    now = timezone.now()
    batch = [call(n, at=now - timedelta(minutes=n + 1), session=f"s-{n}") for n in range(130)]
    ingest.store(target, batch, now)
    since, until = now - timedelta(minutes=111), now - timedelta(minutes=2)
    query = f"?since={local(since)}&until={local(until)}&agent=planner"
    seen: list[str] = []
    while query:
        text = ada.get(place + query).content.decode()
        seen += re.findall(r"/\?id=(s-\d+)\"", text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        query = older[1].replace("&amp;", "&") if older else ""
        assert not query or ("since=" in query and "agent=planner" in query)
    assert len(seen) == len(set(seen))
    assert 107 <= len(seen) <= 110


@pytest.mark.django_db
def test_the_live_tail_is_off_when_the_span_has_ended(ada: Client, told: datetime) -> None:
    ended = ada.get(f"{EVENTS}?live=1&until={local(told)}").content.decode()
    assert "hx-get" not in ended.partition("<table")[2].partition("</table")[0]
    assert "The span has ended" in ended
    assert "Follow live" not in ended
    later = local(timezone.now() + timedelta(hours=1))
    assert "every 2s" in ada.get(f"{EVENTS}?live=1&until={later}").content.decode()
    assert "Follow live" in ada.get(f"{EVENTS}?since={local(told)}").content.decode()


@pytest.mark.django_db
def test_a_tail_stops_asking_when_its_span_ends_and_shows_what_came_until_then(
    ada: Client, target: Target
) -> None:
    now = timezone.now()
    ingest.store(target, [call(1, at=now - timedelta(minutes=9), session="within")], now)
    ingest.store(target, [call(2, at=now, session="behind")], now)
    until = local(now - timedelta(minutes=5))
    answer = ada.get(f"/telemetry/events/tail/?until={until}").content.decode()
    assert "every 2s" not in answer
    assert "the live tail has stopped" in answer
    assert "within" in answer
    assert "behind" not in answer
