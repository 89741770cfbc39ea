"""Whose fault it is decides what happens: the change is taken back, our own errors are retried."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.models import Entry
from delivery import pipeline, recording
from delivery.models import Delivery, Outcome, Plan, Result
from delivery.stages.site import Site, reach
from ports.forge import PullRequest, TemporaryError
from ports.forge.local import LocalForge
from proposals.models import Status
from tests.delivery.scene import MANIFEST, make_scene

pytestmark = pytest.mark.django_db
BROKEN_RELOAD = "import sys\nprint('cannot bind: token=ghp_' + 'a1B2' * 9)\nsys.exit(3)\n"
ONLY_LOW = """\
import pathlib, sys
text = pathlib.Path("config/tools.yaml").read_text()
sys.exit(0 if "400" in text else 1)
"""


class DeadForge(LocalForge):
    """A forge that cannot be reached."""

    def find(self, branch: str) -> PullRequest | None:
        raise TemporaryError("connection refused")

    def open(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        raise TemporaryError("connection refused")


def dead(delivery: Delivery) -> Site:
    site = reach(delivery)
    return replace(site, forge=DeadForge(Path(delivery.target.origin)))


def test_a_failed_deployment_is_taken_back_in_git_and_deployed_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, reload=ONLY_LOW)
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert [run.stage for run in runs][-3:] == ["deploy", "revert", "redeploy"]
    assert runs[-3].result == Result.FAILED
    assert delivery.outcome == Outcome.REVERTED
    assert delivery.detail == "The deployment failed at: reload."
    assert scene.proposal.status == Status.REVERTED
    assert scene.timeout_on_main() == "400"
    assert delivery.deployed_at is None


def test_output_of_a_step_is_kept_without_its_secrets(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, reload=BROKEN_RELOAD)
    delivery = scene.begin()
    scene.drive(delivery)
    output = delivery.runs.filter(stage="deploy").get().output
    assert "cannot bind" in output
    assert "ghp_" not in output


def test_a_way_back_that_cannot_be_deployed_calls_a_person(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, reload=BROKEN_RELOAD)
    delivery = scene.begin()
    for _ in range(recording.MAX_ERRORS):
        scene.drive(delivery)
        scene.clock.forward(hours=1)
    assert delivery.outcome == Outcome.FAILED
    assert delivery.detail.startswith("A person is needed.")
    assert scene.proposal.status == Status.REVERTED
    assert scene.timeout_on_main() == "400"
    assert Entry.objects.filter(event="delivery.alarmed").exists()


def test_an_error_on_our_side_is_retried_later_and_blames_nobody(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    run = pipeline.step(delivery.pk, scene.clock(), dead)
    assert run is not None
    assert run.result == Result.ERRORED
    assert run.message == "TemporaryError: connection refused"
    assert pipeline.step(delivery.pk, scene.clock(), dead) is None
    scene.clock.forward(minutes=1)
    scene.drive(delivery)
    assert delivery.stage == "watch"
    attempts = delivery.runs.filter(stage="pull_request").values_list("attempt", "result")
    assert list(attempts) == [(1, Result.ERRORED), (2, Result.PASSED)]


def test_the_pauses_between_retries_grow(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    pauses: list[timedelta] = []
    for _ in range(3):
        before = scene.clock()
        pipeline.step(delivery.pk, before, dead)
        delivery.refresh_from_db()
        pauses.append(delivery.next_step_at - before)
        scene.clock.at = delivery.next_step_at
    assert pauses[0] < pauses[1] < pauses[2]


def test_after_five_errors_it_gives_up_cleans_up_and_raises_the_alarm(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    for _ in range(recording.MAX_ERRORS):
        assert pipeline.step(delivery.pk, scene.clock(), dead) is not None
        scene.clock.forward(hours=1)
    delivery.refresh_from_db()
    assert delivery.plan == Plan.CLEAN_UP
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert delivery.detail.startswith("Gave up after 5 errors on our side: TemporaryError")
    assert scene.proposal.status == Status.FAILED
    assert scene.branches() == ["main"]
    assert Entry.objects.filter(event="delivery.alarmed").count() == 1


def test_a_target_without_a_checkout_has_nothing_to_deploy(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.target.deploy_path = ""
    scene.target.save()
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert "Nothing to deploy" in delivery.runs.get(stage="deploy").message


def test_deploy_steps_come_from_the_base_and_only_run_for_their_paths(tmp_path: Path) -> None:
    elsewhere = MANIFEST.replace("config/**", "gateway/**")
    scene = make_scene(tmp_path, manifest=elsewhere)
    delivery = scene.begin()
    scene.drive(delivery)
    assert scene.reloads() == []
    assert "no step was called for" in delivery.runs.get(stage="deploy").message


@pytest.mark.parametrize(
    ("action", "outcome", "status"),
    [
        ("keep", Outcome.SUCCEEDED, Status.IMPLEMENTED),
        ("revert", Outcome.REVERTED, Status.REVERTED),
        ("ask", "", Status.PR_OPEN),
    ],
)
def test_what_cannot_be_judged_goes_by_the_policy(
    tmp_path: Path,
    settings: LazySettings,
    action: str,
    outcome: str,
    status: str,
) -> None:
    scene = make_scene(tmp_path)
    with_policy(settings, on_inconclusive=action)
    delivery = scene.begin()
    scene.drive(delivery)
    scene.clock.forward(hours=24, minutes=2)
    scene.drive(delivery)
    assert (delivery.outcome, scene.proposal.status) == (outcome, status)
    assert "too little data" in delivery.detail


def with_policy(settings: LazySettings, **watch: object) -> None:
    """Configure the watch anew."""
    current = settings.SELFIMPROVE
    changed = current.watch.model_copy(update=watch)
    settings.SELFIMPROVE = current.model_copy(update={"watch": changed})
