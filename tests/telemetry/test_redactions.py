"""Can people see how much which rule took out of a target's events, and never what?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from targets.models import Target
from telemetry import ingest
from telemetry.archive import retention
from telemetry.events import redactions
from telemetry.models import Event, RedactionDay
from telemetry.storing import busy, rows
from tests.factories import NOW, make_user
from tests.telemetry.planted import ISSUED
from tests.telemetry.scene import Log, add_target, call, tool_line

pytestmark = pytest.mark.django_db
KEY = ISSUED["github"]
DAY = timedelta(days=1)


@pytest.fixture
def target() -> Target:
    return add_target()


def counted(target: Target) -> dict[str, int]:
    _, rows = redactions.latest(target, NOW)
    return {row.rule: row.total for row in rows}


def test_each_rule_is_counted_each_time_it_takes_something_out(target: Target) -> None:
    events = [
        call(1, at=NOW, message=f"used {KEY} from 8.8.8.8"),
        call(2, at=NOW, message=f"used {KEY} from 8.8.8.8"),  # the same words: counted again
        call(3, at=NOW, message="nothing to hide"),
    ]
    ingest.store(target, events, NOW)
    assert counted(target) == {"github": 2, "ipv4": 2}
    ingest.store(target, [call(4, at=NOW, message="host 1.1.1.1")], NOW)
    assert counted(target) == {"github": 2, "ipv4": 3}
    assert KEY not in str(list(RedactionDay.objects.values_list()))


def test_days_are_told_apart_by_when_the_events_came(target: Target) -> None:
    for back, number in ((2, 1), (0, 2), (0, 3), (8, 4)):
        now = NOW - back * DAY
        ingest.store(target, [call(number, at=now, message=f"{KEY} {number}")], now)
    days, (row,) = redactions.latest(target, NOW)
    assert days[0] == NOW.date()
    assert (row.days, row.total) == ((2, 0, 1, 0, 0, 0, 0), 3)
    assert row.meaning == "GitHub token"


def test_what_a_collector_reads_is_counted_too(tmp_path: Path, target: Target) -> None:
    log = Log(tmp_path / "tools.log", target)
    log.add(tool_line(1).replace("error=", f'token="{KEY}" error="{KEY}" was='))
    log.collect()
    assert sum(counted(target).values()) >= 1


def test_another_target_has_counts_of_its_own(target: Target) -> None:
    other = add_target("other")
    ingest.store(other, [call(1, at=NOW, message=KEY)], NOW)
    assert counted(target) == {}
    assert counted(other) == {"github": 1}


def test_what_is_not_stored_is_not_counted(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.store(target, [call(1, at=NOW - 4000 * DAY, message=KEY)], NOW)  # too old
    assert counted(target) == {}

    def full(*args: object) -> int:
        raise busy.Busy("the disk is full", 1)

    monkeypatch.setattr(rows, "insert", full)
    with pytest.raises(busy.Busy):
        ingest.store(target, [call(2, at=NOW, message=KEY)], NOW)
    assert counted(target) == {}
    assert not Event.objects.exists()


def test_counts_end_when_other_counts_do(target: Target) -> None:
    ingest.store(target, [call(1, at=NOW, message=KEY)], NOW)
    retention.expire(target, NOW + 30 * DAY)
    assert RedactionDay.objects.count() == 1
    retention.expire(target, NOW + 4000 * DAY)
    assert RedactionDay.objects.count() == 0


def test_the_page_where_an_agent_is_connected_shows_them(client: Client, target: Target) -> None:
    client.force_login(make_user("viewer"))
    address = f"/telemetry/connect/{target.slug}/"
    assert "nothing had to be taken out" in client.get(address).content.decode()
    now = timezone.now()
    ingest.store(target, [call(1, at=now, message=f"used {KEY} from 8.8.8.8")], now)
    redactions.note(target, {"a-former-rule": 41}, now)
    page = client.get(address).content.decode()
    part = page[page.index('id="redacted-title"') :]
    assert "GitHub token" in part
    assert "An IPv4 address" in part
    assert "A-former-rule" in part
    assert '<td class="si-num">41</td>' in part
    assert KEY not in page
