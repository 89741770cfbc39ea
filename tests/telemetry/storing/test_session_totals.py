"""Is each session summed up as a whole, from storing to the end of its last event?"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from targets.models import Target
from telemetry import ingest
from telemetry.archive import retention
from telemetry.events.schemas import AnyEvent, UserCorrection
from telemetry.models import Event, Keeping, SessionAgent, SessionTotal
from telemetry.rollups import whole
from telemetry.rollups.rebuild import rebuild
from telemetry.storing import keeping
from tests.factories import NOW
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def target() -> Target:
    return add_target()


def told(target: Target) -> dict[str, Any]:
    """Return everything that is summed up of a target's sessions."""
    totals = SessionTotal.objects.filter(target=target).values_list(
        "session_id", "events", "failures", "corrections", "first_seen", "last_seen"
    )
    agents = SessionAgent.objects.filter(target=target).values_list("session_id", "agent")
    return {"totals": set(totals), "agents": set(agents)}


def correction(number: int, session: str, at: datetime) -> UserCorrection:
    return UserCorrection(
        id=f"u-{number}", timestamp=at, session_id=session, agent="", correction_type="retry"
    )


def test_a_session_over_midnight_and_many_batches_is_one_row(target: Target) -> None:
    for number in (2, 0, 1):
        at = NOW - number * DAY
        batch: list[AnyEvent] = [
            call(10 * number, at=at, session="long", success=number == 1),
            call(10 * number + 1, at=at - timedelta(hours=1), session="long", agent="writer"),
            correction(number, "long", at),
        ]
        ingest.store(target, batch, NOW)
        ingest.store(target, batch, NOW)  # a repeat adds nothing
    start = NOW - 2 * DAY - timedelta(hours=1)
    assert told(target)["totals"] == {("long", 9, 5, 3, start, NOW)}
    assert {("long", "planner"), ("long", "writer")} <= told(target)["agents"]
    assert all(agent for _, agent in told(target)["agents"])


def test_targets_with_sessions_of_one_name_are_kept_apart(target: Target) -> None:
    neighbour = add_target("neighbour")
    ingest.store(target, [call(1, session="same"), call(2, session="same")], NOW)
    ingest.store(neighbour, [call(1, session="same")], NOW)
    totals = SessionTotal.objects.order_by("target_id").values_list("target_id", "events")
    assert list(totals) == [(target.pk, 2), (neighbour.pk, 1)]


def test_what_is_not_stored_is_not_summed_up(target: Target) -> None:
    ingest.store(target, [call(1, at=NOW - 400 * DAY, session="too-old")], NOW)
    assert told(target) == {"totals": set(), "agents": set()}


def test_a_check_finds_each_kind_of_difference_and_a_rebuild_mends_it(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "CHUNK", 3)  # several parts, though few events
    batch = [call(n, at=NOW - timedelta(hours=n), session=f"s-{n // 2}") for n in range(20)]
    ingest.store(target, batch, NOW)
    right = told(target)
    SessionTotal.objects.filter(session_id="s-1").update(events=77)
    SessionTotal.objects.filter(session_id="s-2").delete()
    SessionAgent.objects.filter(session_id="s-3").delete()
    SessionAgent.objects.create(target=target, session_id="s-4", agent="nobody")
    SessionTotal.objects.create(
        target=target, session_id="zzz", events=1, failures=0, corrections=0,
        first_seen=NOW, last_seen=NOW,
    )  # fmt: skip
    with pytest.raises(CommandError, match="5 counts differ"):
        call_command("rebuild-rollups", "--check")
    assert told(target) != right
    assert rebuild(target) == 5
    assert told(target) == right
    assert rebuild(target, check=True) == 0


def test_a_sum_goes_with_its_last_event_and_not_before(target: Target) -> None:
    Keeping.objects.update_or_create(target=target, defaults={"days": 5})
    ingest.store(target, [call(1, at=NOW - 4 * DAY, session="gone")], NOW)
    both = [call(2, at=NOW - 4 * DAY, session="goes-on"), call(3, at=NOW, session="goes-on")]
    ingest.store(target, both, NOW)
    kept = {row for row in told(target)["totals"] if row[0] == "goes-on"}
    retention.expire(target, NOW + 3 * DAY)
    assert Event.objects.filter(session_id="goes-on").count() == 1
    assert told(target)["totals"] == kept  # of the whole session, though one event is gone
    assert told(target)["agents"] == {("goes-on", "planner")}
    assert rebuild(target, check=True) == 0
    assert rebuild(target) == 0
    assert told(target)["totals"] == kept


def test_a_held_event_keeps_no_session_in_the_list(target: Target) -> None:
    Keeping.objects.update_or_create(target=target, defaults={"days": 5})
    ingest.store(target, [call(1, at=NOW - 4 * DAY, session="held")], NOW)
    uid = Event.objects.get().uid
    keeping.hold(target, [uid], holder="proposal:1", at=NOW)
    retention.expire(target, NOW + 3 * DAY)
    assert Event.objects.count() == 1
    assert told(target) == {"totals": set(), "agents": set()}
    assert rebuild(target, check=True) == 0


def test_forgetting_goes_through_any_number_of_sessions(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "MOST_NAMED", 4)
    ingest.store(target, [call(n, at=NOW - n * DAY, session=f"s-{n:02}") for n in range(20)], NOW)
    assert whole.forget(target, NOW - 9 * DAY) == 10
    assert {row[0] for row in told(target)["totals"]} == {f"s-{n:02}" for n in range(10)}
    assert whole.forget(target, NOW - 9 * DAY) == 0


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_an_upgrade_sums_up_what_is_there(
    target: Target, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    neighbour = add_target("neighbour")
    for each, step in ((target, 3), (neighbour, 5)):
        batch = [
            call(n, at=NOW - n * timedelta(hours=5), session=f"s-{n % step}", agent=f"a-{n % 2}")
            for n in range(30)
        ]
        ingest.store(each, [*batch, correction(1, "s-0", NOW)], NOW)
    right = [told(each) for each in (target, neighbour)]
    for table in (SessionTotal, SessionAgent):
        table.objects.all().delete()
    migration = import_module("telemetry.migrations.0010_sessions_summed_up")
    monkeypatch.setattr(migration, "CHUNK", chunk)
    state = MigrationLoader(connection).project_state()
    migration.sum_up(state.apps, connection.schema_editor())
    assert [told(each) for each in (target, neighbour)] == right


@pytest.mark.parametrize(
    ("size", "took", "fit"),
    [(100, 0.003, 200), (1000, 0.03, 1000), (4000, 0.12, 1000), (5000, 0.0, 5000), (100, 9, 100)],
)
def test_a_deletion_takes_as_many_rows_as_fit_into_a_moment(
    size: int, took: float, fit: int
) -> None:
    assert retention.fitting(size, took) == fit
