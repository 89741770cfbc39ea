"""Has the running gateway taken over what was just deployed?

Finds the port in GATEWAY_PORT or in var/gateway.json, asks for a reload, and waits until a
gateway that restarts for new code is healthy again. Exits non-zero when no gateway runs or it
refuses. With --dry-run it only reads the settings that a reload would put in force.
"""

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "var" / "gateway.json"
PATIENCE_SECONDS = 1.5
RESTART_SECONDS = 12.0


def main() -> int:
    """Reload, and say in one line how it went."""
    if "--dry-run" in sys.argv[1:]:
        return _dry_run()
    found = _until(PATIENCE_SECONDS, lambda: _ask("GET", "/healthz"))
    if found is None:
        print("reload: the gateway does not run; start it and deploy again", file=sys.stderr)
        return 1
    answer = _ask("POST", "/reload") or {"ok": False, "error": "it went away while reloading"}
    if not answer["ok"]:
        print(f"reload: the gateway refused: {answer['error']}", file=sys.stderr)
        return 1
    if not answer["restarting"]:
        print("reload: settings are in force")
        return 0
    time.sleep(0.3)  # the old one is still leaving
    if _until(RESTART_SECONDS, lambda: _ask("GET", "/healthz")) is None:
        print("reload: the gateway did not come back with the new code", file=sys.stderr)
        return 1
    print("reload: restarted with the new code")
    return 0


def _dry_run() -> int:
    sys.path.insert(0, str(ROOT))
    from gateway import settings

    try:
        found = settings.load(ROOT / "config")
    except settings.BadSettings as error:
        print(f"reload: the gateway would refuse: {error}", file=sys.stderr)
        return 1
    print(f"reload: {len(found.tools)} tools and {len(found.tasks)} tasks would be in force")
    return 0


def _port() -> int | None:
    if os.environ.get("GATEWAY_PORT"):
        return int(os.environ["GATEWAY_PORT"])
    try:
        return int(json.loads(RUNTIME.read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError):
        return None


def _ask(method: str, path: str) -> dict[str, Any] | None:
    port = _port()
    if port is None:
        return None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path)
        return dict(json.loads(connection.getresponse().read()))
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _until(seconds: float, ask: Any) -> dict[str, Any] | None:
    end = time.monotonic() + seconds
    while (answer := ask()) is None and time.monotonic() < end:
        time.sleep(0.1)
    return answer


if __name__ == "__main__":
    sys.exit(main())
