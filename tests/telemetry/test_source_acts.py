"""Can a person see how a source is, try it, pause it and give it up, each on the log?"""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client

from audit.models import Entry
from telemetry import ingest, sources, tasks
from telemetry.collecting import trial
from telemetry.collecting.states import Condition, state_of
from telemetry.models import Backend, Event, Source
from telemetry.sanitizer import Policy
from tests.factories import NOW
from tests.telemetry.scene import Log, add_target, tool_line

pytestmark = pytest.mark.django_db
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "tools.log", add_target())


def condition(log: Log, after: timedelta = timedelta()) -> Condition:
    return state_of(Source.objects.get(pk=log.source.pk), NOW + after).condition


def command(*words: str) -> str:
    out = StringIO()
    call_command("source", *words, stdout=out)
    return out.getvalue()


def signed_in(role: str, client: Client) -> Client:
    user = User.objects.create_user(role)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def test_a_source_goes_through_its_states(log: Log) -> None:
    assert condition(log) == Condition.NEW
    log.collect()
    assert condition(log) == Condition.WAITING
    log.add(tool_line(1))
    log.collect()
    assert condition(log) == Condition.CAUGHT_UP
    assert condition(log, timedelta(minutes=10)) == Condition.UNWATCHED
    log.add(tool_line(2).replace("success=false", "success=perhaps"))
    log.collect()
    assert condition(log) == Condition.REFUSING
    assert "neither true nor false" in state_of(log.source, NOW).words
    log.path.unlink()
    log.path.mkdir()
    log.collect()
    assert condition(log) == Condition.ERROR
    assert "is a folder" in state_of(log.source, NOW).words
    log.path.rmdir()
    log.collect(NOW + timedelta(hours=1))
    assert condition(log, timedelta(hours=1)) == Condition.WAITING


def test_a_large_backlog_is_read_on_and_says_how_much_is_left(log: Log) -> None:
    with log.path.open("w") as file:
        file.writelines(f"{'x' * 999}\n" for _ in range(40_000))
    log.collect()
    state = state_of(log.source, NOW)
    assert state.condition == Condition.READING
    assert "8.0 MB are still to be read" in state.words
    assert state.pace.lines_a_minute > 30_000
    log.collect()
    assert condition(log) == Condition.CAUGHT_UP
    assert "test it to see why" in state_of(log.source, NOW).words


def test_a_pause_stops_reading_and_a_resumption_reads_on(log: Log) -> None:
    log.add(tool_line(1))
    tasks.collect()
    assert "is paused now" in command("pause", str(log.source.pk))
    assert "is paused already" in command("pause", str(log.source.pk))
    log.add(tool_line(2))
    tasks.collect()
    assert ingest.collect(log.source.pk, NOW).stored == 0
    assert condition(log) == Condition.PAUSED
    command("resume", str(log.source.pk))
    ingest.collect(log.source.pk, NOW)
    assert Event.objects.count() <= 2  # the first was too old for the clock, or there
    told = Entry.objects.filter(event__startswith="source.").order_by("pk")
    assert [entry.event for entry in told] == ["source.paused", "source.resumed"]


def test_a_trial_shows_events_and_reasons_without_secrets_and_stores_nothing(log: Log) -> None:
    log.add(
        tool_line(1, error=f"key {SECRET} refused"),
        tool_line(2, at=NOW - timedelta(days=90)),
        tool_line(3).replace("success=false", "success=perhaps"),
        f"INFO started with {SECRET}",
        f"INFO again with {SECRET}",
        "Traceback (most recent call last):",
        '{"message": "hello"}',
        '{"action": "x"}',
        '{"broken": ',
    )
    seen = trial.look(Backend.FILES, str(log.path), policy=Policy(), now=NOW)
    assert (seen.lines, seen.recognised, seen.places) == (9, 1, 1)
    assert [(event.component, event.success) for event in seen.events] == [("web_search", False)]
    reasons = {left.reason: left.count for left in seen.left}
    assert reasons.pop("a text line that does not say “Tool execution”, “Extension called”,"
                       " “Task completed” or “Task failed”") == 2  # fmt: skip
    words = " ".join(reasons)
    for part in ("older than the 30 days", "half an event", "stack trace", "whose message"):
        assert part in words
    assert "collector audit_log" in words
    assert "broken JSON" in words
    assert "ghp_" not in str(seen)
    assert not Event.objects.exists()
    assert Source.objects.get().cursor == {}


