"""What do programs learn over HTTP, with which token, and what do they not?"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from audit.log import Actor
from generations.models import Generation, Outcome
from generations.reporting import document
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope
from tests.factories import make_target, make_user
from tests.generations.endings import accepted, bare_target, ended, opened

pytestmark = pytest.mark.django_db
ADDRESS = "/api/generations"


def token(target: Target, scope: Scope, *, sees: bool = True) -> str:
    """Make a token; of a person who may see generations, unless it reads figures alone."""
    person = None
    if scope != Scope.METRICS:
        person = make_user("viewer") if sees else User.objects.create_user("nobody")
    issued = tokens.issue(
        target,
        name="dashboard",
        scopes=[scope],
        actor=Actor("person", "ada"),
        at=timezone.now(),
        person=person,
    )
    return issued.secret


def ask(secret: str, address: str = ADDRESS, **query: str) -> Any:
    return Client().get(address, query, headers={"Authorization": f"Bearer {secret}"})


def test_the_list_is_of_the_tokens_target_alone_the_newest_first() -> None:
    target = bare_target()
    ended(bare_target("mailer"))
    ended(target, Outcome.REJECTED, diff="+secret = 1")
    opened(target, phase="build")
    answer = ask(token(target, Scope.METRICS))
    assert answer.status_code == 200
    told = answer.json()
    assert [one["number"] for one in told["generations"]] == [2, 1]
    assert told["before"] is None
    assert (told["generations"][0]["outcome"], told["generations"][0]["phase"]) == (None, "build")
    assert told["generations"][1]["reason_kind"] == "gates"
    assert "secret = 1" not in answer.content.decode()


def test_pages_follow_each_other() -> None:
    target = bare_target()
    for _ in range(5):
        ended(target)
    secret, seen, before = token(target, Scope.METRICS), [], "0"
    while before:
        told = ask(secret, limit="2", before=before).json()
        seen += [one["number"] for one in told["generations"]]
        before = str(told["before"] or "")
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [({"outcome": "rejected"}, [2]), ({"reason": "no_change"}, [1]), ({"subject": "idea:7"}, [3])],
    ids=["outcome", "reason", "subject"],
)
def test_filters_choose(query: dict[str, str], numbers: list[int]) -> None:
    target = bare_target()
    ended(target)
    ended(target, Outcome.REJECTED)
    ended(target, Outcome.FAILED, subject="idea:7")
    told = ask(token(target, Scope.METRICS), **query).json()
    assert [one["number"] for one in told["generations"]] == numbers


@pytest.mark.parametrize(
    "query",
    [
        {"outcome": "great"},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "²"},
        {"before": "-1"},
        {"before": "9" * 40},
        {"writer": "me"},
        {"page": "2"},
    ],
    ids=lambda query: "=".join(*query.items())[:20],
)
def test_a_filter_that_cannot_be_meant_is_400_with_the_reason(query: dict[str, str]) -> None:
    answer = ask(token(bare_target(), Scope.METRICS), **query)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(next(iter(query)))


def test_a_report_is_the_published_document(tmp_path: Path) -> None:
    generation = accepted(make_target(tmp_path))
    answer = ask(token(generation.target, Scope.PROPOSALS_READ), f"{ADDRESS}/1")
    assert answer.status_code == 200
    assert answer.content == document.encoded(generation)


def test_who_reads_figures_reads_no_source(tmp_path: Path) -> None:
    generation = accepted(make_target(tmp_path))
    answer = ask(token(generation.target, Scope.METRICS), f"{ADDRESS}/1")
    assert answer.status_code == 403
    assert "not for proposals:read" in answer.json()["error"]
    unseeing = token(generation.target, Scope.PROPOSALS_READ, sees=False)
    refused = ask(unseeing, f"{ADDRESS}/1")
    assert refused.status_code == 403
    assert "lacks generations.view_generation" in refused.json()["error"]


def test_another_targets_report_is_not_there() -> None:
    ended(bare_target("mailer"))
    target = bare_target()
    answer = ask(token(target, Scope.PROPOSALS_READ), f"{ADDRESS}/1")
    assert answer.status_code == 404
    assert answer.json()["error"] == "gateway has no generation 1."


def test_the_schema_is_served() -> None:
    answer = ask(token(bare_target(), Scope.METRICS), f"{ADDRESS}/schema")
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert json.loads(answer.content) == document.schema()


@pytest.mark.parametrize("place", ["", "/schema", "/1"])
def test_nothing_opens_without_a_token_and_nothing_is_changed_here(place: str) -> None:
    ended(bare_target())
    assert Client().get(f"{ADDRESS}{place}").status_code == 401
    for send in (Client().post, Client().put, Client().delete):
        assert send(f"{ADDRESS}{place}").status_code in (401, 405)
    assert Generation.objects.get().cancelled_by == ""
    client = Client()
    client.force_login(make_user("admin"))
    assert client.get(f"{ADDRESS}{place}").status_code == 401
