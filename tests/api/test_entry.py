"""Does a request come in whole, in its form, by its own token, and not where there is no room?"""

import gzip
import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from selfimprove.models import ChangeCheck
from targets.models import Target
from telemetry.doors import pressure
from telemetry.doors.models import DoorTally, Scope, Token
from tests.api.called import Program, error, program, said
from tests.factories import make_proposal, make_target, make_user, tools_diff
from tests.mcp.tokens import issue

pytestmark = pytest.mark.django_db
GIVEN = json.dumps({"diff": tools_diff()}).encode()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def asking(target: Target) -> Program:
    return program(target, Scope.CHANGES_CHECK, Scope.PROPOSALS_READ)


def test_a_body_may_be_compressed(asking: Program) -> None:
    answer = asking.send("changes", gzip.compress(GIVEN), Content_Encoding="gzip")
    assert said(answer, 202)["state"] == "waiting"


def test_one_that_inflates_without_end_is_stopped(asking: Program, settings: LazySettings) -> None:
    doors = settings.SELFIMPROVE.doors.model_copy(update={"max_inflated_bytes": 10_000})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"doors": doors})
    bomb = gzip.compress(b" " * 10_000_000)
    error(asking.send("changes", bomb, Content_Encoding="gzip"), 413)
    assert not ChangeCheck.objects.exists()


def test_one_that_is_too_long_is_stopped(asking: Program, settings: LazySettings) -> None:
    doors = settings.SELFIMPROVE.doors.model_copy(update={"max_body_bytes": 100})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"doors": doors})
    assert "at most 100" in error(asking.send("changes", GIVEN), 413)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-16", "text/json", ""])
def test_a_form_that_is_none_of_ours_is_refused(asking: Program, kind: str) -> None:
    assert "Content-Type" in error(asking.send("changes", GIVEN, kind), 415)


def test_a_post_that_needs_nothing_may_bring_nothing(target: Target, asking: Program) -> None:
    proposal = make_proposal(target)
    assert said(asking.post(f"proposals/{proposal.pk}/validate"), 202)
    assert "diff: Field required" in error(asking.post("changes"), 422)


def test_where_there_is_no_room_it_is_told_to_come_again(
    asking: Program, settings: LazySettings
) -> None:
    room = max(1, settings.SELFIMPROVE.web.threads - 1)
    inside = [pressure.room() for _ in range(room)]
    for one in inside:
        one.__enter__()
    try:
        answer = asking.send("changes", GIVEN)
    finally:
        for one in inside:
            one.__exit__(None, None, None)
    assert "Too many requests" in error(answer, 429)
    assert answer["Retry-After"]


def test_a_token_of_an_agent_that_only_reports_opens_nothing(target: Target) -> None:
    held = issue(target, None, Scope.EVENTS)
    headers = {"Authorization": f"Bearer {held.secret}"}
    for path in ("proposals", "changes/1"):
        assert "is for events" in error(Client().get(f"/api/{path}", headers=headers), 403)


def test_an_account_that_is_closed_or_may_no_more_is_shut_out(asking: Program) -> None:
    asking.person.groups.clear()
    assert "lacks the permission" in error(asking.get("proposals"), 403)
    asking.person.is_active = False
    asking.person.save()
    assert "is closed" in error(asking.get("proposals"), 401)


def test_a_token_whose_time_is_over_says_so(target: Target) -> None:
    reader = program(target, Scope.PROPOSALS_READ)
    Token.objects.update(expires_at=timezone.now())
    assert "ended at" in error(reader.get("proposals"), 401)


def test_a_refusal_is_counted_and_a_use_is_noted(asking: Program) -> None:
    error(asking.post("changes", {"sudo": 1, "diff": "x"}), 422)
    tally = DoorTally.objects.get()
    assert (tally.door, tally.refused) == ("api", 1)
    assert "sudo: it is not known here; see /api/openapi.json." in tally.reasons
    assert Token.objects.get().last_used_at is not None


def test_what_is_wrong_is_named_and_never_what_was_sent(asking: Program) -> None:
    secret = "ghp_" + "a1B2" * 9
    for given in ({"diff": [secret]}, {"diff": "x", "base": secret * 9}, {"diff": {secret: 1}}):
        assert secret not in error(asking.post("changes", given), 422)


def test_answers_are_kept_by_nobody_on_the_way(target: Target, asking: Program) -> None:
    answer = asking.get("proposals")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["put", "patch", "head", "options", "delete"])
def test_a_method_that_is_none_is_told_which_are(asking: Program, method: str) -> None:
    answer = getattr(Client(), method)("/api/proposals", headers=asking.headers())
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, POST"


def test_roles_may_hand_in_as_they_may_decide() -> None:
    may = {role: make_user(role) for role in ("viewer", "reviewer", "operator", "admin")}
    given = [role for role, person in may.items() if person.has_perm("proposals.add_proposal")]
    assert given == ["reviewer", "operator", "admin"]
