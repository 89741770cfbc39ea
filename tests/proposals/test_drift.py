"""Does the page say when the branch moved on since the change was written?"""

import pytest
from django.test import Client
from django.utils import timezone

from proposals.models import Proposal, Status
from proposals.pages.drifting import Drift, drift
from targets import registry
from targets.models import Target
from targets.repository import Repository
from tests.factories import TOOLS, commit_to_origin, make_proposal, make_user


@pytest.fixture
def reader(client: Client, target: Target) -> Client:
    """Sign in as a reviewer."""
    client.force_login(make_user())
    return client


def _move(target: Target, files: dict[str, str | None], times: int = 1) -> None:
    for number in range(times):
        commit_to_origin(target, {**files, "count.txt": str(number)})
    registry.refresh(target, timezone.now())
    target.refresh_from_db()


def _page(reader: Client, proposal: Proposal) -> str:
    return reader.get(proposal.get_absolute_url()).content.decode()


def test_a_branch_that_stands_still_costs_nothing(reader: Client, target: Target) -> None:
    proposal = make_proposal(target)
    assert drift(proposal) is None
    assert "newer commit" not in _page(reader, proposal)


def test_newer_commits_are_counted_and_the_change_still_applies(
    reader: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    _move(target, {"README.md": "new"}, times=2)
    page = _page(reader, proposal)
    assert "The branch has 2 newer commits; the change still applies" in page
    assert "Approve this change" in page


def test_a_change_that_no_longer_applies_is_said_before_anybody_approves(
    reader: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    _move(target, {"config/tools.yaml": TOOLS.replace("400", "800")})
    page = _page(reader, proposal)
    assert "1 newer commit and the change no longer applies" in page
    assert "config/tools.yaml" in page


@pytest.mark.parametrize("status", [Status.REJECTED, Status.PR_OPEN, Status.REVERTED])
def test_what_will_not_be_delivered_again_is_not_compared(target: Target, status: Status) -> None:
    proposal = make_proposal(target, status=status)
    _move(target, {"README.md": "new"})
    assert drift(Proposal.objects.get(pk=proposal.pk)) is None


def test_git_is_asked_once_per_head(target: Target) -> None:
    proposal = make_proposal(target)
    _move(target, {"README.md": "new"})
    fresh = Proposal.objects.select_related("target").get()
    assert drift(fresh) == Drift(1)
    clone = Repository.of(target).git_dir
    clone.rename(clone.with_name("away.git"))
    assert drift(fresh) == Drift(1)
    assert proposal.target_id == fresh.target_id


def test_a_clone_that_cannot_answer_says_nothing(reader: Client, target: Target) -> None:
    proposal = make_proposal(target)
    Target.objects.update(head_commit="9" * 40)
    assert "newer commit" not in _page(reader, proposal)
