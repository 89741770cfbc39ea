"""How does a test hand in files at the page as a browser does, and let the worker have a turn?"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from telemetry import tasks
from telemetry.events.schemas import to_line
from telemetry.imports.records import Import, root
from tests.telemetry.scene import call

PAGE = "/telemetry/import/gateway/"


def lines(count: int = 3, *, first: int = 0, days: float = 0.1) -> bytes:
    """Write calls in a row, each fifth of which failed, one a second from so many days ago."""
    at = timezone.now() - timedelta(days=days)
    events = [
        call(n, at=at + timedelta(seconds=n), success=n % 5 > 0)
        for n in range(first, first + count)
    ]
    return "".join(f"{to_line(event)}\n" for event in events).encode()


def with_bad(good: int = 2) -> bytes:
    """Write some good lines, one that is broken and one with a word too many."""
    odd = {**json.loads(lines(1, first=90)), "mood": "fine"}
    return lines(good) + b"not json\n" + json.dumps(odd).encode() + b"\n"


def hand_in(client: Client, *files: tuple[str, bytes], act: str = "bring", **wish: Any) -> Any:
    """Send files with a wish."""
    sent = [SimpleUploadedFile(name, body) for name, body in files]
    values = {"format": "auto", "upload": sent, "act": act, **wish, "end": "1"}
    return client.post(f"{PAGE}files/", values)


def turn() -> str:
    """Let the worker have one turn."""
    return tasks.bring_in()


def latest() -> Import:
    """Return the import that was asked for last."""
    return Import.objects.select_related("target").latest("pk")


def left() -> list[Path]:
    """Return the files that still lie where uploads lie."""
    return sorted(path for path in root().rglob("*") if path.is_file())


def shown(client: Client, address: str = PAGE, **headers: str) -> str:
    """Return a page's text."""
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()
