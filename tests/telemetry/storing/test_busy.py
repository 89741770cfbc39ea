"""Does ingestion say that it is behind, and is nothing acknowledged that is not stored?"""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Event
from telemetry.rollups import reading
from telemetry.rollups.rebuild import rebuild
from telemetry.storing import busy
from tests.factories import NOW
from tests.telemetry.scene import Log, add_target, call, tool_line

SOON = NOW + timedelta(minutes=1)


def allow(settings: Settings, failures: int) -> None:
    """Let only so many failures wait to be grouped."""
    changed = settings.SELFIMPROVE.telemetry.model_copy(update={"most_ungrouped": failures})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"telemetry": changed})


@pytest.mark.django_db
def test_while_grouping_is_behind_nothing_more_is_taken(settings: Settings) -> None:
    allow(settings, 10)
    target = add_target()
    ingest.store(target, [call(n) for n in range(20)], NOW)
    with pytest.raises(ingest.Busy, match="wait to be grouped") as refused:
        ingest.store(target, [call(99)], NOW)
    assert refused.value.retry_after > 0
    assert Event.objects.count() == 20
    mining.mine(target, NOW)
    assert ingest.store(target, [call(99)], NOW).stored == 1


@pytest.mark.django_db
def test_calls_that_went_well_wait_for_nothing(settings: Settings) -> None:
    allow(settings, 10)
    target = add_target()
    for start in (0, 50):
        batch = [call(n, success=True) for n in range(start, start + 50)]
        assert ingest.store(target, batch, NOW).stored == 50


@pytest.mark.django_db
def test_another_targets_backlog_is_no_reason(settings: Settings) -> None:
    allow(settings, 10)
    ingest.store(add_target(), [call(n) for n in range(20)], NOW)
    assert ingest.store(add_target("other"), [call(1)], NOW).stored == 1


@pytest.mark.django_db
def test_a_collector_waits_and_reads_the_same_lines_later(
    settings: Settings, tmp_path: Path
) -> None:
    allow(settings, 10)
    log = Log(tmp_path / "tools.log", add_target())
    log.add(*(tool_line(n) for n in range(20)))
    assert log.collect().stored == 20
    log.add(tool_line(99))
    assert log.collect().read == 0
    assert "wait to be grouped" in log.source.last_error
    mining.mine(log.target, NOW)
    assert log.collect(SOON).stored == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_locked_is_said_and_the_same_goes_through_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(busy, "PATIENCE_MS", 100)
    log = Log(tmp_path / "tools.log", add_target())
    log.add(tool_line(1))
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Target.objects.select_for_update().get()
            locked.set()
            done.wait(60)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert locked.wait(60)
        with pytest.raises(ingest.Busy, match="nothing was stored"):
            ingest.store(log.target, [call(1)], NOW)
        assert log.collect().read == 0
        assert not Event.objects.exists()
    finally:
        done.set()
        other.join()
    assert ingest.store(log.target, [call(1)], NOW).stored == 1
    assert log.collect().stored == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the size is bounded per file")
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_said_and_leaves_nothing_half_stored() -> None:
    target = add_target()
    ingest.store(target, [call(n) for n in range(10)], NOW)
    batch = [call(n, message="x" * 2_000) for n in range(100, 1_000)]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no page is free in the file
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + 5}")
        try:
            with pytest.raises(ingest.Busy, match="disk of the database is full") as refused:
                ingest.store(target, batch, NOW)
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert refused.value.retry_after >= 30
    assert Event.objects.count() == reading.total() == 10
    assert rebuild(target, check=True) == 0
    assert ingest.store(target, batch, NOW).stored == 900


@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere readers never wait")
@pytest.mark.django_db(transaction=True)
def test_pages_read_on_while_a_writer_writes() -> None:
    target = add_target()
    ingest.store(target, [call(1)], NOW)
    with transaction.atomic():
        ingest.store(target, [call(n) for n in range(2, 500)], NOW)
        seen: list[int] = []

        def look() -> None:
            seen.append(Event.objects.count())
            connection.close()

        reader = threading.Thread(target=look)
        reader.start()
        reader.join(60)
    assert seen == [1]  # what was committed, at once
