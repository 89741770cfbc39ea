"""Who may grant, confirm, suspend and revoke, and what does the log hold of it?"""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from audit.models import Entry
from proposals.decision import FourEyes
from proposals.standing import acts, wishes
from proposals.standing.acts import NotPossible
from proposals.standing.records import Stand, StandingApproval
from proposals.standing.wishes import CannotGrant
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.people import pseudonym
from tests.proposals.standing.scene import BOUNDS, WISH, granted, in_force, people


def test_what_one_person_grants_counts_once_another_one_has_confirmed_it(target: Target) -> None:
    approval = granted(target)
    assert (approval.status, approval.is_in_force(NOW)) == (Stand.GRANTED, False)
    ada, bob = people()
    with pytest.raises(FourEyes, match="somebody else"):
        acts.confirm(approval, person=ada, at=NOW)
    confirmed = acts.confirm(approval, person=bob, at=NOW)
    assert confirmed.is_in_force(NOW)
    assert (confirmed.granted_by, confirmed.confirmed_by) == (ada, bob)
    assert not confirmed.is_in_force(confirmed.until)
    assert confirmed.state(confirmed.until) == "Expired"


def test_the_log_holds_who_allowed_what_and_names_nobody_in_its_hashed_text(
    target: Target,
) -> None:
    approval = in_force(target)
    granted_, confirmed = Entry.objects.filter(subject=f"standing:{approval.pk}").order_by("id")
    assert (granted_.event, confirmed.event) == ("standing.granted", "standing.confirmed")
    assert (granted_.actor, confirmed.actor) == (pseudonym("ada"), pseudonym("bob"))
    assert granted_.facts["paths"] == ["config/*.yaml"]
    assert confirmed.facts == granted_.facts
    assert confirmed.cites == [str(granted_.uid)]
    assert granted_.reason == WISH.reason
    assert not re.search(r"\bada\b|\bbob\b|every day", granted_.body + confirmed.body)
    assert confirmed.transition_id == approval.last_transition_id


@pytest.mark.parametrize("role", ["viewer", "reviewer", "operator"])
def test_who_may_decide_single_proposals_may_not_allow_many(target: Target, role: str) -> None:
    approval = granted(target)
    person, before = make_user(role), Entry.objects.count()
    with pytest.raises(PermissionDenied):
        acts.grant(target, WISH, person=person, at=NOW)
    with pytest.raises(PermissionDenied):
        acts.confirm(approval, person=person, at=NOW)
    with pytest.raises(PermissionDenied):
        acts.revoke(approval, person=person, at=NOW, reason="No.")
    assert (Entry.objects.count(), StandingApproval.objects.count()) == (before, 1)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"risk": "high"}, "a person decides"),
    ({"risk": ""}, "a person decides"),
    ({"most_files": 0}, "Bound the files"),
    ({"most_files": 10_001}, "Bound the files"),
    ({"most_lines": -1}, "changed lines"),
    ({"most_per_day": 0}, "24 hours"),
    ({"paths": ()}, "without one, none may"),
    ({"paths": (" ", "")}, "without one, none may"),
    ({"paths": ("**",)}, "names every path"),
    ({"paths": ("*/**",)}, "names every path"),
    ({"paths": ("/etc/*",)}, "no path inside"),
    ({"paths": ("../other/*",)}, "no path inside"),
    ({"paths": ("a\\b",)}, "no path inside"),
    ({"paths": ("a//b",)}, "no path inside"),
    ({"paths": ("a\u202eb",)}, "visible signs"),
    ({"paths": ("a" * 201,)}, "no glob"),
    ({"paths": tuple(f"f{n}" for n in range(51))}, "too many"),
    ({"engines": ()}, "Choose who"),
    ({"engines": ("person",)}, "Choose who"),
    ({"engines": ("embedded", "root")}, "Choose who"),
]


@pytest.mark.parametrize(("bounds", "words"), BAD)
def test_what_is_no_bound_is_refused_and_nothing_kept(
    target: Target, bounds: dict[str, Any], words: str
) -> None:
    with pytest.raises(CannotGrant, match=words):
        granted(target, **bounds)
    assert not StandingApproval.objects.exists()
    assert not Entry.objects.filter(event="standing.granted").exists()


@pytest.mark.parametrize(("reason", "days"), [("", 30), (" \0 ", 30), ("Yes", 0), ("Yes", 91)])
def test_it_needs_a_reason_and_an_end_within_ninety_days(
    target: Target, reason: str, days: int
) -> None:
    with pytest.raises(CannotGrant):
        granted(target, wish=replace(WISH, reason=reason, days=days))
    assert granted(target, wish=replace(WISH, days=90)).until == NOW + timedelta(days=90)


