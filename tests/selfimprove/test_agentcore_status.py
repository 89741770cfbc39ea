"""Does the status say of each service how its call ended, and what is used instead right now?"""

import io
import json
import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ports.agentcore import Service, State
from ports.agentcore.standin.answers import MEMORY
from ports.llm.standin.routes import aws_failure
from ports.llm.standin.server import StandIn, serving
from ports.llm.standin.steps import Step
from selfimprove.doctor import agentcore
from selfimprove.doctor.findings import GOOD, WARN
from tests.factories import make_user

NAMES = ["memory", "code interpreter", "policy", "evaluations", "gateway"]
DENIED = aws_failure(403, "AccessDeniedException", "not for you")
INSTEAD = {
    "memory": "the local store of lessons",
    "code interpreter": 'the local sandbox (benchmarks.sandbox is not "agentcore")',
    "policy": "local Cedar policies",
    "evaluations": "the local review alone",
    "gateway": "our own tools over MCP",
}


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")


def choose(settings: LazySettings, played: StandIn | None = None, **chosen: Any) -> None:
    now = settings.SELFIMPROVE
    sandbox = chosen.pop("sandbox", "local")
    there: dict[str, Any] = {"enabled": True, "memory_id": MEMORY, **chosen}
    if played:
        there = {"address": played.address, "evaluator_id": "Builtin.StandIn", **there}
    settings.SELFIMPROVE = now.model_copy(
        update={
            "agentcore": now.agentcore.model_copy(update=there),
            "benchmarks": now.benchmarks.model_copy(update={"sandbox": sandbox}),
        }
    )


