"""Is a request for changes the same by page, tool, API and chat, and a revision by all ways in?"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.events import Event
from audit.models import Entry
from proposals.models import ChangeRequest, Proposal, RequestEnd, Status
from proposals.revising import asking, handing_in
from selfimprove.mcp import revising
from selfimprove.mcp.callers import Refused
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.chat.talking import SECRET, Talk, account
from tests.factories import make_proposal, make_target, make_user
from tests.flow.test_same_by_every_door import DOORS as DECIDING
from tests.flow.test_same_by_every_door import Wish
from tests.mcp.tokens import issue
from tests.people import pseudonym
from tests.proposals.revising.scene import NEW_DIFF
from tests.words import proposal_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_WEBHOOK_SECRET", SECRET)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


Act = Callable[[User, Proposal, str], bool]


def by_page(person: User, proposal: Proposal, wanted: str) -> bool:
    """Press the button; without words it is the one that withdraws."""
    page = Client()
    page.force_login(person)
    name = "request-changes" if wanted else "withdraw-request"
    form = {"document_digest": proposal.document_digest, "wanted": wanted}
    answer = page.post(reverse(f"proposals:{name}", args=[proposal.pk]), form)
    assert answer.status_code in (302, 403, 409, 422)
    return bool(answer.status_code == 302)


def by_api(person: User, proposal: Proposal, wanted: str) -> bool:
    caller = program(proposal.target, Scope.PROPOSALS_DECIDE, person=person)
    given = {"digest": proposal.document_digest, "reason": wanted} if wanted else {}
    name = "request-changes" if wanted else "withdraw-request"
    answer = caller.post(f"proposals/{proposal.pk}/{name}", given)
    assert answer.status_code in (200, 403, 409, 422), answer.content
    return bool(answer.status_code == 200)


def by_tool(person: User, proposal: Proposal, wanted: str) -> bool:
    secret, now = issue(proposal.target, person, Scope.PROPOSALS_DECIDE).secret, timezone.now()
    key = str(proposal.pk)
    try:
        if wanted:
            digest = proposal.document_digest
            revising.request(secret, now, wanted=key, digest=digest, reason=wanted)
        else:
            revising.withdraw(secret, now, wanted=key, reason="")
    except Refused:
        return False
    return True


def by_chat(person: User, proposal: Proposal, wanted: str) -> bool:
    known = account(person, f"U{person.pk}-{timezone.now().timestamp()}"[:80])
    talk, signs = Talk(known.user), str(proposal.pk)
    talk(f"show {signs}")
    said = talk(f"changes {signs} {wanted}" if wanted else f"withdraw {signs}")
    return "Nothing was changed" not in said


DOORS: Mapping[str, Act] = {"page": by_page, "api": by_api, "mcp": by_tool, "chat": by_chat}


@pytest.mark.parametrize("door", DOORS)
def test_it_is_requested_and_withdrawn_with_the_same_entries(target: Target, door: str) -> None:
    person, proposal = make_user(name="ada"), make_proposal(target)
    assert DOORS[door](person, proposal, "Less of it.")
    request = ChangeRequest.objects.get()
    assert (request.asked_by, request.reason) == (person, "Less of it.")
    assert DOORS[door](person, proposal, "")
    assert RequestEnd.objects.get().how == "WITHDRAWN"
    events = (Event.PROPOSAL_CHANGES_REQUESTED, Event.PROPOSAL_REQUEST_WITHDRAWN)
    entries = list(Entry.objects.filter(event__in=events).order_by("id"))
    assert [entry.event for entry in entries] == list(events)
    for entry in entries:
        assert entry.body.count(pseudonym("ada")) >= 1
        assert entry.facts.get("door", "page") == door


@pytest.mark.parametrize("door", DOORS)
def test_each_refuses_the_same_and_changes_nothing(target: Target, door: str) -> None:
    act, viewer, person = DOORS[door], make_user("viewer"), make_user(name="ada")
    proposal = make_proposal(target)
    assert not act(viewer, proposal, "Less of it.")
    assert not act(person, proposal, "")  # nothing is there to withdraw
    assert not act(person, make_proposal(target, status=Status.REJECTED), "Less of it.")
    assert not ChangeRequest.objects.exists()
    asking.request(proposal, by=person, reason="Mine", at=timezone.now())
    assert not act(make_user(), proposal, "Other words")
    assert not act(viewer, proposal, "")
    assert ChangeRequest.objects.get().reason == "Mine"
    assert not RequestEnd.objects.exists()


@pytest.mark.parametrize("door", ["page", "api", "mcp", "chat"])
def test_no_door_approves_what_is_to_be_changed(target: Target, door: str) -> None:
    proposal = make_proposal(target)
    asking.request(proposal, by=make_user(), reason="Less of it.", at=timezone.now())
    assert not DECIDING[door](Wish(make_user(), proposal))
    assert Proposal.objects.get().status == Status.PENDING


def to_revise(target: Target) -> tuple[Proposal, str]:
    proposal = make_proposal(target)
    asking.request(proposal, by=make_user(), reason="Less of it.", at=timezone.now())
    return proposal, handing_in.as_form(proposal).replace(proposal.diff, NEW_DIFF)


def writer(target: Target) -> User:
    person = make_user(name="wanda")
    person.user_permissions.add(Permission.objects.get(codename="add_proposal"))
    return person


def test_a_program_hands_a_revision_in(target: Target) -> None:
    old, text = to_revise(target)
    caller = program(target, Scope.PROPOSALS_WRITE, person=writer(target))
    answer = caller.post("proposals", {"document": text, "revises": str(old.pk)})
    assert answer.status_code == 201, answer.content
    new = Proposal.objects.get(pk=answer.json()["proposal"]["id"])
    assert (new.engine, new.revision.previous) == ("program", old)
    again = caller.post("proposals", {"document": text, "revises": str(old.pk)})
    assert again.status_code == 409
    assert "Revision 2 took its place already" in again.json()["error"]


def test_a_program_cannot_revise_what_is_not_to_be_revised(target: Target, tmp_path: Path) -> None:
    old, text = to_revise(target)
    caller = program(target, Scope.PROPOSALS_WRITE, person=writer(target))
    unwanted = make_proposal(target)
    answer = caller.post("proposals", {"document": text, "revises": str(unwanted.pk)})
    assert (answer.status_code, "No changes are requested" in answer.json()["error"]) == (
        409,
        True,
    )
    other = make_target(tmp_path, slug="other")
    elsewhere = make_proposal(other, text=proposal_text(target="other"))
    answer = caller.post("proposals", {"document": text, "revises": str(elsewhere.pk)})
    assert answer.status_code == 404
    for nonsense in ("x", "0" * 36, "'; DROP"):
        assert caller.post("proposals", {"document": text, "revises": nonsense}).status_code in (
            404,
            422,
        )
    bad = caller.post("proposals", {"document": "no", "revises": str(old.pk)})
    assert bad.status_code == 422
    assert Proposal.objects.get(pk=old.pk).status == Status.PENDING


def test_a_person_hands_a_revision_in_from_a_terminal(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, text = to_revise(target)
    file = tmp_path / "it.md"
    file.write_text(text)
    given = [str(file), "--target", target.slug, "--author", "wanda", "--revises"]
    call_command("propose", *given, str(old.pk))
    new = Proposal.objects.get(pk=capsys.readouterr().out.strip())
    assert new.revision.previous == old
    with pytest.raises(CommandError, match="took its place already"):
        call_command("propose", *given, str(old.pk))
    with pytest.raises(CommandError, match="has no proposal"):
        call_command("propose", *given, "0" * 32)
