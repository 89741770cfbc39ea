"""Is an evaluation safe to break off and repeat, and repeated only when something is new?"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from evaluation.models import Evaluation
from evaluation.self_eval import evaluate, has_changed
from ports.llm import PermanentError, Reply, Request
from ports.llm.scripted import ScriptedModel
from proposals.models import Proposal, Status
from targets.models import Target
from telemetry.models import Pattern
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import NOW
from tests.tied import place

pytestmark = pytest.mark.django_db


class Breaking:
    """Break off in the middle of an evaluation, as a defect or a killed process does."""

    engine = "scripted"

    def count(self, request: Request) -> int | None:
        return None

    def complete(self, request: Request) -> Reply:
        raise KeyError("a defect")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    fail(target)
    return target


def run(target: Target, at: datetime = NOW) -> Evaluation:
    return evaluate(target, at, trigger="schedule")


def test_what_broke_off_is_told_and_repeated_without_doubling(target: Target) -> None:
    with pytest.raises(KeyError):
        evaluate(target, NOW, trigger="schedule", model=Breaking())
    assert has_changed(target, NOW)
    later = run(target, NOW + timedelta(minutes=1))
    assert later.proposed == 1
    broken = Evaluation.objects.earliest("started_at")
    assert broken.error == "interrupted before it ended"
    assert Proposal.objects.count() == 1


def test_a_failed_evaluation_is_tried_again_after_an_hour(target: Target) -> None:
    error = PermanentError("authentication_error", "the provider answered 401")
    evaluate(target, NOW, trigger="schedule", model=ScriptedModel([error]))
    assert not has_changed(target, NOW + timedelta(minutes=59))
    assert has_changed(target, NOW + timedelta(minutes=60))


def go_on(target: Target, times: int) -> None:
    """Let the failures of the one pattern go on."""
    first = Pattern.objects.get()
    new = fail(target, sessions=["z"] * times)
    new.aliases.update(pattern=first)
    new.delete()


def test_a_few_more_of_the_same_failures_are_no_news(target: Target) -> None:
    run(target)
    go_on(target, 3)  # seven now, after four
    assert not has_changed(target, NOW)


def test_twice_as_many_failures_are_news(target: Target) -> None:
    run(target)
    go_on(target, 4)
    assert has_changed(target, NOW)


def test_a_new_engine_is_news(target: Target, settings: Settings) -> None:
    run(target)
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": chosen})
    assert has_changed(target, NOW)


def test_a_new_playbook_or_bound_is_news(
    target: Target, tmp_path: Path, settings: Settings
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(settings.CONFIG_DIR, folder)
    settings.CONFIG_DIR = folder
    run(target)
    assert not has_changed(target, NOW)
    path = folder / "parameters.toml"
    path.write_text(path.read_text().replace("max = 10000", "max = 9000"), encoding="utf-8")
    assert has_changed(target, NOW)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("playbooks/tool-timeout.toml", "BadPlaybook: tool-timeout.toml"),
        ("parameters.toml", "BadParameters"),
    ],
)
def test_a_broken_file_of_ours_is_told_and_proposes_nothing(
    target: Target, tmp_path: Path, settings: Settings, file: str, told: str
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(settings.CONFIG_DIR, folder)
    settings.CONFIG_DIR = folder
    (folder / file).write_text("name = ", encoding="utf-8")
    evaluation = run(target)
    assert told in evaluation.error
    assert not Proposal.objects.exists()


def test_after_the_backoff_a_failure_that_goes_on_is_answered_again(target: Target) -> None:
    run(target)
    proposal = Proposal.objects.get()
    place(proposal, status=Status.SUPERSEDED, updated_at=NOW)
    soon, later = NOW + timedelta(hours=23), NOW + timedelta(hours=24)
    assert run(target, soon).duplicates == 1
    fail(target, template="it goes on", at=later)
    assert run(target, later).proposed == 1
