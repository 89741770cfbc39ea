"""Can a program list, read and hand in proposals, and decide as its person could?"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from audit.sentences import sentence
from proposals.authorising.origins import origin_of
from proposals.models import Proposal, RejectedInput, Review
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope
from tests.api.called import DECIDER, READER, Program, error, program, said
from tests.factories import (
    NOW,
    make_proposal,
    make_report,
    make_target,
    make_user,
    proposal_text,
    tools_diff,
)
from validation.models import Outcome, Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def reader(target: Target, rita: User) -> Program:
    return program(target, *READER, person=rita)


@pytest.fixture
def decider(target: Target, rita: User) -> Program:
    return program(target, *DECIDER, person=rita, name="a judge")


def test_they_are_listed_page_by_page_the_newest_first(target: Target, reader: Program) -> None:
    made = [make_proposal(target, at=NOW + timedelta(minutes=n)) for n in range(5)]
    seen: list[str] = []
    after = ""
    while True:
        page = said(reader.get("proposals", limit=2, after=after), 200)
        seen += [row["id"] for row in page["proposals"]]
        after = page["next"]
        if not after:
            break
    assert seen == [str(row.pk) for row in reversed(made)]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"status": "REJECTED"}, 1),
        ({"status": "PENDING", "risk": "high"}, 1),
        ({"engine": "person"}, 0),
        ({"q": "digest"}, 1),
        ({"kind": "bugfix"}, 3),
        ({}, 3),
    ],
)
def test_the_list_is_narrowed(
    target: Target, reader: Program, wanted: dict[str, str], count: int
) -> None:
    make_proposal(target, status="REJECTED")
    make_proposal(target, risk="high")
    make_proposal(target, title="Try the digest again")
    assert len(said(reader.get("proposals", **wanted), 200)["proposals"]) == count


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"status": "pending"}, "status: Input should be 'PENDING'"),
        ({"limit": "0"}, "limit: Input should be greater"),
        ({"limit": "many"}, "limit: Input should be a valid integer"),
        ({"colour": "red"}, "colour: it is not known here"),
        ({"q": "x" * 300}, "q: it is too long"),
        ({"status": ["PENDING", "FAILED"]}, "status: it is given more than once"),
    ],
)
def test_a_filter_that_is_wrong_is_no_filter_that_is_ignored(
    reader: Program, wanted: dict[str, str], words: str
) -> None:
    assert words in error(reader.get("proposals", **wanted), 422)


def test_one_tells_its_words_its_change_and_what_a_decision_rests_on(
    target: Target, reader: Program
) -> None:
    proposal = make_proposal(target)
    told = said(reader.get(f"proposals/{proposal.pk}"), 200)
    assert told["diff"] == proposal.diff
    assert told["digest"] == proposal.document_digest
    assert told["document"].startswith("---")
    assert told["report"]["exit"] == 0
    assert [gate["gate"] for gate in told["report"]["gates"]] == ["bounds"]
    assert told["standing"]["obstacle"] == ""
    assert told["delivery"] is None


def test_what_is_of_another_target_is_not_there(
    tmp_path: Path, target: Target, reader: Program
) -> None:
    other = make_proposal(make_target(tmp_path, slug="other"), text=proposal_text(target="other"))
    assert "has no proposal" in error(reader.get(f"proposals/{other.pk}"), 404)
    assert said(reader.get("proposals"), 200)["proposals"] == []
    assert "not the id" in error(reader.get("proposals/1234"), 404)
    assert "belongs to gateway" in error(reader.get("proposals", target="other"), 403)


def test_a_document_becomes_a_proposal_that_the_gates_will_check(
    target: Target, rita: User, reader: Program
) -> None:
    answer = reader.post("proposals", {"document": proposal_text()})
    told = said(answer, 201)
    proposal = Proposal.objects.get()
    assert told["address"] == answer["Location"] == f"/api/proposals/{proposal.pk}"
    assert said(Client().get(told["address"], headers=reader.headers()), 200)["report"] is None
    entry = Entry.objects.get(event="proposal.created")
    assert (entry.who, entry.facts["door"]) == ("rita", "api")
    assert sentence(entry).endswith("over the API")
    origin = origin_of(proposal)
    assert (origin.is_person, origin.writer) == (False, f"token:{reader.issued.token.pk}")
    assert proposal.get_engine_display() == "Handed in by a program"
    assert "\nengine: program\n" in proposal.document
    found = said(reader.get("proposals", engine="program"), 200)["proposals"]
    assert [row["id"] for row in found] == [str(proposal.pk)]


def test_whoever_had_it_handed_in_does_not_approve_it_by_any_way(
    target: Target, rita: User, reader: Program, decider: Program
) -> None:
    told = said(reader.post("proposals", {"document": proposal_text()}), 201)
    proposal = Proposal.objects.get()
    make_report(proposal)
    where, digest = f"proposals/{proposal.pk}/approve", {"digest": told["digest"]}
    assert "are yours" in error(decider.post(where, digest), 409)
    page = Client()
    page.force_login(rita)
    form = {"document_digest": told["digest"]}
    answer = page.post(reverse("proposals:approve", args=[proposal.pk]), form)
    assert answer.status_code == 409
    other = program(target, *DECIDER, name="another judge")
    assert said(other.post(where, digest), 200)["status"] == "APPROVED"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("just an idea", "document: line 1: the first line must be `---`"),
        (proposal_text(kind="miracle"), "line 3: `kind` is `miracle`"),
        (proposal_text(diff=tools_diff().replace("400", "7")), "config/tools.yaml"),
        (proposal_text(target="other"), "this was handed in for `gateway`"),
    ],
)
def test_a_document_that_is_no_proposal_is_told_why_and_kept(
    reader: Program, document: str, words: str
) -> None:
    assert words in error(reader.post("proposals", {"document": document}), 422)
    assert not Proposal.objects.exists()
    assert RejectedInput.objects.get().text
    entry = Entry.objects.get(event="proposal.refused")
    assert entry.facts["door"] == "api"


def test_the_same_again_leads_to_the_first(reader: Program) -> None:
    said(reader.post("proposals", {"document": proposal_text()}), 201)
    first = Proposal.objects.get()
    words = error(reader.post("proposals", {"document": proposal_text()}), 409)
    assert f"/api/proposals/{first.pk}" in words
    assert Proposal.objects.count() == 1


def test_a_document_is_no_larger_than_allowed(reader: Program, settings: LazySettings) -> None:
    api = settings.SELFIMPROVE.api.model_copy(update={"max_text_bytes": 1024})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"api": api})
    words = error(reader.post("proposals", {"document": "é" * 600}), 413)
    assert "document: 1200 bytes" in words


def test_an_approval_is_the_persons_and_says_by_which_door(
    target: Target, rita: User, decider: Program
) -> None:
    proposal = make_proposal(target)
    given = {"digest": proposal.document_digest, "reason": "It waits long enough."}
    told = said(decider.post(f"proposals/{proposal.pk}/approve", given), 200)
    assert (told["status"], told["version"]) == ("APPROVED", 1)
    assert Review.objects.get().reviewer == rita
    entry = Entry.objects.get(event="proposal.approved")
    assert (entry.facts["door"], entry.facts["token"]) == ("api", decider.issued.token.pk)
    assert "over the API" in sentence(entry)


@pytest.mark.parametrize(
    ("act", "given", "status", "words"),
    [
        ("approve", {}, 422, "digest: Field required"),
        ("approve", {"digest": "0" * 64}, 409, "Read it again with GET /api/proposals/<id>"),
        ("approve", {"digest": "x" * 65}, 422, "digest: it is too long"),
        ("approve", {"acknowledge_findings": "yes"}, 422, "digest: Field required"),
        ("reject", {"category": "other"}, 422, "digest: Field required"),
        ("reject", {"digest": "", "category": "not_now"}, 422, "digest: there is none"),
        ("reject", {"digest": None}, 422, "digest: Input should be a valid string"),
        ("reject", {"digest": "0", "category": "boring"}, 422, "category: Input should be"),
    ],
)
def test_what_was_not_read_is_not_decided(
    target: Target, decider: Program, act: str, given: object, status: int, words: str
) -> None:
    proposal = make_proposal(target)
    assert words in error(decider.post(f"proposals/{proposal.pk}/{act}", given), status)
    proposal.refresh_from_db()
    assert proposal.status == "PENDING"


def test_a_truth_is_no_word_that_looks_like_one(target: Target, decider: Program) -> None:
    proposal = make_proposal(target)
    Report.objects.filter(proposals=proposal).update(outcome=Outcome.ACKNOWLEDGE)
    where, digest = f"proposals/{proposal.pk}/approve", proposal.document_digest
    refused = decider.post(where, {"digest": digest, "acknowledge_findings": "true"})
    assert "acknowledge_findings: Input should be a valid boolean" in error(refused, 422)
    assert "Acknowledge" in error(decider.post(where, {"digest": digest}), 409)
    given = {"digest": digest, "acknowledge_findings": True}
    assert said(decider.post(where, given), 200)["status"] == "APPROVED"


def test_whoever_decides_hands_nothing_in(target: Target, rita: User, decider: Program) -> None:
    refused = decider.post("proposals", {"document": proposal_text()})
    assert "not for proposals:write" in error(refused, 403)
    with pytest.raises(tokens.BadToken, match="make two tokens"):
        program(target, Scope.PROPOSALS_DECIDE, Scope.PROPOSALS_WRITE, person=rita)


def test_a_token_that_was_taken_away_opens_nothing(target: Target, decider: Program) -> None:
    proposal = make_proposal(target)
    token = decider.issued.token
    tokens.revoke(token, actor=Actor("person", "ada"), at=timezone.now())
    answer = decider.post(f"proposals/{proposal.pk}/approve", {"digest": "x"})
    assert "was revoked" in error(answer, 401)
    assert "invalid_token" in answer["WWW-Authenticate"]


def test_without_a_token_or_with_another_method_it_stays_shut(reader: Program) -> None:
    assert "Send a token" in error(Client().get("/api/proposals"), 401)
    answer = Client().put("/api/proposals", "{}", headers=reader.headers())
    assert "Ask with GET or POST" in error(answer, 405)
    assert answer["Allow"] == "GET, POST"


def test_a_session_opens_nothing_here(rita: User) -> None:
    page = Client()
    page.force_login(rita)
    error(page.get("/api/proposals"), 401)


def test_an_agents_secret_in_a_document_is_refused_and_never_repeated(reader: Program) -> None:
    secret = "ghp_" + "a1B2" * 9
    answer = reader.post("proposals", {"document": proposal_text(title=f"Use {secret}")})
    assert "credential" in error(answer, 422)
    assert secret not in answer.content.decode()
    assert secret not in RejectedInput.objects.get().text
    assert secret not in json.dumps(list(Entry.objects.values_list("body", flat=True)))
