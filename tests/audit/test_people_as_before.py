"""Does each entry name the right person, though the pseudonym of the last one is tried first?"""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import log
from audit.events import Event
from audit.log import Actor
from audit.models import Entry, Payload, Person
from audit.people import known, names
from audit.texts import erasing
from audit.texts.commitments import Kept
from audit.verify import verify
from audit.writing import rows
from audit.writing.planned import Condition
from tests.audit.entries import NOW, write
from tests.people import pseudonym

pytestmark = pytest.mark.django_db

ADA = Actor("person", "ada")
EVE = Actor("person", "eve")
INTRODUCED, RENAMED = Event.PERSON_INTRODUCED, Event.PERSON_RENAMED


@pytest.fixture(autouse=True)
def knowing_nobody() -> Iterator[None]:
    """Begin as a process does that has written nothing yet."""
    known._answers.clear()
    yield
    known._answers.clear()


def statements(act: Callable[[], object]) -> list[str]:
    """Return what an act asks the database for, but for the ends of transactions."""
    with CaptureQueriesContext(connection) as asked:
        act()
    aside = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [one["sql"] for one in asked if not one["sql"].startswith(aside)]


def acted(actor: Actor) -> Entry:
    """Record one act, and read it as it is stored."""
    [entry] = write(1, actor=actor, event=Event.LOOP_PAUSED, subject="loop")
    return Entry.objects.get(pk=entry.pk)


def test_who_acts_again_is_not_asked_for_first() -> None:
    for actor in (ADA, Actor.person(User.objects.create_user("rita"))):
        write(2, actor=actor)  # introduced, then found
        [only] = statements(lambda who=actor: write(1, actor=who))  # type: ignore[misc]
        assert only.startswith('INSERT INTO "audit_entry"')


def test_agents_and_who_was_named_already_need_no_condition() -> None:
    given = log.stated(ADA, at=NOW)
    for actor in (Actor.agent("EvalAgent"), Actor.system("delivery"), given):
        [only] = statements(lambda who=actor: write(1, actor=who))  # type: ignore[misc]
        assert "audit_person" not in only


def test_a_user_renamed_between_two_acts_is_told_about_before_the_second() -> None:
    user = User.objects.create_user("ada")
    before = Actor.person(user)
    first = [acted(before) for _ in range(3)][-1]
    User.objects.update(username="lovelace")
    second = acted(Actor.person(User.objects.get()))
    assert (first.actor, second.who) == (second.actor, "lovelace")
    assert Entry.objects.filter(event=RENAMED).count() == 1
    assert acted(before).who == "lovelace"  # whoever was loaded under the old name
    assert Entry.objects.filter(event=RENAMED).count() == 1


def test_a_name_that_gets_an_account_is_another_person_from_then_on() -> None:
    alone = [acted(ADA) for _ in range(3)][-1]
    user = User.objects.create_user("ada")
    assert acted(ADA).actor != alone.actor
    assert acted(ADA).actor == acted(Actor.person(user)).actor
    user.delete()
    assert acted(ADA).actor == alone.actor


def test_an_account_that_is_made_anew_under_a_name_is_another_person() -> None:
    old = User.objects.create_user("ada")
    first = [acted(ADA) for _ in range(3)][-1]
    old.delete()
    new = User.objects.create_user("ada")
    assert acted(ADA).actor == acted(Actor.person(new)).actor != first.actor


@pytest.mark.parametrize("with_account", [True, False])
def test_an_erased_name_is_not_used_again(with_account: bool) -> None:
    actor = Actor.person(User.objects.create_user("ada")) if with_account else ADA
    first = [acted(actor) for _ in range(3)][-1]
    erasing.erase_person("ada", actor=EVE, reason="She left.", at=NOW)
    assert acted(actor).actor != first.actor
    assert Entry.objects.get(pk=first.pk).who == names.FORGOTTEN
    assert verify().problems == ()


def test_whose_introduction_was_rolled_back_is_introduced_by_the_next_act() -> None:
    with transaction.atomic():
        write(3, actor=ADA)
        transaction.set_rollback(True)
    entry = acted(ADA)
    assert Entry.objects.filter(event=INTRODUCED).count() == 1
    assert (entry.who, Person.objects.get().pseudonym) == ("ada", entry.actor)
    assert verify().problems == ()


def test_a_wrong_answer_from_before_is_found_out_by_the_database() -> None:
    right, other = acted(ADA), acted(EVE)
    for wrong in (str(other.actor), "p-0000000000000000", "", "' OR 1=1 --"):
        known.remember("ada", None, wrong)
        entry = acted(ADA)
        assert (entry.actor, entry.who) == (right.actor, "ada")
    assert verify().problems == ()


def test_a_wrong_answer_leaves_no_gap_and_nothing_twice() -> None:
    write(1, actor=ADA)
    known.remember("ada", None, "p-0000000000000000")
    with transaction.atomic():
        write(2, actor=ADA, reason="because", texts={"words": "some"})
    numbers = [json.loads(entry.body)["wseq"] for entry in Entry.objects.order_by("id")]
    assert numbers == [1, 2, 3, 4]
    assert Payload.objects.filter(name="words").count() == 2
    assert verify().problems == ()


def test_two_people_of_one_name_without_accounts_are_told_apart_as_ever() -> None:
    """The one who was first is meant, whomever a process has introduced itself."""
    first, later = acted(ADA), acted(EVE)
    Person.objects.filter(pseudonym=later.actor).update(
        naming=_named_like(Person.objects.get(pseudonym=first.actor))
    )
    known.remember("ada", None, str(later.actor))
    assert acted(ADA).actor == first.actor


def _named_like(person: Person) -> Entry:
    text = Payload.objects.get(entry=person.naming, name=names.NAME).text
    return write(1, event=INTRODUCED, subject="person:p-1", texts={names.NAME: text})[0]


def test_everybody_is_told_apart_beyond_what_a_process_remembers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known, "MOST", 3)
    people = [Actor("person", f"person {number}") for number in range(5)]
    told = [[str(acted(actor).actor) for actor in people] for _ in range(4)]
    assert told[0] == told[1] == told[2] == told[3]
    assert told[0] == [pseudonym(actor.id) for actor in people]
    assert len(known._answers) <= 3


def test_no_name_is_kept_in_memory() -> None:
    write(2, actor=ADA)
    assert known._answers
    assert all(isinstance(key, int) for key in known._answers)
    assert "ada" not in repr(known._answers)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_cannot_be_written_is_refused_as_before(name: str) -> None:
    with pytest.raises(log.BadEntry, match="actor"):
        write(1, actor=Actor("person", name))
    assert not Entry.objects.exists()


@pytest.mark.parametrize(("given", "made"), [("a", 1), ("b", 0)])
def test_nothing_is_inserted_where_a_condition_does_not_hold(given: str, made: int) -> None:
    [like] = write(1, reason="why")
    uid = uuid.UUID("00000000-0000-4000-8000-000000000009")
    body = like.body.replace(str(like.uid), str(uid)).replace('"wseq":1', '"wseq":2')
    words = {"reason": Kept("00", "why")}
    refusal: AbstractContextManager[Any] = nullcontext() if made else pytest.raises(rows.NotSo)
    with transaction.atomic(), refusal:
        rows.insert(uid, body, "0" * 64, "", words, None, Condition("%s = 'a'", (given,)))
    assert Entry.objects.count() == Payload.objects.count() == 1 + made
