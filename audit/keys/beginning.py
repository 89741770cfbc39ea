"""When does a log get its key? Once, while it is empty; afterwards a missing key is a fault."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from audit import log, notes, triggers
from audit.events import Event
from audit.keys import known, ring, session, signer_state
from audit.keys.folder import KeyFolder, KeyTrouble
from audit.models import Checkpoint, Entry, KeyStatement
from audit.notes import BadNote

LOCK = 0x5E1F_B391  # any number that nobody else locks
ACTOR = log.Actor.system("audit")


def begin(now: datetime) -> bool:
    """Make the keys of a log that is empty, and its first entry; say whether it was.

    Raises KeyTrouble when the log is empty although this host's key has signed before.
    """
    if _begun():
        return False
    keys = ring.folder()
    with keys.alone(), transaction.atomic(durable=True):
        if connection.vendor == "postgresql":  # of several hosts one begins the log
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if _begun():
            return False
        _make_keys(keys)
        known.carry_own(now)
        [log_key] = ring.log_signers(keys)
        log.record(
            Event.LOG_BEGUN,
            actor=ACTOR,
            subject=f"log:{log_key.name}",
            at=now,
            facts={"log_key": str(log_key.key), "writer": session.current().signer.name},
        )
    return True


def check() -> None:
    """Raise KeyTrouble when this host could not record, or not seal although it should."""
    connection.ensure_connection()
    session.current()
    if not ring.seals_here():
        return
    keys = ring.folder()
    signers = ring.log_signers(keys)
    signer_state.read(keys)
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        return
    try:
        origin = notes.parse_checkpoint(notes.parse(last.note)[0])[0]
    except BadNote:
        return  # the sequencer stops at it, and verifying names it
    if origin not in known.trusted([one.key for one in signers]).origins:
        raise KeyTrouble(
            f"{keys / ring.LOG} is the key of {signers[0].name}, but the log in the database is"
            f" {origin}: put the key of that log there, or choose another database"
        )


def after_migrate(*, using: str, **_: Any) -> None:
    """Begin the log when its tables have just been made."""
    # Tests bring keys of their own, and count the entries that they write.
    if settings.TESTING or using != connection.alias:
        return
    if set(triggers.TABLES) <= set(connection.introspection.table_names()):
        try:
            begin(timezone.now())
        except KeyTrouble as error:
            raise CommandError(f"The log cannot begin: {error}") from error


def _begun() -> bool:
    return Entry.objects.exists() or Checkpoint.objects.exists() or KeyStatement.objects.exists()


def _make_keys(keys: KeyFolder) -> None:
    signed = signer_state.read(keys).last.size if keys.holds(signer_state.NAME) else None
    if signed:
        raise KeyTrouble(
            f"the log in the database is empty, but this host's key has signed {signed} entries."
            f" Restore the database; or, to start afresh, move {keys.path} away or choose another"
            " data folder"
        )
    if signed is None and keys.holds(ring.WRITER):
        raise KeyTrouble(
            f"{keys / ring.WRITER} is the key of a further host, and the log has not begun yet:"
            " start the host that is to seal first"
        )
    if not keys.holds(ring.LOG):
        ring.make_log_keys(keys)
