"""How is the example put on stage for a test? Planted and run at several times its speed."""

import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from examples.seed import plant
from examples.world.measure import Rate, Reading

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROPOSAL = EXAMPLES / "proposals" / "ledger-pacing.md"
SPEED = 5
SEED = 7


@dataclass
class Stage:
    """Hold one planted and running example."""

    root: Path
    port: int
    process: "subprocess.Popen[str]"

    @property
    def checkout(self) -> Path:
        return self.root / "deployed"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def rates(self, seconds: float) -> dict[str, Rate]:
        """Measure for a while."""
        reading = Reading(self.logs)
        time.sleep(seconds)
        return reading.rates()

    def change(self, file: str, old: str, new: str) -> None:
        """Change one setting as a deployment would; it is not in force before a reload."""
        path = self.checkout / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def reload(self) -> "subprocess.CompletedProcess[str]":
        """Run the deploy step and let calls under the old settings come in."""
        run = reload(self.checkout)
        time.sleep(2 / SPEED)
        return run

    def get(self, path: str) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            return dict(json.loads(connection.getresponse().read()))
        finally:
            connection.close()

    def end(self) -> int:
        """Send SIGTERM and tell the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start(root: Path) -> Stage:
    """Plant the example, run it, and wait until agents call."""
    plant(root / "origin.git", root / "deployed")
    port = free_port()
    process = run_gateway(root, port)
    assert process.stdout is not None
    assert "listens" in process.stdout.readline()
    return Stage(root, port, process)


def run_gateway(root: Path, port: int) -> "subprocess.Popen[str]":
    command = [sys.executable, str(EXAMPLES / "run_gateway.py"), "--port", str(port)]
    command += ["--checkout", str(root / "deployed"), "--logs", str(root / "logs")]
    command += ["--speed", str(SPEED), "--seed", str(SEED)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reload(checkout: Path) -> "subprocess.CompletedProcess[str]":
    return run([sys.executable, "ops/reload.py"], checkout)


def own_tests(checkout: Path) -> "subprocess.CompletedProcess[str]":
    """Run the planted repository's tests as its manifest says."""
    command = [sys.executable, "-B", "-W", "error", "-m", "unittest", "discover"]
    return run([*command, "-s", "tests", "-t", "."], checkout)


def run(command: list[str], folder: Path, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, check=False, timeout=30
    )


def proposed_diff() -> str:
    return PROPOSAL.read_text(encoding="utf-8").split("```diff\n")[1].split("```")[0]
