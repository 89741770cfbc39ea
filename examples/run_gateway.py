"""What does it take to watch the gateway run? Upstreams, the gateway, and agents that use it.

Starts all three, restarts the gateway when it dies, and stops them cleanly on SIGTERM or Ctrl-C.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from world.demand import Agents, Demand
from world.fakes import Secrets, secrets
from world.upstream import Upstreams

CANNOT_START = 2


def main() -> int:
    """Run until told to stop."""
    options = _options()
    if not (options.checkout / "gateway" / "__main__.py").is_file():
        print(f"example: {options.checkout} holds no gateway; plant it first", file=sys.stderr)
        return CANNOT_START
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    fake = secrets(options.seed)
    upstreams = Upstreams(fake, options.seed, options.speed)
    threading.Thread(target=upstreams.serve_forever, args=(0.05,), daemon=True).start()
    try:
        return Keeper(options, fake, upstreams.server_port, stop).run()
    finally:
        upstreams.shutdown()
        upstreams.server_close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", type=Path, required=True, help="the deployed checkout")
    parser.add_argument("--logs", type=Path, required=True, help="folder for the three logs")
    parser.add_argument("--port", type=int, default=8090, help="where the gateway listens")
    parser.add_argument("--seed", type=int, default=1, help="for chance and fake secrets")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="4 makes everything four times faster"
    )
    options = parser.parse_args()
    options.checkout = options.checkout.resolve()
    options.logs = options.logs.resolve()
    return options


class Keeper:
    """Keep the gateway running and the agents calling."""

    def __init__(
        self, options: argparse.Namespace, fake: Secrets, upstream: int, stop: threading.Event
    ) -> None:
        self.options = options
        self.stop = stop
        self.demand = Demand(options.port, fake, options.seed, options.speed)
        self.environment = {
            **os.environ,
            "GATEWAY_UPSTREAM": f"127.0.0.1:{upstream}",
            "GATEWAY_CREDENTIALS": json.dumps(fake.credentials()),
            "GATEWAY_TIME_SCALE": str(options.speed),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self) -> int:
        """Run until told to stop; a gateway that dies comes back after a moment."""
        gateway = self._start()
        agents = self._wait_for_agents(gateway)
        if agents is None:
            return self._end(gateway, 0 if self.stop.is_set() else CANNOT_START)
        print(f"example: the gateway listens on 127.0.0.1:{self.options.port}", flush=True)
        self.demand.start(agents)
        while not self.stop.wait(0.2):
            if gateway.poll() is not None:
                print("example: the gateway died; starting it again", file=sys.stderr, flush=True)
                self.stop.wait(1)
                gateway = self._start()
        self.demand.end()
        return self._end(gateway, 0)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gateway", "--port", str(self.options.port)]
        command += ["--logs", str(self.options.logs), "--until-stdin-closes"]
        return subprocess.Popen(
            command, cwd=self.options.checkout, env=self.environment, stdin=subprocess.PIPE
        )

    def _wait_for_agents(self, gateway: subprocess.Popen[bytes]) -> Agents | None:
        end = time.monotonic() + 15
        while time.monotonic() < end and gateway.poll() is None and not self.stop.is_set():
            if self._is_ours(gateway) and (agents := self.demand.ask("GET", "/agents")):
                return agents
            self.stop.wait(0.05)
        return None

    def _is_ours(self, gateway: subprocess.Popen[bytes]) -> bool:
        """Tell our gateway from a stranger that already had the port."""
        answer = self.demand.ask("GET", "/healthz")
        return answer is not None and answer.get("pid") == gateway.pid

    def _end(self, gateway: subprocess.Popen[bytes], code: int) -> int:
        gateway.terminate()
        try:
            gateway.wait(8)
        except subprocess.TimeoutExpired:
            gateway.kill()
            gateway.wait()
        if gateway.stdin is not None:
            gateway.stdin.close()
        return code


if __name__ == "__main__":
    sys.exit(main())
