"""Does the browser of the log stay up, honest and quick, whatever its address or its rows hold?"""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import log, merkle, sequencer
from audit.events import Event
from audit.models import Checkpoint, Entry
from audit.paging import SIZE
from audit.proofs import proof_of
from tests.audit.entries import NOW, as_the_owner_of_the_database, write

pytestmark = pytest.mark.django_db


def signed_in(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("-".join(permissions) or "nobody")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def reader(client: Client) -> Client:
    """Sign in as somebody who may read the log and no more."""
    return signed_in(client, "view_entry")


def subjects(client: Client, query: str) -> list[str]:
    answer = client.get(f"/audit/?{query}")
    assert answer.status_code == 200
    return [
        line["entry"].subject
        for line in answer.context["lines"]
        if not line["entry"].subject.startswith(("user:", "person:"))
    ]


@pytest.mark.parametrize(
    "query",
    [
        "since=0000-00-00",
        "since=2026-02-30",
        "until=2026-99-99",
        "since=9999999999",
        "since=%27%20OR%201=1--",
        "event=proposal.approved%27--",
        "event=no.such",
        "text=%00",
        "subject=" + "x" * 201,
    ],
)
def test_a_filter_that_means_nothing_shows_nothing_and_is_named(
    reader: Client, query: str
) -> None:
    write(1)
    assert subjects(reader, query) == []
    assert "si-field__error" in reader.get(f"/audit/?{query}").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "subject=%27%20OR%20%271%27=%271",
        "actor=ada%27;DROP TABLE audit_entry;--",
        "target=%25",
        "text=%25",
        "text=_",
        "text=%5C",
        "text=%F0%9F%92%A9%ED%A0%80",
        "since=9999-12-31",
        "until=0001-01-01",
    ],
)
def test_a_filter_that_fits_nothing_shows_nothing(reader: Client, query: str) -> None:
    write(1, reason="plain")
    assert subjects(reader, query) == []
    assert Entry.objects.filter(subject="proposal:0").exists()


@pytest.mark.parametrize("query", ["until=9999-12-31", "since=0001-01-01", "since=0900-06-01"])
def test_the_ends_of_the_calendar_hold_everything_between(reader: Client, query: str) -> None:
    write(1)
    assert subjects(reader, query) == ["proposal:0"]


@pytest.mark.parametrize("query", ["page=1000000", "before=x", "before=-5", "after=1.5", "x=y"])
def test_an_address_without_a_place_shows_the_newest(reader: Client, query: str) -> None:
    write(3)
    assert subjects(reader, query) == ["proposal:2", "proposal:1", "proposal:0"]


@pytest.mark.parametrize("query", ["before=0", "after=1000000000", f"after={10**30}"])
def test_a_place_where_nothing_is_does_not_call_the_log_empty(reader: Client, query: str) -> None:
    write(3)
    text = reader.get(f"/audit/?{query}").content.decode()
    assert "There are no entries here" in text
    assert "The log is empty" not in text


def test_entries_of_the_same_moment_are_paged_without_loss_or_double(reader: Client) -> None:
    write(2 * SIZE + 1, subject="proposal:x", at=NOW)
    seen: list[uuid.UUID] = []
    key: int | None = None
    for _ in range(3):
        query = f"subject=proposal:x&before={key}" if key else "subject=proposal:x"
        page = reader.get(f"/audit/?{query}").context["page"]
        seen += [entry.uid for entry in page.entries]
        key = page.older
    assert key is None
    assert len(seen) == len(set(seen)) == 2 * SIZE + 1


def test_the_links_between_pages_keep_the_filters(reader: Client) -> None:
    write(SIZE + 1, subject="proposal:a&b", reason="why?")
    text = reader.get("/audit/?subject=proposal:a%26b&text=why?").content.decode()
    assert "subject=proposal%3Aa%26b" in text
    assert "text=why%3F" in text


def test_a_reader_may_read_and_not_verify(reader: Client) -> None:
    [entry] = write(1)
    assert reader.get("/audit/").status_code == 200
    assert reader.get(f"/audit/entries/{entry.uid}/").status_code == 200
    assert reader.get("/audit/verify/").status_code == 403
    assert reader.post("/audit/verify/").status_code == 403
    assert not Entry.objects.filter(event=Event.LOG_VERIFIED).exists()


def test_a_verifier_who_may_not_read_sees_no_entry(client: Client) -> None:
    [entry] = write(1)
    verifier = signed_in(client, "verify_log")
    assert verifier.get("/audit/verify/").status_code == 200
    assert verifier.get("/audit/").status_code == 403
    assert verifier.get(f"/audit/entries/{entry.uid}/").status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_pages_of_the_log_take_no_writing(reader: Client, method: str) -> None:
    [entry] = write(1)
    for address in ("/audit/", f"/audit/entries/{entry.uid}/"):
        assert getattr(reader, method)(address).status_code == 405


