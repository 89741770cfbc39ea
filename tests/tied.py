"""How does a test put a row into a state, or lose one, where the database watches over both?"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import F, Model, QuerySet

from audit.events import Event
from audit.log import Actor, record
from audit.models import Transition
from audit.ties import guards
from audit.ties.declared import Tie, declared
from tests.factories import NOW

Row = TypeVar("Row", bound=Model)

ACTOR = Actor.system("test")
_BIRTH = {
    "proposal": Event.PROPOSAL_CREATED,
    "delivery": Event.DELIVERY_STARTED,
    "standing": Event.STANDING_GRANTED,
}
_MOVE = {
    "proposal": Event.PROPOSAL_TAKEN_OVER,
    "delivery": Event.DELIVERY_MOVED,
    "standing": Event.STANDING_SUSPENDED,
}


def born(row: Row) -> Row:
    """Insert a row lawfully: in its first state, with its entry, then moved to where it says."""
    tie = _tie_of(type(row))
    wanted = {column: getattr(row, column) for column in tie.columns}
    for column, value in zip(tie.columns, tie.first.split(), strict=False):
        setattr(row, column, value)
    for column in tie.columns[len(tie.first.split()) :]:
        setattr(row, column, "")
    with transaction.atomic():
        row.last_transition_id, row.version = uuid.uuid4(), 0  # type: ignore[attr-defined]
        row.save(force_insert=True)
        _record(_BIRTH[tie.kind], tie, row, "")
        if any(getattr(row, column) != value for column, value in wanted.items()):
            place(row, **wanted)
    return row


def place(row: Row, **columns: Any) -> Row:
    """Move a row lawfully to any state, with whatever else shall change."""
    tie = _tie_of(type(row))
    rows = type(row)._default_manager.filter(pk=row.pk)
    with transaction.atomic():
        source = tie.state(rows.get())
        rows.update(**columns, version=F("version") + 1, last_transition=uuid.uuid4())
        row.refresh_from_db()
        _record(_MOVE[tie.kind], tie, row, source)
    return row


def lose(rows: QuerySet[Any]) -> None:
    """Delete rows as nobody but the owner of the database can."""
    with without_guards():
        rows.delete()


@contextmanager
def without_guards() -> Iterator[None]:
    """Act as the owner of the database, who may drop the guards, and puts them back."""
    connection.check_constraints()
    guards.remove(connection)
    try:
        yield
    finally:
        connection.check_constraints()
        guards.install(connection)


def _record(event: Event, tie: Tie, row: Any, source: str) -> None:
    change = Transition(
        uid=row.last_transition_id,
        version=row.version,
        source=source,
        destination=tie.state(row),
    )
    record(event, actor=ACTOR, subject=tie.subject(row.pk), at=NOW, transition=change)


def _tie_of(model: type[Model]) -> Tie:
    return next(tie for tie in declared() if tie.model is model)
