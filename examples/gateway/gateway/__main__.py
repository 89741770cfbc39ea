"""How does the gateway start and stop?"""

import argparse
import hashlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

from gateway import settings as settings_file
from gateway.calls import Caller, Upstream
from gateway.journal import Journal
from gateway.pacing import Clock
from gateway.scheduler import Scheduler
from gateway.server import GatewayServer

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "var" / "gateway.json"
CANNOT_START = 2


class Life:
    """Know when the gateway is to stop, and whether it is to come back with new code."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.again = False
        self._code = _code_digest()

    def end(self, *_: object) -> None:
        """Stop."""
        self.stop.set()

    def restart_if_changed(self) -> bool:
        """Stop in order to start again when the code on disk is not the code that runs."""
        if _code_digest() == self._code:
            return False
        self.again = True
        threading.Timer(0.1, self.stop.set).start()
        return True


def main() -> int:
    """Run until told to stop."""
    options = _options()
    life = Life()
    signal.signal(signal.SIGTERM, life.end)
    signal.signal(signal.SIGINT, life.end)
    try:
        server = _server(options, life)
    except (settings_file.BadSettings, OSError) as error:
        print(f"gateway: cannot start: {error}", file=sys.stderr)
        return CANNOT_START
    if options.until_stdin_closes:
        threading.Thread(target=_watch_parent, args=(life,), daemon=True).start()
    _serve(server, life)
    if life.again:
        os.execv(sys.executable, [sys.executable, "-m", "gateway", *sys.argv[1:]])
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the parent")
    return parser.parse_args()


def _server(options: argparse.Namespace, life: Life) -> GatewayServer:
    host, _, port = os.environ.get("GATEWAY_UPSTREAM", "127.0.0.1:9000").partition(":")
    credentials = json.loads(os.environ.get("GATEWAY_CREDENTIALS", "{}"))
    caller = Caller(
        settings_file.load(ROOT / "config"),
        Upstream(host, int(port), credentials),
        Journal(options.logs),
        Clock(float(os.environ.get("GATEWAY_TIME_SCALE", "1"))),
    )
    return GatewayServer(options.port, caller, ROOT / "config", life.restart_if_changed)


def _serve(server: GatewayServer, life: Life) -> None:
    journal = server.caller.journal
    listening = threading.Thread(target=server.serve_forever, args=(0.05,))
    schedule = threading.Thread(target=Scheduler(server.caller).run, args=(life.stop,))
    listening.start()
    schedule.start()
    journal.line("INFO", "gateway", "Gateway started", port=server.server_port, pid=os.getpid())
    for tool in server.caller.settings.tools.values():
        journal.line("INFO", "gateway.tools", "Tool registered", tool=tool.name, kind=tool.kind)
    _announce(server.server_port)
    while not life.stop.wait(0.5):
        _announce(server.server_port)
    RUNTIME.unlink(missing_ok=True)
    server.shutdown()
    listening.join()
    schedule.join()
    server.server_close()
    journal.line("INFO", "gateway", "Gateway stopped", again=life.again)
    journal.close()


def _announce(port: int) -> None:
    """Say where we listen, again and again: a deployment may clean the checkout."""
    text = json.dumps({"port": port, "pid": os.getpid()})
    try:
        if RUNTIME.read_text(encoding="utf-8") == text:
            return
    except FileNotFoundError:
        RUNTIME.parent.mkdir(exist_ok=True)
    partial = RUNTIME.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(RUNTIME)


def _watch_parent(life: Life) -> None:
    while os.read(0, 1024):
        pass
    life.end()


def _code_digest() -> str:
    files = sorted((ROOT / "gateway").glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
