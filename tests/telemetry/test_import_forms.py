"""Does an import take a file as editors, other systems and full disks leave it?"""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Entry
from targets.models import Target
from telemetry import ingest
from telemetry.archive import export, retention
from telemetry.events.schemas import to_line
from telemetry.models import Event, MinuteCount
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def lines(count: int) -> list[str]:
    at = timezone.now() - timedelta(hours=2)
    return [to_line(call(n, at=at + timedelta(milliseconds=n))) for n in range(count)]


def run(path: Path, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_events", str(path), "--target=gateway", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


FORMS: dict[str, Callable[[list[str]], str]] = {
    "crlf": lambda rows: "\r\n".join(rows) + "\r\n",
    "byte order mark": lambda rows: "\ufeff" + "\n".join(rows) + "\n",
    "byte order mark and crlf": lambda rows: "\ufeff" + "\r\n".join(rows),
    "no last line end": lambda rows: "\n".join(rows),
    "blank lines": lambda rows: "\n\n  \n\t\n" + "\n\n".join(rows) + "\n\n",
    "blanks around": lambda rows: "".join(f"  {row}\t \n" for row in rows),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_of_a_file_gives_the_same_events(
    target: Target, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(FORMS[form](lines(3)).encode())
    assert "3 events imported, 0 were there already, 0 lines skipped" in run(path)[0]
    assert Event.objects.count() == 3


def test_a_mark_in_the_middle_is_a_bad_line_with_its_number(
    target: Target, tmp_path: Path
) -> None:
    first, second = lines(2)
    (tmp_path / "joined.jsonl").write_text(f"{first}\n\ufeff{second}\n", encoding="utf-8")
    out, err = run(tmp_path / "joined.jsonl", "--skip-bad")
    assert "1 events imported" in out
    assert "line 2: the JSON is broken" in err


def test_a_file_of_another_encoding_imports_nothing(target: Target, tmp_path: Path) -> None:
    (tmp_path / "wide.jsonl").write_text("\n".join(lines(2)), encoding="utf-16")
    with pytest.raises(CommandError, match="nothing was imported"):
        run(tmp_path / "wide.jsonl")
    assert not Event.objects.exists()


def test_a_time_that_utc_does_not_know_is_a_bad_line(target: Target, tmp_path: Path) -> None:
    odd = json.dumps({**json.loads(lines(1)[0]), "timestamp": "0001-01-01T00:00:00+05:00"})
    (tmp_path / "odd.jsonl").write_text(odd)
    out, err = run(tmp_path / "odd.jsonl", "--skip-bad")
    assert "0 events imported" in out
    assert "line 1: timestamp" in err


def test_an_id_that_stands_twice_in_one_file_is_stored_and_counted_once(
    target: Target, tmp_path: Path
) -> None:
    rows = lines(3)
    (tmp_path / "twice.jsonl").write_text("\n".join([*rows, *rows, rows[0]]))
    assert "3 events imported, 4 were there already" in run(tmp_path / "twice.jsonl")[0]
    assert sum(MinuteCount.objects.values_list("calls", flat=True)) == 3


def test_ten_thousand_lines_tell_their_progress_and_nothing_else(
    target: Target, tmp_path: Path
) -> None:
    (tmp_path / "many.jsonl").write_text("\n".join(lines(10_000)))
    out, err = run(tmp_path / "many.jsonl")
    told = [int(line.split()[0]) for line in err.splitlines()]
    assert told == [2_000, 4_000, 6_000, 8_000, 10_000]
    assert "10000 events imported" in out
    assert Event.objects.count() == 10_000


def test_a_bad_last_line_takes_ten_thousand_good_ones_back(target: Target, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text("\n".join([*lines(4_001), "{"]))
    with pytest.raises(CommandError, match="1 lines are no events"):
        run(tmp_path / "many.jsonl")
    assert Event.objects.count() == MinuteCount.objects.count() == Entry.objects.count() == 0


def test_a_folder_is_refused_by_its_name(target: Target, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"{tmp_path}: Is a directory"):
        run(tmp_path)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_export_onto_a_full_disk_says_so_and_leaves_the_old_file_whole(target: Target) -> None:
    now = timezone.now()
    at = now - timedelta(days=1)
    ingest.store(target, [call(1, at=at)], now)
    path = export.extract(target, at.date(), now).path
    whole = path.read_bytes()
    ingest.store(target, [call(n, at=at.replace(hour=12)) for n in range(2, 200)], now)
    told = Entry.objects.count()
    with disk_of(4_096), pytest.raises(CommandError, match=r"not written.*Free some space"):
        call_command("extract", f"--date={at.date()}", "--target=gateway", stdout=StringIO())
    assert path.read_bytes() == whole
    assert [each.name for each in retention.folder_of(target).iterdir()] == [path.name]
    assert Entry.objects.count() == told
    assert export.extract(target, at.date(), now).events == 199
