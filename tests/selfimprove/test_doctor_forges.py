"""Does the doctor say whether the token works for a target on GitHub, and webhooks come?"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from delivery.models import Arrival
from selfimprove.doctor import forges
from selfimprove.doctor.findings import BAD, GOOD, WARN
from tests.delivery.on_github import Stage, staged
from tests.factories import make_target, make_user
from tests.ports.github.server import Trouble

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "s3cret")
    with staged(tmp_path, settings, monkeypatch) as made:
        yield made


def arrive(**ago: float) -> None:
    Arrival.objects.create(
        uid=str(ago), event="push", followed="x", at=timezone.now() - timedelta(**ago)
    )


def test_where_nothing_lies_on_github_nothing_is_said(tmp_path: Path) -> None:
    make_target(tmp_path)
    assert forges.gather() == forges.heard() == []


def test_a_token_that_works(stage: Stage) -> None:
    token, _ = forges.gather()
    assert (token.name, token.state) == ("GitHub, gateway", GOOD)
    assert token.words == "The token works for acme/agents"


def test_a_token_that_lacks_something(stage: Stage) -> None:
    denied = Trouble("status", "POST", "/pulls", status=403)
    denied.headers = {"X-Accepted-GitHub-Permissions": "pull_requests=write"}
    stage.server.troubles.append(denied)
    token = forges.gather()[0]
    assert token.state == BAD
    assert "this would be enough: pull_requests=write" in token.words
    assert "docs/github.md" in token.remedy


def test_no_token_at_all(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    token = forges.gather()[0]
    assert token.state == BAD
    assert token.words == "neither GITHUB_TOKEN nor GITHUB_APP_ID is set in the environment"


def test_a_limit_is_not_a_lack(stage: Stage) -> None:
    stage.server.troubles.append(Trouble("status", status=429, headers={"Retry-After": "900"}))
    token = forges.gather()[0]
    assert token.state == WARN
    assert "could not be tried" in token.words


def test_webhooks_are_told_by_the_last_that_came(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forges.heard()[0].words == "None has come yet; GitHub is asked every minute instead"
    arrive(days=8)
    assert forges.heard()[0].state == WARN
    arrive(minutes=5)
    (found,) = forges.heard()
    assert found.state == GOOD
    assert found.words.endswith("UTC: push")
    monkeypatch.delenv("GITHUB_WEBHOOK_SECRET")
    assert forges.heard()[0].words.startswith("Off: GITHUB_WEBHOOK_SECRET is not set")


def test_the_page_tells_of_webhooks_without_asking_github(stage: Stage, client: Client) -> None:
    client.force_login(make_user("operator"))
    asked = len(stage.server.asked)
    page = client.get("/settings/").content.decode()
    assert "None has come yet" in page
    assert len(stage.server.asked) == asked
