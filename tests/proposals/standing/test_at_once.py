"""When two workers look at once, or a person acts meanwhile, is there one decision?"""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections

from audit.models import Entry
from proposals import decision
from proposals.lifecycle import IllegalMove
from proposals.models import Status
from proposals.standing import acts, passing
from proposals.standing.records import Announcement, Passage
from tests.factories import NOW, make_target, make_user
from tests.proposals.standing.scene import QUIET, fresh, granted, in_force, look, people, written

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + QUIET


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do everything in threads of their own, started together."""
    gate, came = threading.Barrier(len(deeds)), list[object]()

    def run(deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            came.append(deed())
        except (IllegalMove, acts.NotPossible) as refusal:
            came.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_two_ticks_at_once_announce_once_and_approve_once(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    in_force(target)
    proposal = written(target)
    came = at_once(*[lambda: look(proposal, NOW)] * 3)
    assert sorted(map(str, came)) == ["", "", "announced"]
    assert Announcement.objects.count() == 1
    came = at_once(*[lambda: look(proposal, DUE)] * 3)
    assert sorted(map(str, came)) == ["", "", "approved"]
    assert Passage.objects.count() == 1
    assert Entry.objects.filter(event="proposal.approved").count() == 1


def test_the_days_count_holds_where_two_are_due_at_once(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    in_force(target, most_per_day=1)
    both = [written(target), written(target)]
    for proposal in both:
        look(proposal, NOW)
    at_once(*[lambda one=one: look(one, DUE) for one in both])
    assert Passage.objects.count() == 1


def test_a_person_who_rejects_at_the_last_moment_and_a_tick_make_one_decision(
    tmp_path: Path,
) -> None:
    target = make_target(tmp_path)
    in_force(target)
    proposal, rita = written(target), make_user(name="rita")
    look(proposal, NOW)
    at_once(
        lambda: look(proposal, DUE),
        lambda: decision.reject(proposal, reviewer=rita, reason="No.", at=DUE),
    )
    decided = ("proposal.approved", "proposal.rejected")
    assert Entry.objects.filter(event__in=decided).count() == 1
    passed = Passage.objects.exists()
    assert fresh(proposal).status == (Status.APPROVED if passed else Status.REJECTED)


def test_two_who_confirm_at_once_bring_it_into_force_once(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    approval = granted(target)
    _, bob = people()
    cleo = make_user("admin", name="cleo")
    came = at_once(
        lambda: acts.confirm(approval, person=bob, at=NOW),
        lambda: acts.confirm(approval, person=cleo, at=NOW),
    )
    assert [isinstance(one, acts.NotPossible) for one in came].count(True) == 1
    assert Entry.objects.filter(event="standing.confirmed").count() == 1


def test_a_revocation_and_a_tick_never_leave_an_approval_that_holds(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    approval = in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    ada, _ = people()
    at_once(
        lambda: look(proposal, DUE),
        lambda: acts.revoke(approval, person=ada, at=DUE, reason="The team changed."),
    )
    assert passing.flaw(proposal) or fresh(proposal).status == Status.PENDING