@pytest.mark.parametrize("name", ["7", "None", "%2e%2e", "0" * 36, str(uuid.UUID(int=9))])
def test_an_entry_that_is_not_there_is_not_found(reader: Client, name: str) -> None:
    assert reader.get(f"/audit/entries/{name}/").status_code == 404


ODD: list[dict[str, Any]] = [
    {"event": "{who.__class__}"},
    {"event": "x{", "subject": "{}"},
    {"at": "soon"},
    {"at": "0001-01-01T00:00:00.000000Z"},
    {"facts": [1]},
    {"facts": {"title": {"a": 1}, "stage": 7}},
    {"cites": "abc"},
    {"cites": ["abc", 7, None]},
    {"actor": {"type": "", "id": ""}},
    {"uid": 7},
    {"subject": "proposal:../../admin", "target": "'\"><script>"},
]


@pytest.mark.parametrize("changed", ODD)
def test_a_row_written_past_the_application_blinds_no_page(
    reader: Client, changed: dict[str, Any]
) -> None:
    [sound] = write(1)
    uid = uuid.UUID(int=3)
    body = json.loads(sound.body) | {"uid": str(uid), "wseq": 9} | changed
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    Entry.objects.create(uid=uid, body=text, leaf_hash=log.leaf_hash(text))
    listed = reader.get("/audit/")
    assert listed.status_code == 200
    shown = reader.get(f"/audit/entries/{uid}/")
    assert shown.status_code == 200
    assert "<script>" not in shown.content.decode().split("What was recorded")[1]
    sentences = [line["sentence"] for line in listed.context["lines"]]
    assert any("ada reviewed proposal 0" in sentence for sentence in sentences)
    sequencer.seal(NOW)
    assert reader.get("/audit/").status_code == 200


def test_a_text_in_another_form_says_so_where_its_sentence_would_stand(reader: Client) -> None:
    uid = uuid.UUID(int=3)
    [sound] = write(1)
    text = sound.body.replace(str(sound.uid), str(uid)).replace('"wseq":', '"wseq": 9')
    Entry.objects.create(uid=uid, body=text, leaf_hash=log.leaf_hash(text))
    shown = reader.get(f"/audit/entries/{uid}/").content.decode()
    assert "This entry was not written by the product: its text is not in canonical form" in shown


def test_an_entry_that_rests_on_a_missing_one_says_so(reader: Client) -> None:
    lost = uuid.UUID(int=9)
    [entry] = write(1, cites=[lost])
    text = reader.get(f"/audit/entries/{entry.uid}/").content.decode()
    assert "rests on an entry that the log does not hold" in text
    assert str(lost) in text
    [sound] = write(1, cites=[entry.uid])
    assert "does not hold:" not in reader.get(f"/audit/entries/{sound.uid}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_root_that_is_no_hash_makes_a_proof_that_does_not_hold_and_no_error(
    reader: Client,
) -> None:
    [entry] = write(1)
    sequencer.seal(NOW)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET root = 'zz'")
    assert "Does not hold" in reader.get(f"/audit/entries/{entry.uid}/").content.decode()


def test_the_proof_on_the_page_can_be_checked_from_the_page_alone(reader: Client) -> None:
    write(sequencer.RUN + 30)
    [entry] = write(1, reason="Grüße “”")
    sequencer.seal(NOW)
    write(3)
    sequencer.seal(NOW + timedelta(seconds=1))
    proof = reader.get(f"/audit/entries/{entry.uid}/").context["proof"]
    assert merkle.includes(
        index=proof.index,
        size=proof.size,
        leaf=merkle.leaf_hash(entry.body.encode()),
        proof=[bytes.fromhex(step) for step in proof.hashes],
        expected_root=bytes.fromhex(Checkpoint.objects.get(size=proof.size).root),
    )
    other = Entry.objects.exclude(pk=entry.pk)[0]
    assert proof != proof_of(other)


@pytest.mark.slow
def test_a_page_of_ten_thousand_entries_asks_no_more_than_one_of_few(reader: Client) -> None:
    [one, *_] = write(10_001, subject="proposal:0", facts={"stage": "merge"}, reason="As planned.")
    sequencer.seal(NOW)
    middle = Entry.objects.order_by("id")[5_000].pk
    addresses = ["/audit/", f"/audit/?before={middle}", "/audit/?target=gateway&actor=ada"]
    for address in [*addresses, f"/audit/entries/{one.uid}/"]:
        with CaptureQueriesContext(connection) as asked:
            assert reader.get(address).status_code == 200
        assert len(asked) <= 56, (address, len(asked))
