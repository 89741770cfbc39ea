"""Can a person request changes, take that back and hand in a revision on plain pages?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from delivery.models import Delivery
from proposals.models import ChangeRequest, Proposal, RejectedInput, RequestEnd, Status
from proposals.revising import asked, asking, handing_in
from targets.models import Target
from tests.delivery.scene import approved_elsewhere, make_scene
from tests.factories import make_proposal, make_user
from tests.proposals.revising.scene import LATER, NEW_DIFF, REASON, asked_for, revised
from tests.words import tools_diff

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(db: None) -> User:
    person = make_user(name="ada")
    person.user_permissions.add(Permission.objects.get(codename="add_proposal"))
    return person


@pytest.fixture
def page(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def look(page: Client, proposal: Proposal) -> str:
    return str(page.get(proposal.get_absolute_url()).content.decode())


def ask(page: Client, proposal: Proposal, wanted: str = REASON, **more: str) -> tuple[int, str]:
    form = {"document_digest": proposal.document_digest, "wanted": wanted}
    address = reverse("proposals:request-changes", args=[proposal.pk])
    answer = page.post(address, form, headers=more)
    return answer.status_code, answer.content.decode()


def hand_in(page: Client, proposal: Proposal, text: str) -> tuple[int, str]:
    answer = page.post(reverse("proposals:revise", args=[proposal.pk]), {"document": text})
    return answer.status_code, answer.content.decode()


def test_request_read_and_withdraw(page: Client, target: Target) -> None:
    proposal = make_proposal(target)
    assert "Request these changes" in look(page, proposal)
    assert ask(page, proposal)[0] == 302
    text = look(page, proposal)
    assert "Changes requested" in text
    assert REASON in text
    assert "Approve this change" not in text
    assert "Request these changes" not in text
    assert "The rule engine wrote it, and cannot answer" in text
    page.post(reverse("proposals:withdraw-request", args=[proposal.pk]), {"number": "1"})
    text = look(page, proposal)
    assert "Approve this change" in text
    assert "Withdrawn by ada" in text


def test_the_box_is_redrawn_in_place(page: Client, target: Target) -> None:
    status, text = ask(page, make_proposal(target), **HTMX)
    assert status == 200
    assert asking.ASKED in text
    assert 'id="decision"' in text
    assert "<html" not in text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refusal_keeps_what_was_written(
    page: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = asked_for(target).proposal
    asking.withdraw(proposal, by=make_user(), at=LATER)
    asking.request(proposal, by=make_user(name="bea"), reason="Else", at=LATER)
    status, text = ask(page, proposal, "My own words", **headers)
    assert status == 409
    assert "requested by bea" in text
    status, text = ask(page, make_proposal(target), "   ", **headers)
    assert status == 422
    assert "say what should change" in text


def test_words_that_changed_meanwhile_are_read_first(page: Client, target: Target) -> None:
    proposal = make_proposal(target)
    proposal.document_digest = "0" * 64
    status, text = ask(page, proposal, "Kept words", **HTMX)
    assert status == 409
    assert "changed since you read it" in text
    assert not ChangeRequest.objects.exists()


def test_who_may_only_read_sees_it_and_no_button(target: Target, client: Client) -> None:
    proposal = asked_for(target).proposal
    client.force_login(make_user("viewer"))
    text = look(client, proposal)
    assert REASON in text
    assert "Withdraw the request" not in text
    assert reverse("proposals:revise", args=[proposal.pk]) not in text
    assert ask(client, make_proposal(target))[0] == 403
    answer = client.post(reverse("proposals:withdraw-request", args=[proposal.pk]))
    assert answer.status_code == 403
    assert hand_in(client, proposal, "x")[0] == 403
    assert not RequestEnd.objects.exists()


def test_the_revision_is_handed_in_from_the_words_as_they_were(
    page: Client, target: Target
) -> None:
    old = asked_for(target).proposal
    form = page.get(reverse("proposals:revise", args=[old.pk])).content.decode()
    assert REASON in form
    assert "Revision 2" in form
    assert old.title in form
    text = handing_in.as_form(old).replace(old.diff, NEW_DIFF).replace("\n", "\r\n")
    assert hand_in(page, old, text)[0] == 302
    new = Proposal.objects.get(status=Status.PENDING)
    assert (new.author, new.engine) == ("ada", "person")
    shown = look(page, new)
    assert "Revision 2" in shown
    assert reverse("proposals:since", args=[new.pk]) in shown
    assert old.get_absolute_url() in shown
    assert new.get_absolute_url() in look(page, old)
    assert "You wrote this proposal" in shown or "check is still running" in shown


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("Never mind", 422, "line 1"),
        ("SAME", 409, "the same as before"),
        ("DUPLICATE", 409, "says the same"),
        ("BROKEN", 422, "apply"),
    ],
)
def test_what_cannot_be_taken_in_comes_back_whole(
    page: Client, target: Target, text: str, status: int, said: str
) -> None:
    old = asked_for(target).proposal
    make_proposal(target, diff=NEW_DIFF)
    words = handing_in.as_form(old)
    text = {
        "SAME": words,
        "DUPLICATE": words.replace(old.diff, NEW_DIFF),
        "BROKEN": words.replace(old.diff, NEW_DIFF.replace("timeout_ms: 400", "gone: 1")),
    }.get(text, text)
    answered, page_text = hand_in(page, old, text)
    assert answered == status
    assert said in page_text
    assert text.splitlines()[0] in page_text
    old.refresh_from_db()
    assert old.status == Status.PENDING
    assert asked.standing_on(old) is not None
    assert RejectedInput.objects.count() == (status == 422)


def test_who_comes_late_is_led_to_the_revision_with_their_words(
    page: Client, target: Target
) -> None:
    old = asked_for(target).proposal
    words = handing_in.as_form(old).replace(old.diff, tools_diff(1700))
    new = revised(old)
    status, text = hand_in(page, old, words)
    assert status == 409
    assert new.get_absolute_url() in text
    assert "timeout_ms: 1700" in text


def test_without_a_request_the_form_says_so(page: Client, target: Target) -> None:
    text = page.get(reverse("proposals:revise", args=[make_proposal(target).pk])).content.decode()
    assert "No changes are requested" in text
    assert 'name="document"' not in text


def test_the_list_has_a_tab_for_them(page: Client, target: Target) -> None:
    wanted = asked_for(target).proposal
    other = make_proposal(target, title="Another one")
    address = reverse("proposals:list")
    review = page.get(address).content.decode()
    assert other.get_absolute_url() in review
    assert wanted.get_absolute_url() not in review
    changes = page.get(address, {"state": "changes"}).content.decode()
    assert wanted.get_absolute_url() in changes
    assert "900 ms is less" in changes
    assert other.get_absolute_url() not in changes
    everything = page.get(address, {"state": "all"}).content.decode()
    assert wanted.get_absolute_url() in everything


def test_the_next_to_review_is_none_that_is_to_be_revised(page: Client, target: Target) -> None:
    first = make_proposal(target)
    asked_for(target)
    assert "Next to review" not in look(page, first)


def test_what_changed_since_any_earlier_version(page: Client, target: Target, ada: User) -> None:
    first = asked_for(target).proposal
    second = revised(first)
    asking.request(second, by=ada, reason="More", at=LATER)
    third = revised(second, diff=tools_diff(1800))
    address = reverse("proposals:since", args=[third.pk])
    text = page.get(address).content.decode()
    assert "What changed since version 2" in text
    assert "1500" in text
    assert "1800" in text
    assert "What changed since version 1" in page.get(f"{address}?version=1").content.decode()
    assert page.get(f"{address}?version=99").status_code == 200
    assert page.get(f"{address}?version=x").status_code == 200
    assert page.get(reverse("proposals:since", args=[first.pk])).status_code == 404


def test_what_is_in_delivery_can_be_asked_back_until_it_is_merged(
    page: Client, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path)
    proposal = approved_elsewhere(scene.target)
    assert "Its approval is taken back" in look(page, proposal)
    assert ask(page, proposal)[0] == 302
    assert "Its approval is being taken back" in look(page, proposal)
    asking.withdraw(proposal, by=make_user(), at=LATER)
    delivery = scene.begin()
    Delivery.objects.filter(pk=delivery.pk).update(merge_commit="a" * 40)
    assert "Request these changes" not in look(page, delivery.proposal)


def test_hostile_words_are_shown_as_text(page: Client, target: Target) -> None:
    proposal = make_proposal(target)
    ask(page, proposal, "<script>alert(1)</script> \u202e{{ x }}")
    text = look(page, proposal)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
