"""What can a person do about the keys: let a writer in, shut one out, exchange the log's key?

Each act is an entry, and a statement by the log's key that carries its own proof.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import log, notes
from audit.checks import tips
from audit.events import Event
from audit.keys import known, ring, session, signer_state
from audit.keys.folder import KeyFolder, KeyTrouble
from audit.keys.signer_state import SignerState, Tree
from audit.keys.statements import Endorsement, Revocation, Succession
from audit.log import Actor
from audit.models import Checkpoint, KeyStatement
from audit.notes import BadNote, Key, Signer
from audit.verify import verify

Facts = Mapping[str, Any]
_WRITER = re.compile(r"[^\s+#]{1,150}")


def enrol(writer: Key, *, actor: Actor, at: datetime) -> None:
    """Vouch for a further host's writer key; raise KeyTrouble when its name is taken."""
    if not _WRITER.fullmatch(writer.name):
        raise KeyTrouble(f"{writer.name[:200]} is no name of a writer's key")
    with _alone() as (_, signers):
        if writer.name in known.trusted([one.key for one in signers]).writers:
            raise KeyTrouble(f"a key named {writer.name} is endorsed already")
        known.carry(ring.endorse(signers[0], writer, *signers[1:]), at)
        facts = {"key": str(writer)}
        _record(Event.WRITER_ENROLLED, f"writer:{writer.name}", actor, at, facts)


def revoke(name: str, *, actor: Actor, at: datetime) -> int:
    """Seal nothing more by a writer's key; return the size up to which its entries count.

    What it has written and nobody has sealed yet does not count either. This host's own writer
    gets a new key at once.
    """
    with _alone() as (keys, signers):
        trust = known.trusted([one.key for one in signers])
        writer = trust.writers.get(name)
        if writer is None:
            raise KeyTrouble(f"no key named {name} is endorsed; see `manage.py log-keys show`")
        if name in trust.revoked:
            raise KeyTrouble(f"{name} was revoked already, at {trust.revoked[name]} entries")
        # A seal that was broken off will be made good, with these rows.
        size = max(signer_state.read(keys).last.size, _sealed())
        statement = str(Revocation(signers[0].name, writer, size))
        known.carry(notes.sign(statement, *signers), at)
        own = ring.writer(keys)
        if own is not None and own.key == writer:
            _renew_writer(keys, signers, at)
        facts = {"key": str(writer), "size": size}
        _record(Event.WRITER_REVOKED, f"writer:{name}", actor, at, facts)
    return size


def rotate(*, actor: Actor, at: datetime) -> Key:
    """Give the log a new key beside the old one; both sign until the old one is retired."""
    keys = ring.folder()
    with keys.alone():
        if done := _finished(keys):
            return done
        signers = ring.log_signers(keys)
        if len(signers) > 1:
            raise KeyTrouble(
                "the log has two keys already: note the new one wherever the old one was noted,"
                " then run `manage.py log-keys retire`"
            )
        old, new = signers[0], Signer.make(signers[0].name)
        keys.create(ring.NEW_LOG, new.secret() + "\n")
        with transaction.atomic(durable=True):
            size = max(signer_state.read(keys).last.size, _sealed())
            _say_again(old, new, size, at)
            facts = {"old": str(old.key), "new": str(new.key)}
            _record(Event.LOG_KEY_ROTATED, f"log:{old.name}", actor, at, facts)
        ring.exchange_log_key(keys)
    return new.key


def succeed(*, actor: Actor, at: datetime, reason: str) -> Key:
    """Let the log go on under a new name and key where what was signed last is lost for good.

    So the old key never signs a second tree of a size, and the entry says what is missing. Raises
    KeyTrouble unless that, and nothing else, is wrong with the log.
    """
    keys = ring.folder()
    with keys.alone():
        if done := _finished(keys):
            return done
        signers = ring.log_signers(keys)
        if len(signers) > 1:
            raise KeyTrouble("finish the rotation first: run `manage.py log-keys retire`")
        lost = _lost(keys)
        old, new = signers[0], Signer.make(ring.new_origin())
        keys.create(ring.NEW_LOG, new.secret() + "\n")
        with transaction.atomic(durable=True):
            size = _sealed()
            _say_again(old, new, size, at)
            facts = {"old": str(old.key), "new": str(new.key), "size": size}
            if lost is None:  # another machine signed last, and nobody here knows what
                facts |= {"lost": "unknown"}
            else:
                facts |= {"lost_size": lost.size, "lost_root": lost.root}
            log.record(
                Event.LOG_SUCCEEDED,
                actor=actor,
                subject=f"log:{new.name}",
                at=at,
                reason=reason,
                facts=facts,
            )
        _begin_again(keys)
    tips.give_up()
    return new.key


def retire(*, actor: Actor, at: datetime) -> Key:
    """Destroy the old log key after a rotation; return the one that is left."""
    keys = ring.folder()
    with keys.alone():
        signers = ring.log_signers(keys)
        if len(signers) < 2:
            raise KeyTrouble("the log has one key: `manage.py log-keys rotate` gives it another")
        new, old = signers
        if not _signed_last(new.key):
            raise KeyTrouble("the new key has signed no checkpoint yet: wait for the next seal")
        with transaction.atomic(durable=True):
            facts = {"old": str(old.key), "new": str(new.key)}
            _record(Event.LOG_KEY_RETIRED, f"log:{old.name}", actor, at, facts)
        keys.replace(ring.PINNED, f"{new.key}\n")
        keys.remove(ring.OLD_LOG)
    return new.key


