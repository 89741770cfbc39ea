"""What becomes of an approval when the branch moves: each row of the table, on real branches."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from audit.models import Entry
from delivery import tasks
from delivery.grounds import moved
from delivery.grounds.rules import Rule
from delivery.models import Delivery, Outcome, Result
from proposals import decision
from proposals.models import Proposal, Status
from proposals.publish import publish
from proposals.rebuild import rows_from_git
from proposals.records import words_of
from targets.repository import Repository
from tests.delivery.scene import Scene, make_scene
from tests.delivery.test_weaker_tests import approved as approved_weaker
from tests.delivery.test_weaker_tests import forgotten
from tests.factories import commit_to_origin, git, make_proposal, make_report, make_user
from tests.proposals.colliding.diffs import LINES, replacing

pytestmark = pytest.mark.django_db
NOTES = [f"line {number}\n" for number in range(1, LINES + 1)]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Make a scene with an approved change in the middle of a long file."""
    scene = make_scene(tmp_path)
    commit_to_origin(scene.target, {"a.txt": "".join(NOTES)})
    repository = Repository.of(scene.target)
    repository.fetch()
    scene.target.head_commit = repository.head("main")
    scene.target.save()
    proposal = make_proposal(scene.target, status=Status.APPROVED, diff=replacing(10))
    return Scene(scene.folder, scene.target, proposal)


def _elsewhere(scene: Scene) -> str:
    return commit_to_origin(scene.target, {"README.md": "Hello.\n"})


def _below(scene: Scene) -> str:
    return commit_to_origin(scene.target, {"a.txt": "".join([*NOTES[:40], "more\n", *NOTES[40:]])})


def _twice(scene: Scene) -> str:
    """Copy the lines around the change, so that they are there twice."""
    return commit_to_origin(scene.target, {"a.txt": "".join([*NOTES[6:13], *NOTES])})


def _driven(scene: Scene) -> Delivery:
    delivery = scene.begin()
    scene.drive(delivery)
    return delivery


def _told(delivery: Delivery) -> list[dict[str, object]]:
    entries = Entry.objects.filter(event="delivery.ground_moved").order_by("id")
    mine = [entry for entry in entries if entry.subject == f"delivery:{delivery.pk}"]
    return [dict(entry.facts) for entry in mine]


def test_a_branch_that_stands_still_is_no_news(scene: Scene) -> None:
    delivery = _driven(scene)
    assert delivery.stage == "watch"
    assert _told(delivery) == []


def test_where_nobody_touched_its_files_the_approval_holds(scene: Scene) -> None:
    head = _elsewhere(scene)
    delivery = _driven(scene)
    assert delivery.stage == "watch", delivery.detail
    [told] = _told(delivery)
    assert (told["rule"], told["head"], told["files"]) == ("retained", head, [])
    run = delivery.runs.get(stage="branch", result=Result.PASSED)
    assert run.message.endswith("By rule, nobody touched its files meanwhile: the approval holds.")


def test_where_others_changed_its_file_elsewhere_all_gates_are_asked_anew(scene: Scene) -> None:
    _below(scene)
    delivery = _driven(scene)
    assert delivery.stage == "watch", delivery.detail
    [told] = _told(delivery)
    assert (told["rule"], told["files"]) == ("proven_anew", ["a.txt"])
    assert "if every gate, asked anew, lets it pass" in delivery.runs.get(stage="branch").message


def test_where_it_could_go_to_several_places_people_are_asked_again(scene: Scene) -> None:
    head = _twice(scene)
    before = scene.proposal.document_digest
    delivery = _driven(scene)
    assert delivery.outcome == Outcome.ABORTED
    proposal = scene.proposal
    assert proposal.status == Status.PENDING
    assert "others changed a.txt" in proposal.reason
    assert (proposal.base_commit, proposal.report, proposal.reviewer) == (head, None, "")
    assert words_of(proposal).base == head
    assert proposal.document_digest != before
    assert decision.approvals(proposal) == []
    entry = Entry.objects.get(event="proposal.lapsed")
    assert entry.facts["rule"] == "asked_again"
    assert entry.facts["base"] == head
    assert entry.facts["old_document"] == before
    assert scene.branches() == ["main"]


