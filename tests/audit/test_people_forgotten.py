"""Does a person's name go for good, and is a name on another's pseudonym noticed?"""

import threading
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from audit import sequencer
from audit.events import Event
from audit.log import Actor
from audit.models import Entry, Payload, Person
from audit.people import names
from audit.sentences import sentence
from audit.texts import erasing
from audit.verify import verify
from tests.audit.copies import told
from tests.audit.directory import auditor as auditor
from tests.audit.directory import whats_wrong
from tests.audit.entries import NOW, as_the_owner_of_the_database, write
from tests.audit.test_log_export import key
from tests.people import pseudonym

pytestmark = pytest.mark.django_db

ADA = Actor("person", "ada")
EVE = Actor("person", "eve")


def test_an_erased_name_is_gone_and_everything_holds() -> None:
    user = User.objects.create_user("ada")
    [entry] = write(1, actor=Actor.person(user), reason="because I say so")
    sequencer.seal(NOW)
    erased = erasing.erase_person("ada", actor=EVE, reason="She left.", at=NOW)
    assert erased.entries == 2
    fresh = Entry.objects.get(pk=entry.pk)
    assert fresh.who == names.FORGOTTEN
    assert fresh.names.at_length(str(fresh.actor)) == (
        "a person whose name was erased by eve because: She left."
    )
    assert fresh.names.told_by(str(fresh.actor)) == str(erased.told_by[0].uid)
    assert sentence(fresh).startswith("A person whose name was erased")
    assert not Payload.objects.filter(text__startswith="ada").exists()
    assert Person.objects.get(pseudonym=entry.actor).account is None
    assert whats_wrong() == []
    assert verify().erased == 2
    [again] = write(1, actor=Actor.person(user))
    assert again.actor != entry.actor
    assert (again.who, whats_wrong()) == ("ada", [])


def test_who_erases_themselves_is_not_brought_back_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 2)
    user = User.objects.create_user("ada")
    write(5, actor=Actor.person(user), reason="why")
    erasing.erase_person("ada", actor=Actor.person(user), reason="I go.", at=NOW)
    assert Person.objects.count() == 1
    told = Entry.objects.filter(event=Event.PAYLOAD_ERASED)
    assert {entry.who for entry in told} == {names.FORGOTTEN}
    [pseudo] = {str(entry.actor) for entry in told}
    assert told[0].names.at_length(pseudo).startswith(f"{names.FORGOTTEN} by themselves because")
    assert names.called("ada") == []
    assert whats_wrong() == []


def test_one_of_two_of_a_name_is_erased_by_the_pseudonym() -> None:
    old = User.objects.create_user("ada")
    [first] = write(1, actor=Actor.person(old))
    old.delete()
    [second] = write(1, actor=Actor.person(User.objects.create_user("ada")))
    out = StringIO()
    call_command("log-erase", person=first.actor, reason="Asked for.", by="eve", stdout=out)
    assert "Erased" in out.getvalue()
    assert pseudonym("ada") == second.actor
    with pytest.raises(CommandError, match="knows nobody named"):
        call_command("log-erase", person=first.actor, reason="Twice.", by="eve")


def test_old_names_go_with_the_new_one() -> None:
    user = User.objects.create_user("ada")
    write(1, actor=Actor.person(user))
    User.objects.filter(pk=user.pk).update(username="lovelace")
    write(1, actor=Actor.person(User.objects.get()))
    erasing.erase_person("lovelace", actor=EVE, reason="She left.", at=NOW)
    kept = " ".join(Payload.objects.values_list("text", flat=True))
    assert "ada" not in kept
    assert "lovelace" not in kept
    assert whats_wrong() == []