def adopt(*, actor: Actor, at: datetime) -> int:
    """Take the database's last checkpoint for the last one signed, where the state was lost."""
    keys = ring.folder()
    with keys.alone():
        if _readable(keys):
            raise KeyTrouble(
                f"{keys / signer_state.NAME} is there and readable: it is newer than what you want"
                " to adopt, or says the same"
            )
        signers = ring.log_signers(keys)
        with transaction.atomic(durable=True):
            size, root = _last_signed(signers[0])
            facts = {"size": size, "root": root}
            _record(Event.LOG_STATE_ADOPTED, f"log:{signers[0].name}", actor, at, facts)
            keys.replace(signer_state.NAME, str(SignerState(Tree(size, root))))
    return size


@contextmanager
def _alone() -> Iterator[tuple[KeyFolder, tuple[Signer, ...]]]:
    keys = ring.folder()
    with keys.alone(), transaction.atomic(durable=True):
        yield keys, ring.log_signers(keys)


def _say_again(old: Signer, new: Signer, size: int, at: datetime) -> None:
    """Let the new key say again what the old one said that still holds."""
    trust = known.trusted([old.key])
    said: list[object] = [Succession(old.name, old.key, new.key, size)]
    said += [Endorsement(new.name, writer) for writer in trust.writers.values()]
    said += [
        Revocation(new.name, trust.writers[name], min(until, size))
        for name, until in trust.revoked.items()
    ]
    for statement in said:
        known.carry(notes.sign(str(statement), new, old), at)


def _lost(keys: KeyFolder) -> Tree | None:
    """Return the tree that was signed and is not there; raise KeyTrouble when that is not it.

    Where the state itself is gone, as on a machine that a backup was restored on, nobody knows.
    """
    state = signer_state.read(keys) if keys.holds(signer_state.NAME) else None
    verdict = verify()
    # Where the log is published, somebody knows what is lost; that it is lost is what is wrong.
    known_outside = {place.ahead(verdict.size) for place in verdict.outside}
    # What this host wrote last may be lost with it, and is no more than that.
    problems = [problem for problem in verdict.problems if problem.where != tips.HOST]
    others = [
        problem
        for problem in problems
        if problem.where != "signer state" and (problem.where, problem.what) not in known_outside
    ]
    if others:
        raise KeyTrouble(
            f"more is wrong with the log than that it was put back ({others[0].where}:"
            f" {others[0].what}): restore a database that `manage.py verify-log` finds whole"
        )
    if not problems:
        raise KeyTrouble("the log holds everything that was signed: it needs no successor")
    return state.last if state else None


def _begin_again(keys: KeyFolder) -> None:
    """Remember the tree that is there as the last one, and let the new key sign on top of it."""
    last = Checkpoint.objects.order_by("-size").first()
    tree = Tree(last.size, last.root) if last else signer_state.EMPTY
    keys.replace(signer_state.NAME, str(SignerState(tree)))
    ring.exchange_log_key(keys)
    session.forget()


def _finished(keys: KeyFolder) -> Key | None:
    """Finish a rotation that was broken off after its commit; drop one that was before."""
    new = ring.new_log_signer(keys)
    if new is None:
        return None
    named = KeyStatement.objects.filter(note__contains=f"\n{new.key}\n")
    if named.filter(note__contains="/log-key\n").exists():
        if ring.log_name(keys) == new.name:
            ring.exchange_log_key(keys)
        else:
            _begin_again(keys)
        return new.key
    keys.remove(ring.NEW_LOG)
    return None


def _renew_writer(keys: KeyFolder, signers: tuple[Signer, ...], at: datetime) -> None:
    writer = ring.make_writer(keys, instead=True)
    note = ring.endorse(signers[0], writer.key, *signers[1:])
    keys.replace(ring.ENDORSED, note)
    known.carry(note, at)
    session.forget()


def _record(event: Event, subject: str, actor: Actor, at: datetime, facts: Facts) -> None:
    log.record(event, actor=actor, subject=subject, at=at, facts=facts)


def _sealed() -> int:
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def _signed_last(key: Key) -> bool:
    last = Checkpoint.objects.order_by("-size").first()
    try:
        return last is not None and bool(notes.verify(last.note, [key]))
    except BadNote:
        return False


def _last_signed(signer: Signer) -> tuple[int, str]:
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        return signer_state.EMPTY.size, signer_state.EMPTY.root
    trust = known.trusted([signer.key])
    if flaw := trust.checkpoint_flaw(last.note, last.size, bytes.fromhex(last.root)):
        raise KeyTrouble(f"the last checkpoint cannot be adopted: {flaw}")
    return last.size, last.root


def _readable(keys: KeyFolder) -> bool:
    try:
        return keys.holds(signer_state.NAME) and bool(signer_state.read(keys))
    except KeyTrouble:
        return False
