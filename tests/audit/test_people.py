"""Does the log know people by pseudonyms alone, and show and find them by their names?"""

import json

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.events import Event
from audit.forms import FilterForm
from audit.log import Actor
from audit.models import Entry, Person, SavedFilter
from audit.people import asking
from audit.sentences import sentence
from tests.audit.directory import auditor as auditor
from tests.audit.directory import whats_wrong
from tests.audit.entries import NOW, write
from tests.people import pseudonym

pytestmark = pytest.mark.django_db

ADA = Actor("person", "ada")
EVE = Actor("person", "eve")


def people_of(query: str) -> set[str]:
    asked = FilterForm(QueryDict(query)).asked(NOW)
    assert asked is not None
    return set(asked.actors)


def test_a_person_stands_in_the_text_by_a_pseudonym_and_is_shown_by_name() -> None:
    [entry] = write(1, actor=Actor("person", "wilma"), event=Event.LOOP_PAUSED, subject="loop")
    told = json.loads(entry.body)
    assert told["actor"] == {"id": pseudonym("wilma"), "type": "person"}
    assert (entry.who, sentence(entry)) == ("wilma", "wilma paused the loop")
    for each in Entry.objects.all():
        assert "wilma" not in each.body
    assert whats_wrong() == []


def test_a_pseudonym_stays_and_tells_nothing_of_the_name_not_even_its_length() -> None:
    write(2, actor=ADA)
    write(1, actor=Actor("person", "a much longer name"))
    assert Entry.objects.filter(event=Event.PERSON_INTRODUCED).count() == 2
    one, two = Entry.objects.filter(event=Event.PERSON_INTRODUCED)
    assert one.commitments["name"]["len"] == two.commitments["name"]["len"]
    assert one.commitments["name"]["commit"] != two.commitments["name"]["commit"]


def test_agents_and_rooms_keep_their_names() -> None:
    [agent] = write(1, actor=Actor.agent("EvalAgent"))
    [room] = write(1, actor=Actor.system("delivery"))
    assert (agent.actor, room.actor) == ("EvalAgent", "delivery")
    assert not Person.objects.exists()


def test_what_is_rolled_back_introduces_nobody() -> None:
    with pytest.raises(ValueError, match="is not text"):
        write(1, actor=ADA, facts={"n": 1.5})
    assert not Person.objects.exists()
    assert not Entry.objects.exists()


def test_a_user_renamed_keeps_the_pseudonym_and_is_shown_by_the_new_name() -> None:
    user = User.objects.create_user("wilma")
    [first] = write(1, actor=Actor.person(user))
    before = Actor.person(user)
    User.objects.filter(pk=user.pk).update(username="lovelace")
    [second] = write(1, actor=Actor.person(User.objects.get()))
    assert first.actor == second.actor
    assert Entry.objects.get(pk=first.pk).who == "lovelace"
    told = Entry.objects.get(event=Event.PERSON_RENAMED)
    assert told.subject == f"person:{first.actor}"
    assert "wilma" not in told.body + second.body
    # Whoever was loaded under the old name does not bring it back.
    [third] = write(1, actor=before)
    assert (third.actor, third.who) == (first.actor, "lovelace")
    assert Entry.objects.filter(event=Event.PERSON_RENAMED).count() == 1
    assert whats_wrong() == []


def test_a_name_that_is_given_again_is_another_person() -> None:
    old = User.objects.create_user("ada")
    [first] = write(1, actor=Actor.person(old))
    old.delete()
    new = User.objects.create_user("ada")
    [second] = write(1, actor=Actor.person(new))
    assert first.actor != second.actor
    assert people_of("actor=ada") == {first.actor, second.actor}
    assert people_of(f"actor={first.actor}") == {first.actor}
    shown = asking.in_words(str(first.actor))
    assert shown == f"ada ({first.actor})"
    assert people_of(f"actor={shown}") == {first.actor}


def test_a_name_without_an_account_is_one_person_and_a_later_account_another() -> None:
    [first, second] = write(2, actor=ADA)
    assert first.actor == second.actor
    user = User.objects.create_user("ada")
    [third] = write(1, actor=ADA)
    [fourth] = write(1, actor=Actor.person(user))
    assert third.actor == fourth.actor != first.actor


def test_the_list_is_shown_with_names_and_asks_for_all_of_them_at_once(auditor: Client) -> None:
    for name in ("ada", "bob", "cy", "dora"):
        write(3, actor=Actor("person", name), event=Event.LOOP_PAUSED, subject="loop")
    answer = auditor.get("/audit/?event=loop.paused")
    text = answer.content.decode()
    assert all(f"{name} paused the loop" in text for name in ("ada", "bob", "cy", "dora"))
    assert '<option value="dora">' in text
    with CaptureQueriesContext(connection) as asked:
        auditor.get("/audit/?event=loop.paused")
    assert sum("FROM audit_person" in one["sql"] for one in asked) <= 2  # the list, the choice


def test_entries_of_a_person_are_found_by_name_and_links_hold_the_pseudonym(
    auditor: Client,
) -> None:
    write(2, actor=ADA, subject="proposal:a")
    write(1, actor=EVE, subject="proposal:e")
    ada = pseudonym("ada")
    for query in ("actor=ada", f"actor={ada}", "actor=ada&actor_type=person"):
        answer = auditor.get(f"/audit/?{query}")
        assert [line["entry"].who for line in answer.context["lines"]] == ["ada", "ada"]
        assert 'value="ada"' in answer.content.decode()
    assert f"actor={ada}" in answer.content.decode()
    auditor.post("/audit/filters/", {"query": "actor=ada", "name": "Hers"})
    assert SavedFilter.objects.get().query == f"actor={ada}"
    assert "actor=ada" in auditor.get("/audit/filters/").content.decode()
    subject = auditor.get("/audit/?subject=person:ada").context["lines"]
    assert [line["entry"].event for line in subject] == [Event.PERSON_INTRODUCED]


def test_an_agent_of_the_same_name_is_found_as_an_agent() -> None:
    write(1, actor=ADA)
    write(1, actor=Actor.agent("ada"))
    assert people_of("actor=ada&actor_type=agent") == {"ada"}
    assert people_of("actor=ada") == {pseudonym("ada")}


@pytest.mark.parametrize("typed", ["nobody", "p-0000000000000000", "%27;DROP", "é" * 200, "p-12"])
def test_whom_nobody_knows_finds_nothing_and_breaks_nothing(auditor: Client, typed: str) -> None:
    write(1, actor=ADA)
    answer = auditor.get("/audit/", {"actor": typed})
    assert answer.status_code == 200
    assert answer.context["lines"] == []


def test_exports_show_names_and_keep_what_is_hashed(auditor: Client) -> None:
    write(1, actor=ADA, subject="loop", event=Event.LOOP_PAUSED)
    ada = pseudonym("ada")
    lines = b"".join(auditor.post("/audit/export.csv?subject=loop")).decode()
    assert "ada paused the loop" in lines
    assert f"person,ada,{ada}," in lines
    [line] = b"".join(auditor.post("/audit/export.jsonl?actor=ada")).splitlines()
    told = json.loads(line)
    assert told["people"] == {ada: "ada"}
    assert told["body"] == Entry.objects.get(event=Event.LOOP_PAUSED).body
    asked = Entry.objects.filter(event=Event.LOG_FILTER_EXPORTED).latest("id")
    assert asked.texts["filter"] == f"actor={ada}"
