"""Can words be erased for good, while the log still proves everything else?"""

import sqlite3
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from audit import sequencer
from audit.events import Event
from audit.log import Actor
from audit.models import TOLD, Entry, Erasure, Payload
from audit.texts import checking, erasing
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, as_the_owner_of_the_database, places, spoil, write

SECRET = "Ada Lovelace moved to Ockham Park"


def erase(entry: Entry, reason: str = "It named a person.") -> erasing.Erased:
    return erasing.erase(entry.uid, actor=PERSON, reason=reason, at=NOW)


@pytest.mark.django_db
def test_the_words_stand_beside_the_log_and_not_in_it() -> None:
    [entry] = write(1, reason=SECRET, texts={"title": "A house"}, facts={"size": 3})
    assert SECRET not in entry.body
    assert "A house" not in entry.body
    assert entry.texts == {"reason": SECRET, "title": "A house"}
    assert {name: one["len"] for name, one in entry.commitments.items()} == {
        "reason": len(SECRET),
        "title": 7,
    }
    assert checking.flaw(entry) is None


@pytest.mark.django_db
def test_two_entries_with_the_same_words_commit_to_them_differently() -> None:
    one, two = write(2, reason="ok")
    assert one.commitments != two.commitments


@pytest.mark.django_db
def test_what_was_erased_is_gone_and_the_log_still_holds() -> None:
    [entry, other] = [*write(1, reason=SECRET, texts={"title": "x"}), *write(1, reason="stays")]
    sequencer.seal(NOW)
    erased = erase(entry)
    assert (erased.entries, erased.texts) == (1, 2)
    [told] = erased.told_by
    assert (told.event, told.subject) == (Event.PAYLOAD_ERASED, f"entry:{entry.uid}")
    assert (told.who, told.reason) == ("ada", "It named a person.")
    assert told.facts == {"entries": [str(entry.uid)], "texts": 2}
    assert set(Payload.objects.values_list("entry_id", flat=True)) == {other.pk, told.pk}
    again = Entry.objects.get(pk=entry.pk)
    assert (again.texts, again.body) == ({}, entry.body)
    sequencer.seal(NOW)
    verdict = verify()
    assert (verdict.ok, verdict.erased) == (True, 1)


@pytest.mark.django_db
def test_an_entry_that_is_not_sealed_yet_can_be_erased_too() -> None:
    [entry] = write(1, reason=SECRET)
    erase(entry)
    assert (verify().ok, verify().erased) == (True, 1)
    sequencer.seal(NOW)
    assert (verify().ok, verify().erased) == (True, 1)


@pytest.mark.django_db
def test_what_cannot_be_erased_is_told_why() -> None:
    [entry] = write(1, reason=SECRET)
    [silent] = write(1)
    erase(entry)
    count = Entry.objects.count()
    with pytest.raises(erasing.NotErased, match=r"erased already, by ada on 2026-11-21 01:00 UTC"):
        erase(entry)
    with pytest.raises(erasing.NotErased, match="recorded without words"):
        erase(silent)
    for uid, why in [
        ("00000000-0000-4000-8000-000000000009", "holds no entry"),
        ("12", "not the name of an entry"),
        ("x" * 5000, "not the name"),
    ]:
        with pytest.raises(erasing.NotErased, match=why):
            erasing.erase(uid, actor=PERSON, reason="x", at=NOW)
    with pytest.raises(erasing.NotErased, match="Say why"):
        erase(silent, reason=" ")
    assert Entry.objects.count() == count


@pytest.mark.django_db
def test_the_reason_of_an_erasure_can_be_erased_as_well() -> None:
    [entry] = write(1, reason=SECRET)
    [told] = erase(entry, reason=SECRET).told_by
    erase(told)
    sequencer.seal(NOW)
    assert (verify().ok, verify().erased) == (True, 2)
    assert not Payload.objects.filter(text=SECRET).exists()


