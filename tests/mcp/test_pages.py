"""Can a person connect an agent from the page, and see what their tokens do?"""

import json
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from selfimprove.mcp import pages, snippets
from selfimprove.mcp.options import Mcp
from targets.models import Target
from telemetry.doors import arrivals, tokens
from telemetry.doors.models import Scope, Token
from tests.factories import make_user
from tests.mcp.tokens import issue
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"sit_[A-Za-z0-9]{43}")


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def rita(client: Client) -> User:
    person = make_user("reviewer", name="rita")
    client.force_login(person)
    return person


def text(client: Client, **more: str) -> str:
    return client.get(reverse("mcp:page"), more).content.decode()


def make(client: Client, **more: object) -> tuple[int, str]:
    given = {"name": "desk", "target": "gateway", "scopes": ["proposals:read"], "lasts": "90"}
    answer = client.post(reverse("mcp:create"), {**given, **more})
    return answer.status_code, answer.content.decode()


def test_a_token_is_made_in_ones_own_name_and_shown_once(
    client: Client, rita: User, target: Target
) -> None:
    status, page = make(client)
    assert status == 200
    secret = SECRET.findall(page)[0]
    token = tokens.known(secret, timezone.now())
    assert (token.person, token.scopes) == (rita, ["proposals:read"])
    assert token.expires_at is not None
    assert page.count(secret) > 3  # within the snippets as well
    assert "does not open this" not in page
    again = text(client)
    assert secret not in again
    assert "sit_YOUR_TOKEN" in again
    assert "Not used yet" in again
    assert Entry.objects.filter(event="token.created").count() == 1


def test_only_what_one_may_do_is_offered_and_taken(
    client: Client, rita: User, target: Target
) -> None:
    page = text(client)
    assert 'value="proposals:decide"' in page
    assert 'value="events"' not in page
    status, page = make(client, scopes=["events"])
    assert status == 422
    client.force_login(make_user("viewer"))
    page = text(client)
    assert 'value="proposals:read"' in page
    assert 'value="proposals:decide"' not in page
    assert make(client, scopes=["proposals:decide"])[0] == 422
    assert Token.objects.count() == 0


def test_what_does_not_go_together_is_said(client: Client, target: Target) -> None:
    admin = make_user("admin", name="vera")
    client.force_login(admin)
    status, page = make(client, scopes=["proposals:decide", "evaluation:run"])
    assert status == 422
    assert "make two tokens" in page
    assert 'value="proposals:decide" checked' in page
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Say who will use it"),
        ({"scopes": []}, "Choose at least one"),
        ({"target": "nowhere"}, "Choose a target"),
    ],
    ids=["name", "scopes", "target"],
)
def test_bad_input_is_told_and_makes_nothing(
    client: Client, rita: User, target: Target, wrong: dict[str, object], words: str
) -> None:
    status, page = make(client, **wrong)
    assert (status, words in page) == (422, True)
    assert Token.objects.count() == 0


def test_one_sees_ones_own_tokens_and_an_operator_all(
    client: Client, rita: User, target: Target
) -> None:
    issue(target, rita, Scope.PROPOSALS_READ, name="mine")
    other = issue(target, make_user("reviewer"), Scope.PROPOSALS_READ, name="of another").token
    page = text(client)
    assert "mine" in page
    assert "of another" not in page
    assert client.post(reverse("mcp:rotate", args=[other.pk]), {"grace": "0"}).status_code == 404
    gone = client.post(reverse("mcp:revoke", args=[other.pk]), {"start": other.start})
    assert gone.status_code == 404
    operator = make_user("operator")
    client.force_login(operator)
    assert "of another" in text(client)
    assert client.post(reverse("mcp:rotate", args=[other.pk]), {"grace": "0"}).status_code == 404
    client.post(reverse("mcp:revoke", args=[other.pk]), {"start": other.start})
    other.refresh_from_db()
    assert other.revoked_at is not None


