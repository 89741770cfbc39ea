"""Does a delivery weaken no test beyond what was accepted?"""

from pathlib import Path

import pytest

from delivery.models import Outcome
from proposals import checks, decision
from proposals.models import Proposal, Status
from targets.repository import Repository
from tests import factories
from tests.delivery.scene import Scene, make_scene
from tests.factories import NOW, make_proposal, make_user
from tests.proposals.test_weaker_tests import SUITE, WEAKER

pytestmark = pytest.mark.django_db


def approved(folder: Path, *, engine: str = "embedded", author: str = "EvalAgent") -> Scene:
    """Make a scene whose proposal weakens a test, accepted by who approved it."""
    scene = make_scene(folder)
    factories.commit_to_origin(scene.target, {"tests/test_limits.py": SUITE})
    Repository.of(scene.target).fetch()
    proposal = make_proposal(scene.target, diff=WEAKER, engine=engine, author=author)
    checks.check(proposal, NOW)
    proposal.refresh_from_db()
    decision.approve(
        proposal,
        reviewer=make_user(),
        document_digest=proposal.document_digest,
        at=NOW,
        acknowledged=True,
        weakening_accepted=True,
    )
    return Scene(scene.folder, scene.target, Proposal.objects.get(pk=proposal.pk))


def forgotten(scene: Scene) -> None:
    """Take the yes to weaker tests back, and leave the approval."""
    scene.proposal.reviews.update(weaker_tests=[])


def test_what_was_accepted_is_delivered(tmp_path: Path) -> None:
    scene = approved(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch", delivery.detail
    assert "assertTrue" in scene.origin("show", "main:tests/test_limits.py")


def test_lines_that_moved_since_are_still_accepted(tmp_path: Path) -> None:
    scene = approved(tmp_path)
    moved = "# A line more.\n# And another.\n" + SUITE
    factories.commit_to_origin(scene.target, {"tests/test_limits.py": moved})
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch", delivery.detail


def test_an_agent_is_denied_what_nobody_accepted(tmp_path: Path) -> None:
    scene = approved(tmp_path)
    forgotten(scene)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert delivery.detail.endswith("write branch: denied by judge.")
    assert "assertEqual" in scene.origin("show", "main:tests/test_limits.py")


def test_a_person_is_refused_it_too(tmp_path: Path) -> None:
    scene = approved(tmp_path, engine="person", author="carol")
    forgotten(scene)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert delivery.detail.startswith(
        "Tests become less strict than was accepted at the approval: tests/test_limits.py"
    )


def test_it_is_looked_at_again_before_the_merge(tmp_path: Path) -> None:
    scene = approved(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    forgotten(scene)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert delivery.detail.endswith("merge: denied by judge.")
