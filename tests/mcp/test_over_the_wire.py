"""What does the reference client see, over real pipes and a real socket on loopback?"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from mcp.shared.exceptions import MCPError

from audit.log import Actor
from audit.models import Entry
from proposals.models import Proposal
from selfimprove.bootstrap import ROOT
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope, Token
from telemetry.models import Event
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import make_proposal, make_report, make_user
from tests.mcp.connected import SANDBOX, Http, Tools, database, http, stdio
from tests.mcp.test_reporting import event
from tests.mcp.tokens import issue
from tests.selfimprove.running import environment, run

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TOOLS = {
    *("analyze", "list_proposals", "show", "approve", "reject"),
    *("report_event", "report_reflection", "request_changes", "withdraw_request"),
    *("list_comments", "say_comment", "settle_thread"),
}
NOISE = {"PYTHONWARNINGS": "always", "LOG_LEVEL": "DEBUG"}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


@pytest.fixture
def rita() -> User:
    person = make_user("reviewer", name="rita")
    viewing = Permission.objects.filter(codename="view_evaluation")
    person.groups.get().permissions.add(*viewing)
    return person


def checked(target: Target) -> Proposal:
    """Make a proposal that can be approved now."""
    proposal = make_proposal(target)
    make_report(proposal, at=timezone.now())
    return Proposal.objects.get(pk=proposal.pk)


def _decide(target: Target, tools: Tools) -> Proposal:
    """Read a proposal to its end and approve it."""
    proposal = checked(target)
    listed = tools.answer("list_proposals")["proposals"]
    assert [row["id"] for row in listed] == [str(proposal.pk)]
    shown = tools.answer("show", id=listed[0]["id"])
    assert shown["standing"]["obstacle"] == ""
    said = tools.answer("approve", id=listed[0]["id"], digest=shown["digest"], reason="Read.")
    assert said["status"] == "APPROVED"
    return proposal


def _talk(tools: Tools, proposal: Proposal) -> None:
    """Say something of a line twice, as a client does that had no answer, and settle it."""
    about = {"id": str(proposal.pk)}
    digest = tools.answer("list_comments", **about)["diff_digest"]
    where = {"path": "config/tools.yaml", "line": 3, "diff_digest": digest}
    first, again = (tools.answer("say_comment", **about, words="Why?", **where) for _ in range(2))
    assert first == again
    assert tools.answer("settle_thread", **about, thread=first["thread"])["changed"]
    told = tools.answer("list_comments", **about)
    assert (told["comments"], told["threads"][0]["is_resolved"]) == (1, True)
    assert "10000" in tools.refusal("say_comment", **about, words="x" * 10_001)
    assert "side" in tools.refusal("say_comment", **about, words="x", side="middle")


def test_what_only_reads_and_what_destroys_nothing_is_marked_so(
    target: Target, rita: User, tmp_path: Path
) -> None:
    held = issue(target, rita, Scope.PROPOSALS_READ)
    with stdio(held.secret, tmp_path / "errors") as tools:
        found = {one.name: one for one in tools.portal.call(tools.client.list_tools).tools}
    reads, says = found["list_comments"].annotations, found["say_comment"].annotations
    settles = found["settle_thread"].annotations
    assert reads is not None
    assert reads.read_only_hint
    for one in (says, settles):
        assert one is not None
        assert (one.read_only_hint, one.destructive_hint, one.idempotent_hint) == (
            *(None, False, True),
        )
    assert set(found["say_comment"].input_schema["required"]) == {"id", "words"}


def test_over_stdio_the_whole_road_with_nothing_but_protocol_on_its_output(
    target: Target, rita: User, tmp_path: Path
) -> None:
    held = issue(target, rita, Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE)
    with stdio(held.secret, tmp_path / "errors", **NOISE) as tools:  # a stray line would break it
        assert tools.names() == TOOLS
        proposal = _decide(target, tools)
        assert "Already approved by rita" in tools.refusal(
            "reject", id=str(proposal.pk), digest=proposal.document_digest, category="not_now"
        )
        assert "not for events" in tools.refusal("report_event", event=event())
        huge = tools.refusal("reject", id=str(proposal.pk), digest="d", reason="x" * 5_000_000)
        assert "at most 4000" in huge
        _talk(tools, proposal)
        assert "Unknown tool" in tools.refusal("delete_everything")
        tokens.revoke(held.token, actor=Actor("person", "ada"), at=timezone.now())
        assert "was revoked" in tools.refusal("list_proposals")
    entry = Entry.objects.get(event="proposal.approved")
    assert (entry.facts["door"], entry.facts["token"]) == ("mcp", held.token.pk)
    errors = (tmp_path / "errors").read_text()
    assert held.secret not in errors
    assert "Traceback" not in errors


def _spoken(
    process: "subprocess.Popen[str]", text: str, wanted: set[int]
) -> tuple[dict[int, Any], str]:
    """Say something to a server, and return its answers by number, and what else it wrote."""
    with process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(text)
        process.stdin.flush()
        answers: dict[int, Any] = {}
        while set(answers) != wanted:
            told = json.loads(process.stdout.readline())
            assert told["jsonrpc"] == "2.0"
            if told.get("id"):
                answers[told["id"]] = told["result"]
        process.stdin.close()
        return answers, process.stdout.read()


def test_every_line_of_its_output_is_protocol_and_none_is_a_log(
    target: Target, rita: User, tmp_path: Path
) -> None:
    held = issue(target, rita, Scope.PROPOSALS_READ)
    values = environment(Path(settings.DATA_DIR), 1, DATABASE_URL=database(), **SANDBOX, **NOISE)
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "mcp"],
        env={**values, "SELFIMPROVE_MCP_TOKEN": held.secret},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "raw", "version": "1"},
    }
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        "this is no message at all",
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call",
         "params": {"name": "list_proposals", "arguments": {"limit": 5}}},
        {"jsonrpc": "2.0", "id": 4, "method": "tools/call",
         "params": {"name": "show", "arguments": {"id": 7}}},
    ]  # fmt: skip
    lines = [one if isinstance(one, str) else json.dumps(one) for one in sent]
    answers, rest = _spoken(process, "".join(f"{line}\n" for line in lines), {1, 2, 3, 4})
    assert rest.strip() == ""
    assert answers[3]["structuredContent"]["proposals"] == []
    assert answers[4]["isError"] is True
    assert {tool["name"] for tool in answers[2]["tools"]} == TOOLS
    assert all("outputSchema" in tool for tool in answers[2]["tools"])


@pytest.fixture
def served() -> Any:
    with http() as running:
        yield running


def test_over_http_each_call_is_asked_for_its_token(
    target: Target, rita: User, served: Http
) -> None:
    reads = issue(target, rita, Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE)
    works = issue(target, rita, Scope.EVALUATION_RUN, Scope.EVENTS, Scope.REFLECTIONS)
    with served.tools(reads.secret) as tools:
        assert tools.names() == TOOLS
        _decide(target, tools)
        assert "not for evaluation:run" in tools.refusal("analyze")
        tokens.revoke(reads.token, actor=Actor("person", "ada"), at=timezone.now())
        with pytest.raises(MCPError, match="The token was revoked"):
            tools("list_proposals")
    fail(target, at=timezone.now())
    with served.tools(works.secret) as tools:
        assert tools.answer("analyze")["proposed"] == 1
        assert tools.answer("report_event", event=event())["accepted"] == 1
        told = {"session_id": "s", "agent": "planner", "proposed_change": "More time"}
        assert tools.answer("report_reflection", **told)["accepted"] == 1
        assert tools.answer("report_reflection", **told)["duplicates"] == 1
        assert "not for proposals:read" in tools.refusal("list_proposals")
        assert "limit" in tools.refusal("list_proposals", limit=5000)
        assert "event" in tools.refusal("report_event", event="a text")
    assert Event.objects.filter(component="web_search", uid__isnull=False).exists()
    assert Token.objects.get(pk=works.token.pk).last_used_at is not None
    assert works.secret not in served.said()
    _strangers_are_turned_away(target, rita, served)


def _strangers_are_turned_away(target: Target, rita: User, served: Http) -> None:
    now = timezone.now()
    ended = issue(target, rita, Scope.PROPOSALS_READ, at=now - tokens.LONGEST_GRACE,
                  expires_at=now - tokens.USED_EVERY)  # fmt: skip
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    for header, words in (
        ("", "Send a token"),
        ("Bearer sit_wrong", "not known here"),
        (f"Bearer {ended.secret}", "The token ended at"),
        ("Digest \xff\xfe", "Send a token"),
    ):
        answer = served.post(body, Authorization=header)
        assert answer.status_code == 401, header
        assert words in answer.json()["error"]["message"]
        assert "invalid_token" in answer.headers["www-authenticate"]
    good = issue(target, rita, Scope.PROPOSALS_READ)
    with_token = {"Authorization": f"Bearer {good.secret}"}
    assert served.post(b"x" * 2_000_000, **with_token).status_code == 413
    assert served.post(b"{{{", **with_token).status_code == 400
    foreign = served.post(body, **with_token, Host="evil.example")
    assert foreign.status_code == 421
    assert served.post(body, **with_token, Origin="https://evil.example").status_code == 403


def test_two_approvals_at_once_are_one(target: Target, rita: User, served: Http) -> None:
    proposal = checked(target)
    given = {"id": str(proposal.pk), "digest": proposal.document_digest}
    people = [rita, make_user("reviewer", name="omar")]
    secrets = [issue(target, one, Scope.PROPOSALS_DECIDE).secret for one in people]
    results: list[str] = []
    gate = threading.Barrier(2)

    def decide(secret: str) -> Callable[[], None]:
        def run() -> None:
            with served.tools(secret) as tools:
                gate.wait()
                result = tools("approve", **given)
                told = result.structured_content or {}
                results.append("refused" if result.is_error else str(told["status"]))

        return run

    threads = [threading.Thread(target=decide(secret)) for secret in secrets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["APPROVED", "refused"]
    assert Entry.objects.filter(event="proposal.approved").count() == 1
    assert Proposal.objects.get().version == 1


def test_it_is_off_unless_somebody_wants_it(tmp_path: Path) -> None:
    done = run(tmp_path, "up", "--only", "mcp")
    assert done.returncode == 1
    assert "set mcp.enabled to true" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("secret", "words"),
    [("", "SELFIMPROVE_MCP_TOKEN is not set"), ("sit_wrong", "not known here")],
    ids=["none", "wrong"],
)
def test_without_a_token_it_does_not_start_and_says_so(
    tmp_path: Path, secret: str, words: str
) -> None:
    done = run(tmp_path, "mcp", SELFIMPROVE_MCP_TOKEN=secret, DATABASE_URL=database())
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stdout == ""


def test_nothing_of_the_sdk_is_loaded_before_it_is_needed(tmp_path: Path) -> None:
    look = (
        "import sys; from django.urls import get_resolver; get_resolver().url_patterns;"
        " import selfimprove.config; print('mcp' in sys.modules, 'starlette' in sys.modules)"
    )
    done = run(tmp_path, "shell", "-v", "0", "-c", look)
    assert done.stdout.strip().splitlines()[-1] == "False False", done.stderr


def test_a_client_that_is_no_client_is_no_crash(served: Http) -> None:
    with httpx2.Client(trust_env=False) as client:
        assert client.get(served.address).status_code == 401
        assert client.get(served.address.replace("/mcp", "/")).status_code == 401
    assert "Traceback" not in served.said()
