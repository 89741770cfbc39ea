"""How does a sender go on when the process that stores for it is killed again and again?"""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

STORE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "selfimprove.settings"
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from datetime import datetime, timedelta
from targets.models import Target
from telemetry import ingest
from tests.telemetry.scene import call
target = Target.objects.get(slug="gateway")
now, total, size, start = datetime.fromisoformat(sys.argv[2]), *map(int, sys.argv[3:6])
for first in range(start, total, size):
    batch = [
        call(n, at=now - timedelta(seconds=3 * n), success=n % 5 != 0, agent=f"agent-{n % 7}")
        for n in range(first, min(first + size, total))
    ]
    ingest.store(target, batch, now, heed_backlog=False)
    print(first + len(batch), flush=True)
"""


@dataclass
class Sender:
    """Send events in order, from the last acknowledged one on."""

    database: str
    now: str
    total: int
    size: int
    acknowledged: int = 0
    starts: int = 0
    errors: list[str] = field(default_factory=list)

    def send(self, *, kill_after: float | None) -> bool:
        """Send on until all is acknowledged, or until the process is killed."""
        self.starts += 1
        words = [self.database, self.now, self.total, self.size, self.acknowledged]
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", STORE, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        assert process.stdout is not None
        timer: threading.Timer | None = None
        for line in process.stdout:
            if timer is None and kill_after is not None:  # it is in the middle of it now
                timer = threading.Timer(kill_after, os.kill, [process.pid, signal.SIGKILL])
                timer.start()
            self.acknowledged = int(line)
        process.wait()
        if timer:
            timer.cancel()
        if process.returncode not in {0, -signal.SIGKILL}:
            self.errors.append(process.stderr.read() if process.stderr else "")
        if process.stderr:
            process.stderr.close()
        process.stdout.close()
        return self.acknowledged == self.total
