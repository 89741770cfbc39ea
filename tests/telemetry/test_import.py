"""Does an import bring in all of a file, or say what is wrong where and change nothing?"""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Entry
from targets.models import Target
from telemetry import ingest
from telemetry.archive import export
from telemetry.events.schemas import to_line
from telemetry.models import Event, MinuteCount
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def recent() -> list[str]:
    return [to_line(event) for event in one_of_each(timezone.now() - timedelta(hours=2))]


def run(path: Path, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_events", str(path), "--target=gateway", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def written(folder: Path, *lines: str) -> Path:
    path = folder / "events.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_a_file_is_imported_with_progress(target: Target, tmp_path: Path) -> None:
    out, err = run(written(tmp_path, *recent(), ""))
    assert "4 events imported, 0 were there already, 0 lines skipped" in out
    assert "lines read" in err
    assert Event.objects.filter(target=target).count() == 4
    assert '"stored":4' in Entry.objects.get(event="events.imported").body


def test_a_second_import_doubles_nothing(target: Target, tmp_path: Path) -> None:
    path = written(tmp_path, *recent())
    run(path)
    assert "0 events imported, 4 were there already" in run(path)[0]
    assert sum(row.calls for row in MinuteCount.objects.all()) == 2


def test_an_exported_file_comes_back_as_the_same_events(target: Target) -> None:
    now = timezone.now()
    at = now - timedelta(days=1)
    ingest.store(target, one_of_each(at), now)
    path = export.extract(target, at.date(), now).path
    rows = list(Event.objects.order_by("uid").values())
    assert "0 events imported" in run(path)[0]
    Event.objects.all().delete()
    run(path)
    keep = [{k: v for k, v in row.items() if k != "id"} for row in rows]
    again = Event.objects.order_by("uid").values()
    assert [{k: v for k, v in row.items() if k != "id"} for row in again] == keep


def test_one_bad_line_imports_nothing_and_is_named(target: Target, tmp_path: Path) -> None:
    lines = recent()
    far = to_line(call(9, at=timezone.now() + timedelta(days=1)))
    odd = json.dumps({**json.loads(lines[0]), "mood": "fine"})
    path = written(tmp_path, lines[0], "not json", far, odd, lines[1])
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="3 lines are no events") as refusal:
        call_command("import_events", str(path), "--target=gateway", stdout=out, stderr=err)
    assert refusal.value.returncode == 2
    for words in ("line 2: the JSON is broken", "line 3:", "future", "line 4:", "mood"):
        assert words in err.getvalue()
    assert Event.objects.count() == MinuteCount.objects.count() == Entry.objects.count() == 0


def test_skipping_bad_lines_imports_the_others(target: Target, tmp_path: Path) -> None:
    lines = recent()
    out, err = run(written(tmp_path, lines[0], "not json", lines[1]), "--skip-bad")
    assert "2 events imported, 0 were there already, 1 lines skipped" in out
    assert "line 2" in err


def test_the_result_can_be_read_by_a_program(target: Target, tmp_path: Path) -> None:
    out, err = run(written(tmp_path, *recent()), "--json")
    assert json.loads(out)["stored"] == 4
    assert err == ""


def test_binary_junk_and_a_huge_line_are_named_not_loaded(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "junk.jsonl"
    path.write_bytes(b"\x00\xff\xfe\n" + b"x" * 5_000_000 + b"\n" + recent()[0].encode() + b"\n")
    out, err = run(path, "--skip-bad")
    assert "1 events imported" in out
    assert "line 1: the JSON is broken" in err
    assert "line 2: longer than" in err


def test_a_missing_file_or_target_is_said_clearly(target: Target, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing.jsonl")
    with pytest.raises(CommandError, match="no target 'nobody'"):
        call_command("import_events", "x", "--target=nobody")


def test_extract_writes_the_day_it_is_asked_for(target: Target) -> None:
    now = timezone.now()
    ingest.store(target, one_of_each(now - timedelta(days=1)), now)
    out = StringIO()
    call_command("extract", stdout=out)
    assert "gateway: 4 events" in out.getvalue()
    for option, words in [
        ("--date=soon", "not a date"),
        ("--date=2020-01-01", "gone"),
        ("--target=nobody", "no target"),
    ]:
        with pytest.raises(CommandError, match=words):
            call_command("extract", option)
