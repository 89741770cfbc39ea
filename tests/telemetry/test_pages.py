"""What do the telemetry pages show, to whom, and in which states?"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Event, Pattern, Source
from tests.factories import make_user
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db
LIST = "/telemetry/"


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


@pytest.fixture
def target() -> Target:
    target = add_target()
    now = timezone.now()
    failed = [call(n, at=now - timedelta(minutes=n)) for n in range(1, 9)]
    ingest.store(target, [*failed, *one_of_each(now - timedelta(hours=1))], now)
    mining.mine(target, now)
    return target


def page(viewer: Client, address: str) -> str:
    response = viewer.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_what_fails_how_often_and_where(viewer: Client, target: Target) -> None:
    text = page(viewer, LIST)
    for words in (
        "web_search",
        "no answer within &lt;*&gt; ms",
        "nightly_digest",
        "Medium",
        "<svg",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("?q=answer", "web_search</a>", "nightly_digest</a>"),
        ("?type=task_failure", "nightly_digest</a>", "web_search</a>"),
        ("?severity=medium", "web_search</a>", "nightly_digest</a>"),
        ("?target=gateway&q=nightly", "nightly_digest</a>", "web_search</a>"),
    ],
)
def test_filters_live_in_the_address(
    viewer: Client, target: Target, query: str, shown: str, hidden: str
) -> None:
    text = page(viewer, LIST + query)
    assert shown in text
    assert hidden not in text


def test_a_filter_that_makes_no_sense_is_said_and_shows_nothing(
    viewer: Client, target: Target
) -> None:
    text = page(viewer, LIST + "?target=nobody")
    assert "Select a valid choice" in text
    assert "No pattern fits these filters" in text


def test_an_empty_list_says_what_will_happen_next(viewer: Client) -> None:
    assert "Nothing is collected yet" in page(viewer, LIST)
    Source.objects.create(target=add_target(), backend="files", location="/var/log/x")
    assert "No failure seen yet" in page(viewer, LIST)


def test_a_fragment_is_the_list_alone(viewer: Client, target: Target) -> None:
    text = viewer.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert text.strip().startswith("<div")
    assert "<html" not in text


def test_the_list_polls_only_while_something_is_read(viewer: Client, target: Target) -> None:
    assert "every 2s" not in page(viewer, LIST)
    Source.objects.create(
        target=target, backend="files", location="/x", last_read_at=timezone.now()
    )
    assert "every 2s" in page(viewer, LIST)


def test_a_long_list_has_pages(viewer: Client, target: Target) -> None:
    now = timezone.now()
    names = [f"tool number {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(60)]
    ingest.store(target, [call(900 + n, at=now, tool=name) for n, name in enumerate(names)], now)
    mining.mine(target, now)
    first = page(viewer, LIST)
    assert first.count("data-row") == 50
    older = first.split('rel="next"')[1].split('href="')[1].split('"')[0]
    second = page(viewer, LIST + older.replace("&amp;", "&"))
    assert second.count("data-row") == 13
    assert 'rel="next"' not in second
    assert 'rel="first"' in second


def test_a_patterns_page_shows_chart_counts_agents_and_samples(
    viewer: Client, target: Target
) -> None:
    pattern = Pattern.objects.get(component="web_search")
    text = page(viewer, pattern.get_absolute_url())
    for words in (
        "is given up before its answer arrives",
        "no answer within 2 ms",
        "planner",
        "8 <small>of 8</small>",
        "<svg",
        "<title>",
        f"{reverse('telemetry:events')}?pattern={pattern.pk}",
    ):
        assert words in text


def test_a_pattern_that_does_not_exist_is_not_found(viewer: Client) -> None:
    assert viewer.get(reverse("telemetry:pattern", args=[99])).status_code == 404


def test_events_can_be_followed_from_their_pattern(viewer: Client, target: Target) -> None:
    pattern = Pattern.objects.get(component="nightly_digest")
    text = page(viewer, f"/telemetry/events/?pattern={pattern.pk}")
    assert "nightly_digest" in text
    assert "web_search</a>" not in text


def test_events_are_paged_by_key(viewer: Client, target: Target) -> None:
    now = timezone.now()
    ingest.store(target, [call(2_000 + n, at=now) for n in range(60)], now)
    first = page(viewer, "/telemetry/events/")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = page(viewer, "/telemetry/events/" + older[1].replace("&amp;", "&"))
    assert 'rel="next"' not in second
    shown = [re.findall(r'/telemetry/events/(\d+)/"', text) for text in (first, second)]
    assert len(shown[0]) == 50
    assert sorted(map(int, [*shown[0], *shown[1]])) == sorted(
        Event.objects.values_list("pk", flat=True)
    )


@pytest.mark.parametrize("address", [LIST, "/telemetry/events/"])
def test_pages_need_sign_in_and_permission(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302
    client.force_login(make_user("nobody"))
    assert client.get(address).status_code == 403


def test_a_page_changes_nothing(viewer: Client) -> None:
    assert viewer.post(LIST).status_code == 405
