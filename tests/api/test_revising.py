"""Can a program request changes and hand in what answers them, with nothing half done?"""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from proposals.models import ChangeRequest, Proposal, RejectedInput, Status
from proposals.revising import asking, handing_in
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import DECIDER, READER, Program, program
from tests.factories import make_proposal, make_report, make_target, make_user
from tests.proposals.revising.scene import NEW_DIFF, REASON
from tests.words import tools_diff

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def decider(target: Target) -> Program:
    return program(target, *DECIDER, person=make_user(name="ada"))


@pytest.fixture
def writer(target: Target) -> Program:
    person = make_user(name="wanda")
    names = ("add_proposal", "check_proposal", "start_check", "view_proposal")
    person.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return program(target, Scope.PROPOSALS_READ, Scope.PROPOSALS_WRITE, person=person)


def wanted(proposal: Proposal, by: User | None = None) -> Proposal:
    asking.request(proposal, by=by or make_user(), reason=REASON, at=timezone.now())
    return proposal


def ask(caller: Program, proposal: Proposal, **given: object) -> tuple[int, dict[str, str]]:
    body = {"digest": proposal.document_digest, "reason": REASON, **given}
    answer = caller.post(f"proposals/{proposal.pk}/request-changes", body)
    return answer.status_code, json.loads(answer.content)


def test_what_is_requested_is_read_where_a_decision_is(decider: Program, target: Target) -> None:
    proposal = make_proposal(target)
    before = decider.get(f"proposals/{proposal.pk}").json()["standing"]
    assert (before["changes_requested"], before["obstacle"]) == ("", "")
    status, told = ask(decider, proposal)
    assert status == 200
    assert (told["status"], told["said"]) == ("PENDING", asking.ASKED)
    seen = decider.get(f"proposals/{proposal.pk}").json()["standing"]
    assert seen["changes_requested"] == REASON
    assert "Changes were requested by ada" in seen["obstacle"]
    assert not seen["passes_by_itself"]
    digest = {"digest": proposal.document_digest}
    refused = decider.post(f"proposals/{proposal.pk}/approve", digest)
    assert refused.status_code == 409
    assert "Changes were requested by ada" in refused.json()["error"]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"digest": "0" * 64}, 409, "changed since you read it"),
        ({"digest": ""}, 422, "digest: there is none"),
        ({"reason": ""}, 422, "reason"),
        ({"reason": "   "}, 422, "say what should change"),
        ({"reason": "x" * 4001}, 422, "reason"),
        ({"reason": 7}, 422, "reason"),
        ({"category": "other"}, 422, "category"),
        ({"reason": "a\0b"}, 422, "reason"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_requested(
    decider: Program, target: Target, given: dict[str, object], status: int, said: str
) -> None:
    answered, told = ask(decider, make_proposal(target), **given)
    assert answered == status
    assert said in told["error"]
    assert not ChangeRequest.objects.exists()


def test_a_token_that_only_reads_requests_nothing(target: Target) -> None:
    reader = program(target, Scope.PROPOSALS_READ, person=make_user())
    assert ask(reader, make_proposal(target))[0] == 403
    proposal = wanted(make_proposal(target))
    answer = reader.post(f"proposals/{proposal.pk}/withdraw-request", {})
    assert answer.status_code == 403
    assert ChangeRequest.objects.filter(end=None).count() == 1


def test_a_repeat_under_the_same_key_requests_once(decider: Program, target: Target) -> None:
    proposal = make_proposal(target)
    body = {"digest": proposal.document_digest, "reason": REASON}
    path = f"proposals/{proposal.pk}/request-changes"
    answers = [decider.post(path, body, Idempotency_Key="once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert decider.post(path, body).status_code == 409
    assert ChangeRequest.objects.count() == 1


def test_it_is_withdrawn_with_or_without_a_word(decider: Program, target: Target) -> None:
    for given in ({}, {"reason": "It is fine."}, None):
        proposal = wanted(make_proposal(target))
        answer = decider.post(f"proposals/{proposal.pk}/withdraw-request", given)
        assert answer.status_code == 200, answer.content
        assert answer.json()["said"] == asking.WITHDRAWN
    reasons = ChangeRequest.objects.values_list("end__reason", flat=True)
    assert sorted(reasons) == ["", "", "It is fine."]


def test_what_was_read_is_revised_and_handed_in(writer: Program, target: Target) -> None:
    old = wanted(make_proposal(target))
    read = writer.get(f"proposals/{old.pk}").json()
    text = read["document"].replace(old.diff, NEW_DIFF)
    answer = writer.post("proposals", {"document": text, "revises": str(old.pk)})
    assert answer.status_code == 201, answer.content
    made = writer.get(f"proposals/{answer.json()['proposal']['id']}").json()
    assert made["proposal"]["engine"] == "program"
    assert "timeout_ms: 1500" in made["diff"]
    assert writer.get(f"proposals/{old.pk}").json()["proposal"]["status"] == "SUPERSEDED"


def test_whoever_handed_it_in_does_not_approve_it(writer: Program, target: Target) -> None:
    old = wanted(make_proposal(target))
    text = handing_in.as_form(old).replace(old.diff, NEW_DIFF)
    writer.post("proposals", {"document": text, "revises": str(old.pk)})
    new = Proposal.objects.get(status=Status.PENDING)
    make_report(new)
    own = program(target, *DECIDER, person=writer.person)
    refused = own.post(f"proposals/{new.pk}/approve", {"digest": new.document_digest})
    assert refused.status_code == 409
    assert "yours" in refused.json()["error"] or "wrote" in refused.json()["error"]


@pytest.mark.parametrize("text", ["no document", "SAME", "BROKEN", "SECRET"])
def test_what_is_no_revision_leaves_the_request_standing(
    writer: Program, target: Target, text: str
) -> None:
    old = wanted(make_proposal(target))
    words = handing_in.as_form(old)
    secret = "ghp_" + "a1B2c3D4" * 5
    given = {
        "SAME": words,
        "BROKEN": words.replace(old.diff, tools_diff(1).replace("400", "401")),
        "SECRET": words.replace(old.diff, NEW_DIFF).replace("# Give", f"# {secret} Give"),
    }.get(text, text)
    answer = writer.post("proposals", {"document": given, "revises": str(old.pk)})
    assert answer.status_code in (409, 422)
    assert secret not in answer.content.decode()
    assert ChangeRequest.objects.filter(end=None).count() == 1
    assert Proposal.objects.get().status == Status.PENDING
    assert RejectedInput.objects.count() == (text != "SAME")


def test_a_reader_cannot_hand_in(target: Target) -> None:
    old = wanted(make_proposal(target))
    reader = program(target, *READER[:1], person=make_user())
    answer = reader.post("proposals", {"document": "x", "revises": str(old.pk)})
    assert answer.status_code == 403
