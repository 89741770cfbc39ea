"""Can a person connect an agent from the page, see that it worked, and take a token away?"""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from telemetry.doors import tokens
from telemetry.doors.models import Token
from telemetry.models import Source
from tests.factories import make_user
from tests.people import pseudonym
from tests.telemetry.doors.knock import ADA, Knock, called
from tests.telemetry.doors.test_reports import reflection, report

pytestmark = pytest.mark.django_db
PAGE = "/telemetry/connect/gateway/"
FORM = {"name": "nightly job", "scopes": ["events", "otlp"], "lasts": "30"}


@pytest.fixture
def knock() -> Knock:
    return Knock()


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


def text(client: Client, address: str = PAGE, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_new_token_is_shown_once_within_every_snippet(knock: Knock, operator: Client) -> None:
    answer = operator.post(f"{PAGE}tokens/", FORM)
    shown = answer.content.decode()
    token = Token.objects.get(name="nightly job")
    secret = re.findall(r'id="issued-secret">(sit_\w+)<', shown)[0]
    assert tokens.digest_of(secret) == token.digest
    assert shown.count(secret) >= 8
    assert "http://testserver/v1/traces" in shown
    assert "no-store" in answer["Cache-Control"]
    assert secret not in text(operator)
    assert token.scopes == ["events", "otlp"]
    assert token.expires_at is not None
    assert shown.count("The new token does not open this") == 1  # the metrics, which it need not


@pytest.mark.parametrize("change", [{"name": ""}, {"scopes": []}, {"lasts": "7000"}])
def test_a_form_that_is_wrong_makes_nothing(
    knock: Knock, operator: Client, change: dict[str, object]
) -> None:
    answer = operator.post(f"{PAGE}tokens/", {**FORM, **change})
    assert answer.status_code == 422
    assert Token.objects.count() == 1


def test_the_light_turns_green_with_the_first_event_and_says_what_was_not_kept(
    knock: Knock, operator: Client
) -> None:
    fragment = {"HX-Request": "true"}
    waiting = text(operator, **fragment)
    assert "Waiting" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "<html" not in waiting
    knock.events({**called(1), "success": "no"})
    assert "Requests arrive, but nothing of them could be kept" in text(operator, **fragment)
    knock.events(called(1), called(2), {**called(3), "latency_ms": -1})
    connected = text(operator, **fragment)
    assert "Connected" in connected
    assert "latency_ms: Expected" in connected
    assert knock.issued.secret not in connected


def test_a_token_is_rotated_and_revoked_from_the_page(knock: Knock, operator: Client) -> None:
    place = f"{PAGE}tokens/{knock.token.pk}/"
    shown = operator.post(f"{place}rotate/", {"grace": "1"}).content.decode()
    assert "issued-secret" in shown
    assert "issued-secret" not in operator.post(f"{place}rotate/", {"grace": "1"}).content.decode()
    operator.post(f"{place}revoke/", {"start": "something"})
    assert not Token.objects.exclude(revoked_at=None).exists()
    operator.post(f"{place}revoke/", {"start": knock.token.start})
    assert knock.token.revoked_at is not None
    assert "Revoked" in text(operator)
    elsewhere = f"/telemetry/connect/other/tokens/{knock.token.pk}/revoke/"
    assert operator.post(elsewhere, {"start": knock.token.start}).status_code == 404


def test_who_still_uses_a_revoked_token_is_told_apart(knock: Knock, operator: Client) -> None:
    before = timezone.now() - timedelta(minutes=1)
    tokens.revoke(knock.token, actor=ADA, at=before)
    assert "It opens nothing any more" in text(operator)
    knock.events(called(1))
    assert "An agent still tries to use it" in text(operator)


def test_an_operator_makes_a_token_and_is_named_on_the_log(knock: Knock, client: Client) -> None:
    client.force_login(make_user("operator", name="olga"))
    assert client.post(f"{PAGE}tokens/", FORM).status_code == 200
    assert Token.objects.get(name="nightly job").created_by == "olga"
    assert Entry.objects.filter(event="token.created", actor=pseudonym("olga")).count() == 1


@pytest.mark.parametrize("act", ["tokens/", "tokens/1/rotate/", "tokens/1/revoke/"])
def test_who_may_only_look_makes_no_token(knock: Knock, client: Client, act: str) -> None:
    client.force_login(make_user("viewer"))
    assert "Make the token" not in text(client)
    assert client.post(PAGE + act, FORM).status_code == 403
    assert client.get(PAGE + act).status_code == 405
    assert Token.objects.count() == 1


def test_empty_states_say_what_will_happen(operator: Client, knock: Knock) -> None:
    Token.objects.all().delete()
    shown = text(operator)
    assert "No agent is connected by a token" in shown
    assert "Nothing is collected yet" in shown
    assert "sit_YOUR_TOKEN" in shown
    Source.objects.create(target=knock.target, backend="files", location="/var/log/x.log")
    assert "/var/log/x.log" in text(operator)
    for page in ("reflections", "error-reports"):
        assert "yet" in text(operator, f"/telemetry/{page}/")
        assert "for this target" in text(operator, f"/telemetry/{page}/?target=gateway&before=x")


def test_what_was_reported_is_listed(knock: Knock, operator: Client) -> None:
    knock.post("/api/reflections", json.dumps(reflection()))
    knock.post("/api/error-reports", json.dumps(report()))
    assert "Wait longer for the search." in text(operator, "/telemetry/reflections/")
    assert "ConnectionError" in text(operator, "/telemetry/error-reports/?target=gateway")
    assert "Gateway" in text(operator, "/telemetry/connect/")
    assert PAGE in text(operator, "/targets/gateway/")
