"""A place is made known once, with a whole path, and on the log."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.events import Event
from audit.models import Entry
from targets.models import Target
from telemetry.models import Source
from tests.factories import make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def test_a_place_is_added_listed_and_on_the_log(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "*.log")
    _add("--backend", "files", "--location", place)
    call_command("source", "list", "--json")
    row = json.loads(capsys.readouterr().out.split("\n", 2)[2])[0]
    assert (row["target"], row["backend"], row["location"]) == (target.slug, "files", place)
    entry = Entry.objects.get(event=Event.SOURCE_ADDED)
    assert entry.target == target.slug


def test_a_relative_path_means_the_folder_of_the_one_who_said_it(target: Target) -> None:
    _add("--backend", "audit_log", "--location", "audit.jsonl")
    assert Source.objects.get(target=target).location == str(Path.cwd() / "audit.jsonl")


def test_the_same_place_is_not_read_twice(target: Target) -> None:
    _add("--backend", "files", "--location", "/var/log/agents.log")
    with pytest.raises(CommandError, match="read for gateway already"):
        _add("--backend", "docker", "--location", "/var/log/agents.log")
    assert target.sources.count() == 1


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(CommandError, match="no target gateway"):
        _add("--backend", "files", "--location", "/var/log/agents.log")


def _add(*words: str) -> None:
    call_command("source", "add", "--target", "gateway", *words)
