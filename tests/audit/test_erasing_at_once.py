"""Are words erased once and wholly, whoever else is at it, and wherever a process dies?"""

import signal
import threading

import pytest
from django.db import connection

from audit import sequencer
from audit.events import Event
from audit.log import Actor
from audit.models import Entry, Erasure, Payload
from audit.texts import erasing
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, write
from tests.audit.test_processes import elsewhere, ended

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_at_once_one_erases_and_the_other_is_told_by_whom() -> None:
    entries = write(6, reason="Ockham")
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def erase(name: str) -> None:
        actor = Actor("person", name)
        for entry in entries:
            ready.wait(timeout=60)
            try:
                erasing.erase(entry.uid, actor=actor, reason="Personal.", at=NOW)
                outcomes.append("erased")
            except erasing.NotErased as why:
                outcomes.append("told" if "were erased already, by" in str(why) else str(why))
        connection.close()

    both = [threading.Thread(target=erase, args=(name,)) for name in ("ada", "grace")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=120)
    assert sorted(outcomes) == ["erased"] * 6 + ["told"] * 6
    assert Entry.objects.filter(event=Event.PAYLOAD_ERASED).count() == 6
    assert Payload.objects.filter(text="Ockham").count() == 0
    sequencer.seal(NOW)
    assert (verify().ok, verify().erased) == (True, 6)


def test_verifying_while_words_are_erased_raises_no_false_alarm() -> None:
    entries = write(60, reason="Ockham")
    sequencer.seal(NOW)
    failures: list[BaseException] = []

    def erase() -> None:
        try:
            for entry in entries:
                erasing.erase(entry.uid, actor=PERSON, reason="Personal.", at=NOW)
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)
        finally:
            connection.close()

    eraser = threading.Thread(target=erase)
    eraser.start()
    verdicts = []
    while eraser.is_alive():
        verdicts.append(verify())
    eraser.join()
    assert failures == []
    assert [verdict.problems for verdict in verdicts] == [()] * len(verdicts)
    assert (verify().ok, verify().erased) == (True, 60)


@pytest.mark.parametrize(
    "dying_at", ['INSERT INTO "audit_entry"', 'INSERT INTO "audit_erasure"', "DELETE FROM"]
)
def test_an_eraser_killed_at_any_write_has_erased_nothing(dying_at: str) -> None:
    write(3, reason="Ockham", actor=Actor("person", "eve"))
    assert ended(elsewhere("erase", dying_at)) == -signal.SIGKILL
    assert Payload.objects.filter(text="Ockham").count() == 3
    assert (Erasure.objects.count(), verify().problems) == (0, ())
    assert ended(elsewhere("erase")) == 0
    assert Payload.objects.filter(text="Ockham").count() == 0
    assert (verify().ok, verify().erased) == (True, 4)
