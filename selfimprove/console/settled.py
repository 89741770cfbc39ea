"""Did the configuration change since the last start, and does the log say so?"""

import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from selfimprove import config

SUBJECT = "configuration"
PARTS = 400  # as many as an entry could name without growing too long


def note_change(at: datetime) -> bool:
    """Record what is configured otherwise than when we last looked; say whether anything is.

    Values are kept as digests: what stands in a setting may be nobody else's business.
    """
    now = digests()
    last = Entry.objects.filter(event=Event.SETTINGS_CHANGED, subject=SUBJECT)
    newest = last.order_by("-id").first()
    before = newest.facts.get("digests") if newest else None
    before = before if isinstance(before, dict) else {}
    if now == before:
        return False
    changed = sorted(
        name for name in now.keys() | before.keys() if now.get(name) != before.get(name)
    )
    with transaction.atomic():
        record(
            Event.SETTINGS_CHANGED,
            actor=Actor.system("selfimprove"),
            subject=SUBJECT,
            at=at,
            facts={"changed": changed if before else [], "digests": now},
            cites=[newest.uid] if newest else [],
        )
    return True


def digests() -> dict[str, str]:
    """Return a digest of every setting in force and of every file of the configuration."""
    found = {f"{row.section}.{row.key}": _digest(repr(row.value)) for row in config.effective()}
    folder = Path(settings.CONFIG_DIR)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = _digest(path.read_bytes())
    return dict(sorted(found.items())[:PARTS])


def _digest(what: str | bytes) -> str:
    raw = what.encode() if isinstance(what, str) else what
    return hashlib.sha256(raw).hexdigest()[:16]
