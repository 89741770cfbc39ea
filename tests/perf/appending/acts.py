"""Which transactions are measured? One row is read and saved, and something is kept of it.

The trace comes before the other work of a transaction, as in the product, where an act is recorded
where it happens: whoever locks something for it holds the lock until the commit.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from audit import log
from audit.events import Event
from audit.models import Transition
from tests.perf.appending.models import STATES, TIE

ACTOR = log.Actor("person", "ada")
NONE, OURS, TIED = "no audit", "ours", "ours, tied"
CHAIN, LATE = "naive chain", "deferred chain"
AUDITLOG, PGHISTORY = "django-auditlog", "django-pghistory"


@dataclass(frozen=True)
class Act:
    """Say which row changes, what is kept beside it, and in which table it must be found."""

    model: Any
    beside: Callable[[Any], None]
    table: str = ""
    before: Callable[[Any], None] = lambda row: None


def once(act: Act, key: int, work: float = 0) -> None:
    """Run one transaction of a writer."""
    with transaction.atomic():
        row = act.model._default_manager.get(pk=key)
        row.turns += 1
        row.state = STATES[row.turns % 2]
        act.before(row)
        row.save()
        act.beside(row)
        if work:
            time.sleep(work)


def available() -> dict[str, Act]:
    """Return what can be measured on this database with what is installed."""
    plain, tied = _model("Plain"), _model("Tied")
    found = {
        NONE: Act(plain, lambda row: None),
        OURS: Act(plain, _recorded, "audit_entry"),
        TIED: Act(tied, _tied, "audit_transition", _moved),
        CHAIN: Act(plain, _chained, "naive_chain"),
    }
    if connection.vendor == "postgresql":
        found[LATE] = Act(plain, _left_for_later, "late_chain")
    if apps.is_installed("auditlog"):
        found[AUDITLOG] = Act(_model("Diffed"), lambda row: None, "auditlog_logentry")
    if apps.is_installed("pghistory"):
        table = _model("TrackedEvent")._meta.db_table
        found[PGHISTORY] = Act(_model("Tracked"), lambda row: None, table)
    return found


def _model(name: str) -> Any:
    return apps.get_model("appending", name)


def kept(act: Act) -> int:
    """Count what an act has left in its table so far."""
    if not act.table:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{act.table}"')  # noqa: S608
        return int(cursor.fetchone()[0])


def facts(row: Any) -> dict[str, Any]:
    """Say what the log is told of a change."""
    return {"turns": row.turns, "state": row.state, "stage": "validate", "title": "timeouts"}


def _recorded(row: Any) -> None:
    log.record(
        Event.PROPOSAL_REVIEWED,
        actor=ACTOR,
        subject=f"proposal:{row.pk}",
        at=timezone.now(),
        target="gateway",
        facts=facts(row),
    )


def _moved(row: Any) -> None:
    row.version += 1
    row.last_transition_id = uuid.uuid4()


def _tied(row: Any) -> None:
    log.record(
        Event.DELIVERY_MOVED,
        actor=ACTOR,
        subject=TIE.subject(row.pk),
        at=timezone.now(),
        target="gateway",
        facts=facts(row),
        transition=Transition(
            uid=row.last_transition_id,
            version=row.version,
            source=STATES[(row.turns - 1) % 2],
            destination=row.state,
        ),
    )


def _body(row: Any) -> str:
    """Write what a chain keeps: the same members, without what only ours has."""
    members = {
        "uid": str(uuid.uuid4()),
        "at": log.moment(timezone.now()),
        "event": "proposal.reviewed",
        "actor": {"type": ACTOR.type, "id": ACTOR.id},
        "subject": f"proposal:{row.pk}",
        "target": "gateway",
        "facts": facts(row),
    }
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def _chained(row: Any) -> None:
    """Link a row to the last one; on SQLite the transaction holds the only lock there is."""
    body, head = _body(row), "SELECT hash FROM naive_head WHERE id = 1"
    with connection.cursor() as cursor:
        cursor.execute(f"{head} FOR UPDATE" if connection.vendor == "postgresql" else head)
        (before,) = cursor.fetchone()
        made = hashlib.sha256(f"{before}{body}".encode()).hexdigest()
        cursor.execute(
            "INSERT INTO naive_chain (body, prev, hash) VALUES (%s, %s, %s)", [body, before, made]
        )
        cursor.execute("UPDATE naive_head SET hash = %s WHERE id = 1", [made])


def _left_for_later(row: Any) -> None:
    """Insert a row that the database links when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO late_chain (body) VALUES (%s)", [_body(row)])
