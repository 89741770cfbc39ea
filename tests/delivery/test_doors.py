"""What the clock and the command line ask for happens once, however often they ask."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from delivery import tasks
from delivery.models import Delivery, Outcome, Plan
from proposals.models import Proposal, Status
from tests.delivery.scene import Scene, approved, approved_elsewhere, just_now, make_scene

pytestmark = pytest.mark.django_db


def delivered(folder: Path) -> tuple[Scene, Delivery]:
    """Deliver by the tick, whose clock is the real one."""
    scene = make_scene(folder)
    just_now()
    tasks.deliver()
    return scene, Delivery.objects.get()


def asked(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_one_tick_begins_what_was_approved_and_goes_as_far_as_it_can(tmp_path: Path) -> None:
    make_scene(tmp_path)
    just_now()
    assert tasks.deliver() == "1 begun, 7 stages run, 0 timed out, 0 orphan branches removed"
    assert Delivery.objects.get().stage == "watch"
    assert Proposal.objects.get().status == Status.PR_OPEN


def test_the_next_tick_has_nothing_to_do(tmp_path: Path) -> None:
    delivered(tmp_path)
    assert tasks.deliver().startswith("0 begun, 0 stages run")
    assert Delivery.objects.count() == 1


def test_a_paused_target_gets_no_delivery(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.target.paused = True
    scene.target.save()
    just_now()
    assert tasks.deliver().startswith("0 begun")


def test_the_oldest_approval_goes_first(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    later = approved(scene.target, 1500)
    just_now()
    Proposal.objects.filter(pk=later.pk).update(decided_at=timezone.now())
    tasks.deliver()
    first, second = Delivery.objects.order_by("id")
    assert (first.proposal_id, first.stage) == (scene.proposal.pk, "watch")
    assert (second.proposal_id, second.stage) == (later.pk, "branch")


def test_watching_goes_on_without_beginning_anything(tmp_path: Path) -> None:
    scene, delivery = delivered(tmp_path)
    approved_elsewhere(scene.target)
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk).update(next_step_at=past)
    assert tasks.watch() == "1 stages run"
    assert Delivery.objects.count() == 1


def test_the_command_runs_a_tick(tmp_path: Path) -> None:
    make_scene(tmp_path)
    just_now()
    assert asked("deliver").startswith("1 begun, 7 stages run")
    assert asked("deliver", "--watch-only") == "0 stages run\n"


@pytest.mark.parametrize("by", ["number", "proposal"])
def test_the_command_takes_a_change_back(tmp_path: Path, by: str) -> None:
    scene, delivery = delivered(tmp_path)
    name = str(delivery.pk) if by == "number" else str(scene.proposal.pk)
    said = asked("revert", name, "--reason", "It fails.")
    assert said == f"Delivery #{delivery.pk} is being taken back by the next tick.\n"
    tasks.deliver()
    delivery.refresh_from_db()
    assert delivery.outcome == Outcome.REVERTED
    assert scene.timeout_on_main() == "400"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("77", "There is no delivery 77."),
        ("next", "'next' is neither a number nor the id of a proposal."),
        ("00000000-0000-4000-8000-000000000000", "There is no delivery 00000000"),
    ],
)
def test_the_command_says_what_it_did_not_find(name: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        asked("revert", name, "--reason", "It fails.")


def test_the_command_refuses_an_empty_reason(tmp_path: Path) -> None:
    _, delivery = delivered(tmp_path)
    with pytest.raises(CommandError, match="Say why"):
        asked("revert", str(delivery.pk), "--reason", " ")
    delivery.refresh_from_db()
    assert delivery.plan == Plan.FORWARD