def test_an_entry_that_names_a_person_is_not_erased_alone() -> None:
    write(1, actor=ADA)
    naming = Entry.objects.get(event=Event.PERSON_INTRODUCED)
    with pytest.raises(erasing.NotErased, match="erase the person"):
        erasing.erase(naming.uid, actor=EVE, reason="x", at=NOW)


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ("UPDATE audit_person SET pseudonym = 'p-aaaaaaaaaaaaaaaa' WHERE id = {ada}", "no entry"),
        ("DELETE FROM audit_person WHERE id = {ada}", "does not know this person any more"),
        ("UPDATE audit_person SET account = 77 WHERE id = {ada}", "another account"),
        (
            "DELETE FROM audit_person WHERE id = {eve}; UPDATE audit_person SET naming_id ="
            " (SELECT id FROM audit_entry WHERE event = 'person.renamed') WHERE id = {ada}",
            "no entry gave this person the name",
        ),
        (
            "UPDATE audit_person SET naming_id = {introduced} WHERE id = {eve}",
            "not the last one that the log gave",
        ),
        (
            "UPDATE audit_payload SET text = (SELECT text FROM audit_payload WHERE name = 'name'"
            " AND text LIKE 'eve%') WHERE name = 'name' AND text LIKE 'ada%'",
            "its words were changed (name)",
        ),
        ("DELETE FROM audit_payload WHERE entry_id = {introduced}", "its words are gone"),
    ],
)
def test_a_name_put_on_another_pseudonym_is_noticed(forged: str, told: str) -> None:
    write(1, actor=Actor.person(User.objects.create_user("ada")))
    user = User.objects.create_user("bob")
    write(1, actor=Actor.person(user))
    User.objects.filter(pk=user.pk).update(username="eve")
    write(1, actor=Actor.person(User.objects.get(pk=user.pk)))
    assert whats_wrong() == []
    rows = {name: Person.objects.get(pseudonym=pseudonym(name)) for name in ("ada", "eve")}
    introduced = Entry.objects.get(
        event=Event.PERSON_INTRODUCED, subject=f"person:{rows['eve'].pseudonym}"
    )
    places = {"ada": rows["ada"].pk, "eve": rows["eve"].pk, "introduced": introduced.pk}
    with as_the_owner_of_the_database() as cursor:
        for statement in forged.format(**places).split("; "):
            cursor.execute(statement)
    assert any(told in one for one in whats_wrong()), whats_wrong()


def test_the_page_erases_a_person_whom_an_entry_names(auditor: Client) -> None:
    [entry] = write(1, actor=ADA, reason="Words of hers.")
    page = f"{entry.get_absolute_url()}erase/"
    assert "ada" in auditor.get(page).content.decode()
    form = {"reason": "She left.", "word": "erase", "what": "person"}
    assert auditor.post(page, form).status_code == 302
    text = auditor.get(entry.get_absolute_url()).content.decode()
    assert "a person whose name was erased by grace because: She left." in text
    told = Entry.objects.get(event=Event.PAYLOAD_ERASED)
    assert told.get_absolute_url() in text
    assert "Words of hers" not in text
    assert whats_wrong() == []


def test_a_copy_for_outsiders_names_nobody_unless_asked(tmp_path: Path) -> None:
    write(2, actor=Actor("person", "wilma"), reason="Because.")
    sequencer.seal(NOW)
    for folder, given, names_her in (("bare", {}, False), ("full", {"with_payloads": True}, True)):
        call_command("log-export", str(tmp_path / folder), stdout=StringIO(), **given)
        whole = b"".join(
            path.read_bytes() for path in (tmp_path / folder).rglob("*") if path.is_file()
        )
        assert (b"wilma" in whole) == names_her
        assert told(tmp_path / folder, "--log-key", key())["exit"] == 0


def test_a_look_at_one_entry_names_who_acted() -> None:
    [entry] = write(1, actor=Actor("person", "wilma"))
    sequencer.seal(NOW)
    out = StringIO()
    call_command("verify-log", entry=str(entry.uid), stdout=out)
    assert "by            'wilma'" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_first_acts_of_one_person_at_once_introduce_one() -> None:
    user = User.objects.create_user("wilma")
    ready = threading.Barrier(4)
    failures: list[BaseException] = []

    def act() -> None:
        try:
            ready.wait(timeout=60)
            write(1, actor=Actor.person(user))
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failures == []
    assert Person.objects.count() == 1
    assert Entry.objects.filter(event=Event.PERSON_INTRODUCED).count() == 1
    assert Entry.objects.filter(actor=pseudonym("wilma")).count() == 4
    assert whats_wrong() == []