def test_a_token_is_rotated_and_revoked_from_the_page(
    client: Client, rita: User, target: Target
) -> None:
    issued = issue(target, rita, Scope.PROPOSALS_READ)
    at = reverse("mcp:rotate", args=[issued.token.pk])
    page = client.post(at, {"grace": "24"}).content.decode()
    successor = tokens.known(SECRET.findall(page)[0], timezone.now())
    assert successor.person == rita
    assert client.post(at, {"grace": "24"}).status_code == 302  # a second time it is refused
    assert client.post(at, {"grace": "long"}).status_code == 302
    assert Token.objects.count() == 2
    out = reverse("mcp:revoke", args=[successor.pk])
    client.post(out, {"start": "sit_no"})
    assert Token.objects.filter(revoked_at=None).count() == 2
    client.post(out, {"start": successor.start})
    with pytest.raises(tokens.NotOpen):
        tokens.known(SECRET.findall(page)[0], timezone.now())


def test_who_sees_no_proposals_sees_no_page(client: Client, target: Target) -> None:
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(reverse("mcp:page")).status_code == 403
    assert make(client)[0] == 403
    assert Client().get(reverse("mcp:page")).status_code == 302


def test_who_may_not_let_agents_act_may_look(client: Client, target: Target) -> None:
    person = User.objects.create_user("looker")
    person.user_permissions.add(Permission.objects.get(codename="view_proposal"))
    client.force_login(person)
    assert "ask an administrator" in text(client)
    assert make(client)[0] == 403
    assert Token.objects.count() == 0


def test_without_a_target_the_page_says_what_comes_first(client: Client, rita: User) -> None:
    page = text(client)
    assert "Add a target first" in page
    assert reverse("mcp:create") not in page


def test_the_page_says_whether_it_is_served(
    client: Client, rita: User, settings: Settings
) -> None:
    assert pages.state().name == "Off"
    assert "enabled = true" in text(client)
    on = settings.SELFIMPROVE.model_copy(update={"mcp": Mcp(enabled=True, port=1)})
    settings.SELFIMPROVE = on
    assert pages.state().name == "Not reached"
    assert "http://127.0.0.1:1/mcp" in text(client)


def test_tokens_that_act_are_not_among_what_arrives(target: Target, rita: User) -> None:
    token = issue(target, rita, Scope.PROPOSALS_READ).token
    assert arrivals.of(target, timezone.now()) == []
    assert token.get_absolute_url() == reverse("mcp:page")


def test_each_snippet_is_what_its_program_reads(settings: Settings, tmp_path: Path) -> None:
    secret, address = "sit_" + "a" * 43, "http://127.0.0.1:8101/mcp"
    found = {one.key: one.text for one in snippets.all_for(address, secret)}
    assert set(found) == {"claude-code", "claude-desktop", "cursor", "vscode", "codex", "stdio"}
    desktop = json.loads(found["claude-desktop"])["mcpServers"]["selfimprove"]
    assert Path(desktop["command"]).exists()
    assert Path(desktop["args"][0]).name == "manage.py"
    assert desktop["env"]["SELFIMPROVE_MCP_TOKEN"] == secret
    assert desktop["env"]["SELFIMPROVE_DATA_DIR"] == str(settings.DATA_DIR)
    cursor = json.loads(found["cursor"])["mcpServers"]["selfimprove"]
    assert cursor == {"url": address, "headers": {"Authorization": f"Bearer {secret}"}}
    vscode = json.loads(found["vscode"])
    assert vscode["servers"]["selfimprove"]["url"] == address
    assert secret not in found["vscode"]  # it asks for it
    codex = tomllib.loads(found["codex"])["mcp_servers"]["selfimprove"]
    assert codex == {"url": address, "bearer_token_env_var": "SELFIMPROVE_MCP_TOKEN"}
    assert f'"Authorization: Bearer {secret}"' in found["claude-code"]
    assert all(secret in text for key, text in found.items() if key not in {"vscode", "cursor"})


def test_the_last_use_and_the_end_are_told(client: Client, rita: User, target: Target) -> None:
    now = timezone.now()
    token = issue(target, rita, Scope.PROPOSALS_READ, at=now - timedelta(days=9)).token
    Token.objects.filter(pk=token.pk).update(last_used_at=now)
    assert "Used" in text(client)
    Token.objects.filter(pk=token.pk).update(expires_at=now - timedelta(days=1))
    assert "Expired" in text(client)
