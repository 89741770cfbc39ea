"""Is each writer's chain one of committed entries only, whatever its transactions come to?"""

import json
import os
import threading
from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from audit import follow, log
from audit.events import Event
from audit.keys import ring, session
from audit.keys.folder import KeyTrouble
from audit.models import Entry
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, write

pytestmark = pytest.mark.django_db(transaction=True)


def record(subject: str = "loop") -> Entry:
    return log.record(Event.LOOP_PAUSED, actor=PERSON, subject=subject, at=NOW)


def chains() -> dict[str, list[int]]:
    """Return the numbers of each session, having checked that each entry names the one before."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    last: dict[str, str] = {}
    for entry in Entry.objects.order_by("id"):
        body = json.loads(entry.body)
        assert body["wprev"] == last.get(body["writer"], "")
        last[body["writer"]] = entry.leaf_hash
        found[body["writer"]].append(body["wseq"])
    assert verify().problems == ()
    return dict(found)


def test_the_entry_is_signed_by_the_key_that_its_session_names() -> None:
    [entry] = write(1)
    signer = ring.writer(ring.folder())
    assert signer is not None
    body = json.loads(entry.body)
    assert body["writer"].partition("#")[0] == signer.name
    assert (body["wseq"], body["wprev"]) == (1, "")
    message = bytes.fromhex(entry.leaf_hash)
    assert signer.key.signed(message, b64decode(entry.signature))
    stored = Entry.objects.get(pk=entry.pk)
    assert (stored.signature, stored.writer, stored.wseq) == (entry.signature, body["writer"], 1)


def test_what_is_returned_is_the_row() -> None:
    [entry] = write(1, reason="why")
    assert entry.pk == Entry.objects.get().pk
    assert (entry.event, entry.subject, entry.reason) == ("proposal.reviewed", "proposal:0", "why")
    assert entry == Entry.objects.get(uid=entry.uid)


def test_entries_of_several_transactions_and_of_one_are_counted_on() -> None:
    write(2)
    with transaction.atomic():
        write(3)
    write(1)
    assert list(chains().values()) == [[1, 2, 3, 4, 5, 6]]


def test_a_rolled_back_entry_gives_its_number_to_the_next() -> None:
    write(1)
    for _ in range(3):
        with transaction.atomic():
            record()
            transaction.set_rollback(True)
    write(1)
    assert list(chains().values()) == [[1, 2]]


def test_a_rolled_back_savepoint_takes_back_only_its_own() -> None:
    with transaction.atomic():
        record("loop:1")
        with transaction.atomic():
            record("loop:2")
            with transaction.atomic():
                record("loop:3")
            transaction.set_rollback(True)
        with transaction.atomic():
            record("loop:4")
        record("loop:5")
    assert list(chains().values()) == [[1, 2, 3]]
    assert list(Entry.objects.order_by("id").values_list("subject", flat=True)) == [
        "loop:1",
        "loop:4",
        "loop:5",
    ]


def test_a_rolled_back_beginning_leaves_a_chain_that_begins_with_1() -> None:
    with transaction.atomic():
        with transaction.atomic():
            record()
            transaction.set_rollback(True)
        record()
    assert list(chains().values()) == [[1]]


def test_a_refused_entry_uses_no_number() -> None:
    with transaction.atomic():
        record()
        with pytest.raises(log.BadEntry):
            write(1, facts={"ratio": 0.5})
        record()
    assert list(chains().values()) == [[1, 2]]


def test_a_hook_that_fails_before_ours_breaks_no_chain() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    def act() -> None:
        with transaction.atomic():
            transaction.on_commit(fail)  # Django drops all hooks behind it
            record()

    with pytest.raises(ZeroDivisionError):
        act()
    write(2)
    assert list(chains().values()) == [[1, 2, 3]]


def test_a_follower_that_writes_while_others_are_told_breaks_no_chain() -> None:
    wrote: list[Entry] = []

    def answer(event: Event, subject: str) -> None:
        if subject == "loop" and len(wrote) < 2:
            wrote.extend(write(1, subject="answer"))

    follow.subscribe(answer)
    try:
        with transaction.atomic():
            record()
            record()
            record()
    finally:
        follow._followers.remove(answer)
    write(2)
    assert list(chains().values()) == [[1, 2, 3, 4, 5, 6, 7]]


def in_thread(act: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=60)
    assert failures == []


def test_each_connection_has_a_session_of_its_own() -> None:
    write(1)
    in_thread(lambda: write(2))
    write(1)
    assert sorted(chains().values()) == [[1, 2], [1, 2]]


def test_a_connection_that_was_lost_begins_anew() -> None:
    write(2)
    connection.close()
    write(1)
    assert list(chains().values()) == [[1, 2], [1]]


def test_a_fork_after_the_first_entry_begins_a_session_of_its_own() -> None:
    write(1)
    before = session.current()
    parts = os.pipe()
    child = os.fork()
    if child == 0:  # the child says what it would sign as, and is gone; it touches no database
        name = "" if before.fits() else "another"
        os.write(parts[1], name.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(parts[1])
    assert os.read(parts[0], 100) == b"another"
    os.close(parts[0])
    assert before.fits()


@pytest.mark.parametrize("name", [ring.WRITER, ring.ENDORSED])
def test_without_key_or_endorsement_nothing_is_recorded_and_the_act_fails(name: str) -> None:
    (ring.folder() / name).unlink()
    session.forget()
    with pytest.raises(KeyTrouble, match="log-keys"):
        write(1)
    assert Entry.objects.count() == 0


def test_a_writers_key_that_others_may_read_signs_nothing() -> None:
    (ring.folder() / ring.WRITER).chmod(0o644)
    session.forget()
    with pytest.raises(KeyTrouble, match="chmod 600"):
        write(1)


def test_the_database_itself_refuses_a_number_twice() -> None:
    [entry] = write(1)
    body = entry.body.replace(str(entry.uid), "00000000-0000-4000-8000-000000000009")
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        Entry.objects.create(
            uid="00000000-0000-4000-8000-000000000009", body=body, leaf_hash=log.leaf_hash(body)
        )
