"""Would a call that failed then go well now? Replays a failure under the present settings.

Reads a case (JSON with `component` and `events`) and makes its call again, by this gateway's own
code, to a small upstream on the loopback that behaves as the real one is known to. Ends with 0
when the call goes well, 3 when it fails as it did, 77 when such a failure cannot be replayed.
"""

import json
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway import settings as settings_file  # noqa: E402 - found only now
from gateway.auth import NotAllowed  # noqa: E402
from gateway.calls import Call, Caller, Upstream  # noqa: E402
from gateway.journal import Journal  # noqa: E402
from gateway.outgoing import CallFailed  # noqa: E402
from gateway.pacing import Clock  # noqa: E402
from gateway.scheduler import Scheduler  # noqa: E402

WENT_WELL, FAILED_AGAIN, CANNOT_REPLAY = 0, 3, 77
REPLAYED = ("timeout", "connection")
# How long an answer usually takes that no cache gives, as the owners of the upstreams measured.
USUAL_MS = {"/search": 540, "/digest": 230}
ELSE_MS = 80
DROPS_FIRST_TRIES = ("/digest",)
SCALE = 0.5  # half as fast as the settings say: a busy machine must not decide


class StandIn(ThreadingHTTPServer):
    """Answer as slowly as the real upstream, and drop what it is known to drop."""

    daemon_threads = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.clock = clock
        self.tried = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that gave up waiting: that is the case."""


class Door(BaseHTTPRequestHandler):
    """Take one try."""

    server: StandIn

    def do_POST(self) -> None:
        """Answer in the usual time, unless this is a first try that gets lost."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.tried += 1
        time.sleep(self.server.clock.seconds(USUAL_MS.get(self.path, ELSE_MS)))
        if self.path in DROPS_FIRST_TRIES and self.server.tried == 1:
            return
        content = b'{"done": true}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def main(path: str) -> int:
    """Replay the case in this file."""
    case = json.loads(Path(path).read_text(encoding="utf-8"))
    events = case.get("events") or []
    settings = settings_file.load(ROOT / "config")
    name = case.get("component")
    if name not in {**settings.tools, **settings.tasks} or not events:
        print("replay: the settings know no such tool or task, or the case has no event")
        return CANNOT_REPLAY
    if (events[0].get("error_code") or events[0].get("error_category")) not in REPLAYED:
        print("replay: this kind of failure depends on others, who are not here")
        return CANNOT_REPLAY
    with tempfile.TemporaryDirectory() as logs:
        went_well = _replay(settings, str(name), str(events[0].get("agent", "")), Path(logs))
    print(f"replay: {name} {'goes well' if went_well else 'fails again'}")
    return WENT_WELL if went_well else FAILED_AGAIN


def _replay(settings: settings_file.Settings, name: str, agent: str, logs: Path) -> bool:
    clock = Clock(SCALE)
    upstream = StandIn(clock)
    threading.Thread(target=upstream.serve_forever, args=(0.02,), daemon=True).start()
    caller = Caller(
        settings, Upstream("127.0.0.1", upstream.server_port, {}), Journal(logs), clock
    )
    try:
        if name in settings.tasks:
            return Scheduler(caller).run_once(settings.tasks[name])
        caller.call(Call(agent, name, "replay", "use", {}))
    except (CallFailed, NotAllowed):
        return False
    finally:
        upstream.shutdown()
        upstream.server_close()
        caller.journal.close()
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
