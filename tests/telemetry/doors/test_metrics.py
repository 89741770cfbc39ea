"""Does Prometheus read what came in, and nobody anything else?"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_parsed
from prometheus_client.parser import text_string_to_metric_families as parsed

from telemetry import ingest, mining
from telemetry.doors import arrivals
from telemetry.doors.models import HANDING_IN, Scope
from telemetry.models import Backend, Source
from tests.telemetry.doors.knock import Knock, called, issue
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.fixture
def knock() -> Knock:
    return Knock()


def asked(knock: Knock, accept: str = "", **more: Any) -> Any:
    secret = issue(knock.target, scopes=[Scope.METRICS]).secret
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}", **more}
    return knock.client.get("/metrics", HTTP_ACCEPT=accept, **headers)


def samples(answer: Any) -> dict[tuple[str, ...], float]:
    assert answer.status_code == 200, answer.content
    read = open_parsed if "openmetrics" in answer["Content-Type"] else parsed
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in read(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("accept", ["", "text/plain", OPENMETRICS])
def test_what_became_of_each_item_is_counted(knock: Knock, accept: str) -> None:
    knock.events(called(1), called(2), called(3, latency_ms=-1))
    knock.events(called(1))
    knock.post("/api/events", "", secret=knock.issued.secret)
    found = samples(asked(knock, accept))
    items = ("selfimprove_ingest_items_total", "events")
    assert found[(*items, "accepted", "gateway")] == 2
    assert found[(*items, "duplicates", "gateway")] == 1
    assert found[(*items, "rejected", "gateway")] == 1
    assert found["selfimprove_ingest_requests_total", "events", "gateway"] == 2
    assert found["selfimprove_ingest_refused_requests_total", "events", "gateway"] == 1
    assert found["selfimprove_ingest_behind", "gateway"] == 0


def test_sources_and_patterns_are_told(knock: Knock) -> None:
    now = timezone.now()
    Source.objects.create(
        target=knock.target, backend=Backend.FILES, location="/var/log/a\"b.log", read_count=7,
        stored_count=5, refused_count=1, behind_bytes=1234, places=1, last_read_at=now,
    )  # fmt: skip
    ingest.store(knock.target, [call(1, at=now), call(2, at=now)], now)
    mining.mine(knock.target, now)
    found = samples(asked(knock))
    place = ("files", '/var/log/a"b.log')
    assert found[("selfimprove_source_behind_bytes", *place, "gateway")] == 1234
    assert found[("selfimprove_source_lines_total", *place, "read", "gateway")] == 7
    assert found[("selfimprove_source_state", *place, "caught_up", "gateway")] == 1
    assert found["selfimprove_patterns", "new", "gateway"] == 1


def test_a_target_of_somebody_else_is_not_in_it(knock: Knock) -> None:
    other = add_target("other")
    Source.objects.create(target=other, backend=Backend.FILES, location="/x")
    assert b"other" not in asked(knock).content


def test_a_token_that_hands_in_reads_nothing_and_one_that_reads_hands_nothing_in(
    knock: Knock,
) -> None:
    secret = issue(knock.target, scopes=HANDING_IN).secret
    answer = knock.client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert answer.status_code == 403
    assert 'scope="metrics"' in answer["WWW-Authenticate"]
    assert knock.client.get("/metrics").status_code == 401
    reader = issue(knock.target, scopes=[Scope.METRICS]).secret
    assert knock.events(called(), secret=reader).status_code == 403
    posted = knock.post("/metrics", "", secret=reader)
    assert (posted.status_code, posted["Allow"]) == (405, "GET")


def test_the_page_says_that_such_a_token_only_reads(knock: Knock) -> None:
    issued = issue(knock.target, scopes=[Scope.METRICS])
    now = timezone.now() + timedelta(seconds=1)
    assert arrivals.of(knock.target, now)[0].state == "Waiting"
    knock.client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    assert arrivals.of(knock.target, now)[0].state == "Reads metrics"
