"""Does every question that an auditor can ask find exactly the entries that fit?"""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import QueryDict
from django.test import Client

from audit import paging, sequencer
from audit.browsing import combining, finding
from audit.browsing.asking import Asked, about_proposal, expanded
from audit.events import Event
from audit.forms import FilterForm
from audit.log import Actor
from audit.models import Entry
from audit.texts import erasing
from tests.audit.entries import NOW, write

pytestmark = pytest.mark.django_db

PERSON = Actor("person", "ada")
GRACE = Actor("person", "grace")
AGENT = Actor.agent("EvalAgent")


@pytest.fixture
def auditor(client: Client) -> Client:
    user = User.objects.create_user("auditor")
    user.user_permissions.set(Permission.objects.filter(codename="view_entry"))
    client.force_login(user)
    return client


def found(query: str, **given: Any) -> list[Entry]:
    asked = FilterForm(QueryDict(query)).asked(NOW)
    assert asked is not None, query
    return paging.around(asked, **given).entries


def reasons(query: str) -> set[str]:
    return {entry.reason for entry in found(query)}


@pytest.fixture
def varied() -> list[Entry]:
    """Write every combination of some events, actors, targets and subjects."""
    events = [Event.PROPOSAL_CHECKED, Event.PROPOSAL_REFUSED, Event.LOOP_PAUSED]
    for event, actor, target, subject in itertools.product(
        events, [PERSON, GRACE, AGENT], ["gateway", "billing", ""], ["proposal:1", "loop"]
    ):
        if (event, actor) != (Event.LOOP_PAUSED, GRACE):  # two that are common and never meet
            write(1, event=event, actor=actor, target=target, subject=subject)
    return list(Entry.objects.order_by("id"))


COLUMNS: dict[str, list[str]] = {
    "event": ["", "event=proposal.checked", "event=proposal.*", "event=loop.paused&event=user.*"],
    "actor": ["", "actor=ada", "actor=grace", "actor=nobody"],
    "actor_type": ["", "actor_type=person", "actor_type=agent"],
    "target": ["", "target=billing"],
    "subject": ["", "subject=loop", "subject=proposal:1"],
}


def fits(entry: Entry, query: QueryDict) -> bool:
    events = expanded(query.getlist("event"))
    plain = {"actor": "who", "actor_type": "actor_type", "target": "target", "subject": "subject"}
    same = all(getattr(entry, plain[name]) == query[name] for name in plain if name in query)
    return same and (not events or entry.event in events)


