"""Does the command serve people who have no key, say so, and refuse what it cannot use?"""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.architecture.house import ROOT
from tests.ports.standin.wire import call


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start the command on a free port; give the process, its address, what it said so far."""
    started = subprocess.Popen(
        [sys.executable, "manage.py", "stand-in", "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout
    said = ""
    try:
        while "Ctrl-C" not in said:
            line = started.stdout.readline()
            assert line, said
            said += line
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        yield started, found[0], said
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


def test_it_answers_says_what_it_is_and_shows_each_request(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"steps": [{"status": 529}]}')
    with running("--script", str(script)) as (started, address, said):
        statuses = [call(address)[0].status for _ in range(2)]
        _, answer = call(address)
        call(address, path="/v1/\x1b[31m".replace("\x1b", "%1b"))
        started.send_signal(signal.SIGINT)
        shown = started.communicate(timeout=20)[0]
    assert "No language model is behind it" in said.replace("\n", " ")
    assert "estimates" in said
    assert "plays 1 steps first" in said
    assert f"--set models.address={address}" in said
    assert statuses == [529, 200]
    assert json.loads(answer)["model"].startswith("stand-in-")
    assert "529 /v1/messages 'claude-sonnet-5-5' (Bearer)" in shown
    assert "404 /v1/%1b[31m" in shown
    assert shown.endswith("Stopped.\n")
    assert started.returncode == 0


def test_it_answers_as_agentcore_does_and_runs_no_code(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"agentcore": [{"status": 403, "times": 3}]}')
    with running("--script", str(script)) as (started, address, said):
        asked = [sys.executable, "manage.py", "agentcore-status", "--json"]
        for setting in ("enabled=true", f"address={address}"):
            asked += ["--set", f"agentcore.{setting}"]
        states = []
        for _ in range(2):
            ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
            states.append({one["state"] for one in json.loads(ran.stdout)["services"]})
        started.send_signal(signal.SIGINT)
        shown = started.communicate(timeout=20)[0]
    assert f"--set agentcore.address={address}" in said
    assert states == [{"denied", "not configured"}, {"ok", "not configured"}]
    assert "403 /gateways/?maxResults=100" in shown
    assert "200 /gateways/?maxResults=100" in shown


def test_a_port_that_is_taken_or_none_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} cannot be used"):
            call_command("stand-in", "--port", str(port))
    with pytest.raises(CommandError, match="no such port"):
        call_command("stand-in", "--port", "65536")


def test_a_script_that_cannot_be_used_starts_nothing(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"steps": [{"words": 1}]}')
    with pytest.raises(CommandError, match=r"steps\.0\.words"):
        call_command("stand-in", "--script", str(script))
