"""Is a decision the same by page, tool, API and chat: its outcome, its refusal, its entry?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from proposals.models import Proposal, Review
from selfimprove.chat.records import ChatReading
from selfimprove.mcp import deciding
from selfimprove.mcp.callers import Refused
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.chat.talking import SECRET, Talk, account
from tests.factories import make_proposal, make_target, make_user
from tests.mcp.tokens import issue
from validation.models import Finding, Outcome, Report

pytestmark = pytest.mark.django_db


@dataclass
class Wish:
    """Say who decides what about a proposal."""

    person: User
    proposal: Proposal
    approves: bool = True
    reason: str = ""
    acknowledges: bool = False
    accepts: bool = False
    digest: str = ""  # what was read; empty: the words as they stand

    @property
    def read(self) -> str:
        return self.digest or self.proposal.document_digest


def by_page(wish: Wish) -> bool:
    """Press the button."""
    page = Client()
    page.force_login(wish.person)
    form = {"document_digest": wish.read, "reason": wish.reason, "category": "other"}
    form |= {"acknowledged": "on"} if wish.acknowledges else {}
    form |= {"weakening_accepted": "on"} if wish.accepts else {}
    act = "approve" if wish.approves else "reject"
    answer = page.post(reverse(f"proposals:{act}", args=[wish.proposal.pk]), form)
    assert answer.status_code in (302, 403, 409, 422)
    return bool(answer.status_code == 302)


def by_api(wish: Wish) -> bool:
    """Send JSON."""
    caller = program(wish.proposal.target, Scope.PROPOSALS_DECIDE, person=wish.person)
    given: dict[str, Any] = {"digest": wish.read, "reason": wish.reason}
    if wish.approves:
        given |= {"acknowledge_findings": wish.acknowledges, "accept_weaker_tests": wish.accepts}
    act = "approve" if wish.approves else "reject"
    answer = caller.post(f"proposals/{wish.proposal.pk}/{act}", given)
    assert answer.status_code in (200, 403, 409, 422), answer.content
    return bool(answer.status_code == 200)


def by_tool(wish: Wish) -> bool:
    """Call the tool of an agent."""
    secret = issue(wish.proposal.target, wish.person, Scope.PROPOSALS_DECIDE).secret
    given = {"wanted": str(wish.proposal.pk), "digest": wish.read, "reason": wish.reason}
    try:
        if wish.approves:
            deciding.approve(
                secret, timezone.now(), **given,
                acknowledge_findings=wish.acknowledges, accept_weaker_tests=wish.accepts,
            )  # fmt: skip
        else:
            deciding.reject(secret, timezone.now(), **given, category="other")
    except Refused:
        return False
    return True


def by_chat(wish: Wish) -> bool:
    """Write a line, after show."""
    known = account(wish.person, f"U{wish.person.pk}-{timezone.now().timestamp()}"[:80])
    talk, signs = Talk(known.user), str(wish.proposal.pk)
    talk(f"show {signs}")
    if wish.digest:  # the words changed after they were shown
        ChatReading.objects.filter(account=known).update(digest=wish.digest)
    options = "--acknowledge " * wish.acknowledges + "--accept-weaker-tests " * wish.accepts
    said = talk(f"approve {signs} {options}{wish.reason}" if wish.approves
                else f"reject {signs} {wish.reason}")  # fmt: skip
    refused = "Nothing was changed" in said
    assert refused or signs[:8] in said
    return not refused


DOORS: Mapping[str, Callable[[Wish], bool]] = {
    "page": by_page,
    "api": by_api,
    "mcp": by_tool,
    "chat": by_chat,
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_WEBHOOK_SECRET", SECRET)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def reported(target: Target, outcome: str) -> Proposal:
    proposal = make_proposal(target)
    Report.objects.filter(proposals=proposal).update(outcome=outcome)
    return proposal


def weaker(target: Target) -> Proposal:
    """Make one with which a test becomes less strict."""
    proposal = make_proposal(target)
    assert proposal.report is not None
    proposal.report.outcome = Outcome.ACKNOWLEDGE
    proposal.report.save()
    result = proposal.report.results.get()
    result.gate, result.outcome = "weakened tests", Outcome.ACKNOWLEDGE
    result.save()
    Finding.objects.create(
        result=result, path="test_it.py", message="it asserts less", refuses=False
    )
    return proposal


def reviewer() -> User:
    return make_user("reviewer")


def once_approved(target: Target, person: User) -> Proposal:
    """Make one of high risk that a person has approved once."""
    proposal = make_proposal(target, risk="high")
    assert by_page(Wish(person, proposal))
    return proposal


def lapsed(target: Target) -> Proposal:
    proposal = make_proposal(target)
    past = timezone.now() - timedelta(days=1)
    Report.objects.filter(proposals=proposal).update(relies_until=past)
    return proposal


def own(target: Target) -> Wish:
    person = reviewer()
    return Wish(person, make_proposal(target, engine="person", author=person.username))


def second_of_one(target: Target) -> Wish:
    person = reviewer()
    return Wish(person, once_approved(target, person))


Make = Callable[[Target], Wish]
SITUATIONS: Mapping[str, tuple[Make, str]] = {
    "an approval": (lambda t: Wish(reviewer(), make_proposal(t)), "APPROVED"),
    "with a reason": (lambda t: Wish(reviewer(), make_proposal(t), reason="Fine."), "APPROVED"),
    "a rejection": (
        lambda t: Wish(reviewer(), make_proposal(t), approves=False, reason="Wrong."),
        "REJECTED",
    ),
    "no reason": (lambda t: Wish(reviewer(), make_proposal(t), approves=False), ""),
    "other words were read": (
        lambda t: Wish(reviewer(), make_proposal(t), digest="1" * 64),
        "",
    ),
    "other words were read, no": (
        lambda t: Wish(reviewer(), make_proposal(t), False, "Wrong.", digest="1" * 64),
        "",
    ),
    "who may not": (lambda t: Wish(make_user("viewer"), make_proposal(t)), ""),
    "who may not, no": (
        lambda t: Wish(make_user("viewer"), make_proposal(t), approves=False, reason="Wrong."),
        "",
    ),
    "one's own": (own, ""),
    "the first of two": (lambda t: Wish(reviewer(), make_proposal(t, risk="high")), "PENDING"),
    "the second of one": (second_of_one, ""),
    "the second of two": (lambda t: Wish(reviewer(), once_approved(t, reviewer())), "APPROVED"),
    "the gates refuse": (
        lambda t: Wish(reviewer(), reported(t, Outcome.REFUSED), acknowledges=True),
        "",
    ),
    "they could not run": (
        lambda t: Wish(reviewer(), reported(t, Outcome.COULD_NOT_RUN), acknowledges=True),
        "",
    ),
    "not acknowledged": (lambda t: Wish(reviewer(), reported(t, Outcome.ACKNOWLEDGE)), ""),
    "acknowledged": (
        lambda t: Wish(reviewer(), reported(t, Outcome.ACKNOWLEDGE), acknowledges=True),
        "APPROVED",
    ),
    "weaker tests": (lambda t: Wish(reviewer(), weaker(t), acknowledges=True), ""),
    "weaker tests accepted": (
        lambda t: Wish(reviewer(), weaker(t), acknowledges=True, accepts=True),
        "APPROVED",
    ),
    "a lapsed check": (lambda t: Wish(reviewer(), lapsed(t)), ""),
    "decided already": (lambda t: Wish(reviewer(), make_proposal(t, status="REJECTED")), ""),
}
DECISIONS = ("proposal.approved", "proposal.rejected", "proposal.reviewed")
OF_A_DOOR = {"door", "token", "token_start", "chat_account", "chat"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_decision_comes_out_the_same(target: Target, situation: str, door: str) -> None:
    make, status = SITUATIONS[situation]
    wish = make(target)
    before = wish.proposal.status, wish.proposal.version
    last = Entry.objects.latest("id").pk
    done = DOORS[door](wish)
    wish.proposal.refresh_from_db()
    told = Entry.objects.filter(pk__gt=last, event__in=DECISIONS)
    assert done is bool(status)
    if not status:
        assert (wish.proposal.status, wish.proposal.version) == before
        assert not told.exists()
        return
    assert wish.proposal.status == status
    entry = told.get()
    assert (entry.who, entry.actor_type) == (wish.person.username, "person")
    assert entry.facts.get("door", "page") == door
    assert {name for name in entry.facts if name not in OF_A_DOOR} == expected(entry, wish)
    review = Review.objects.get(reviewer=wish.person, proposal=wish.proposal)
    assert (review.document_digest, review.approved) == (wish.read, wish.approves)
    assert review.entry_uid == entry.uid
    assert bool(review.weaker_tests) is wish.accepts


def expected(entry: Entry, wish: Wish) -> set[str]:
    """Name the facts that each decision states, whoever carries it."""
    names = {"document", "diff", "base", "policy", "report", "rehearsal"}
    names |= {"version"} if entry.event != "proposal.reviewed" else set()
    names |= {"category"} if not wish.approves else set()
    return names | ({"weaker_tests"} if wish.accepts else set())
