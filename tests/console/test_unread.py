"""Is everybody told in time what will be approved that nobody has read?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from proposals.standing import acts
from selfimprove.console.attention import TO_KNOW, TROUBLE, YOUR_TURN, Attention, attention
from targets.models import Target
from tests.factories import make_target
from tests.proposals.standing.scene import QUIET, granted, in_force, look, people, written

pytestmark = pytest.mark.django_db
MAY = "proposals.view_standingapproval"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def rows() -> list[Attention]:
    return [one for one in attention(timezone.now(), lambda name: name == MAY) if one.rank]


def test_an_announcement_says_when_and_what_one_can_do(target: Target) -> None:
    now = timezone.now()
    in_force(target, at=now)
    proposal = written(target, at=now)
    look(proposal, now)
    [row] = rows()
    assert (row.title, row.rank, row.url) == (
        proposal.title,
        YOUR_TURN,
        proposal.get_absolute_url(),
    )
    assert f"approved at {now + QUIET:%Y-%m-%d %H:%M} UTC under standing approval" in row.why
    assert "unless somebody rejects or holds it" in row.why
    look(proposal, now + QUIET)
    assert rows() == []


def test_one_that_waits_for_a_second_person_asks_for_one(target: Target) -> None:
    granted(target, at=timezone.now())
    [row] = rows()
    assert (row.badge, row.rank) == ("To be confirmed", YOUR_TURN)
    assert row.why.startswith("ada granted it")


def test_a_suspended_one_is_trouble_and_says_what_was_taken_back(target: Target) -> None:
    approval = in_force(target, at=timezone.now())
    acts.suspend(approval, reason="“Wait longer” was taken back.", at=timezone.now())
    [row] = rows()
    assert (row.badge, row.rank) == ("Suspended", TROUBLE)
    assert "“Wait longer” was taken back. It lets nothing through" in row.why


def test_one_that_ends_within_a_week_is_told_and_one_that_is_over_is_not(target: Target) -> None:
    in_force(target, at=timezone.now() - timedelta(days=25))
    [row] = rows()
    assert (row.badge, row.rank) == ("Ends soon", TO_KNOW)
    in_force(target, at=timezone.now() - timedelta(days=31))
    assert len(rows()) == 1


def test_a_revoked_one_and_one_that_runs_need_nobody(target: Target) -> None:
    approval = in_force(target, at=timezone.now())
    assert rows() == []
    acts.revoke(approval, person=people()[0], at=timezone.now(), reason="No.")
    assert rows() == []


def test_who_may_not_see_them_is_told_nothing(target: Target) -> None:
    granted(target, at=timezone.now())
    told = attention(timezone.now(), lambda _name: False)
    assert not [one for one in told if "standing" in one.why.lower()]
