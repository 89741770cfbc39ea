"""What does a reviewer meet whose page is older than the world?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from proposals import checks, decision
from proposals.models import Proposal, Review, Status
from proposals.publish import BRANCH, publish
from targets import registry
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, commit_to_origin, make_proposal, make_report, make_user
from validation.models import Outcome

HTMX = {"HX-Request": "true"}
LATER = NOW + timedelta(hours=1)
WAYS = pytest.mark.parametrize("headers", [{}, HTMX])


@pytest.fixture
def anna(client: Client, target: Target) -> Client:
    """Sign in as a reviewer called anna."""
    client.force_login(make_user(name="anna"))
    return client


def _press(client: Client, proposal: Proposal, headers: dict[str, str], **more: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    words = {"document_digest": proposal.document_digest, **more}
    address = reverse("proposals:approve", args=[proposal.pk])
    return client.post(address, words, headers=headers)


def _reword(target: Target, proposal: Proposal, **changes: tuple[str, str]) -> None:
    repository = Repository.of(target)
    text = repository.read(repository.head(BRANCH), proposal.path).decode()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    commit_to_origin(target, {proposal.path: text}, branch=BRANCH)
    publish(target, LATER)


@WAYS
def test_words_reworded_in_git_are_a_conflict_that_names_the_sections(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    _reword(target, proposal, risk=("Low: a", "Low; a"), cause=("median answer", "mean answer"))
    response = _press(anna, proposal, headers)
    assert response.status_code == 409
    page = response.content.decode()
    assert "This changed since you read it: Root cause, Risk. Read it again" in page
    assert not Review.objects.exists()
    fresh = Proposal.objects.get()
    assert fresh.status == Status.PENDING
    assert _press(anna, fresh, headers).status_code in (200, 302)


@WAYS
def test_a_first_voice_about_older_words_no_longer_counts(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target, risk="high")
    publish(target, LATER)
    ben, digest = make_user(name="ben"), proposal.document_digest
    decision.approve(proposal, reviewer=ben, document_digest=digest, at=LATER)
    _reword(target, proposal, risk=("Low: a", "High: a"))
    fresh = Proposal.objects.get()
    assert "it no longer counts" in anna.get(fresh.get_absolute_url()).content.decode()
    assert _press(anna, fresh, headers).status_code in (200, 302)
    assert Proposal.objects.get().status == Status.PENDING
    decision.approve(fresh, reviewer=ben, document_digest=fresh.document_digest, at=LATER)
    assert Proposal.objects.get().status == Status.APPROVED


@WAYS
def test_rules_that_changed_while_reading_ask_for_a_new_check(
    anna: Client,
    target: Target,
    headers: dict[str, str],
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    proposal = make_proposal(target)
    folder = tmp_path / "config"
    folder.mkdir()
    rules = (Path(settings.CONFIG_DIR) / "parameters.toml").read_text()
    for file in Path(settings.CONFIG_DIR).iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    (folder / "parameters.toml").write_text(rules.replace("max = 10000", "max = 9000", 1))
    settings.CONFIG_DIR = folder
    response = _press(anna, proposal, headers)
    assert response.status_code == 409
    assert "The rules changed since it was checked" in response.content.decode()
    assert list(checks.waiting(timezone.now())) == [proposal]
    assert Proposal.objects.get().status == Status.PENDING


@WAYS
def test_a_branch_that_moved_does_not_void_what_was_read(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    commit_to_origin(target, {"README.md": "new"})
    registry.refresh(target, timezone.now())
    assert _press(anna, proposal, headers).status_code in (200, 302)
    assert Review.objects.get().base_commit == proposal.base_commit


@WAYS
def test_the_button_pressed_twice_decides_once(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    assert _press(anna, proposal, headers).status_code in (200, 302)
    again = _press(anna, proposal, headers)
    assert again.status_code == 409
    assert "Already approved by anna" in again.content.decode()
    assert Entry.objects.filter(event="proposal.approved").count() == Review.objects.count() == 1


@WAYS
@pytest.mark.parametrize(
    ("outcome", "acknowledged"),
    [
        (Outcome.REFUSED, "on"),
        (Outcome.COULD_NOT_RUN, "on"),
        (Outcome.NOT_RUN, "on"),
        (Outcome.ACKNOWLEDGE, ""),
        (Outcome.ACKNOWLEDGE, "yes please"),
    ],
)
def test_no_tick_gets_past_a_check_that_did_not_pass(
    anna: Client,
    target: Target,
    headers: dict[str, str],
    outcome: str,
    acknowledged: str,
) -> None:
    proposal = make_proposal(target)
    make_report(proposal, outcome)
    response = _press(anna, proposal, headers, acknowledged=acknowledged)
    assert response.status_code == 409
    assert Proposal.objects.get().status == Status.PENDING


@pytest.mark.parametrize("digest", ["", "0", "x" * 10_000, "\x00", "é"])
def test_a_digest_made_up_is_never_taken(anna: Client, target: Target, digest: str) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:approve", args=[proposal.pk])
    assert anna.post(address, {"document_digest": digest}).status_code == 409
    assert Proposal.objects.get().status == Status.PENDING


def test_who_lost_the_role_or_the_account_decides_nothing(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    reviewer = make_user(name="leaver")
    client = Client()
    client.force_login(reviewer)
    reviewer.groups.clear()
    assert _press(client, proposal, {}).status_code == 403
    reviewer.is_active = False
    reviewer.save()
    assert _press(client, proposal, {}).status_code == 302
    assert Proposal.objects.get().status == Status.PENDING


@pytest.mark.parametrize(
    "query",
    [
        "?page=abc",
        "?page=-1",
        "?page=99999999999999999999",
        "?q=" + "x" * 5000,
        "?q=%00",
        "?q=%25%5F%27%22%3B--",
        "?order=password",
        "?state=%00",
        "?target=%00",
        "?q=%F0%9F%A6%84&kind=bugfix&kind=enhancement",
    ],
)
def test_an_address_typed_by_hand_is_answered(anna: Client, target: Target, query: str) -> None:
    make_proposal(target)
    assert anna.get(f"/proposals/{query}").status_code == 200


@pytest.mark.parametrize("status", [s for s in Status if s != Status.PENDING])
@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("act", ["approve", "reject"])
def test_what_was_decided_is_not_decided_again_from_the_page(
    anna: Client, target: Target, status: Status, headers: dict[str, str], act: str
) -> None:
    proposal = make_proposal(target, status=status)
    words = {"document_digest": proposal.document_digest, "reason": "No.", "category": "not_now"}
    address = reverse(f"proposals:{act}", args=[proposal.pk])
    assert anna.post(address, words, headers=headers).status_code == 409
    assert Proposal.objects.get().status == status


def test_a_rejection_names_its_kind_and_what_follows(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:reject", args=[proposal.pk])
    page = anna.post(address, {"category": "too_risky"}, headers=HTMX).content.decode()
    assert ">Too risky</span>" in page
    assert "will not propose this change again" in page
    assert "Nothing else awaits review" in page
