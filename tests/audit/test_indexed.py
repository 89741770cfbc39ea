"""Is the index of words judged like everything else that searches rely on?"""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from audit import sequencer
from audit.browsing import finding
from audit.browsing.asking import Asked
from audit.browsing.words import understood
from audit.checks import beside
from audit.events import Event
from audit.models import Entry
from audit.texts import erasing, indexed, rebuilding
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, as_the_owner_of_the_database, clear_up, write

pytestmark = pytest.mark.django_db

SAID = "The calendar was late."
REASONS = [SAID, "Très tôt, mon élève!", "…", "Straße ΟΔΟΣ İ 東京 x" + "y" * 40_000]
SQLITE = connection.vendor == "sqlite"


def found(text: str) -> list[int]:
    return finding.find(Asked(terms=understood(text)), key=None, rising=False, limit=9)


def recorded() -> list[Entry]:
    made = [write(1, reason=reason)[0] for reason in REASONS]
    made += write(2)
    sequencer.seal(NOW)
    return made


def lose(entry: Entry) -> None:
    """Take an entry's words out of the index, as the owner of the database can."""
    with as_the_owner_of_the_database() as cursor:
        if SQLITE:
            cursor.execute("DROP TRIGGER audit_payload_lost")
            put(cursor, entry, entry.reason, "'delete', ")
        else:
            cursor.execute("UPDATE audit_payload SET words = '' WHERE entry_id = %s", [entry.pk])


def put(cursor: object, entry: Entry, text: str, act: str = "") -> None:
    """Have SQLite's index take words, or take them back."""
    columns = "(audit_words, rowid, reason, marks)" if act else "(rowid, reason, marks)"
    marks = f"any {' '.join(indexed._marks(marked(entry))[1:])}"
    sql = f"INSERT INTO audit_words {columns} VALUES ({act}%s, %s, %s)"  # noqa: S608
    cursor.execute(sql, [entry.pk, text, marks])  # type: ignore[attr-defined]


def marked(entry: Entry) -> dict[str, object]:
    return {
        "event": entry.event,
        "actor": {"id": entry.actor, "type": entry.actor_type},
        "target": entry.target,
        "subject": entry.subject,
    }


@pytest.fixture(params=["whole", "since"])
def since(request: pytest.FixtureRequest) -> int:
    """Verify everything, or a part that is asked about entry by entry."""
    if request.param == "since":
        write(2 * sequencer.RUN)
        return 2 * sequencer.RUN
    return 0


def test_reasons_in_any_script_are_held_as_they_are(since: int) -> None:
    recorded()
    assert verify(since=since).problems == ()
    assert verify(since=since).unguarded == ()


def test_a_reason_that_searches_miss_is_named_with_what_to_do(since: int) -> None:
    entry = recorded()[0]
    lose(entry)
    assert found("calendar") == []
    [problem] = verify(since=since).problems
    assert problem.where == f"leaf {entry.leaf.index}"
    assert "verify-log --rebuild-words" in problem.what


def test_words_that_are_not_the_kept_ones_are_named(since: int) -> None:
    entry = recorded()[0]
    lose(entry)
    with as_the_owner_of_the_database() as cursor:
        if SQLITE:
            put(cursor, entry, "The calendar was fine.")
        else:
            cursor.execute(
                "UPDATE audit_payload SET words = to_tsvector('simple', 'the calendar was fine')"
                " WHERE entry_id = %s",
                [entry.pk],
            )
    assert [one.where for one in verify(since=since).problems] == [f"leaf {entry.leaf.index}"]


def test_an_entry_whose_mark_lies_is_named(since: int) -> None:
    entry = recorded()[0]
    lose(entry)
    with as_the_owner_of_the_database() as cursor:
        if SQLITE:
            sql = "INSERT INTO audit_words (rowid, reason, marks) VALUES (%s, %s, 'any e a k t s')"
            cursor.execute(sql, [entry.pk, entry.reason])
        else:
            cursor.execute(
                "UPDATE audit_payload SET words = to_tsvector('simple', text)"
                " || array_to_tsvector(ARRAY['any:', 'a:eve']) WHERE entry_id = %s",
                [entry.pk],
            )
    assert [one.where for one in verify(since=since).problems] == [f"leaf {entry.leaf.index}"]


def test_erased_words_are_gone_from_the_index(since: int) -> None:
    entry = recorded()[0]
    erasing.erase(entry.uid, actor=PERSON, reason="Asked for.", at=NOW)
    assert found("calendar") == []
    assert verify(since=since).problems == ()


@pytest.mark.skipif(not SQLITE, reason="elsewhere the words lie in the row that is erased")
def test_erased_words_that_the_index_still_has_are_named(since: int) -> None:
    entry = recorded()[0]
    erasing.erase(entry.uid, actor=PERSON, reason="Asked for.", at=NOW)
    with connection.cursor() as cursor:
        put(cursor, entry, SAID)
    [problem] = verify(since=since).problems
    assert problem.where == f"leaf {entry.leaf.index}"
    assert "not kept any more" in problem.what


@pytest.mark.skipif(not SQLITE, reason="elsewhere the words lie beside their text")
def test_words_of_no_entry_and_a_lost_index_are_named() -> None:
    recorded()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_words (rowid, reason) VALUES (1000000, 'late')")
        assert [one.where for one in verify().problems] == ["row 1000000"]
        cursor.execute("DROP TABLE audit_words")
    assert [one.where for one in verify().problems] == ["index of words"]


def test_what_keeps_the_index_is_missed_when_it_is_gone() -> None:
    with as_the_owner_of_the_database() as cursor:
        on = "" if SQLITE else " ON audit_payload"
        cursor.execute(f"DROP TRIGGER audit_payload_found{on}")
    assert verify().unguarded == ("audit_payload_found",)


@pytest.mark.django_db(transaction=True)
def test_an_index_that_is_made_anew_is_right_and_the_log_says_so() -> None:
    entry = recorded()[0]
    lose(entry)
    out = StringIO()
    call_command("verify-log", "--rebuild-words", stdout=out)
    assert "The log is as it was recorded." in out.getvalue()
    assert found("calendar") == [entry.pk]
    told = Entry.objects.get(event=Event.LOG_WORDS_REBUILT)
    assert told.facts == {"reasons": len(REASONS)}
    with pytest.raises(Exception, match="append-only"):
        connection.cursor().execute("UPDATE audit_payload SET salt = ''")

    clear_up()


@pytest.mark.django_db(transaction=True)
def test_a_large_index_is_read_by_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "WORTH_IT", 1)
    entry = recorded()[0]
    assert verify().problems == ()
    lose(entry)
    assert [one.where for one in verify().problems] == [f"leaf {entry.leaf.index}"]
    rebuilding.rebuild(actor=PERSON, at=NOW)
    assert verify().problems == ()
    clear_up()
