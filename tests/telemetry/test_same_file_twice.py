"""Is a line stored once, however many sources, processes and looks read its file?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from telemetry import mining
from telemetry.models import Event, MinuteCount, Pattern, Source
from tests.factories import NOW
from tests.telemetry.scene import Log, add_target, tool_line

READ = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "selfimprove.settings"
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from datetime import datetime
from telemetry import ingest, mining
from telemetry.models import Source
from targets.models import Target
now = datetime.fromisoformat(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
done = [ingest.collect(pk, now) for pk in Source.objects.values_list("pk", flat=True)]
for target in Target.objects.all():
    mining.mine(target, now)
print(sum(each.stored for each in done))
"""


def unnamed(number: int) -> str:
    """Write a failed call without an id of its own."""
    return tool_line(number).replace(f"call=c-{number:04} ", "")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "tools.log", add_target())


def also(log: Log, location: Path | str) -> Log:
    """Point a second source at a place."""
    other = Log.__new__(Log)
    other.path, other.target, other.backend = log.path, log.target, log.backend
    other.source = Source.objects.create(target=log.target, location=str(location))
    Source.objects.filter(pk=other.source.pk).update(backend=log.backend)
    return other


@pytest.mark.django_db
def test_two_sources_that_match_one_file_store_its_lines_once(log: Log, tmp_path: Path) -> None:
    link = tmp_path / "link.log"
    link.symlink_to(log.path)
    others = [also(log, tmp_path / "*.log"), also(log, link)]
    log.add(unnamed(1))
    assert log.collect().stored == 1
    log.add(unnamed(2), unnamed(3))
    assert others[0].collect().stored == 2  # it looked later, when the file was longer
    assert others[1].collect().stored == 0
    assert log.collect().stored == 0
    assert Event.objects.count() == MinuteCount.objects.get().calls == 3


@pytest.mark.django_db
def test_a_source_that_is_removed_and_added_again_doubles_nothing(log: Log) -> None:
    log.path.touch()
    log.collect()  # its first look is at an empty file
    log.add(unnamed(1), unnamed(2))
    assert log.collect().stored == 2
    place = log.source.location
    log.source.delete()
    again = also(log, place)
    assert again.collect().duplicates == 2
    assert Event.objects.count() == 2


@pytest.mark.django_db
def test_equal_lines_at_different_places_are_different_events(log: Log, tmp_path: Path) -> None:
    log.add(unnamed(1), unnamed(1))
    other = Log(tmp_path / "other.log", log.target)
    other.add(unnamed(1))
    assert log.collect().stored + other.collect().stored == 3


def _start() -> "subprocess.Popen[str]":
    """Start a reader that is ready to read and waits for a word."""
    name = str(connection.settings_dict["NAME"])
    reader = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", READ, name, NOW.isoformat()],
        env={**os.environ, "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    return reader


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_store_and_count_each_line_once(log: Log) -> None:
    log.add(*(unnamed(n) for n in range(1_500)), *(tool_line(n) for n in range(1_500)))
    readers = [_start(), _start()]
    results = [reader.communicate("go\n", timeout=120) for reader in readers]
    assert [error for _, error in results] == ["", ""]
    assert sum(int(out) for out, _ in results) == 3_000
    assert Event.objects.count() == 3_000
    assert sum(MinuteCount.objects.values_list("calls", flat=True)) == 3_000
    assert sum(Pattern.objects.values_list("count", flat=True)) == 3_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after_ms", [50, 400, 900])
def test_a_reader_that_is_killed_anywhere_loses_and_doubles_nothing(
    log: Log, after_ms: int
) -> None:
    log.add(*(unnamed(n) for n in range(4_000)))
    reader = _start()
    assert reader.stdin is not None
    reader.stdin.write("go\n")
    reader.stdin.flush()
    try:
        reader.wait(after_ms / 1000)
    except subprocess.TimeoutExpired:
        os.kill(reader.pid, signal.SIGKILL)
    reader.communicate()
    log.collect()
    mining.mine(log.target, NOW)
    assert Event.objects.count() == Pattern.objects.get().count == 4_000
    assert sum(MinuteCount.objects.values_list("calls", flat=True)) == 4_000
