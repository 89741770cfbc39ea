"""Whose rights has a token that acts, and what may stand in one token together?"""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from selfimprove.mcp.callers import Refused, enter
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import NOT_WITH_DECIDING, OF_PERSONS, Scope, Token
from tests.factories import make_user
from tests.mcp.tokens import issue
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.mark.parametrize("scope", OF_PERSONS)
def test_what_acts_needs_a_person(target: Target, scope: Scope) -> None:
    with pytest.raises(tokens.BadToken, match="in a person's name; say whose"):
        issue(target, None, scope)
    assert Token.objects.count() == 0


@pytest.mark.parametrize("scope", NOT_WITH_DECIDING)
def test_who_decides_neither_reports_nor_starts(target: Target, scope: Scope) -> None:
    with pytest.raises(tokens.BadToken, match="make two tokens"):
        issue(target, make_user(), Scope.PROPOSALS_DECIDE, scope)
    assert Token.objects.count() == 0
    assert Entry.objects.filter(event="token.created").count() == 0


def test_the_log_says_that_it_acts_for_somebody_and_never_the_secret(target: Target) -> None:
    issued = issue(target, make_user(), Scope.PROPOSALS_READ)
    entry = Entry.objects.get(event="token.created")
    assert entry.facts["in_the_name_of_a_person"] is True
    assert issued.secret[8:] not in entry.body


def test_a_closed_account_closes_its_tokens(target: Target) -> None:
    person = make_user()
    issued = issue(target, person, Scope.PROPOSALS_READ)
    assert tokens.known(issued.secret, timezone.now()) == issued.token
    person.is_active = False
    person.save()
    with pytest.raises(tokens.NotOpen, match=r"account .* is closed"):
        tokens.known(issued.secret, timezone.now())


def test_nobody_else_gets_a_successor_of_a_token_that_acts(target: Target) -> None:
    person = make_user()
    token = issue(target, person, Scope.PROPOSALS_DECIDE).token
    other = Actor.person(make_user("operator"))
    now = timezone.now()
    with pytest.raises(tokens.BadToken, match="another person's name"):
        tokens.rotate(token, grace=timedelta(), actor=other, at=now)
    mine = tokens.rotate(token, grace=timedelta(), actor=Actor.person(person), at=now)
    assert mine.token.person == person
    assert mine.token.scopes == ["proposals:decide"]


def test_a_token_enters_only_with_its_scope_and_its_persons_permission(target: Target) -> None:
    now = timezone.now()
    person = make_user("reviewer")
    issued = issue(target, person, Scope.PROPOSALS_READ, at=now)
    may = ["proposals.view_proposal"]
    assert enter(issued.secret, Scope.PROPOSALS_READ, now, may=may).person == person
    assert Token.objects.get().last_used_at == now
    with pytest.raises(Refused, match="for proposals:read, not for events"):
        enter(issued.secret, Scope.EVENTS, now)
    person.groups.clear()
    with pytest.raises(Refused, match=r"lacks the permission proposals\.view_proposal"):
        enter(issued.secret, Scope.PROPOSALS_READ, now, may=may)


@pytest.mark.parametrize(
    ("secret", "words"),
    [("", "There is no token"), ("sit_wrong", "not known here"), ("é\x00" * 40, "not known here")],
    ids=["none", "short", "strange"],
)
def test_what_is_no_token_is_turned_away_in_words(secret: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        enter(secret, Scope.PROPOSALS_READ, timezone.now())


def test_what_ended_is_turned_away_in_words(target: Target) -> None:
    now = timezone.now()
    ended = issue(target, make_user(), Scope.PROPOSALS_READ, at=now - timedelta(days=2),
                  expires_at=now - timedelta(days=1))  # fmt: skip
    with pytest.raises(Refused, match=r"The token ended at .* page /mcp/ makes tokens"):
        enter(ended.secret, Scope.PROPOSALS_READ, now)


def test_the_command_makes_one_for_a_person(target: Target, tmp_path: Path) -> None:
    make_user("reviewer", name="rita")
    out, err = StringIO(), StringIO()
    words = ["token", "create", "--target", target.slug, "--name", "desk"]
    scope = ["--scope", "proposals:read"]
    call_command(*words, *scope, "--person", "rita", stdout=out, stderr=err)
    assert tokens.known(out.getvalue().strip(), timezone.now()).person is not None
    shown = StringIO()
    call_command("token", "list", "--json", stdout=shown)
    assert json.loads(shown.getvalue())[0]["person"] == "rita"
    for more, why in ((["--person", "nobody"], "no open account"), ([], "say whose")):
        with pytest.raises(CommandError, match=why):
            call_command(*words, *scope, *more, stdout=out, stderr=err)
    assert Token.objects.count() == 1
