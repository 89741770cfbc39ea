"""The example is planted once, is a target like any other, and hands its bad change in once."""

import json
import os
import socket
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit.events import Event
from audit.models import Entry
from examples.seed import CannotPlant
from ports.sandbox import adapters
from proposals.models import Engine, Proposal, Status
from selfimprove import config
from selfimprove.demo import example, story
from targets import registry
from targets.models import State, Target
from telemetry.models import Backend, Source
from tests.factories import git, make_proposal, make_target
from tests.ports.sandbox.running import need_a_sandbox
from tests.words import proposal_text, tools_diff

NOW = timezone.now()


@pytest.mark.django_db
def test_planting_twice_plants_once() -> None:
    first = example.plant(NOW)
    head = git(example.places().origin, "rev-parse", "main")
    assert example.plant(NOW) == first
    assert Target.objects.count() == 1
    kinds = set(Source.objects.values_list("backend", flat=True))
    assert kinds == {Backend.FILES, Backend.DOCKER, Backend.AUDIT_LOG}
    assert Source.objects.count() == len(example.LOGS)
    assert Entry.objects.filter(event=Event.TARGET_ADDED).count() == 1
    assert git(example.places().origin, "rev-parse", "main") == head


@pytest.mark.django_db
def test_everything_of_it_lives_in_the_data_folder(data_folder: Path) -> None:
    target = example.plant(NOW)
    for place in (target.origin, target.deploy_path, *_locations()):
        assert Path(place).is_relative_to(data_folder)


@pytest.mark.django_db
def test_it_can_be_fetched_like_any_other_target() -> None:
    target = example.plant(NOW)
    registry.refresh(target, NOW)
    target.refresh_from_db()
    assert target.state == State.READY


@pytest.mark.django_db
def test_something_else_in_its_place_is_not_touched(data_folder: Path) -> None:
    place = data_folder / "example" / "origin.git"
    place.mkdir(parents=True)
    (place / "letter").write_text("mine")
    with pytest.raises(CannotPlant, match=r"origin\.git exists"):
        example.plant(NOW)
    assert (place / "letter").read_text() == "mine"
    assert not Target.objects.exists()


@pytest.mark.django_db
def test_the_harmful_change_is_handed_in_once() -> None:
    registry.refresh(example.plant(NOW), NOW)
    first = story.propose_harmful(NOW)
    assert story.propose_harmful(NOW) == first
    assert (first.engine, first.author, first.status) == (Engine.PERSON, "dana", Status.PENDING)
    assert Proposal.objects.count() == 1


@pytest.mark.django_db
def test_the_demo_goes_on_when_its_second_change_no_longer_fits(
    tmp_path: Path, settings: LazySettings
) -> None:
    words = proposal_text(target="other", diff=tools_diff(1200))
    make_proposal(make_target(tmp_path, slug="other"), status=Status.IMPLEMENTED, text=words)
    target = example.plant(NOW)
    work = settings.DATA_DIR / "elsewhere"
    git(settings.DATA_DIR, "clone", "--quiet", target.origin, str(work))
    tools = work / "config" / "tools.yaml"
    tools.write_text(tools.read_text().replace("backoff_ms: 600", "backoff_ms: 700"))
    git(work, "commit", "--quiet", "-am", "Wait longer")
    git(work, "push", "--quiet", "origin", "main")
    registry.refresh(target, NOW)
    said: list[str] = []
    story.accompany(said.append)
    assert len(said) == 1
    assert "was not handed in" in said[0]
    assert not target.proposals.exists()


def test_the_clock_is_shorter_unless_a_person_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(config.COMMAND_LINE, '["watch.minute_seconds=30", "web.port=9"]')
    example.shorten_clock()
    given = json.loads(os.environ[config.COMMAND_LINE])
    assert given == [example.SHORT_CLOCK, "watch.minute_seconds=30", "web.port=9"]
    assert config.load(dict(os.environ)).watch.minute_seconds == 30
    monkeypatch.setenv(config.COMMAND_LINE, "[]")
    example.shorten_clock()
    assert config.load(dict(os.environ)).watch.minute_seconds == 1


def test_its_process_reads_the_deployed_checkout_and_a_port_that_is_free() -> None:
    words = list(example.child().argv)
    assert words[words.index("--checkout") + 1] == str(example.places().deployed)
    assert words[words.index("--logs") + 1] == str(example.places().logs)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(words[words.index("--port") + 1])))


def _locations() -> list[str]:
    return list(Source.objects.values_list("location", flat=True))


def test_where_no_sandbox_can_be_had_the_example_says_so_and_runs_without(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SELFIMPROVE = config.load({})
    monkeypatch.setenv(config.COMMAND_LINE, '["web.port=8123"]')
    monkeypatch.setattr("shutil.which", lambda name, **_: None)
    told = example.allow_bare_machine()
    assert "NO SANDBOX: bubblewrap is not installed." in told
    assert "WITHOUT" in told
    assert "apt-get install bubblewrap" in told
    found = config.load(dict(os.environ))
    assert (found.sandbox.backend, found.web.port) == (adapters.UNCONFINED, 8123)


@pytest.mark.parametrize("backend", [adapters.REFUSING, adapters.UNCONFINED])
def test_what_somebody_chose_is_left_as_it_is(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    settings.SELFIMPROVE = config.load({config.COMMAND_LINE: f'["sandbox.backend={backend}"]'})
    monkeypatch.delenv(config.COMMAND_LINE, raising=False)
    assert example.allow_bare_machine() == ""
    assert config.COMMAND_LINE not in os.environ


def test_where_a_sandbox_holds_the_example_runs_in_it(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_a_sandbox()
    settings.SELFIMPROVE = config.load({})
    monkeypatch.delenv(config.COMMAND_LINE, raising=False)
    assert example.allow_bare_machine() == ""
    assert config.COMMAND_LINE not in os.environ
