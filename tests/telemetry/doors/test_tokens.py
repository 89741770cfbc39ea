"""Who gets in with which token, and what is kept of it?"""

import base64
import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from telemetry.doors import tokens
from telemetry.doors.models import Scope, Token
from telemetry.models import Event
from telemetry.sanitizer import sanitize
from tests.telemetry.doors.knock import ADA, Knock, called, issue
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def knock() -> Knock:
    return Knock()


def test_only_the_digest_is_kept_and_the_act_is_on_the_log() -> None:
    issued = issue(add_target())
    row = repr(vars(Token.objects.get()))
    assert issued.secret not in row
    assert issued.secret[8:] not in row
    entry = Entry.objects.get(event="token.created")
    assert entry.texts["name"] == "planner in production"
    assert issued.secret[8:] not in entry.body


def test_the_sanitizer_knows_a_token_wherever_it_stands() -> None:
    for _ in range(50):
        secret = issue(add_target(f"t{_}")).secret
        for text in (f"used {secret} today", f"curl -H 'Authorization: Bearer {secret}'", secret):
            assert secret not in sanitize(text)[0]


def test_a_token_opens_what_its_scopes_say_and_nothing_else() -> None:
    issued = issue(add_target(), scopes=[Scope.EVENTS])
    assert tokens.admit(issued.secret, Scope.EVENTS, timezone.now()) == issued.token
    with pytest.raises(tokens.WrongScope, match="for events, not for otlp"):
        tokens.admit(issued.secret, Scope.OTLP, timezone.now())


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_token_without_a_name_is_not_made(name: str) -> None:
    with pytest.raises(tokens.BadToken, match="name"):
        issue(add_target(), name=name)


@pytest.mark.parametrize("scopes", [[], ["events", "everything"]])
def test_a_token_needs_scopes_that_exist(scopes: list[str]) -> None:
    with pytest.raises(tokens.BadToken, match="scopes"):
        issue(add_target(), scopes=scopes)


def test_a_rotated_token_opens_for_the_grace_and_its_successor_from_now_on() -> None:
    old = issue(add_target(), at=NOW)
    new = tokens.rotate(old.token, grace=timedelta(hours=1), actor=ADA, at=NOW)
    assert tokens.admit(old.secret, Scope.EVENTS, NOW + timedelta(minutes=59))
    assert tokens.admit(new.secret, Scope.EVENTS, NOW + timedelta(days=99))
    with pytest.raises(tokens.NotOpen, match="rotated: use its successor"):
        tokens.admit(old.secret, Scope.EVENTS, NOW + timedelta(hours=1))
    with pytest.raises(tokens.BadToken, match="rotated already"):
        tokens.rotate(old.token, grace=timedelta(), actor=ADA, at=NOW)


def test_a_grace_never_prolongs_a_token() -> None:
    ends = NOW + timedelta(minutes=10)
    old = issue(add_target(), at=NOW, expires_at=ends)
    new = tokens.rotate(old.token, grace=timedelta(days=1), actor=ADA, at=NOW)
    old.token.refresh_from_db()
    assert old.token.expires_at == ends
    assert new.token.expires_at == ends


