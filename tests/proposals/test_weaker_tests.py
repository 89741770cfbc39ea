"""Does nobody make tests less strict without a yes to just that, on the record?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from audit.models import Entry
from proposals import checks, decision, together
from proposals.authorising import weakening
from proposals.authorising.approved import accepted_weaker_tests
from proposals.decision import NotAcknowledged, WeakeningNotAccepted
from proposals.models import Proposal, Status
from proposals.together import Chosen, Word
from targets.models import Target
from tests.factories import FILES, NOW, make_proposal, make_target, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
SUITE = """\
import unittest


class Limits(unittest.TestCase):
    def test_longest(self):
        self.assertEqual(LONGEST, 10)
"""
WEAKER = """\
--- a/tests/test_limits.py
+++ b/tests/test_limits.py
@@ -4,3 +4,3 @@
 class Limits(unittest.TestCase):
     def test_longest(self):
-        self.assertEqual(LONGEST, 10)
+        self.assertTrue(LONGEST)
"""
FINDING = (
    "tests/test_limits.py: Limits.test_longest: “self.assertTrue(LONGEST)” is looser;"
    " it was “self.assertEqual(LONGEST, 10)”"
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    manifest = '[tests]\ncommand = ["true"]\n'
    files = {**FILES, "tests/test_limits.py": SUITE, ".selfimprove.toml": manifest}
    return make_target(tmp_path, files=files)


def weaker(target: Target, *, risk: str = "low") -> Proposal:
    proposal = make_proposal(target, diff=WEAKER, risk=risk)
    checks.check(proposal, LATER)
    proposal.refresh_from_db()
    return proposal


def approve(proposal: Proposal, *, accepted: bool, name: str = "") -> Proposal:
    return decision.approve(
        proposal,
        reviewer=make_user(name=name),
        document_digest=proposal.document_digest,
        at=LATER,
        acknowledged=True,
        weakening_accepted=accepted,
    )


def test_it_is_refused_without_a_yes_of_its_own(target: Target) -> None:
    proposal = weaker(target)
    assert weakening.found(proposal.report) == (FINDING,)
    before = Entry.objects.count()
    with pytest.raises(WeakeningNotAccepted, match="less strict with this change, in 1 place"):
        approve(proposal, accepted=False)
    assert issubclass(WeakeningNotAccepted, NotAcknowledged)
    assert (Entry.objects.count(), Proposal.objects.get().status) == (before, Status.PENDING)


def test_the_yes_is_on_the_record_with_the_approval(target: Target) -> None:
    proposal = weaker(target)
    moved = approve(proposal, accepted=True, name="ada")
    assert moved.status == Status.APPROVED
    entry = Entry.objects.get(event="proposal.approved")
    assert (entry.who, entry.facts["weaker_tests"]["accepted"]) == ("ada", 1)
    assert len(entry.facts["weaker_tests"]["digest"]) == 64
    assert proposal.reviews.get().weaker_tests == [FINDING]
    assert accepted_weaker_tests(moved) == {FINDING}


def test_a_yes_that_nothing_asks_for_is_not_written_down(target: Target) -> None:
    proposal = make_proposal(target)
    approve(proposal, accepted=True)
    assert "weaker_tests" not in Entry.objects.get(event="proposal.approved").facts
    assert proposal.reviews.get().weaker_tests == []


def test_where_two_must_approve_both_must_accept(target: Target) -> None:
    proposal = weaker(target, risk="high")
    assert proposal.risk == "high"
    assert approve(proposal, accepted=True).status == Status.PENDING
    first = Entry.objects.get(event="proposal.reviewed")
    assert first.facts["weaker_tests"]["accepted"] == 1
    with pytest.raises(WeakeningNotAccepted):
        approve(proposal, accepted=False)
    assert approve(proposal, accepted=True).status == Status.APPROVED


def test_only_what_both_accepted_counts(target: Target) -> None:
    proposal = weaker(target, risk="high")
    approve(proposal, accepted=True)
    approve(proposal, accepted=True)
    first = proposal.reviews.first()
    assert first is not None
    first.weaker_tests = []
    first.save()
    assert accepted_weaker_tests(proposal) == frozenset()


def test_several_at_once_are_no_way_around_it(target: Target) -> None:
    proposal = weaker(target)
    chosen = [Chosen(proposal.pk, proposal.document_digest)]
    [outcome] = together.decide(chosen, word=Word(True), reviewer=make_user(), at=LATER)
    assert not outcome.done
    assert Proposal.objects.get().status == Status.PENDING


def test_the_page_asks_for_it_apart_from_the_findings(target: Target, client: Client) -> None:
    proposal = weaker(target)
    client.force_login(make_user(name="ada"))
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "Tests become less strict, in 1 place." in page
    assert page.count('name="weakening_accepted" required') == 1
    assert page.count('name="acknowledged" required') == 1
    form = {"document_digest": proposal.document_digest, "acknowledged": "on"}
    address = f"{proposal.get_absolute_url()}approve/"
    refused = client.post(address, form)
    assert refused.status_code == 409
    assert "needs a yes of its own" in refused.content.decode()
    assert Proposal.objects.get().status == Status.PENDING
    client.post(address, form | {"weakening_accepted": "on"})
    assert Proposal.objects.get().status == Status.APPROVED
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "Accepted that tests become less strict, in 1 place." in page


def test_other_proposals_are_not_asked_for_it(target: Target, client: Client) -> None:
    proposal = make_proposal(target)
    client.force_login(make_user())
    assert "weakening_accepted" not in client.get(proposal.get_absolute_url()).content.decode()
