"""Does each target keep its events as long as it says, and what is cited for longer?"""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.log import Actor
from audit.models import Entry
from targets.models import Target
from telemetry import evidence, ingest, mining
from telemetry.archive import retention
from telemetry.models import Event, HeldEvent, Pattern
from telemetry.rollups.tables import ToolDay, ToolHour
from telemetry.storing import days, keeping
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def target() -> Target:
    return add_target()


def month(target: Target) -> None:
    """Store an event a day."""
    batch = [call(n, at=NOW - timedelta(days=n, hours=1)) for n in range(29)]
    ingest.store(target, batch, NOW)


def test_targets_that_share_days_keep_their_own(target: Target) -> None:
    other = add_target("other")
    month(target)
    month(other)
    keeping.set_days(target, 5, actor=BY, at=NOW)
    gone = retention.expire_all([target, other], NOW)
    assert (gone[target.pk].rows, gone[other.pk].rows) == (24 * 2, 0)  # events and their minutes
    assert Event.objects.filter(target=target).count() == 5
    assert Event.objects.filter(target=other).count() == 29


@pytest.mark.skipif(connection.vendor != "postgresql", reason="days are apart on PostgreSQL")
def test_a_day_that_nobody_needs_is_dropped_whole(target: Target) -> None:
    other = add_target("other")
    month(target)
    ingest.store(other, [call(1, at=NOW - timedelta(days=10))], NOW)
    keeping.set_days(target, 5, actor=BY, at=NOW)
    assert retention.expire_all([target, other], NOW)[target.pk].rows == 24 * 2
    kept = {(NOW - timedelta(days=n, hours=1)).date() for n in range(6)}
    past = {day for day in days.known() if day <= NOW.date()}  # other tests may have made days
    assert past == kept | {(NOW - timedelta(days=10)).date()}


def test_a_late_event_is_judged_by_its_own_targets_days(target: Target) -> None:
    keeping.set_days(target, 5, actor=BY, at=NOW)
    done = ingest.store(target, [call(1, at=NOW - timedelta(days=6))], NOW)
    assert done.refused == 1
    assert "older than the 5 days" in done.reasons[0]
    keeping.set_days(target, 60, actor=BY, at=NOW)
    assert ingest.store(target, [call(1, at=NOW - timedelta(days=45))], NOW).stored == 1


def test_what_is_held_outlives_its_day_and_is_still_found(target: Target) -> None:
    month(target)
    mining.mine(target, NOW)
    pattern = Pattern.objects.get()
    cited = Event.objects.order_by("timestamp")[0]
    keeping.hold(target, [cited.uid, cited.uid], holder="proposal:7", at=NOW)
    keeping.hold(target, [cited.uid], holder="proposal:7", at=NOW)
    keeping.set_days(target, 3, actor=BY, at=NOW)
    retention.expire(target, NOW)
    assert Event.objects.get(uid=cited.uid).pk == cited.pk
    assert Event.objects.count() == 4
    around = evidence.occurrences(pattern, cited.timestamp, cited.timestamp + timedelta(hours=1))
    assert [event.uid for event in around] == [cited.uid]
    assert retention.expire(target, NOW) == retention.Expired(0, 0)
    keeping.release(target, holder="proposal:7")
    assert retention.expire(target, NOW).rows == 1


def test_counts_end_at_their_own_time(target: Target) -> None:
    month(target)
    hours = ToolHour.objects.count()
    retention.expire(target, NOW + timedelta(days=300))
    assert (Event.objects.count(), ToolHour.objects.count()) == (0, hours)
    retention.expire(target, NOW + timedelta(days=385))
    assert 0 < ToolHour.objects.count() == ToolDay.objects.count() < hours
    retention.expire(target, NOW + timedelta(days=500))
    assert ToolHour.objects.count() == ToolDay.objects.count() == 0


def test_a_change_is_on_the_log_with_what_was_and_a_repeat_is_none(target: Target) -> None:
    for wanted in (90, 90, None):
        keeping.set_days(target, wanted, actor=BY, at=NOW)
    facts = [entry.facts for entry in Entry.objects.filter(event="keeping.changed").order_by("id")]
    assert [(each["before"], each["after"]) for each in facts] == [(None, 90), (90, None)]


@pytest.mark.parametrize("wanted", [0, -1, 3651])
def test_an_impossible_time_changes_nothing(target: Target, wanted: int) -> None:
    with pytest.raises(keeping.BadKeeping, match="from 1 to 3650"):
        keeping.set_days(target, wanted, actor=BY, at=NOW)
    assert keeping.days_of(target) == 30


def test_the_command_shows_and_sets(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("retention", "--target", "gateway", "--days", "90")
    assert "gateway: 90 days, 0 events held longer" in capsys.readouterr().out
    call_command("retention", "--target", "gateway", "--days", "default")
    assert "gateway: 30 days" in capsys.readouterr().out
    for words, wrong in (
        (["--target", "nowhere"], "no target"),
        (["--days", "3"], "Say which target"),
        (["--target", "gateway", "--days", "many"], "neither a number"),
        (["--target", "gateway", "--days", "0"], "from 1 to 3650"),
    ):
        with pytest.raises(CommandError, match=wrong):
            call_command("retention", *words)


def test_the_back_office_sets_days_and_the_log_tells_who(target: Target, client: Client) -> None:
    client.force_login(make_user("admin"))
    place = reverse("admin:telemetry_keeping_add")
    assert client.post(place, {"target": target.pk, "days": "45"}).status_code == 302
    assert keeping.days_of(target) == 45
    assert client.post(place, {"target": target.pk, "days": "0"}).status_code == 200
    assert keeping.days_of(target) == 45
    assert Entry.objects.get(event="keeping.changed").actor_type == "person"
    assert client.get(reverse("admin:telemetry_heldevent_changelist")).status_code == 200
    assert client.get(reverse("admin:telemetry_event_changelist")).status_code == 200
    assert not HeldEvent.objects.exists()
