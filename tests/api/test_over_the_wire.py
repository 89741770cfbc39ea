"""Does it hold with the real server, worker and clock, and a program that speaks plain HTTP?"""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from audit.models import Entry
from selfimprove.chat.signatures import sign
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.chat.talking import SECRET, account
from tests.factories import make_proposal, make_target, make_user, tools_diff
from tests.mcp.connected import SANDBOX, database
from tests.selfimprove.running import House, started, wait_until

SLOW = (  # whoever imports it waits
    "--- a/gateway/limits.py\n+++ b/gateway/limits.py\n@@ -1,3 +1,5 @@\n"
    ' """Limits."""\n+import time\n+time.sleep(120)\n \n LONGEST = 10\n'
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def house(target: Target) -> Iterator[House]:
    given: dict[str, Any] = {**SANDBOX, "DATABASE_URL": database(), "CHAT_WEBHOOK_SECRET": SECRET}
    with started(Path(settings.DATA_DIR), "up", **given) as house:
        wait_until(lambda: house.status("/readyz") == 200, "the pages are served", house)
        yield house


def ask(house: House, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    """Send a request; an iterable body goes in chunks, without a length."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_change_is_checked_by_the_worker_and_one_is_stopped(
    target: Target, house: House
) -> None:
    held = program(target, Scope.CHANGES_CHECK)
    headers = {**held.headers(), "Content-Type": "application/json"}
    given = json.dumps({"diff": tools_diff()}).encode()
    pieces = iter([given[:20], given[20:]])
    status, told = ask(house, "POST", "/api/changes", headers, pieces)
    assert (status, told["state"]) == (202, "waiting"), told

    def has_ended(place: str) -> bool:
        return ask(house, "GET", place, headers)[1]["state"] in ("done", "stopped")

    wait_until(lambda: has_ended(told["address"]), "the gates have answered", house)
    report = ask(house, "GET", told["address"], headers)[1]["report"]
    assert report["exit"] == 3
    assert len(report["gates"]) > 10
    slow = json.dumps({"diff": SLOW}).encode()
    second = ask(house, "POST", "/api/changes", headers, slow)[1]

    def runs() -> bool:
        found = ask(house, "GET", second["address"], headers)[1]
        return bool(found["state"] == "running")

    wait_until(runs, "the worker has begun", house)
    assert ask(house, "DELETE", second["address"], headers)[0] == 202
    wait_until(lambda: has_ended(second["address"]), "the check was stopped", house)
    found = ask(house, "GET", second["address"], headers)[1]
    assert (found["state"], found["stopped_by"]) == ("stopped", held.person.username)


def test_a_person_rejects_from_a_chat(target: Target, house: House) -> None:
    account(make_user("reviewer", name="rita"))
    proposal = make_proposal(target)
    line = {"id": "1", "user": "U1", "text": f"reject {str(proposal.pk)[:8]} Not this week."}
    body = json.dumps(line).encode()
    moment = str(int(time.time()))
    headers = {
        "X-Selfimprove-Timestamp": moment,
        "X-Selfimprove-Signature": sign(SECRET, "v1", moment, body),
        "Content-Type": "application/json",
    }
    for _ in range(2):
        status, told = ask(house, "POST", "/chat/", headers, body)
        assert (status, "Rejected" in told["text"]) == (200, True), told
    assert Entry.objects.filter(event="proposal.rejected").count() == 1
    headers["X-Selfimprove-Signature"] = "v1=" + "0" * 64
    assert ask(house, "POST", "/chat/", headers, body)[0] == 401
