"""Is an event stored once, whatever its sender does to its name and its moment?"""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from targets.models import Target
from telemetry import ingest
from telemetry.models import Event, MinuteCount
from telemetry.rollups import reading
from telemetry.rollups.rebuild import rebuild
from telemetry.storing import days
from tests.factories import NOW
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def test_the_same_events_again_change_nothing(target: Target) -> None:
    batch = [call(n, at=NOW - timedelta(hours=n)) for n in range(60)]
    assert ingest.store(target, batch, NOW).stored == 60
    again = ingest.store(target, [*batch, call(99)], NOW)
    assert (again.stored, again.duplicates) == (1, 60)
    assert Event.objects.count() == reading.total() == 61
    assert sum(MinuteCount.objects.values_list("calls", flat=True)) == 61


@pytest.mark.parametrize("moved", [timedelta(milliseconds=1), timedelta(hours=23, minutes=59)])
def test_a_sender_that_stamps_its_repeats_anew_doubles_nothing(
    target: Target, moved: timedelta
) -> None:
    ingest.store(target, [call(1, at=NOW - timedelta(hours=30))], NOW)
    for at in (NOW - timedelta(hours=30) + moved, NOW - timedelta(hours=30) - moved):
        assert ingest.store(target, [call(1, at=at)], NOW).stored == 0
    assert reading.total() == 1


def test_a_name_that_comes_again_on_another_day_is_another_event(target: Target) -> None:
    batch = [call(1, at=NOW - timedelta(days=n)) for n in range(4)]
    assert ingest.store(target, batch, NOW).stored == 4
    assert ingest.store(target, batch[::-1], NOW).stored == 0


def test_the_same_name_at_another_target_is_another_event(target: Target) -> None:
    other = add_target("other")
    assert ingest.store(target, [call(1)], NOW).stored == 1
    assert ingest.store(other, [call(1)], NOW).stored == 1


def test_ids_follow_the_order_of_the_batch(target: Target) -> None:
    ingest.store(target, [call(n, at=NOW - timedelta(minutes=n * 7 % 50)) for n in range(40)], NOW)
    latencies = list(Event.objects.order_by("pk").values_list("latency_ms", flat=True))
    assert latencies == [100.0 + n for n in range(40)]


def test_text_that_a_copy_could_misread_comes_back_as_it_was(target: Target) -> None:
    odd = 'tab\there, line\nthere, back\\slash \\N \\. "quoted" {braces} %s € 日本 🦊'
    ingest.store(target, [call(1, message=odd)], NOW)
    assert Event.objects.get().error_message == odd


def test_an_event_of_the_ordinary_way_still_gets_its_id(target: Target) -> None:
    made = Event.objects.create(
        target=target, uid="x", event_type="feedback", timestamp=NOW, session_id="s"
    )
    assert made.pk
    assert Event.objects.get(pk=made.pk).uid == "x"
    made.session_id = "t"
    made.save()
    assert Event.objects.get(pk=made.pk).session_id == "t"


def test_late_and_future_events_are_refused_with_a_reason(target: Target) -> None:
    moments = (NOW - timedelta(days=31), NOW + timedelta(hours=1), NOW + timedelta(days=366))
    done = ingest.store(target, [call(n, at=at) for n, at in enumerate(moments)], NOW)
    assert (done.stored, done.refused) == (0, 3)
    assert "older than the 30 days" in done.reasons[0]
    assert "lies in the future" in done.reasons[1]


@pytest.mark.parametrize("size", [1, 40, 400])
def test_a_larger_batch_asks_no_more_questions(target: Target, size: int) -> None:
    ingest.store(target, [call(9_999)], NOW)  # its day is there, and the next ones of kin
    with CaptureQueriesContext(connection) as asked:
        ingest.store(target, [call(n) for n in range(size)], NOW)
    assert len(asked) <= 24


@pytest.mark.parametrize("kept", [0, 1, 7])
def test_what_is_new_is_found_among_what_is_known(target: Target, kept: int) -> None:
    spread = [call(n, at=NOW - timedelta(hours=9 * n)) for n in range(60)]
    ingest.store(target, spread[::kept] if kept else [], NOW)
    before = set(Event.objects.values_list("pk", flat=True))
    done = ingest.store(target, spread, NOW)
    assert (done.stored, done.duplicates) == (60 - len(before), len(before))
    assert before <= set(Event.objects.values_list("pk", flat=True))
    assert rebuild(target, check=True) == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_at_once_store_it_once(target: Target) -> None:
    batch = [call(n, at=NOW - timedelta(hours=n % 50)) for n in range(300)]
    start = threading.Barrier(3)
    stored: list[int] = []

    def send() -> None:
        start.wait(60)
        while True:
            try:
                stored.append(ingest.store(target, batch, NOW).stored)
                break
            except ingest.Busy:
                continue
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(120)
    assert sorted(stored) == [0, 0, 300]
    assert Event.objects.count() == 300
    assert rebuild(target, check=True) == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="days are apart on PostgreSQL")
def test_what_is_known_is_found_by_name_even_on_a_day_without_statistics(target: Target) -> None:
    ingest.store(target, [call(n) for n in range(500)], NOW)
    with CaptureQueriesContext(connection) as asked:
        ingest.store(target, [call(n) for n in range(10_000)], NOW)
    (looks,) = (query["sql"] for query in asked if "AS known" in query["sql"])
    settings, look = looks.split(";", 1)
    with connection.cursor() as cursor:
        cursor.execute(settings)
        cursor.execute("EXPLAIN (ANALYZE) " + look.replace("%", "%%"))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"{days.partition(NOW.date())}_uid_target_id_timestamp_key" in plan
    assert "JIT" not in plan
    assert "Hash" not in plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only there it is told")
@pytest.mark.django_db(transaction=True)
def test_what_a_store_asks_of_its_transaction_ends_with_it(target: Target) -> None:
    def terms() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name || ' ' || setting FROM pg_settings"
                " WHERE name IN ('jit', 'lock_timeout') ORDER BY name"
            )
            return [line for (line,) in cursor.fetchall()]

    usual = terms()
    with transaction.atomic():
        ingest.store(target, [call(1)], NOW)
        assert "jit off" in terms()
    assert terms() == usual


@pytest.mark.skipif(connection.vendor != "postgresql", reason="days are apart on PostgreSQL")
def test_each_day_is_apart_and_made_when_it_is_missing(target: Target) -> None:
    ingest.store(target, [call(n, at=NOW - timedelta(days=n)) for n in (0, 1, 8)], NOW)
    expected = {(NOW - timedelta(days=n)).date() for n in (0, 1, 8)}
    assert expected <= set(days.known())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {days.OTHER}")  # noqa: S608
        assert cursor.fetchone() == (0,)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="days are apart on PostgreSQL")
def test_what_lay_aside_moves_into_its_day_once_that_is_made(target: Target) -> None:
    Event.objects.create(
        target=target, uid="x", event_type="feedback", timestamp=NOW, session_id="s"
    )
    assert days.ensure_window(NOW, NOW - timedelta(days=2)) == 2 + 1 + days.AHEAD
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT uid FROM {days.partition(NOW.date())}")  # noqa: S608
        assert cursor.fetchall() == [("x",)]
    assert days.ensure_window(NOW, NOW - timedelta(days=2)) == 0
