"""What do people see of standing approvals, and what can they do about them on a page?"""

import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from proposals.models import Proposal
from proposals.standing import acts
from proposals.standing.records import Announcement, Held, Stand, StandingApproval
from targets.models import Target
from tests.factories import make_proposal, make_user
from tests.proposals.standing.scene import QUIET, granted, in_force, look, people, written

FORM: dict[str, Any] = {
    "target": "gateway",
    "risk": "low",
    "paths": "config/*.yaml\n\ndocs/**",
    "most_files": "3",
    "most_lines": "40",
    "most_per_day": "2",
    "days": "30",
    "engines": ["embedded"],
    "proven": "on",
    "reason": "Limits are tuned every day.",
    "act": "grant",
}
LIST = "/standing/"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def words(answer: Any) -> str:
    """Return the text of a page with single blanks."""
    return " ".join(answer.content.decode().split())


def test_without_one_the_page_says_that_people_decide_everything(target: Target) -> None:
    page = words(signed_in(make_user("admin")).get(LIST))
    assert "People decide everything" in page
    assert "Grant it, to be confirmed" in page


@pytest.mark.parametrize("role", ["viewer", "reviewer", "operator"])
def test_everybody_reads_the_list_and_few_may_grant(target: Target, role: str) -> None:
    import_module("proposals.migrations.0011_standing_roles").allow(apps, None)
    in_force(target)
    client = signed_in(make_user(role))
    page = words(client.get(LIST))
    assert "#1" in page or "config/*.yaml" in page
    assert "Grant it, to be confirmed" not in page
    assert "Revoke it now" not in page
    assert client.post("/standing/grant/", FORM).status_code == 403
    assert StandingApproval.objects.count() == 1


def test_two_people_grant_and_confirm_on_the_page(target: Target) -> None:
    ada, bob = people()
    answer = signed_in(ada).post("/standing/grant/", FORM, follow=True)
    assert "awaits a second person" in words(answer)
    row = StandingApproval.objects.get()
    assert (row.paths, row.engines) == (["config/*.yaml", "docs/**"], ["embedded"])
    address = reverse("standing:confirm", args=[row.pk])
    assert address not in words(signed_in(ada).get(LIST)), "not the one who granted it"
    refused = signed_in(ada).post(address)
    assert refused.status_code == 409
    assert "somebody else has to confirm it" in words(refused)
    assert "is in force" in words(signed_in(bob).post(address, follow=True))
    row.refresh_from_db()
    assert row.status == Stand.IN_FORCE


BAD: list[tuple[dict[str, Any], str]] = [
    ({"paths": "**"}, "names every path"),
    ({"paths": " \n "}, "This field is required"),
    ({"reason": ""}, "This field is required"),
    ({"reason": "\0"}, "Null characters are not allowed"),
    ({"days": "91"}, "less than or equal to 90"),
    ({"days": "soon"}, "Enter a whole number"),
    ({"risk": "critical"}, "not one of the available choices"),
    ({"engines": []}, "This field is required"),
    ({"engines": ["person"]}, "not one of the available choices"),
    ({"most_files": "0"}, "greater than or equal to 1"),
    ({"most_lines": "9" * 40}, "less than or equal to"),
    ({"target": "nowhere"}, "not one of the available choices"),
]


@pytest.mark.parametrize(("wrong", "told"), BAD)
def test_what_cannot_be_granted_is_told_beside_what_was_written(
    target: Target, wrong: dict[str, Any], told: str
) -> None:
    ada, _ = people()
    answer = signed_in(ada).post("/standing/grant/", {**FORM, **wrong})
    assert answer.status_code == 422
    page = words(answer)
    assert told in page
    assert "reason" in wrong or "Limits are tuned" in page
    assert not StandingApproval.objects.exists()


def test_one_sees_what_it_would_let_through_before_it_is_granted(target: Target) -> None:
    client = signed_in(people()[0])
    inside, outside = written(target, title="Tune it"), make_proposal(target, title="By hand")
    count = Entry.objects.count()
    page = words(client.post("/standing/grant/", {**FORM, "act": "try"}))
    assert "1 of 2 would be let through" in page
    assert inside.title in page
    assert "Accepted by its generation</span>: no generation&#x27;s word" in page
    assert outside.title in page
    assert 'value="40"' in page, "what was written is still there"
    assert Entry.objects.count() == count
    assert not StandingApproval.objects.exists()


