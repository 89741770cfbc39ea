"""When workers do the same thing at once, does it happen once?"""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from audit.log import Actor
from audit.models import Entry
from proposals import intake, lifecycle
from proposals.intake import DuplicateProposal
from proposals.lifecycle import IllegalMove, Move
from proposals.models import Proposal, Status, Transition
from proposals.publish import BRANCH, publish
from targets.repository import Repository
from tests.factories import NOW, make_proposal, make_target, proposal_text

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(count: int, act: Callable[[], object], expected: type[Exception]) -> list[str]:
    """Run an act in several threads started together; return how each one ended."""
    gate, ends = threading.Barrier(count), []

    def run() -> None:
        gate.wait()
        try:
            act()
            ends.append("done")
        except expected as refusal:
            ends.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_the_same_text_handed_in_at_once_becomes_one_proposal(tmp_path: Path) -> None:
    target = make_target(tmp_path)

    def submit() -> None:
        intake.submit(
            target=target,
            text=proposal_text(),
            engine="embedded",
            author="EvalAgent",
            at=NOW,
            actor=Actor.agent("EvalAgent"),
        )

    ends = _at_once(3, submit, DuplicateProposal)
    assert ends == ["DuplicateProposal", "DuplicateProposal", "done"]
    assert Proposal.objects.count() == 1
    assert Entry.objects.filter(event="proposal.created").count() == 1


def test_a_move_made_at_once_happens_once(tmp_path: Path) -> None:
    proposal = make_proposal(make_target(tmp_path), status=Status.APPROVED)

    def move() -> None:
        lifecycle.advance(proposal, Move.OPEN_PR, actor=Actor.system("delivery"), at=NOW)

    assert _at_once(3, move, IllegalMove) == ["IllegalMove", "IllegalMove", "done"]
    assert list(Transition.objects.values_list("version", flat=True)) == [0, 1, 2]


def test_two_publishers_make_each_commit_once(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    make_proposal(target, status=Status.IMPLEMENTED)
    later = NOW + timedelta(hours=1)
    assert _at_once(2, lambda: publish(target, later), IllegalMove) == ["done", "done"]
    commits = Repository.of(target).log(BRANCH)
    assert len(commits) == 4
    assert {move.commit for move in Transition.objects.all()} == {c.sha for c in commits}