@pytest.mark.parametrize("stretch", [3, 5_000])
def test_every_combination_of_filters_finds_what_a_plain_loop_finds(
    varied: list[Entry], monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(finding, "STRETCH", stretch)
    for parts in itertools.product(*COLUMNS.values()):
        query = "&".join(part for part in parts if part)
        expected = [entry.pk for entry in varied if fits(entry, QueryDict(query))]
        assert [entry.pk for entry in found(query)] == expected[::-1], query


def test_too_many_combinations_are_answered_all_the_same(
    varied: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(combining, "MOST", 2)
    expected = [entry.pk for entry in varied if entry.who == "ada"]
    assert [entry.pk for entry in found("actor=ada")] == expected[::-1]


def test_combinations_are_read_from_the_log_and_not_invented(varied: list[Entry]) -> None:
    every = combining.combinations({})
    assert every is not None
    assert set(every) == {(e.actor_type, e.actor, e.event, e.target) for e in varied}
    assert len(every) == len(set(every))


@pytest.mark.parametrize("query", ["actor=ada", "event=proposal.*", "text=common", "subject=loop"])
def test_pages_of_a_filter_follow_each_other_both_ways(query: str) -> None:
    for number in range(130):
        write(1, subject="loop", reason=f"common {number}")
        write(1, actor=AGENT, subject="other", event=Event.MODEL_ASKED)
    asked = FilterForm(QueryDict(query)).asked(NOW)
    assert asked is not None
    pages = list(_pages(asked))
    seen = [entry.pk for page in pages for entry in page.entries]
    assert len(seen) == 130
    assert seen == sorted(set(seen), reverse=True)
    back = paging.around(asked, after=str(pages[-1].newer))
    assert back.entries == pages[1].entries


def _pages(asked: Asked) -> Iterator[paging.Slice]:
    page = paging.around(asked)
    while True:
        yield page
        if page.older is None:
            return
        page = paging.around(asked, before=str(page.older))


def test_time_is_the_moment_that_an_entry_claims_whatever_its_row() -> None:
    late = write(1, at=NOW + timedelta(hours=5), subject="late")
    early = write(1, at=NOW - timedelta(days=9), subject="early")
    now = write(1, at=NOW, subject="now")
    assert found("since=2026-11-21") == [*now, *late]
    assert found("until=2026-11-20") == early
    assert found("range=hour") == [*now, *late]
    assert found("range=week&since=2026-01-01&actor=ada") == [*now, *late]
    assert found("since=2026-11-22") == []
    assert found("since=2026-11-21&until=2026-11-21&event=proposal.*&actor=ada") == [*now, *late]


def test_a_proposal_brings_the_deliveries_that_rest_on_it() -> None:
    [created] = write(1, subject="proposal:a")
    [approved] = write(1, subject="proposal:a", event=Event.PROPOSAL_CHECKED, cites=[created.uid])
    given: dict[str, Any] = {"event": Event.DELIVERY_INTENDED, "cites": [approved.uid]}
    [started] = write(1, subject="delivery:7", **given)
    [ended] = write(1, subject="delivery:7", event=Event.DELIVERY_VERDICT)
    write(1, subject="delivery:8")
    write(1, subject="evaluation:8", cites=[created.uid])
    sequencer.seal(NOW)
    assert about_proposal("a") == ("proposal:a", "delivery:7")
    assert found("proposal=a") == [ended, started, approved, created]
    assert found("proposal=a&event=delivery.*") == [ended, started]
    assert found("proposal=a&subject=delivery:7") == [ended, started]
    assert found("proposal=a&subject=delivery:8") == []
    assert found("proposal=b") == []


SAID = [
    "The index is slow in the morning",
    "A slow index, morning or not",
    "Grüße an das Café",
    "web_search timed out: 3.5 s, see foo-bar",
    "nothing of the kind",
]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("slow", {0, 1}),
        ("SLOW index", {0, 1}),
        ('"slow index"', {1}),
        ('"index is slow"', {0}),
        ("slow -or", {0}),
        ('slow -"slow index"', {0}),
        ("-slow", {2, 3, 4}),
        ("web_search", {3}),
        ("web", {3}),
        ("foo-bar", {3}),
        ('"bar foo"', set()),
        ("3.5", {3}),
        ("slo", set()),
        ("café", {2}),
        ("grüße café", {2}),
        ('"the kind', {4}),
        ("nothing AND kind", set()),
        ("nothing OR slow", set()),
        ("reason:slow", set()),
        ("NEAR(slow index)", set()),
        ("slow*", {0, 1}),
        ("any", set()),
        ("proposal", set()),
    ],
)
def test_words_phrases_and_what_must_be_absent(text: str, places: set[int]) -> None:
    for said in SAID:
        write(1, reason=said)
    write(1)
    query = QueryDict(mutable=True)
    query["text"] = text
    expected = {SAID[place] for place in places}
    assert reasons(query.urlencode()) == expected
    assert reasons(f"{query.urlencode()}&actor=ada&event=proposal.*&target=gateway") == expected
    assert reasons(f"{query.urlencode()}&actor=grace") == set()


@pytest.mark.parametrize("words", ["'", '"', '"""', "-", "--", "*", "\\", "(", "a'b", "x" * 200])
def test_signs_of_the_databases_own_languages_are_only_signs(auditor: Client, words: str) -> None:
    write(1, reason="plain", target='o\'b\\c "d"')
    for given in (words, f"plain {words}", f'-{words} "plain'):
        answer = auditor.get("/audit/", {"text": given, "target": 'o\'b\\c "d"'})
        assert answer.status_code == 200
    assert reasons('text=plain&target=o\'b\\c "d"') == {"plain"}


def test_a_word_among_the_old_is_found_whatever_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    from audit.browsing import searching

    monkeypatch.setattr(searching, "STRETCH", 2)
    write(3, reason="old words")
    write(9, reason="new ones")
    assert len(found("text=old")) == 3
    assert len(found("text=words&before=")) == 3


def test_what_was_erased_is_found_no_more() -> None:
    one, two = write(2, reason="Ada moved to Ockham")
    erasing.erase(one.uid, actor=PERSON, reason="Personal.", at=NOW)
    assert found("text=ockham") == [two]
    erasing.erase(two.uid, actor=PERSON, reason="Personal.", at=NOW)
    assert found("text=ockham") == []
    assert found("text=personal&event=payload.erased") != []


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_the_index_of_words_lets_go_of_what_was_erased() -> None:
    [one] = write(1, reason="Ockham")
    assert b"ckham" in _index()
    erasing.erase(one.uid, actor=PERSON, reason="Personal.", at=NOW)
    assert b"ckham" not in _index()


def _index() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM audit_words_data")
        return b"".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    "other", ["event=proposal.*", "target=billing", "actor=ada", "range=week"]
)
def test_words_narrow_what_another_filter_finds_too(other: str) -> None:
    [slow] = write(1, reason="slow", target="billing")
    write(1, reason="quick", target="billing")
    write(1, target="billing")
    assert len(found(other)) == 3
    assert found(f"text=slow&{other}") == [slow]
    assert found(f"text=lost&{other}") == []