def test_where_it_does_not_fit_any_more_it_has_failed(scene: Scene) -> None:
    commit_to_origin(scene.target, {"a.txt": "".join([*NOTES[:9], "other\n", *NOTES[10:]])})
    delivery = _driven(scene)
    assert delivery.outcome == Outcome.FAILED
    assert scene.proposal.status == Status.FAILED
    assert "conflicts with main" in scene.proposal.reason


def test_what_the_gates_find_only_on_the_new_ground_is_for_people(tmp_path: Path) -> None:
    scene = approved_weaker(tmp_path, engine="person", author="carol")
    forgotten(scene)
    head = _elsewhere(scene)
    delivery = _driven(scene)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert scene.proposal.base_commit == head
    assert scene.proposal.reason.startswith(
        "On the branch as it stands now: Tests become less strict"
    )
    tasks.deliver()
    assert scene.branches() == ["main"]  # what was pushed belongs to nobody any more


def test_git_holds_what_is_asked_again_as_it_would_stand_now(scene: Scene) -> None:
    publish(scene.target, scene.clock())
    head = _twice(scene)
    _driven(scene)
    publish(scene.target, scene.clock())
    publish(scene.target, scene.clock())  # what we wrote ourselves is no edit of somebody else
    proposal = Proposal.objects.get(pk=scene.proposal.pk)
    assert (proposal.base_commit, proposal.status) == (head, Status.PENDING)
    assert not Entry.objects.filter(event="proposal.reworded").exists()
    place = Repository.of(scene.target).git_dir
    text = git(place, "show", f"refs/heads/selfimprove/proposals:{proposal.path}")
    assert f"base: {head}" in text
    assert "status: pending" in text
    subjects = git(place, "log", "--format=%s", "refs/heads/selfimprove/proposals").split("\n")
    assert subjects[0].startswith("Ask again: ")
    assert rows_from_git(scene.target).unreadable == ()
    assert Proposal.objects.get(pk=proposal.pk).base_commit == head


def test_where_others_see_a_pull_request_it_is_closed_first(tmp_path: Path) -> None:
    scene = approved_weaker(tmp_path, engine="person", author="carol")
    delivery = scene.drive_until(scene.begin(), "merge")
    forgotten(scene)
    head = _elsewhere(scene)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert scene.proposal.base_commit == head
    assert Entry.objects.get(event="proposal.lapsed").facts["rule"] == "asked_again"
    assert scene.branches() == ["main"]


def test_what_was_approved_again_is_delivered_from_the_beginning(scene: Scene) -> None:
    _twice(scene)
    delivery = _driven(scene)
    first = delivery.approval_uid
    proposal = scene.proposal
    make_report(proposal)
    scene.clock.forward(hours=1)
    decision.approve(
        proposal,
        reviewer=make_user(),
        document_digest=proposal.document_digest,
        at=scene.clock(),
    )
    again = _driven(scene)
    assert again.pk == delivery.pk
    assert again.approval_uid != first
    assert again.stage == "watch", again.detail
    assert again.runs.get(stage="branch", result=Result.PASSED).attempt == 2
    assert again.snapshot_tag.startswith(f"selfimprove/snapshot/{again.pk}-")
    assert again.started_at == scene.clock()


def test_a_head_is_told_once_however_often_the_stage_runs(scene: Scene) -> None:
    _elsewhere(scene)
    delivery = scene.drive_until(scene.begin(), "validate")
    repository = Repository.of(scene.target)
    change = repository.apply(delivery.base_commit, scene.proposal.diff)
    found = moved.ground(repository, scene.proposal, change)
    assert found.rule is Rule.RETAINED
    moved.remember(delivery, found, scene.clock() + timedelta(minutes=1))
    assert len(_told(delivery)) == 1


def test_pages_say_which_rule_applied_and_that_people_are_asked_again(
    scene: Scene, client: Client
) -> None:
    _twice(scene)
    delivery = _driven(scene)
    client.force_login(make_user("admin"))
    page = client.get(delivery.get_absolute_url()).content.decode()
    assert "could go to several places" in page
    page = client.get(scene.proposal.get_absolute_url()).content.decode()
    assert "It was approved before." in page
    assert "The approval of this proposal ended: people are asked again" in page
    assert "This was about an earlier text; it no longer counts." in page
    assert Proposal.objects.get(pk=scene.proposal.pk).status == Status.PENDING