def test_the_command_tries_a_place_before_and_after_it_is_added(log: Log) -> None:
    log.add(tool_line(1))
    said = command("test", "--backend=files", f"--location={log.path}")
    assert "Nothing was stored" in said
    assert not Entry.objects.exists()
    found = json.loads(command("test", str(log.source.pk), "--json"))
    assert found["lines"] == 1
    assert Entry.objects.get(event="source.tested").facts["lines"] == 1
    with pytest.raises(CommandError, match="no source 999"):
        command("test", "999")
    with pytest.raises(CommandError, match="Name the number"):
        command("test")


def test_a_place_that_is_given_up_keeps_its_events(log: Log) -> None:
    log.add(tool_line(1))
    log.collect()
    assert "Its events stay" in command("remove", str(log.source.pk))
    assert not Source.objects.exists()
    assert Event.objects.count() == 1
    assert Entry.objects.get().event == "source.removed"


@pytest.mark.parametrize(
    ("backend", "location", "words"),
    [
        ("files", "logs/a.log", "whole path"),
        ("files", "/logs/**/a.log", "not followed"),
        ("files", "/logs/a\n.log", "one line"),
        ("docker_client", "--all", "container's name"),
        ("journald", "agent", "write unit:NAME"),
        ("smoke", "/x", "no such collector"),
    ],
)
def test_a_place_that_nobody_can_read_is_refused_with_what_to_write(
    log: Log, backend: str, location: str, words: str
) -> None:
    with pytest.raises(sources.BadSource, match=words):
        sources.check(backend, location)


@pytest.mark.parametrize(
    ("backend", "location"),
    [("docker_client", "shop-*"), ("journald", "unit:a.service"), ("journald", "/x/saved.json")],
)
def test_the_command_leaves_names_as_they_are(log: Log, backend: str, location: str) -> None:
    command("add", "--target=gateway", f"--backend={backend}", f"--location={location}")
    assert Source.objects.get(backend=backend).location == location
    assert location in command("list")


def test_a_client_that_is_missing_is_a_state_and_hides_no_other_source(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for backend, place in ((Backend.DOCKER_CLIENT, "api"), (Backend.JOURNALD, "unit:a")):
        Source.objects.create(target=log.target, backend=backend, location=place)
    log.add(tool_line(1))
    tasks.collect()
    docker, journal = Source.objects.exclude(pk=log.source.pk).order_by("backend")
    assert "docker not found" in state_of(docker, NOW).words
    assert "journalctl not found" in state_of(journal, NOW).words
    assert Source.objects.get(pk=log.source.pk).read_count == 1


def test_the_targets_page_shows_each_source_and_its_acts(log: Log, client: Client) -> None:
    log.add(tool_line(1))
    log.collect()
    page = signed_in("operator", client).get(log.target.get_absolute_url()).content.decode()
    assert str(log.path) in page
    for act in ("Test", "Pause", "Add a source"):
        assert act in page
    answer = client.post(f"/telemetry/sources/{log.source.pk}/switch/", {"to": "pause"})
    assert answer.status_code == 302
    assert "Resume" in client.get(log.target.get_absolute_url()).content.decode()
    part = client.post(
        f"/telemetry/sources/{log.source.pk}/switch/",
        {"to": "resume"},
        headers={"HX-Request": "true"},
    )
    assert b"<html" not in part.content
    assert b"Pause" in part.content
    assert Entry.objects.get(event="source.paused").who == "operator"
    tried = client.post(f"/telemetry/sources/{log.source.pk}/test/").content.decode()
    assert "What this source would give" in tried
    assert "nothing was stored" in tried


def test_a_source_is_added_on_a_page_and_a_wrong_one_is_explained(
    log: Log, client: Client
) -> None:
    address = f"/telemetry/sources/of/{log.target.slug}/add/"
    signed_in("operator", client)
    assert b"Docker client" in client.get(address).content
    wrong = client.post(address, {"backend": "files", "location": "a.log"})
    assert wrong.status_code == 422
    assert b"write the whole path" in wrong.content
    twice = client.post(address, {"backend": "files", "location": str(log.path)})
    assert b"is read for gateway already" in twice.content
    assert client.post(address, {"backend": "files", "location": "/x/y.log"}).status_code == 302
    assert Source.objects.filter(location="/x/y.log").exists()


def test_who_may_only_look_sees_no_acts_and_cannot_act(log: Log, client: Client) -> None:
    page = signed_in("viewer", client).get(log.target.get_absolute_url()).content.decode()
    assert str(log.path) in page
    assert "Pause</button>" not in page
    for act in (f"{log.source.pk}/switch/", f"{log.source.pk}/test/", "of/gateway/add/"):
        assert client.post(f"/telemetry/sources/{act}").status_code == 403
    assert Source.objects.get().enabled