def told(*options: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("agentcore-status", *options, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def rows() -> tuple[int, dict[str, dict[str, Any]]]:
    code, text = told("--json")
    found = json.loads(text)
    assert found["holds"] is (code == 0)
    assert [one["service"] for one in found["services"]] == NAMES
    return code, {one["service"]: one for one in found["services"]}


def test_off_it_asks_nobody_and_all_is_local() -> None:
    code, found = rows()
    assert code == 0
    assert {one["state"] for one in found.values()} == {"not configured"}
    assert {one["asked"] for one in found.values()} == {False}
    assert {name: one["used"] for name, one in found.items()} == INSTEAD
    assert "agentcore.enabled is false" in found["memory"]["words"]


def test_where_all_answers_it_names_what_it_found(settings: LazySettings) -> None:
    with serving() as played:
        choose(settings, played, sandbox="agentcore")
        code, found = rows()
        assert len(played.asked) == 5
    assert code == 0
    assert {one["state"] for one in found.values()} == {"ok"}
    assert (found["memory"]["id"], found["memory"]["status"]) == (MEMORY, "ACTIVE")
    assert found["code interpreter"]["id"] == "aws.codeinterpreter.v1"
    assert found["code interpreter"]["status"] == "READY"
    assert [found[name]["call"] for name in NAMES] == [
        *("list_memories", "list_code_interpreters", "list_policy_engines"),
        *("list_evaluators", "list_gateways"),
    ]
    assert found["memory"]["used"].startswith("AgentCore's memory")
    assert found["code interpreter"]["used"].startswith("AgentCore for benchmarks")
    assert found["policy"]["used"] == INSTEAD["policy"]
    assert found["evaluations"]["used"].startswith("a second opinion on reviews")
    assert found["gateway"]["words"] == "It answers, and there is none"


def test_what_answers_and_is_not_used_is_not_called_used(settings: LazySettings) -> None:
    with serving() as played:
        choose(settings, played)
        _, found = rows()
    assert found["code interpreter"]["state"] == "ok"
    assert found["code interpreter"]["used"] == INSTEAD["code interpreter"]


@pytest.mark.parametrize(
    ("step", "state", "kind"),
    [
        (DENIED, "denied", "not for you"),
        (aws_failure(429, "ThrottlingException"), "error", "was refused"),
        (Step(end="RESET"), "unreachable", "connection"),
        (Step(body=b"<html>"), "error", "not one of AgentCore"),
        (Step(body=b"{}", delay=5), "unreachable", "fell silent"),
    ],
)
def test_a_fault_is_one_request_each_within_its_time_and_says_what_is_used(
    settings: LazySettings, step: Step, state: str, kind: str
) -> None:
    with serving(services=[step] * 5) as played:
        choose(settings, played, sandbox="agentcore")
        with_client_loaded = agentcore.gather()
        played.services.extend([step] * 5)
        began = time.monotonic()
        code, found = rows()
        took = time.monotonic() - began
        assert len(played.asked) == 10
    assert code == 1
    assert {row.state for row in with_client_loaded} == {State(state)}
    assert {one["state"] for one in found.values()} == {state}
    assert all(kind in one["words"] for one in found.values())
    assert found["code interpreter"]["used"] == "the local sandbox"
    assert found["memory"]["used"] == INSTEAD["memory"]
    assert found["evaluations"]["used"] == INSTEAD["evaluations"]
    assert max(one["seconds"] for one in found.values()) < 4
    assert took < 30


def test_one_that_fails_takes_no_other_along(settings: LazySettings) -> None:
    with serving() as played:
        choose(settings, played, memory_id="another_memory-0123456789")
        code, found = rows()
    assert code == 1
    assert found["memory"]["state"] == "error"
    assert "knows no another_memory-0123456789" in found["memory"]["words"]
    assert [found[name]["state"] for name in NAMES[1:]] == ["ok"] * 4


def test_without_an_id_or_an_account_nothing_is_sent(settings: LazySettings) -> None:
    with serving() as played:
        choose(settings, played, memory_id="", evaluator_id="")
        code, found = rows()
        assert len(played.asked) == 3
    assert code == 0
    assert found["memory"]["words"] == "agentcore.memory_id names none"
    assert found["evaluations"]["words"] == "agentcore.evaluator_id names none"
    assert found["evaluations"]["used"] == INSTEAD["evaluations"]
    choose(settings, address="")
    code, found = rows()
    assert code == 0
    assert {one["state"] for one in found.values()} == {"not configured"}
    assert "region" in found["gateway"]["words"]


def test_a_person_reads_it_line_by_line(settings: LazySettings) -> None:
    with serving(services=[DENIED] * 5) as played:
        choose(settings, played)
        code, text = told()
    assert code == 1
    lines = text.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("  ✗ memory           denied: list_memories was refused")
    assert lines[0].endswith("(list_memories)")
    assert lines[1].strip() == "→ used now: the local store of lessons"
    choose(settings, enabled=False)
    assert "(list_memories not sent)" in told()[1]


def test_a_secret_in_a_refusal_is_not_shown(settings: LazySettings) -> None:
    planted = "AKIAIOSFODNN7EXAMPLE"
    refused = aws_failure(403, "AccessDeniedException", f"the key {planted} may not")
    with serving(services=[refused] * 5) as played:
        choose(settings, played)
        assert planted not in told()[1]


def test_a_doctor_tells_of_what_is_in_use_and_calls_nothing_lacking(
    settings: LazySettings,
) -> None:
    assert agentcore.findings() == []
    with serving() as played:
        choose(settings, played)
        memory, evaluations = agentcore.findings()
        choose(settings, played, sandbox="agentcore")
        assert [one.state for one in agentcore.findings()] == [GOOD] * 3
        played.services.extend([DENIED] * 5)
        found = agentcore.findings()
    assert (memory.name, memory.state) == ("AgentCore, memory", GOOD)
    assert [one.state for one in found] == [WARN] * 3
    assert (evaluations.name, evaluations.state) == ("AgentCore, evaluations", GOOD)
    assert "Used instead: the local review alone" in found[2].words
    assert "Used instead: the local sandbox" in found[1].words


@pytest.mark.django_db
def test_its_page_asks_at_most_once_a_minute(settings: LazySettings, client: Client) -> None:
    client.force_login(make_user("viewer"))
    with serving() as played:
        choose(settings, played)
        pages = [client.get(reverse("agentcore")).content.decode() for _ in range(3)]
        assert len(played.asked) == 5
    assert all("Code interpreter" in page for page in pages)
    assert all(MEMORY in page for page in pages)
    assert all(INSTEAD["policy"] in page for page in pages)


@pytest.mark.django_db
def test_its_page_says_that_it_is_off_and_the_settings_lead_to_it(client: Client) -> None:
    client.force_login(make_user("viewer"))
    page = client.get(reverse("agentcore")).content.decode()
    assert "It is off, so nothing was asked" in page
    assert "was not sent" in page
    assert reverse("agentcore") in client.get(reverse("settings")).content.decode()


@pytest.mark.django_db
def test_its_page_is_for_those_who_may_see_the_settings(client: Client) -> None:
    assert client.get(reverse("agentcore")).status_code == 302
    client.force_login(make_user("stranger"))
    assert client.get(reverse("agentcore")).status_code in (302, 403)
    assert client.post(reverse("agentcore")).status_code in (302, 403, 405)


def test_every_service_has_a_row() -> None:
    assert [str(service) for service in Service] == NAMES
