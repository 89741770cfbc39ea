"""Does the stream show exactly the events that fit, in order, however few and far apart?"""

import random
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from targets.models import Target
from telemetry import ingest, mining
from telemetry.archive import retention
from telemetry.models import Event, Keeping, Pattern
from telemetry.pages import stream
from telemetry.rollups import finding
from telemetry.storing import keeping
from tests.factories import make_user
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db
EVENTS = "/telemetry/events/"


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def told(target: Target) -> None:
    """Tell of three weeks: dense days and empty ones, common and rare agents and tools."""
    rng = random.Random(7)  # noqa: S311  # the same events in every run
    now = timezone.now()
    minutes = [rng.choice([0, 1, 6, 13, 20]) * 1440 + rng.randrange(600) for _ in range(300)]
    batch = [
        call(
            n,
            at=now - timedelta(minutes=ago),
            success=rng.random() < 0.7,
            agent="rare" if n % 60 == 0 else f"agent-{n % 3}",
            tool="seldom" if n % 75 == 0 else f"tool-{n % 4}",
            session=f"s-{n % 20}",
            message=f"gave up after {n} tries",
        )
        for n, ago in enumerate(minutes)
    ]
    ingest.store(target, batch, now)
    ingest.store(add_target("neighbour"), [*batch[::4], *one_of_each(now)], now)
    for each in Target.objects.all():
        mining.mine(each, now)


def walked(ada: Client, query: str) -> tuple[list[int], int]:
    """Go through all pages by their links; return the events' ids and the number of pages."""
    found: list[int] = []
    address, pages = f"{EVENTS}?{query}", 0
    while address:
        assert pages < 400, "it goes round in circles"
        text = ada.get(address).content.decode()
        found += map(int, re.findall(r'/telemetry/events/(\d+)/"', text))
        link = re.search(r'href="([^"]+)">(?:Older|Look further back)<', text)
        address = EVENTS + link[1].replace("&amp;", "&") if link else ""
        pages += 1
    return found, pages


FILTERS = [
    ("", {}),
    ("target=neighbour", {"target__slug": "neighbour"}),
    ("agent=rare", {"agent": "rare"}),
    ("component=seldom", {"component": "seldom"}),
    ("agent=rare&component=tool-0", {"agent": "rare", "component": "tool-0"}),
    ("type=feedback", {"event_type": "feedback"}),
    ("session=s-3", {"session_id": "s-3"}),
    ("session=s-3&outcome=worked", {"session_id": "s-3", "success": True}),
    ("outcome=failed", {"fingerprint__gt": ""}),
    ("outcome=worked&agent=rare", {"success": True, "agent": "rare"}),
    ("q=after+2+tries", {"error_message__contains": "after 2 tries"}),
    ("q=17", {"error_message__contains": "17"}),
    ("agent=nobody", {"agent": "nobody"}),
]


@pytest.mark.parametrize(("query", "same"), FILTERS)
@pytest.mark.parametrize("limits", [(100_000, 24, 20), (7, 2, 1)])
def test_every_event_that_fits_is_met_once_and_in_order(
    ada: Client,
    told: None,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    same: dict[str, str],
    limits: tuple[int, int, int],
) -> None:
    for name, limit in zip(("MOST_READ", "MOST_RUNS", "MOST_COMPONENTS"), limits, strict=True):
        monkeypatch.setattr(finding, name, limit)
    monkeypatch.setattr(stream, "PAGE", 20)
    if query.startswith("q=after"):  # each word alone may stand anywhere
        wanted = Event.objects.filter(error_message__contains="2")
    else:
        wanted = Event.objects.filter(**same)
    found, _ = walked(ada, query)
    assert found == list(wanted.order_by("-timestamp", "-pk").values_list("pk", flat=True))


def test_the_events_of_a_pattern_are_met_once(ada: Client, told: None) -> None:
    for pattern in Pattern.objects.all():
        names = pattern.aliases.values_list("fingerprint", flat=True)
        wanted = Event.objects.filter(target=pattern.target, fingerprint__in=names)
        found, _ = walked(ada, f"pattern={pattern.pk}")
        assert found == list(wanted.order_by("-timestamp", "-pk").values_list("pk", flat=True))


def test_a_search_in_vain_is_cut_short_and_says_how_far_it_came(
    ada: Client, told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_READ", 60)
    text = ada.get(f"{EVENTS}?q=nobody-wrote-this").content.decode()
    assert "No event fits so far" in text
    assert "Look further back" in text
    found, pages = walked(ada, "q=nobody-wrote-this")
    assert found == []
    assert 3 <= pages <= 9
    assert "No event fits these filters" in ada.get(f"{EVENTS}?agent=nobody").content.decode()


def test_hours_in_which_nothing_fits_are_not_read(ada: Client, target: Target) -> None:
    now = timezone.now()
    batch = [call(n, at=now - timedelta(hours=n)) for n in range(72)]
    batch.append(call(99, at=now - timedelta(hours=70), agent="rare"))
    ingest.store(target, batch, now)
    with CaptureQueriesContext(connection) as asked:
        text = ada.get(f"{EVENTS}?agent=rare").content.decode()
    assert "no answer within 99 ms" in text
    (looked,) = (
        query["sql"]
        for query in asked.captured_queries
        if 'FROM "telemetry_event"' in query["sql"] and "'rare'" in query["sql"].lower()
        and ">=" in query["sql"]
    )  # fmt: skip
    hour = (now - timedelta(hours=70)).replace(minute=0, second=0, microsecond=0)
    assert f"{hour:%Y-%m-%d %H}:00" in looked


def test_an_event_that_is_held_longer_than_its_target_keeps_stays_in_sight(
    ada: Client, target: Target
) -> None:
    Keeping.objects.update_or_create(target=target, defaults={"days": 5})
    now = timezone.now()
    ingest.store(target, [call(n, at=now - timedelta(days=n)) for n in range(5)], now)
    kept = Event.objects.order_by("timestamp")[0]
    keeping.hold(target, [kept.uid], holder="proposal:1", at=now)
    retention.expire(target, now + timedelta(days=3))
    assert Event.objects.count() == 4  # of two days, one of them to the minute, and what is held
    for query in ("", f"session={kept.session_id}"):
        assert f"{EVENTS}{kept.pk}/" in ada.get(f"{EVENTS}?{query}").content.decode()
    Event.objects.filter(pk=kept.pk).update(timestamp=now - timedelta(days=40))
    assert walked(ada, "")[0][-1] == kept.pk


def test_runs_of_hours_are_joined_and_bounded() -> None:
    hours = finding._Hours()
    start = datetime(2026, 3, 2, 12, tzinfo=timezone.get_current_timezone())
    for ago in (0, 1, 2, 5, 6, 30):
        hours.add(start - timedelta(hours=ago), 10, {"a"})
    assert hours.runs == [
        (start - timedelta(hours=2), start + timedelta(hours=1)),
        (start - timedelta(hours=6), start - timedelta(hours=4)),
        (start - timedelta(hours=30), start - timedelta(hours=29)),
    ]
    assert hours.n == 60