@pytest.mark.django_db
def test_every_word_of_a_person_goes_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 3)
    write(7, reason=SECRET, actor=Actor("person", "ada"))
    write(2, reason="Not hers.", actor=Actor("person", "grace"))
    write(1, reason="An agent of that name.", actor=Actor("agent", "ada"))
    grace = Actor("person", "grace")
    erased = erasing.erase_person("ada", actor=grace, reason="She left.", at=NOW)
    assert (erased.entries, erased.texts, len(erased.told_by)) == (8, 8, 3)
    assert all('"ada"' not in told.body for told in erased.told_by)
    assert Payload.objects.filter(text=SECRET).count() == 0
    assert Payload.objects.exclude(text="She left.").count() == 4
    sequencer.seal(NOW)
    assert (verify().ok, verify().erased) == (True, 8)
    with pytest.raises(erasing.NotErased, match="nobody named “ada”"):
        erasing.erase_person("ada", actor=grace, reason="Again.", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_payload SET text = 'forged'",
        "DELETE FROM audit_payload",
        "UPDATE audit_erasure SET entry_id = entry_id",
        "DELETE FROM audit_erasure",
    ],
)
def test_the_database_refuses_what_the_log_does_not_tell(statement: str) -> None:
    entry, other = write(2, reason=SECRET)
    erase(other)
    with (
        pytest.raises(IntegrityError, match="the log is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Entry.objects.get(pk=entry.pk).reason == SECRET


@pytest.mark.django_db
def test_an_erasure_row_alone_opens_no_door() -> None:
    entry, other = write(2, reason=SECRET)
    [told] = erase(other).told_by
    for saying in (told, other):  # an entry about another erasure, and one about none
        with transaction.atomic():
            Erasure.objects.create(erased=entry, entry=saying)
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                Payload.objects.filter(entry=entry).delete()
            transaction.set_rollback(True)
    assert Entry.objects.get(pk=entry.pk).reason == SECRET


def _changed(text: str) -> list[tuple[str, list[Any]]]:
    return [("UPDATE audit_payload SET text = %s", [text])]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statements", "what"),
    [
        ([("UPDATE audit_payload SET text = 'forged'", [])], "its words were changed (reason)"),
        ([("UPDATE audit_payload SET salt = 'zz'", [])], "its words were changed"),
        ([("DELETE FROM audit_payload", [])], "no entry says that they were erased"),
        ([("UPDATE audit_payload SET name = 'title'", [])], "not bound to (title)"),
    ],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_words_that_were_changed_or_vanished_are_tampering(
    statements: list[tuple[str, list[Any]]], what: str, sealed: bool
) -> None:
    [entry] = write(1, reason=SECRET)
    if sealed:
        sequencer.seal(NOW)
    verdict = spoil(*statements)
    assert set(places(verdict)) == {"leaf 0" if sealed else f"row {entry.pk}"}
    assert what in " ".join(problem.what for problem in verdict.problems)
    assert verdict.erased == 0


@pytest.mark.django_db(transaction=True)
def test_an_invented_erasure_hides_nothing() -> None:
    entry, other = write(2, reason=SECRET)
    [told] = erase(other).told_by
    sequencer.seal(NOW)
    invented = "INSERT INTO audit_erasure (erased_id, entry_id) VALUES (%s, %s)"
    verdict = spoil(
        (invented, [entry.pk, told.pk]),
        ("DELETE FROM audit_payload WHERE entry_id = %s", [entry.pk]),
    )
    assert places(verdict) == ["leaf 0"]
    assert "does not say that they were erased" in verdict.problems[0].what


@pytest.mark.django_db(transaction=True)
def test_words_that_come_back_from_a_backup_are_told() -> None:
    [entry] = write(1, reason=SECRET)
    salt = Payload.objects.get().salt
    erase(entry)
    sequencer.seal(NOW)
    back = "INSERT INTO audit_payload (entry_id, name, salt, text) VALUES (%s, 'reason', %s, %s)"
    verdict = spoil((back, [entry.pk, salt, SECRET]))
    # SQLite's index learns of them by a trigger; PostgreSQL's does not, and differs as well.
    told = {problem.what for problem in verdict.problems}
    assert "its words were erased, and are there again" in told
    assert all("words" in what for what in told)


@pytest.mark.django_db
def test_a_list_of_told_entries_asks_no_question_per_row() -> None:
    entries = write(20, reason=SECRET)
    for entry in entries[:10]:
        erase(entry)
    rows = list(Entry.objects.prefetch_related(*TOLD))
    with connection.execute_wrapper(_refuse):
        assert sum(row.reason == SECRET for row in rows) == 10
        assert (
            sum(hasattr(row, "erasure") and bool(row.erasure.entry.reason) for row in rows) == 10
        )


def _refuse(*_: object) -> None:
    raise AssertionError("a question for one row")


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.django_db(transaction=True)
def test_no_file_of_the_database_holds_what_was_erased() -> None:
    name = str(connection.settings_dict["NAME"])
    [entry] = write(1, reason=SECRET * 40)
    assert SECRET.encode() in _files(name)
    erase(entry)
    assert SECRET.encode() not in _files(name)
    assert sqlite3.connect(name).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _files(name: str) -> bytes:
    paths = [Path(name), Path(f"{name}-wal")]
    return b"".join(path.read_bytes() for path in paths if path.exists())


@pytest.mark.django_db
def test_the_command_erases_and_says_what_stays() -> None:
    [entry] = write(1, reason=SECRET)
    out = StringIO()
    call_command("log-erase", str(entry.uid), reason="Asked for.", by="grace", stdout=out)
    assert "Erased 1 texts of 1 entries" in out.getvalue()
    assert "Backups" in out.getvalue()
    assert Entry.objects.get(event=Event.PAYLOAD_ERASED).who == "grace"
    with pytest.raises(CommandError, match="erased already"):
        call_command("log-erase", str(entry.uid), reason="Twice.")
    with pytest.raises(CommandError, match="nobody named “nobody”"):
        call_command("log-erase", person="nobody", reason="x")


@pytest.mark.django_db(transaction=True)
def test_words_changed_behind_our_back_are_not_shown_as_if_nothing_was() -> None:
    [entry] = write(1, reason=SECRET)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_payload SET text = 'forged'")
    assert "not the ones it was recorded with" in (checking.flaw(entry) or "")
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_payload")
