"""How the example becomes a target like any other; only the watch has a shorter clock."""

import contextlib
import json
import os
import socket
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from audit.log import Actor
from examples import seed
from ports.sandbox.adapters import BUBBLEWRAP, UNCONFINED
from ports.sandbox.chosen import sandbox
from selfimprove.config import COMMAND_LINE
from selfimprove.supervisor import Child
from targets import registry
from targets.models import Target
from telemetry import sources
from telemetry.models import Backend

SLUG = "gateway"
HARMFUL = settings.BASE_DIR / "examples" / "proposals" / "ledger-pacing.md"
NO_SANDBOX = """
  NO SANDBOX: {missing}
  The tests of the example are our own, so this demo runs them WITHOUT one, and says so on every
  page that shows them. `up` never does: there, tests of targets would not run.
  {remedy}
"""
SHORT_CLOCK = "watch.minute_seconds=1"
LOGS = {
    Backend.FILES: "gateway.log",
    Backend.DOCKER: "container-json.log",
    Backend.AUDIT_LOG: "audit.jsonl",
}


@dataclass(frozen=True)
class Places:
    """Say where the example lives."""

    root: Path

    @property
    def origin(self) -> Path:
        """Return the bare repository."""
        return self.root / "origin.git"

    @property
    def deployed(self) -> Path:
        """Return the checkout that the running gateway reads."""
        return self.root / "deployed"

    @property
    def logs(self) -> Path:
        """Return the folder of its three logs."""
        return self.root / "logs"


def places() -> Places:
    """Return the example's place under the data folder."""
    return Places(settings.DATA_DIR / "example")


def plant(now: datetime) -> Target:
    """Plant the example and add it as a target with three sources, where that is not done yet."""
    where = places()
    seed.plant(where.origin, where.deployed)
    where.logs.mkdir(parents=True, exist_ok=True)
    found = Target.objects.filter(slug=SLUG).first()
    actor = Actor.system("demo")
    target = found or registry.add(
        slug=SLUG,
        name="Agent gateway (example)",
        origin=str(where.origin),
        deploy_path=str(where.deployed),
        actor=actor,
        at=now,
    )
    for backend, name in LOGS.items():
        with contextlib.suppress(sources.AlreadyCollected):
            sources.add(
                target=target,
                backend=backend,
                location=str(where.logs / name),
                actor=actor,
                at=now,
            )
    return target


def child() -> Child:
    """Return the example system as one more process under the supervisor."""
    where = places()
    script = settings.BASE_DIR / "examples" / "run_gateway.py"
    return Child(
        "example",
        [
            *(sys.executable, str(script), "--checkout", str(where.deployed)),
            *("--logs", str(where.logs), "--port", str(free_port())),
        ],
    )


def shorten_clock() -> None:
    """Set the watch's clock for every process started from here."""
    _set(SHORT_CLOCK)


def allow_bare_machine() -> str:
    """Let the example's own tests run where no sandbox can be had; return what to say of it.

    The example is ours. Nobody else's code is let run so: `up` has no such way out.
    """
    standing = sandbox().examine()
    if standing.enough or settings.SELFIMPROVE.sandbox.backend != BUBBLEWRAP:
        return ""
    _set(f"sandbox.backend={UNCONFINED}", "sandbox.options={}")
    return NO_SANDBOX.format(missing=standing.missing, remedy=standing.remedy)


def _set(*pairs: str) -> None:
    """Set for every process started from here; a person's own --set wins."""
    given = json.loads(os.environ.get(COMMAND_LINE, "[]"))
    os.environ[COMMAND_LINE] = json.dumps([*pairs, *given])


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