def test_a_revoked_token_opens_nothing_and_a_repeat_is_not_recorded_twice() -> None:
    issued = issue(add_target())
    assert tokens.revoke(issued.token, actor=ADA, at=NOW)
    assert not tokens.revoke(issued.token, actor=ADA, at=NOW)
    with pytest.raises(tokens.NotOpen, match="revoked"):
        tokens.admit(issued.secret, Scope.EVENTS, NOW)
    with pytest.raises(tokens.BadToken, match="revoked or expired"):
        tokens.rotate(issued.token, grace=timedelta(), actor=ADA, at=NOW)
    assert Entry.objects.filter(event="token.revoked").count() == 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "Authorization: Bearer"),
        ("Bearer", "Authorization: Bearer"),
        ("Bearer sit_short", "not known"),
        ("Bearer " + "x" * 5000, "not known"),
        ("Bearer sit_" + "A" * 43, "not known"),
        ("Basic not-base64!", "not known"),
        ("Basic " + "/w==", "not known"),
        ("Digest abc", "Authorization: Bearer"),
    ],
)
def test_a_wrong_token_is_told_how_to_get_a_right_one(
    knock: Knock, header: str, words: str
) -> None:
    answer = knock.post("/api/events", json.dumps(called()), secret="", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert words in answer.json()["error"]
    assert answer["WWW-Authenticate"].startswith("Bearer realm=")
    assert not Event.objects.exists()


def test_a_revoked_an_expired_and_a_foreign_token_are_refused_and_counted(knock: Knock) -> None:
    past = timezone.now() - timedelta(days=2)
    expired = issue(knock.target, at=past, expires_at=past + timedelta(days=1))
    answer = knock.events(called(), secret=expired.secret)
    assert (answer.status_code, "ended at" in answer.json()["error"]) == (401, True)
    other = knock.post("/api/events?target=elsewhere", json.dumps(called()))
    assert other.status_code == 403
    assert "belongs to gateway" in other.json()["error"]
    tokens.revoke(knock.token, actor=ADA, at=timezone.now())
    assert knock.events(called()).status_code == 401
    assert not Event.objects.exists()
    tally = knock.token.tallies.get()
    assert tally.accepted == 0
    assert tally.refused >= 1


def test_a_token_for_another_door_is_refused_with_what_it_is_for(knock: Knock) -> None:
    only = issue(knock.target, scopes=[Scope.REFLECTIONS])
    answer = knock.events(called(), secret=only.secret)
    assert answer.status_code == 403
    assert 'error="insufficient_scope", scope="events"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize("form", ["Bearer {}", "bearer  {}", "Bearer%20{}", "Basic {}"])
def test_a_token_may_be_written_in_any_usual_form(knock: Knock, form: str) -> None:
    secret = knock.issued.secret
    if form.startswith("Basic"):
        secret = base64.b64encode(f"selfimprove:{secret}".encode()).decode()
    answer = knock.events(called(), secret="", HTTP_AUTHORIZATION=form.format(secret))
    assert answer.status_code == 200


def test_a_session_opens_no_door(knock: Knock, admin_client: object) -> None:
    knock.client = admin_client  # type: ignore[assignment]
    assert knock.events(called(), secret="").status_code == 401


def test_its_last_use_is_known_and_written_rarely(knock: Knock) -> None:
    knock.events(called(1))
    first = knock.token.last_used_at
    knock.events(called(2))
    assert first is not None
    assert knock.token.last_used_at == first


def told(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("token", *words, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def test_the_command_makes_lists_rotates_and_revokes() -> None:
    add_target()
    secret, hint = told("create", "--target", "gateway", "--name", "ci", "--scope", "events")
    number = str(Token.objects.get().pk)
    assert tokens.admit(secret, Scope.EVENTS, timezone.now()).scopes == ["events"]
    assert "shown once" in hint
    successor, _ = told("rotate", number, "--grace-hours", "0")
    assert successor.startswith("sit_")
    assert successor != secret
    listed = json.loads(told("list", "--json")[0])
    assert [row["state"] for row in listed] == ["expired", "open"]
    assert secret not in told("list")[0]
    assert "Revoked" in told("revoke", str(listed[1]["number"]))[0]
    assert "before" in told("revoke", str(listed[1]["number"]))[0]


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--target", "nowhere", "--name", "x"),
        ("create", "--target", "gateway", "--name", " "),
        ("create", "--target", "gateway", "--name", "x", "--days", "-1"),
        ("create", "--target", "gateway", "--name", "x", "--days", "99999999999"),
        ("rotate", "7"),
        ("revoke", "7"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(words: tuple[str, ...]) -> None:
    add_target()
    with pytest.raises(CommandError):
        call_command("token", *words, stderr=StringIO())
    assert not Token.objects.exists()


def test_the_back_office_leads_to_where_open_tokens_are_rotated_and_revoked(
    knock: Knock, admin_client: Client
) -> None:
    closed = issue(knock.target, name="old").token
    tokens.revoke(closed, actor=ADA, at=timezone.now())
    listed = admin_client.get("/admin/telemetry/token/").content.decode()
    place = f"{knock.token.get_absolute_url()}#acts-"
    assert f'href="{place}{knock.token.pk}"' in listed
    assert f"#acts-{closed.pk}" not in listed
    page = admin_client.get(knock.token.get_absolute_url()).content.decode()
    assert f'id="acts-{knock.token.pk}"' in page
