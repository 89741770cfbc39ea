"""Do the stream, its live tail and the sessions show every event once, in order?"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from targets.models import Target
from telemetry import ingest
from telemetry.events.schemas import AnyEvent, Feedback, UserCorrection
from telemetry.models import Event
from telemetry.pages import stream
from tests.factories import make_user
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


@pytest.fixture
def target() -> Target:
    return add_target()


def came(target: Target, *numbers: int, **fields: str) -> None:
    now = timezone.now()
    ingest.store(
        target, [call(number, at=now, success=False, **fields) for number in numbers], now
    )


def next_look(text: str) -> str:
    found = re.search(r'hx-get="([^"]+)"', text)
    assert found
    return found[1].replace("&amp;", "&")


def rows(text: str) -> list[str]:
    return re.findall(r'/telemetry/events/(\d+)/"', text)


def test_the_live_tail_shows_each_event_once_over_targets_and_looks(
    ada: Client, target: Target
) -> None:
    came(target, 1, 2)
    neighbour = add_target("neighbour")
    page = ada.get("/telemetry/events/?live=1").content.decode()
    seen, look = rows(page), next_look(page)
    assert ada.get(look).status_code == 204
    for step in range(3):
        came(target, 10 + step, 20 + step)
        came(neighbour, 30 + step)
        answer = ada.get(look).content.decode()
        assert rows(answer) == sorted(rows(answer), key=int, reverse=True)
        seen += rows(answer)
        look = next_look(answer)
    assert ada.get(look).status_code == 204
    assert sorted(map(int, seen)) == sorted(Event.objects.values_list("pk", flat=True))
    assert len(seen) == len(set(seen))


def test_a_target_that_was_quiet_for_long_is_followed_too(
    ada: Client, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LATELY", 3)
    neighbour = add_target("neighbour")
    came(target, 1)
    came(neighbour, *range(10, 20))  # the target's event is no late one any more
    look = next_look(ada.get("/telemetry/events/?live=1").content.decode())
    assert ada.get(look).status_code == 204
    came(neighbour, 30)
    came(target, 2)
    answer = ada.get(look).content.decode()
    assert rows(answer) == [
        str(pk) for pk in Event.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    ]
    assert ada.get(next_look(answer)).status_code == 204


def test_the_tail_keeps_the_filters_and_says_when_there_is_too_much(
    ada: Client, target: Target
) -> None:
    came(target, 1)
    look = next_look(ada.get("/telemetry/events/?live=1&component=calendar").content.decode())
    came(target, *range(100, 320), tool="calendar")
    came(target, 900)
    answer = ada.get(look).content.decode()
    assert len(rows(answer)) == 200
    assert "More came in than is shown at once" in answer
    assert "web_search</a>" not in answer


@pytest.mark.parametrize("after", ["", "x", "1.2.3-", "9" * 40, "-".join(["1.1"] * 900)])
def test_a_cursor_that_anybody_may_type_is_as_good_as_none(
    ada: Client, target: Target, after: str
) -> None:
    came(target, 1)
    assert ada.get("/telemetry/events/tail/", {"after": after}).status_code in {200, 204}


def test_a_page_that_is_not_live_does_not_poll(ada: Client, target: Target) -> None:
    came(target, 1)
    assert "every 2s" not in ada.get("/telemetry/events/").content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("agent=writer", 2),
        ("session=s-t1", 1),
        ("outcome=failed", 3),
        ("outcome=worked", 0),
        ("q=no+answer+within", 1),
        ("q=nothing+like+it", 0),
        ("span=15m", 0),
        ("span=24h", 4),
        ("span=forever", 0),
        ("type=feedback&agent=writer", 1),
    ],
)
def test_filters_of_the_stream_narrow_it(
    ada: Client, target: Target, query: str, shown: int
) -> None:
    now = timezone.now()
    ingest.store(target, one_of_each(now - timedelta(hours=2)), now)
    text = ada.get(f"/telemetry/events/?{query}").content.decode()
    assert len(rows(text)) == shown


def test_an_event_is_shown_as_it_is_kept_without_secrets(ada: Client, target: Target) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    came(target, 1, message=f"key {secret} was refused <script>")
    text = ada.get(f"/telemetry/events/{Event.objects.get().pk}/").content.decode()
    assert secret not in text
    assert "&quot;tool&quot;: &quot;web_search&quot;" in text
    assert "<script>&" not in text
    assert ada.get("/telemetry/events/999/").status_code == 404


def test_a_session_is_told_in_order_with_gaps_marks_and_what_people_said(
    ada: Client, target: Target
) -> None:
    now = timezone.now()
    start = now - timedelta(hours=1)
    told: list[AnyEvent] = [
        call(1, at=start, success=True, session="s/1?x"),
        call(2, at=start + timedelta(seconds=200), session="s/1?x"),
        UserCorrection(
            timestamp=start + timedelta(seconds=201),
            session_id="s/1?x",
            agent="planner",
            correction_type="retry",
        ),
        Feedback(
            timestamp=start + timedelta(seconds=202),
            session_id="s/1?x",
            agent="planner",
            rating="thumbs_down",
        ),
    ]
    ingest.store(target, told[::-1], now)
    listed = ada.get("/telemetry/sessions/").content.decode()
    address = re.search(r'"(/telemetry/sessions/gateway/\?id=[^"]+)"', listed)
    assert address
    text = ada.get(address[1]).content.decode()
    places = [
        text.index(word) for word in ("worked", "3 min 20 s of silence", "retry", "thumbs_d")
    ]
    assert places == sorted(places)
    assert "4 events in 3 min 22 s, 1 failed" in text
    assert "si-timeline__item--bad" in text


def test_sessions_are_paged_by_key_without_losing_one(ada: Client, target: Target) -> None:
    now = timezone.now()
    at = now - timedelta(minutes=5)
    ingest.store(target, [call(n, at=at, session=f"s-{n:03}") for n in range(60)], now)
    first = ada.get("/telemetry/sessions/").content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = ada.get("/telemetry/sessions/" + older[1].replace("&amp;", "&")).content.decode()
    found = [re.findall(r">(s-\d{3})<", text) for text in (first, second)]
    assert [len(part) for part in found] == [50, 10]
    assert len({*found[0], *found[1]}) == 60


def test_sessions_with_a_failure_can_be_asked_for(ada: Client, target: Target) -> None:
    now = timezone.now()
    events = [call(1, at=now, success=True, session="fine"), call(2, at=now, session="broken")]
    ingest.store(target, events, now)
    text = ada.get("/telemetry/sessions/?outcome=failed").content.decode()
    assert "broken" in text
    assert ">fine<" not in text


def test_pages_without_anything_say_what_will_happen(ada: Client) -> None:
    assert "No session in the last 24 hours" in ada.get("/telemetry/sessions/").content.decode()
    assert "No event is stored yet" in ada.get("/telemetry/events/").content.decode()
    add_target()
    assert ada.get("/telemetry/sessions/gateway/?id=none").status_code == 404
