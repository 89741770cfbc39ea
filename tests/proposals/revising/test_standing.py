"""Does a standing approval leave alone what a person wants changed, and what came of that?"""

from datetime import timedelta

import pytest

from audit.events import Event
from audit.models import Entry
from proposals.models import Announcement, Status
from proposals.revising import asking
from proposals.standing import applying, gathering
from proposals.standing.judging import keep
from targets.models import Target
from tests.factories import NOW, make_report
from tests.proposals.revising.scene import REASON, revised
from tests.proposals.standing.scene import QUIET, fresh, in_force, look, people, written

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)


def test_what_was_announced_is_taken_back_and_not_approved(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    assert look(proposal, NOW) == "announced"
    asking.request(proposal, by=people()[0], reason=REASON, at=SOON)
    assert look(proposal, NOW + QUIET + timedelta(minutes=1)) in ("withdrawn", "")
    assert look(proposal, NOW + QUIET + timedelta(hours=9)) == ""
    assert fresh(proposal).status == Status.PENDING
    assert "Nobody asked for changes: changes are requested" in Announcement.objects.get().because
    assert Entry.objects.filter(event=Event.PROPOSAL_WITHDRAWN).count() == 1


def test_once_withdrawn_its_time_begins_anew(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    asking.request(proposal, by=people()[0], reason=REASON, at=NOW)
    assert look(proposal, NOW) == ""
    asking.withdraw(proposal, by=people()[0], at=SOON)
    assert look(proposal, SOON) == "announced"


def test_a_revision_is_read_by_people(target: Target) -> None:
    in_force(target, engines=("embedded", "model"))
    proposal = written(target)
    asking.request(proposal, by=people()[0], reason=REASON, at=NOW)
    new = revised(proposal)
    make_report(new)
    keep(new, label="proven improved", generation=7, at=NOW)
    assert gathering.case_of(new, NOW).asked == "it is revision 2, which a person asked for"
    assert new in list(applying.candidates())
    assert look(new, SOON) == ""
