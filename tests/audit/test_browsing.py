"""Can an auditor keep a question, share it, link to a place, and take an answer away?"""

import csv
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import sequencer
from audit.browsing import exporting, saved
from audit.browsing.exporting import COLUMNS
from audit.browsing.telling import pieces, steps
from audit.browsing.words import understood
from audit.events import Event
from audit.models import Entry, SavedFilter
from audit.texts import erasing
from tests.audit.entries import NOW, PERSON, write

pytestmark = pytest.mark.django_db


def signed_in(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def auditor() -> Client:
    return signed_in("auditor", "view_entry", "export_log", "erase_payload")


def body(answer: Any) -> str:
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_the_address_holds_every_filter_and_names_each(auditor: Client) -> None:
    write(1, reason="why not")
    query = "text=why&event=proposal.*&event=loop.paused&actor=ada&target=gateway"
    text = auditor.get(f"/audit/?{query}").content.decode()
    for chip in ("Reason: why", "Event: proposal.*", "Event: loop.paused", "Actor: ada"):
        assert chip in text
    assert "?text=why&amp;event=loop.paused&amp;actor=ada&amp;target=gateway" in text
    assert "<mark>why</mark>" in text


def test_an_address_with_empty_fields_becomes_one_to_keep(auditor: Client) -> None:
    answer = auditor.get("/audit/?text=&event=loop.paused&actor=&since=")
    assert answer.headers["Location"] == "/audit/?event=loop.paused"
    assert auditor.get("/audit/?text=&actor=").headers["Location"] == "/audit/"
    fragment = auditor.get("/audit/?text=&actor=ada", headers={"hx-request": "true"})
    assert fragment.headers["HX-Push-Url"] == "/audit/?actor=ada"
    assert "<html" not in fragment.content.decode()


def test_a_row_links_to_its_place_and_the_link_stays_right(auditor: Client) -> None:
    entry, *_ = write(3)
    link = f"?before={entry.pk + 1}#entry-{entry.uid}"
    assert link in auditor.get("/audit/").content.decode()
    assert link in auditor.get(f"/audit/entries/{entry.uid}/").content.decode()
    write(60)
    page = auditor.get(f"/audit/?before={entry.pk + 1}")
    assert page.context["page"].entries[0] == entry


def test_an_entry_leads_to_its_neighbours_in_the_log_and_in_the_story(auditor: Client) -> None:
    [created] = write(1, subject="proposal:a")
    [other] = write(1, subject="proposal:b")
    [approved] = write(1, subject="proposal:a", event=Event.PROPOSAL_CHECKED, cites=[created.uid])
    context = auditor.get(f"/audit/entries/{approved.uid}/").context
    assert context["in_log"][0] == other
    assert context["in_story"] == (created, None)
    assert context["place"] == 2
    first = auditor.get(f"/audit/entries/{created.uid}/").context
    assert first["in_story"] == (None, approved)


def test_a_story_is_drawn_from_the_evidence_to_the_lesson() -> None:
    told = [
        *write(1, event=Event.PATTERN_FOUND),
        *write(1, event=Event.PROPOSAL_CHECKED),
        *write(1, event=Event.PROPOSAL_REVIEWED),
        *write(2, event=Event.DELIVERY_STAGE_FAILED),
    ]
    drawn = {step.name: (step.count, step.state) for step in steps(told, told[2])}
    assert drawn["Evidence"] == (1, "done")
    assert drawn["Decision"] == (1, "now")
    assert drawn["Delivery"] == (2, "failed")
    assert drawn["Lesson"] == (0, "waiting")
    assert steps(write(2, event=Event.USER_SIGNED_IN), told[0]) == []


def test_a_busy_subject_tells_what_lies_around_an_entry(auditor: Client) -> None:
    entries = write(300, subject="loop")
    context = auditor.get(f"/audit/entries/{entries[150].uid}/").context
    [stretch] = context["story"]
    [step] = stretch.steps
    told = [line["entry"] for line in step.details]
    assert len(told) == context["length"] == 200
    assert told[0].pk < entries[60].pk
    assert told[-1].pk > entries[240].pk


def test_a_long_reason_is_cut_around_the_word_that_was_looked_for() -> None:
    text = "x " * 400 + "needle in it"
    shown = pieces(text, understood("needle"))
    assert ("needle", True) in shown
    assert len("".join(piece for piece, _ in shown)) < 300
    assert pieces("", ()) == [("", False)] or pieces("", ()) == []


@given(st.text(max_size=80), st.text(max_size=300))
@settings(max_examples=200)
def test_marking_loses_no_letter(question: str, text: str) -> None:
    from audit.browsing.words import marked

    assert "".join(piece for piece, _ in marked(text, understood(question))) == text


def test_a_filter_is_saved_for_oneself_or_for_all(auditor: Client) -> None:
    other = signed_in("other", "view_entry")
    given = {"query": "actor=ada&before=7&nonsense=1", "name": "Ada's"}
    answer = auditor.post("/audit/filters/", given)
    assert answer.headers["Location"] == "/audit/?actor=ada"
    assert "Ada&#x27;s" in auditor.get("/audit/").content.decode()
    assert "Ada&#x27;s" not in other.get("/audit/").content.decode()
    auditor.post("/audit/filters/", {"query": "actor=eve", "name": "Eve", "shared": "on"})
    assert "of auditor" in other.get("/audit/").content.decode()
    assert "Eve" in other.get("/audit/filters/").content.decode()


def test_what_cannot_be_saved_is_told(auditor: Client) -> None:
    for fields, why in [
        ({"query": "", "name": "x"}, "no filter to save"),
        ({"query": "before=7", "name": "x"}, "no filter to save"),
        ({"query": "since=yesterday", "name": "x"}, "no filter to save"),
        ({"query": "actor=ada", "name": " "}, "Give the filter a name"),
        ({"query": "actor=ada", "name": "x" * 61}, "at most 60"),
        ({"query": "actor=" + "x" * 150 + "&event=loop.paused" * 300, "name": "x"}, ""),
    ]:
        text = auditor.post("/audit/filters/", fields, follow=True).content.decode()
        assert why in text, fields
    auditor.post("/audit/filters/", {"query": "actor=ada", "name": "twice"})
    again = auditor.post("/audit/filters/", {"query": "actor=eve", "name": "twice"}, follow=True)
    assert "You have a filter named “twice” already" in again.content.decode()
    assert SavedFilter.objects.filter(name="twice").count() == 1


def test_only_so_many_are_kept(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST", 1)
    for name in ("one", "two"):
        text = auditor.post("/audit/filters/", {"query": "actor=ada", "name": name}, follow=True)
    assert "delete one first" in text.content.decode()
    assert SavedFilter.objects.count() == 1


def test_a_filter_is_renamed_and_deleted_by_its_owner_alone(auditor: Client) -> None:
    auditor.post("/audit/filters/", {"query": "actor=ada", "name": "one", "shared": "on"})
    auditor.post("/audit/filters/", {"query": "actor=eve", "name": "two"})
    kept, private = SavedFilter.objects.order_by("id")
    other = signed_in("other", "view_entry")
    assert other.post(f"/audit/filters/{kept.pk}/", {"act": "delete"}).status_code == 403
    assert other.post(f"/audit/filters/{private.pk}/", {"act": "delete"}).status_code == 404
    clash = auditor.post(f"/audit/filters/{kept.pk}/", {"name": "two"}, follow=True)
    assert "named “two” already" in clash.content.decode()
    auditor.post(f"/audit/filters/{kept.pk}/", {"name": "first"})
    kept.refresh_from_db()
    assert (kept.name, kept.shared) == ("first", False)
    auditor.post(f"/audit/filters/{kept.pk}/", {"act": "delete"})
    assert list(SavedFilter.objects.all()) == [private]


def test_everything_that_fits_is_exported_and_the_log_says_so(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 7)
    entries = write(30, subject="loop", reason="because", facts={"n": 1})
    write(5, subject="other")
    erasing.erase(entries[0].uid, actor=PERSON, reason="Personal.", at=NOW)
    sequencer.seal(NOW)
    rows = list(csv.DictReader(io.StringIO(body(auditor.post("/audit/export.csv?subject=loop")))))
    assert [row["uid"] for row in rows] == [str(entry.uid) for entry in entries[::-1]]
    assert rows[0].keys() == set(COLUMNS)
    assert (rows[0]["reason"], rows[0]["place"], rows[0]["facts"]) == (
        "because",
        str(entries[-1].leaf.index),
        '{"n": 1}',
    )
    [told] = Entry.objects.filter(event=Event.LOG_FILTER_EXPORTED)
    assert (told.who, told.facts) == ("auditor", {"format": "csv", "count": 30})
    assert told.texts == {"filter": "subject=loop"}
    lines = body(auditor.post("/audit/export.jsonl?subject=loop")).splitlines()
    last = json.loads(lines[-1])
    assert last["body"] == entries[0].body
    assert last["texts"] == {}
    assert last["erased"] == rows[-1]["erased"] != ""
    assert json.loads(lines[0])["texts"] == {"reason": "because"}


def test_no_cell_of_an_export_is_a_formula(auditor: Client) -> None:
    for start in ("=", "+", "-", "@", "\t=", " =", "\r@", "＝"):
        write(
            1, actor=PERSON.agent(f"{start}cmd|'/c calc'!A1"), reason=f"{start}1+1\n=2", target="="
        )
    text = body(auditor.post("/audit/export.csv?actor_type=agent"))
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 9
    for row in rows[1:]:
        assert not [cell for cell in row if cell.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝＋－＠")], (
            row
        )


def test_an_export_is_as_of_its_beginning_and_nothing_is_read_ahead(auditor: Client) -> None:
    write(3, subject="loop")
    answer = auditor.post("/audit/export.jsonl?subject=loop")
    write(3, subject="loop")
    assert len(body(answer).splitlines()) == 3


def test_an_export_needs_its_permission_a_post_and_filters_that_mean_something(
    auditor: Client,
) -> None:
    reader = signed_in("reader", "view_entry")
    assert reader.post("/audit/export.csv").status_code == 403
    assert "Export CSV" not in reader.get("/audit/").content.decode()
    assert auditor.get("/audit/export.csv").status_code == 405
    assert auditor.post("/audit/export.csv?since=never").status_code == 404
    assert auditor.post("/audit/export.exe").status_code == 404
    assert not Entry.objects.filter(event=Event.LOG_FILTER_EXPORTED).exists()
    assert len(body(auditor.post("/audit/export.csv?actor=nobody")).splitlines()) == 1


def test_words_are_erased_on_their_page_after_a_reason_and_a_word(auditor: Client) -> None:
    [entry] = write(1, reason="Ada moved to Ockham", texts={"title": "A house"})
    address = f"/audit/entries/{entry.uid}/erase/"
    asked = auditor.get(address).content.decode()
    assert "Ada moved to Ockham" in asked
    assert "name no person" in asked
    for fields in (
        {},
        {"reason": "x"},
        {"reason": " ", "word": "erase"},
        {"reason": "x", "word": "y"},
    ):
        assert auditor.post(address, fields).status_code == 422
    assert Entry.objects.get(pk=entry.pk).texts != {}
    done = auditor.post(address, {"reason": "Asked for.", "word": "Erase"}, follow=True)
    text = done.content.decode()
    assert "It is erased" in text
    assert "were erased by auditor" in text
    assert "because: Asked for." in text
    assert "Ockham" not in text
    again = auditor.post(address, {"reason": "Twice.", "word": "erase"}, follow=True)
    assert "erased already, by auditor" in again.content.decode()
    assert "no words to erase" in auditor.get(address).content.decode()
    assert "were erased by auditor" in auditor.get("/audit/").content.decode()


def test_who_may_not_erase_is_not_offered_it(auditor: Client) -> None:
    [entry] = write(1, reason="x")
    reader = signed_in("reader", "view_entry")
    address = f"/audit/entries/{entry.uid}/"
    assert "Erase…" not in reader.get(address).content.decode()
    assert "Erase…" in auditor.get(address).content.decode()
    answer = reader.post(f"{address}erase/", {"reason": "x", "word": "erase"})
    assert answer.status_code == 403
    assert (
        auditor.get("/audit/entries/00000000-0000-4000-8000-000000000009/erase/").status_code
        == 404
    )
