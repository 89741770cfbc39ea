"""Does the health check find what does not work, and end with a code that cron understands?"""

import io
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import sequencer
from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from selfimprove import switch
from selfimprove.doctor import findings, smoke
from selfimprove.doctor.findings import BAD, GOOD, WARN
from selfimprove.models import Run, RunState
from selfimprove.schedules import TICKS
from tests.audit.entries import as_the_owner_of_the_database
from tests.factories import make_user
from validation.models import Outcome
from validation.proving import corpus
from validation.proving.corpus import Seen

pytestmark = pytest.mark.django_db
NOW = timezone.now()
CHEATS = Path(__file__).resolve().parent.parent / "cheats"


def in_time(now: datetime = NOW) -> None:
    """Let every tick have run a moment ago."""
    for tick in TICKS:
        slot = tick.slot(now)
        Run.objects.create(name=tick.name, slot=slot, ended_at=now - timedelta(seconds=1))


def asked(*options: str) -> tuple[object, str]:
    out = io.StringIO()
    try:
        call_command("smoke", *options, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def few_cheats(folder: Path, settings: LazySettings, *names: str) -> None:
    """Stand in a checkout that knows these cases alone."""
    place = folder / "checkout" / "tests" / "cheats"
    for name in ("shop.toml", *names):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHEATS / name, place / name)
    settings.BASE_DIR = folder / "checkout"


def test_an_installation_that_works_ends_with_0() -> None:
    in_time(timezone.now())
    code, text = asked("--quick")
    assert code == 0, text
    assert f"✓ Clock     All {len(TICKS)} ticks in time" in text
    assert "entries are as they were recorded" in text
    assert "Gates" not in text


def test_one_that_was_never_started_ends_with_1_and_says_what_to_do() -> None:
    code, text = asked("--quick")
    assert code == 1
    assert "✗ Clock     No tick has run here yet" in text
    assert "manage.py up" in text


def test_a_database_without_its_tables_is_told_and_asked_no_further() -> None:
    in_time(timezone.now())
    applied = MigrationRecorder.Migration.objects
    applied.filter(app="validation").delete()
    code, text = asked("--quick")
    assert code == 1
    assert "migrations of it did not run yet" in text
    assert "manage.py migrate" in text
    assert "Clock" not in text


def test_programs_get_one_object() -> None:
    in_time(timezone.now())
    code, text = asked("--quick", "--json")
    told = json.loads(text)
    assert (code, told["works"]) == (0, True)
    assert [one["name"] for one in told["findings"]] == ["Database", "Log", "Clock", "Sandbox"]


@pytest.mark.parametrize("name", ["audit.seal", "runs.canary"])
def test_a_tick_that_is_late_is_named(name: str) -> None:
    in_time()
    Run.objects.filter(name=name).update(ended_at=NOW - timedelta(hours=1))
    found = smoke.clock(NOW)
    assert (found.state, found.words) == (BAD, f"1 tick late: {name}")


def test_a_nightly_tick_that_was_missed_is_late_only_after_its_time() -> None:
    in_time()
    night = NOW.replace(hour=1, minute=0, second=0, microsecond=0)
    Run.objects.filter(name="telemetry.extract").update(slot=night - timedelta(days=1))
    (tick,) = [tick for tick in TICKS if tick.name == "telemetry.extract"]
    run = Run.objects.get(name=tick.name)
    assert not smoke._is_late(tick, run, night + timedelta(minutes=1))
    assert smoke._is_late(tick, run, night + timedelta(minutes=10))
    run.slot = night
    assert not smoke._is_late(tick, run, night + timedelta(minutes=10))


def test_a_long_tick_that_still_holds_its_lease_is_not_late() -> None:
    in_time()
    Run.objects.filter(name="telemetry.bring_in").update(
        state=RunState.RUNNING,
        ended_at=NOW - timedelta(hours=3),
        lease_until=NOW + timedelta(minutes=1),
    )
    assert smoke.clock(NOW).state == GOOD


def test_what_a_person_paused_is_not_late() -> None:
    in_time()
    Run.objects.filter(name="delivery.deliver").update(ended_at=NOW - timedelta(hours=3))
    assert smoke.clock(NOW).state == BAD
    switch.pause(actor=Actor.system("tests"), reason="a holiday", at=NOW)
    assert smoke.clock(NOW).state == GOOD


def test_a_tick_that_failed_is_named() -> None:
    in_time()
    moment = NOW - timedelta(seconds=1)
    Run.objects.filter(name="telemetry.mine").update(failed_at=moment, ended_at=moment)
    found = smoke.clock(NOW)
    assert (found.state, found.words) == (BAD, "1 tick failed the last time: telemetry.mine")


def test_a_log_that_was_altered_is_told() -> None:
    record(Event.LOG_HEARTBEAT, actor=Actor.system("tests"), subject="log:log", at=NOW)
    sequencer.seal(NOW)
    assert smoke.log().state == GOOD
    entry = Entry.objects.latest("id")
    with as_the_owner_of_the_database():
        Entry.objects.filter(pk=entry.pk).update(body=entry.body.replace("tests", "guest"))
    found = smoke.log()
    assert found.state == BAD
    assert "It differs" in found.words


def test_the_gates_are_tried_where_the_corpus_is(tmp_path: Path, settings: LazySettings) -> None:
    few_cheats(tmp_path, settings, "runtime/exits_on_import.toml", "honest/new_function.toml")
    seen: list[str] = []
    found = smoke.gates(NOW, lambda case: seen.append(case.name))
    assert found.state == GOOD
    assert found.words == "1 of 1 cheats caught, 1 of 1 honest changes let through"
    assert seen == ["exits_on_import", "new_function"]


def test_a_cheat_that_passes_is_named_and_ends_with_1(
    tmp_path: Path, settings: LazySettings
) -> None:
    few_cheats(tmp_path, settings, "honest/new_function.toml")
    cheats = settings.BASE_DIR / "tests" / "cheats"
    (cheats / "honest").rename(cheats / "semantic")
    found = smoke.gates(NOW)
    assert found.state == BAD
    assert "0 of 1 cheats caught" in found.words
    assert "semantic/new_function (Passed)" in found.words


def test_an_installation_without_tests_says_that_they_are_not_here(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.BASE_DIR = tmp_path
    found = smoke.gates(NOW)
    assert (found.state, findings.all_holds([found])) == (WARN, True)
    assert "tests/cheats is not here" in found.words
    assert f"When recorded: {smoke.caught(corpus.recorded())}" in found.words


def test_what_is_counted() -> None:
    one = Seen("a", "suite", "A", Outcome.REFUSED, ("tests",))
    two = Seen("b", "suite", "B", Outcome.PASSED, ())
    three = Seen("c", "honest", "C", Outcome.PASSED, ())
    words = "1 of 2 cheats caught, 1 of 1 honest changes let through"
    assert smoke.caught([one, two, three]) == words


def test_the_settings_page_shows_the_count_and_what_caught_each(client: Client) -> None:
    client.force_login(make_user("operator"))
    text = client.get(reverse("settings")).content.decode()
    assert smoke.caught(corpus.recorded()) in text
    for one in corpus.recorded():
        assert one.name in text
    assert "forbidden paths, authorised, tests" in text