def test_revoking_asks_why_and_ends_it(target: Target) -> None:
    approval = in_force(target, at=timezone.now())
    client = signed_in(people()[0])
    address = reverse("standing:revoke", args=[approval.pk])
    assert client.post(address).status_code == 409
    assert "is revoked" in words(client.post(address, {"reason": "It moved."}, follow=True))
    assert "Revoked by ada" in words(client.get(f"{LIST}?state=revoked"))
    assert "No standing approval fits" in words(client.get(f"{LIST}?state=suspended"))
    assert client.post(address, {"reason": "Again."}).status_code == 409


def test_a_proposals_page_says_when_and_lets_one_hold_it(target: Target) -> None:
    now = timezone.now()
    approval, proposal = in_force(target, at=now), written(target, at=now)
    look(proposal, now)
    rita = signed_in(make_user("reviewer", name="rita"))
    page = words(rita.get(proposal.get_absolute_url()))
    due = f"{now + QUIET:%Y-%m-%d %H:%M} UTC"
    assert f"standing approval #{approval.pk}</a>, unless somebody rejects or holds it." in page
    assert due in page
    answer = rita.post(reverse("proposals:hold", args=[proposal.pk]), follow=True)
    assert "Only a person approves it now." in words(answer)
    assert "Held by rita" in words(answer)
    assert Held.objects.get().proposal == proposal


def test_who_may_not_decide_may_not_hold(target: Target) -> None:
    proposal = written(target)
    viewer = signed_in(make_user("viewer"))
    assert viewer.post(reverse("proposals:hold", args=[proposal.pk])).status_code == 403
    decided = make_proposal(target, status="REJECTED")
    rita = signed_in(make_user("reviewer"))
    answer = rita.post(reverse("proposals:hold", args=[decided.pk]), follow=True)
    assert "nothing left to hold" in words(answer)
    assert not Held.objects.exists()


def test_a_proposal_that_is_left_to_people_names_the_bound_that_it_misses(target: Target) -> None:
    in_force(target, at=timezone.now(), most_lines=1)
    proposal = written(target)
    page = words(signed_in(make_user()).get(proposal.get_absolute_url()))
    assert "Not covered by standing approval" in page
    [summary] = re.findall(r"<summary[^>]*> Not covered by [^<]*", page)
    assert summary.endswith(": changed lines and 1 more ")
    assert "at most 1" in page


def test_without_standing_approvals_a_proposals_page_says_nothing_of_them(target: Target) -> None:
    page = words(signed_in(make_user()).get(written(target).get_absolute_url()))
    assert "standing approval" not in page.lower()


def test_what_was_let_through_says_that_nobody_read_it_and_what_ended_it(target: Target) -> None:
    now = timezone.now()
    approval, proposal = in_force(target, at=now), written(target, at=now)
    look(proposal, now)
    look(proposal, now + QUIET)
    client = signed_in(make_user())
    page = words(client.get(proposal.get_absolute_url()))
    assert "No person has read this." in page
    assert "ada granted and bob confirmed" in page
    assert "There was no review" not in page
    acts.revoke(approval, person=people()[0], at=now, reason="The team changed.")
    assert "It holds no more." in words(client.get(proposal.get_absolute_url()))


def test_a_proposal_that_is_due_says_what_it_waits_for(target: Target) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    in_force(target, at=long_ago)
    proposal = written(target, at=long_ago)
    look(proposal, long_ago)
    Announcement.objects.update(waits="Change window: opens on Monday")
    page = words(signed_in(make_user()).get(proposal.get_absolute_url()))
    assert "opens on Monday" in page


def test_one_in_force_that_nobody_stands_behind_says_so(target: Target) -> None:
    in_force(target, at=timezone.now())
    User.objects.filter(username="ada").update(is_active=False)
    page = words(signed_in(people()[1]).get(LIST))
    assert "Lets nothing through. Both people: ada may not grant one any more." in page


@pytest.mark.parametrize("state", ["", "in force", "awaits confirmation", "expired", "rubbish"])
def test_the_list_is_narrowed_by_its_address(target: Target, state: str) -> None:
    now = timezone.now()
    in_force(target, at=now)
    granted(target, at=now)
    in_force(target, at=now - timedelta(days=60))
    page = words(signed_in(people()[0]).get(LIST, {"state": state, "target": "gateway"}))
    shown = {"": 3, "rubbish": 3}.get(state, 1)
    assert page.count('id="standing-') - page.count('id="standing-state"') - 1 == shown
    assert Proposal.objects.count() == 0


def test_the_target_and_the_policies_lead_there(target: Target) -> None:
    client = signed_in(make_user("admin"))
    assert f"{LIST}?target=gateway" in words(client.get(target.get_absolute_url()))
    assert f'href="{LIST}"' in words(client.get("/policies/"))
