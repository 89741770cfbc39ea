"""With the real server, worker and clock: is a generation begun, followed, and ended in time?"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ports.sandbox.watch import members
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.api.test_over_the_wire import ask
from tests.factories import make_target, make_user
from tests.generations.calling_off import BUSY, SECONDS
from tests.mcp.connected import SANDBOX, database
from tests.selfimprove.running import House, started, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MANIFEST = """\
[tests]
command = ["python3", "-m", "unittest"]
timeout_seconds = 200

[benchmarks]
enabled = ["test_pass_rate"]
"""
HANGS = "import time\nimport unittest\n\n\nclass It(unittest.TestCase):\n"
HANGS += "    def test_it(self) -> None:\n        time.sleep(150)\n"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path, files={".selfimprove.toml": MANIFEST, "test_it.py": HANGS})


@pytest.fixture
def house(target: Target) -> Iterator[House]:
    given: dict[str, Any] = {**SANDBOX, "DATABASE_URL": database()}
    with started(Path(settings.DATA_DIR), "up", **given) as house:
        wait_until(lambda: house.status("/readyz") == 200, "the pages are served", house)
        yield house


def hanging() -> list[str]:
    """Return the commands of the target's tests that run below this process."""
    found = []
    for pid in members(os.getpid()):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        found += [" ".join(words)] if "driver.py" in words[-2:] or "covering" in words else []
    return found


def test_it_is_begun_followed_and_called_off(target: Target, house: House) -> None:
    held = program(target, Scope.GENERATIONS_RUN, person=make_user("operator"))
    headers = {**held.headers(), "Content-Type": "application/json"}
    status, told = ask(house, "POST", "/api/generations", headers, json.dumps({"dry_run": True}))
    assert (status, told["number"]) == (202, 1), told

    def now() -> dict[str, Any]:
        found: dict[str, Any] = ask(house, "GET", told["address"], headers)[1]
        return found

    wait_until(lambda: "test_pass_rate" in now()["said"], "the tests run", house)
    assert now()["state"] == "running"
    time.sleep(1)
    status, _ = ask(house, "DELETE", f"/api/generations/{told['number']}", headers)
    called = time.monotonic()
    assert status == 202
    wait_until(lambda: now()["state"] == "ended", "it has ended", house)
    took = time.monotonic() - called
    print(f"ended {took:.2f} s after it was called off, over HTTP")  # noqa: T201
    assert took < SECONDS * BUSY
    assert (now()["outcome"], now()["reason"]) == (
        "CANCELLED",
        f"Called off by {held.person.username}.",
    )
    assert hanging() == []
    status, again = ask(house, "DELETE", f"/api/generations/{told['number']}", headers)
    assert (status, again["outcome"]) == (200, "CANCELLED")
