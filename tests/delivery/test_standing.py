"""Is what a standing approval let through delivered as what people approved, and no further?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from audit import sequencer
from audit.models import Entry
from delivery import gate, pipeline, tasks
from delivery.models import Delivery, Outcome
from delivery.windows import waiting
from delivery.windows.options import Windows
from proposals.lifecycle import Move, advance
from proposals.models import Proposal, Status
from proposals.standing import acts
from proposals.standing.records import Announcement, Passage, Stand, StandingApproval
from proposals.tasks import stand_down
from telemetry.models import Pattern
from tests.audit.entries import as_the_owner_of_the_database
from tests.delivery.scene import APPROVED_AT, Scene, make_scene
from tests.factories import NOW, make_pattern, tools_diff
from tests.proposals.standing.scene import QUIET, fresh, in_force, let_through, people, written
from tests.tied import without_guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Make a scene in which a standing approval let the change through."""
    found = make_scene(tmp_path)
    in_force(found.target)
    found.proposal = let_through(written(found.target, diff=tools_diff(1300)), NOW)
    found.clock.at = NOW + QUIET
    return found


def approval() -> StandingApproval:
    return StandingApproval.objects.get()


def test_it_is_merged_and_deployed_and_git_says_in_whose_name(scene: Scene) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert scene.reloads()
    said = scene.origin("log", "-1", "--format=%B", "main")
    assert f"Approved-by: standing approval #{approval().pk}" in said
    assert "Audit-Entry: " in said
    request = scene.origin("log", "-1", "--format=%B", "main^2")
    assert "standing approval" in request


@pytest.mark.parametrize("stage", ["branch", "pull_request", "merge"])
@pytest.mark.parametrize("end", ["revoke", "suspend"])
def test_nothing_goes_on_once_it_was_taken_back(scene: Scene, stage: str, end: str) -> None:
    delivery = scene.drive_until(scene.begin(), stage)
    before = scene.timeout_on_main()
    if end == "revoke":
        acts.revoke(approval(), person=people()[0], at=scene.clock(), reason="A mistake.")
    else:
        acts.suspend(approval(), reason="Another one was taken back.", at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.timeout_on_main() == before
    proposal = fresh(scene.proposal)
    assert proposal.status == Status.PENDING
    assert "by now: " in proposal.reason
    assert Entry.objects.get(event="proposal.lapsed").facts["rule"] == "withdrawn"


def test_what_is_merged_is_not_taken_back_by_a_revocation(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "deploy")
    acts.revoke(approval(), person=people()[0], at=scene.clock(), reason="A mistake.")
    scene.drive(delivery)
    assert (delivery.stage, delivery.outcome) == ("watch", "")


def _refused(delivery: Delivery) -> str:
    delivery.stage = "pull_request"
    said = gate.closed(delivery, NOW)
    assert said is not None
    return str(getattr(said, "reason", said))


def test_an_approval_under_one_that_the_log_does_not_hold_is_never_delivered(
    scene: Scene,
) -> None:
    delivery = scene.begin()
    sequencer.seal(NOW)
    entry = Entry.objects.get(event="proposal.approved", subject=f"proposal:{scene.proposal.pk}")
    confirmed = str(approval().last_transition_id)
    with as_the_owner_of_the_database():
        forged = entry.body.replace(confirmed, "0" * 8 + confirmed[8:])
        Entry.objects.filter(pk=entry.pk).update(body=forged)
    delivery.refresh_from_db()
    assert "the log holds no confirmation of standing approval" in _refused(delivery)


def test_one_whose_confirmation_was_sealed_later_than_the_approval_is_no_ground(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(tmp_path)
    monkeypatch.setattr("audit.follow._sealers", [])
    monkeypatch.setattr("proposals.standing.trusting.unsealed_entry", lambda _entry: "")
    in_force(scene.target)
    scene.proposal = let_through(written(scene.target), NOW)
    assert "was not sealed before it" in _refused(scene.begin())


def _windows(settings: LazySettings, *rules: str) -> None:
    section = Windows(rules=rules)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"windows": section})


def test_its_window_goes_by_the_risk_that_was_worked_out(
    scene: Scene, settings: LazySettings
) -> None:
    _windows(settings, "mon-sun 00:00-24:00 high")
    assert waiting.foreseen(scene.proposal, scene.clock()) == ""
    code = (
        "--- a/gateway/limits.py\n+++ b/gateway/limits.py\n@@ -1,3 +1,3 @@\n"
        ' """Limits."""\n \n-LONGEST = 10\n+LONGEST = 11\n'
    )
    in_force(scene.target, risk="medium", paths=("gateway/*.py",))
    _windows(settings)
    medium = let_through(written(scene.target, diff=code, risk="low"), NOW)
    _windows(settings, "mon-sun 00:00-24:00 high")
    assert "would wait" in waiting.foreseen(medium, scene.clock())


def _tick(monkeypatch: pytest.MonkeyPatch, at: Any) -> str:
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    return tasks.approve()


def test_the_tick_announces_approves_and_a_delivery_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(tmp_path)
    in_force(scene.target)
    proposal = written(scene.target)
    assert _tick(monkeypatch, NOW) == "1 announced, 0 approved, 0 withdrawn"
    assert _tick(monkeypatch, NOW + timedelta(minutes=5)) == "0 announced, 0 approved, 0 withdrawn"
    assert _tick(monkeypatch, NOW + QUIET) == "0 announced, 1 approved, 0 withdrawn"
    assert fresh(proposal).status == Status.APPROVED
    tasks.deliver()
    assert Delivery.objects.filter(proposal=proposal).exists()


def test_the_tick_asks_the_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    scene = make_scene(tmp_path)
    in_force(scene.target, risk="medium")
    written(scene.target, risk="medium")
    _windows(settings, "mon-sun 00:00-24:00 high")
    assert _tick(monkeypatch, NOW) == "1 announced, 0 approved, 0 withdrawn"
    assert _tick(monkeypatch, NOW + QUIET) == "0 announced, 0 approved, 0 withdrawn"
    assert "Change window: no change window opens" in Announcement.objects.get().waits


def test_what_a_delivery_takes_back_suspends_it_by_the_next_tick(scene: Scene) -> None:
    for move in (Move.OPEN_PR, Move.REVERT):
        actor = acts.OURSELVES
        advance(scene.proposal, move, actor=actor, at=APPROVED_AT, reason="It got worse.")
    assert stand_down() == f"suspended: standing approval #{approval().pk}"
    assert approval().status == Stand.SUSPENDED
    assert stand_down() == "none suspended"


def test_a_remedy_that_did_not_help_suspends_it_by_the_next_tick(scene: Scene) -> None:
    mine = f"proposal:{scene.proposal.pk}"
    pattern = make_pattern(scene.target)
    Pattern.objects.filter(pk=pattern.pk).update(remedy=mine, proof="unclear")
    assert stand_down() == "none suspended"
    Pattern.objects.filter(pk=pattern.pk).update(proof="ineffective")
    assert stand_down() == f"suspended: standing approval #{approval().pk}"
    assert approval().because.endswith("let through by this and its pattern fails as before.")


def test_an_approved_row_that_nobody_stands_behind_is_not_delivered(scene: Scene) -> None:
    with without_guards():
        Passage.objects.all().delete()
    delivery = pipeline.begin(Proposal.objects.get(pk=scene.proposal.pk), scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert fresh(scene.proposal).status == Status.PENDING
    assert "has to be approved again" in delivery.detail