def test_a_reason_keeps_no_secret_and_no_nul(target: Target) -> None:
    secret = "ghp_" + "Q7xV2mK9" * 4
    approval = granted(target, wish=replace(WISH, reason=f"With {secret}\0 inside"))
    assert secret not in approval.reason
    assert "\0" not in approval.reason


def test_globs_are_read_one_a_line_and_once(target: Target) -> None:
    assert wishes.globs(["  a/*.md ", "", "b.md", "a/*.md"]) == ("a/*.md", "b.md")


def test_it_is_confirmed_once_and_ends_for_good(target: Target) -> None:
    approval = in_force(target)
    _, bob = people()
    with pytest.raises(NotPossible, match="in force"):
        acts.confirm(approval, person=bob, at=NOW)
    with pytest.raises(CannotGrant, match="Say why"):
        acts.revoke(approval, person=bob, at=NOW, reason=" ")
    revoked = acts.revoke(approval, person=bob, at=NOW, reason="The team changed.")
    assert (revoked.status, revoked.ended_by) == (Stand.REVOKED, bob)
    with pytest.raises(NotPossible, match="revoked"):
        acts.confirm(approval, person=bob, at=NOW)
    with pytest.raises(NotPossible, match="revoked"):
        acts.revoke(approval, person=bob, at=NOW, reason="Again.")


def test_what_was_never_confirmed_in_time_is_not_confirmed_later(target: Target) -> None:
    approval = granted(target)
    with pytest.raises(NotPossible, match="Grant another one"):
        acts.confirm(approval, person=people()[1], at=approval.until)


def test_a_suspended_one_is_confirmed_anew_by_somebody_else_than_who_granted_it(
    target: Target,
) -> None:
    approval = acts.suspend(in_force(target), reason="Taken back.", at=NOW)
    ada, _ = people()
    with pytest.raises(FourEyes):
        acts.confirm(approval, person=ada, at=NOW)
    cleo = make_user("admin", name="cleo")
    again = acts.confirm(approval, person=cleo, at=NOW)
    assert (again.status, again.because, again.confirmed_by) == (Stand.IN_FORCE, "", cleo)
    assert again.version == 3


def _sets(approval: StandingApproval, **columns: object) -> None:
    with transaction.atomic():
        StandingApproval.objects.filter(pk=approval.pk).update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"risk": "medium"},
        {"most_files": 1000},
        {"most_lines": 5000},
        {"most_per_day": 500},
        {"paths": ["**"]},
        {"engines": ["embedded", "model", "person"]},
        {"proven": False},
        {"until": NOW + timedelta(days=900)},
        {"reason": "Another one."},
        {"status": Stand.IN_FORCE},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_the_database_changes_no_bound_and_no_state_by_itself(
    target: Target, columns: dict[str, object]
) -> None:
    approval = granted(target)
    with pytest.raises(DatabaseError):
        _sets(approval, **columns)


def test_nothing_of_it_is_ever_removed(target: Target) -> None:
    approval = granted(target)
    with pytest.raises(DatabaseError), transaction.atomic():
        StandingApproval.objects.filter(pk=approval.pk).delete()


def test_one_person_cannot_stand_for_two_in_the_database(target: Target) -> None:
    approval = granted(target)
    with pytest.raises(DatabaseError):
        _sets(approval, confirmed_by=approval.granted_by, confirmed_at=NOW)


def test_a_held_proposal_is_held_once_and_by_who_may_decide(target: Target) -> None:
    proposal, rita = make_proposal(target), make_user("reviewer", name="rita")
    held = acts.hold(proposal, person=rita, at=NOW, reason="I want to read it.")
    assert acts.hold(proposal, person=make_user(), at=NOW) == held
    entry = Entry.objects.get(event="proposal.held")
    assert (entry.who, entry.reason) == ("rita", "I want to read it.")
    with pytest.raises(PermissionDenied):
        acts.hold(make_proposal(target), person=make_user("viewer"), at=NOW)
    with pytest.raises(NotPossible, match="nothing left to hold"):
        acts.hold(make_proposal(target, status="APPROVED"), person=rita, at=NOW)


def test_bounds_come_back_as_they_were_granted(target: Target) -> None:
    assert acts.bounds_of(granted(target)) == BOUNDS
    assert not User.objects.filter(username="nobody").exists()
