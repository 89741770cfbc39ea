"""Does a webhook only ever make a delivery look sooner, and only once it is GitHub's?"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from delivery.models import Arrival, Delivery
from proposals.models import Proposal
from tests.delivery.on_github import Stage, staged
from tests.ports.github.test_webhooks import examples

pytestmark = pytest.mark.django_db
SECRET = "s3cret of both sides"
PULL = {"action": "submitted", "pull_request": {"number": 1},
        "repository": {"full_name": "Acme/Agents"}}  # fmt: skip


@pytest.fixture
def stage(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", SECRET)
    with staged(tmp_path, settings, monkeypatch) as made:
        made.drive()
        yield made


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", SECRET)


def post(
    payload: Any, event: str = "pull_request_review", uid: str = "1", **more: str
) -> tuple[int, dict[str, str]]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event, "X-GitHub-Delivery": uid,
        "X-Hub-Signature-256": f"sha256={signed}", **more,
    }  # fmt: skip
    kind = headers.pop("Content-Type", "application/json")
    answer = Client(enforce_csrf_checks=True).post(
        "/hooks/github/", body, content_type=kind, headers=headers
    )
    return answer.status_code, answer.json()


def soon(stage: Stage, **columns: Any) -> Delivery:
    """Let the delivery wait half a minute from now."""
    later = {"next_step_at": timezone.now() + timedelta(seconds=30), **columns}
    Delivery.objects.filter(pk=stage.delivery.pk).update(**later)
    stage.delivery.refresh_from_db()
    return stage.delivery


def is_due(stage: Stage) -> bool:
    stage.delivery.refresh_from_db()
    return stage.delivery.next_step_at <= timezone.now()


def test_a_review_makes_the_delivery_look_now(stage: Stage) -> None:
    soon(stage)
    assert post(PULL) == (202, {"followed": "woke 1 delivery"})
    assert is_due(stage)
    (arrival,) = Arrival.objects.all()
    assert (arrival.event, arrival.action, arrival.woken) == (
        "pull_request_review",
        "submitted",
        1,
    )


def test_what_it_claims_is_not_believed(stage: Stage) -> None:
    soon(stage)
    said = {**PULL, "review": {"state": "approved", "user": {"login": "ada"}}}
    assert post({**said, "pull_request": {"number": 1, "merged": True}})[0] == 202
    stage.scene.clock.at = timezone.now()
    Proposal.objects.update(decided_at=timezone.now())
    assert "0 of 1 approvals" in stage.drive()
    assert stage.scene.timeout_on_main() == "400"


def test_a_second_time_is_noticed(stage: Stage) -> None:
    soon(stage)
    assert post(PULL)[0] == 202
    soon(stage)
    assert post(PULL) == (200, {"followed": "it was here before"})
    assert not is_due(stage)
    assert Arrival.objects.count() == 1


def test_an_order_that_is_none_does_no_harm(stage: Stage) -> None:
    stage.hub.pulls[1].is_closed = True
    for place, action in enumerate(("closed", "opened", "reopened", "synchronize")):
        soon(stage)
        assert post({**PULL, "action": action}, "pull_request", f"u{place}")[0] == 202
    stage.scene.clock.at = timezone.now()
    assert stage.drive() == "Pull request 1 was closed without being merged."


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"errors_in_row": 2}, id="after an error"),
        pytest.param({"next_step_at": timezone.now() + timedelta(hours=1)}, id="while limited"),
        pytest.param({"pull_request": 8}, id="another pull request"),
    ],
)
def test_who_does_not_wait_for_it_is_left_alone(stage: Stage, columns: dict[str, Any]) -> None:
    soon(stage, **columns)
    assert post(PULL) == (202, {"followed": "nothing waits for it"})
    assert not is_due(stage)


def test_a_delivery_that_is_over_is_left_alone(stage: Stage) -> None:
    stage.hub.pulls[1].is_closed = True
    stage.drive()
    assert stage.delivery.outcome
    soon(stage)
    assert post(PULL)[1] == {"followed": "nothing waits for it"}


def test_another_repository_wakes_nobody(stage: Stage) -> None:
    soon(stage)
    other = {**PULL, "repository": {"full_name": "acme/other"}}
    assert post(other)[1] == {"followed": "nothing waits for it"}
    stage.scene.target.forge = "local"
    stage.scene.target.save()
    assert post(PULL, uid="2")[1] == {"followed": "nothing waits for it"}


@pytest.mark.parametrize(
    ("event", "payload", "words"),
    [
        ("issue_comment", {**PULL, "issue": {"number": 1}}, "the comment is on an issue"),
        ("ping", {"zen": "Design for failure."}, "GitHub tries whether this address answers"),
        ("star", PULL, "nothing here follows from star"),
    ],
)
@pytest.mark.usefixtures("secret")
def test_what_nothing_follows_from_is_taken_and_says_why(
    event: str, payload: Any, words: str
) -> None:
    assert post(payload, event) == (202, {"followed": f"ignored: {words}"})
    assert Arrival.objects.get().followed == f"ignored: {words}"


@pytest.mark.usefixtures("secret")
def test_every_published_example_is_taken() -> None:
    for place, example in enumerate(examples()):
        event, payload = example.values
        assert post(payload, str(event), f"u{place}")[0] == 202, event
    assert Arrival.objects.count() == 329


@pytest.mark.parametrize(
    ("payload", "more", "status", "words"),
    [
        pytest.param(PULL, {"X-Hub-Signature-256": ""}, 401, "does not hold", id="unsigned"),
        pytest.param(
            PULL, {"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401, "does not hold", id="forged"
        ),
        pytest.param(PULL, {"X-GitHub-Delivery": ""}, 400, "have to be there", id="no id"),
        pytest.param(PULL, {"X-GitHub-Event": ""}, 400, "have to be there", id="no event"),
        pytest.param(PULL, {"X-GitHub-Delivery": "x" * 65}, 400, "is no id", id="long id"),
        pytest.param(b"{", {}, 400, "no JSON", id="half"),
        pytest.param(b"[]", {}, 400, "no JSON object", id="a list"),
        pytest.param(b"\xff", {}, 400, "no JSON", id="no text"),
        pytest.param(b"[" * 200_000, {}, 400, "no JSON", id="deep"),
        pytest.param(
            b"payload=%7B%7D",
            {"Content-Type": "application/x-www-form-urlencoded"},
            *(415, "application/json"),
            id="a form",
        ),
    ],
)
@pytest.mark.usefixtures("secret")
def test_what_is_turned_away_changes_nothing(
    payload: Any, more: dict[str, str], status: int, words: str
) -> None:
    found, told = post(payload, **more)
    assert (found, words in told["error"]) == (status, True)
    assert not Arrival.objects.exists()


@pytest.mark.usefixtures("secret")
def test_a_body_that_is_too_large_is_not_read(settings: LazySettings) -> None:
    doors = settings.SELFIMPROVE.doors.model_copy(update={"max_body_bytes": 1024})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"doors": doors})
    assert post(b"{" + b" " * 1023 + b"}")[0] == 413
    assert post(b"{" + b" " * 1022 + b"}")[0] == 202


def test_without_a_secret_none_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WEBHOOK_SECRET", raising=False)
    status, told = post(PULL)
    assert (status, told["error"]) == (
        503,
        "no webhook is taken: GITHUB_WEBHOOK_SECRET is not set",
    )


def test_reading_the_address_is_not_offered() -> None:
    assert Client().get("/hooks/github/").status_code == 405


@pytest.mark.usefixtures("secret")
def test_old_arrivals_are_forgotten() -> None:
    post(PULL, uid="old")
    Arrival.objects.update(at=timezone.now() - timedelta(days=31))
    post(PULL, uid="new")
    assert [one.uid for one in Arrival.objects.all()] == ["new"]
