"""Is a text that we could not have written told from ours, however it was forged?"""

import json
import uuid
from types import MappingProxyType
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit import follow, log, sequencer, soundness
from audit.events import Event
from audit.log import BadEntry
from audit.models import Entry, Leaf
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, write

UID = uuid.UUID(int=7)
SOUND: dict[str, Any] = {
    "v": 1,
    "uid": str(UID),
    "at": "2026-11-21T01:00:00.000000Z",
    "event": "loop.paused",
    "actor": {"type": "person", "id": "ada"},
    "subject": "loop",
    "target": "",
    "payloads": {},
    "facts": {},
    "cites": [],
    "writer": "writer/host#0123456789abcdef",
    "wseq": 1,
    "wprev": "",
}


def text(**changed: Any) -> str:
    return log.canonical(SOUND | changed)


def forge(body: str, uid: uuid.UUID = UID, leaf_hash: str = "") -> Entry:
    """Insert a row past the application."""
    return Entry.objects.create(uid=uid, body=body, leaf_hash=leaf_hash or log.leaf_hash(body))


def test_our_own_text_has_no_flaw() -> None:
    assert soundness.flaw(text(), UID) is None


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"uid": str(uuid.UUID(int=8))}, "names another entry"),
        ({"at": "yesterday"}, "names no moment"),
        ({"at": "2026-13-41T01:00:00.000000Z"}, "month must be"),
        ({"at": "2026-11-21T01:00:00Z"}, "names no moment"),
        ({"actor": {"type": "person"}}, "names no actor"),
        ({"actor": "ada"}, "actor is missing or of the wrong kind"),
        ({"facts": []}, "facts is missing"),
        ({"cites": ["nonsense"]}, "badly formed"),
        ({"cites": [f"{{{UID}}}"]}, "cites what is no entry"),
        ({"v": True}, "v is missing"),
        ({"subject": None}, "subject is missing"),
        ({"writer": ""}, "no place among its writer's"),
        ({"writer": "writer/host"}, "no place among its writer's"),
        ({"writer": "a b#0123456789abcdef"}, "no place among its writer's"),
        ({"wseq": 0}, "no place among its writer's"),
        ({"wseq": -1}, "no place among its writer's"),
        ({"wseq": True}, "wseq is missing"),
        ({"wseq": 2}, "no place among its writer's"),
        ({"wprev": "00" * 32}, "no place among its writer's"),
        ({"wseq": 2, "wprev": "0g" * 32}, "no place among its writer's"),
        ({"wprev": None}, "wprev is missing"),
    ],
)
def test_a_wrong_member_is_named(changed: dict[str, Any], what: str) -> None:
    assert what in (soundness.flaw(text(**changed), UID) or "")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("", "Expecting value"),
        ("[]", "it is no object"),
        ('"x"', "it is no object"),
        (json.dumps(SOUND), "canonical form"),
        (text()[:-1] + ',"v":1}', "canonical form"),
        (text().replace("{}", '{"a":1.0}'), "not text, a small integer"),
        (text().replace("{}", '{"a":' + "9" * 5000 + "}"), "integer string conversion"),
        (text().replace("[]", "[" * 900 + "]" * 900), "nested deeper"),
        (text().replace("[]", "[" * 5000 + "]" * 5000), "recursion"),
        (text().replace('""', '"\\ud800"', 1), "lone surrogate"),
    ],
)
def test_a_text_with_another_spelling_is_not_ours(body: str, what: str) -> None:
    assert what in (soundness.flaw(body, UID) or "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "leaf_hash", "what"),
    [
        (text(), "00" * 32, "does not match its hash"),
        (text(uid=str(uuid.UUID(int=8))), "", "names another entry"),
        (text()[:-1] + ',"v":1}', "", "canonical form"),
        (text(cites=["abc"]), "", "not that of an entry"),
        (text(at="soon"), "", "names no moment"),
    ],
)
def test_a_forged_row_is_named_once_never_sealed_and_told_by_every_verification(
    body: str, leaf_hash: str, what: str
) -> None:
    write(1)
    forged = forge(body, leaf_hash=leaf_hash)
    sequencer.seal(NOW)
    sequencer.seal(NOW)
    [named] = Entry.objects.filter(event=Event.LOG_QUARANTINED)
    assert named.subject == f"entry:{UID}"
    assert what in named.reason
    assert not Leaf.objects.filter(entry=forged).exists()
    verdict = verify()
    assert [problem.where for problem in verdict.problems] == [f"row {forged.pk}"]
    assert what in verdict.problems[0].what
    assert verdict.unsealed == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["event", "subject", "target", "at", "actor"])
def test_the_database_itself_refuses_a_row_that_lacks_what_pages_show(name: str) -> None:
    body = json.dumps({key: value for key, value in SOUND.items() if key != name})
    with pytest.raises(IntegrityError, match="entry_is_whole"), transaction.atomic():
        forge(body)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"cites": ["nonsense"]}, "cites: holds what is not the uid"),
        ({"cites": [""]}, "cites"),
        ({"subject": "x" * 201}, "subject: 201 characters"),
        ({"target": "x" * 201}, "target: 201"),
        ({"actor": log.Actor("person", "x" * 201)}, "actor: 201"),
        ({"reason": "a\x00b"}, "reason: holds a lone surrogate or NUL"),
        ({"reason": "\udfff"}, "reason"),
        ({"facts": {"a": MappingProxyType({"b": 1})}}, "facts.a: mappingproxy"),
        ({"facts": {"a": float("nan")}}, "facts.a: float"),
        ({"facts": {"a": b"x"}}, "facts.a: bytes"),
    ],
)
def test_what_the_sealing_would_refuse_is_refused_at_once(
    given: dict[str, Any], what: str
) -> None:
    with pytest.raises(BadEntry, match=what):
        write(1, **given)
    assert Entry.objects.count() == 0


@pytest.mark.django_db
def test_endless_facts_are_refused_with_a_reason() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(BadEntry, match="nested deeper than 20 levels"):
        write(1, facts={"a": deep})


@pytest.mark.django_db
def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(BadEntry) as refused:
        write(1, facts={"token": b"hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize("filling", ["x", "é", "\u2028", "\x01"])
def test_the_largest_entry_is_sealed_and_one_byte_more_is_refused(filling: str) -> None:
    # A sign takes two, three or six bytes of the text; the rest is filled with single ones.
    *_, small = write(
        20, subject="proposal:0"
    )  # of which the next have numbers of the same length
    each = len(json.dumps(filling, ensure_ascii=False).encode()) - 2
    room = log.BODY_LIMIT - len(small.body.encode()) - len('"a":""')
    words = filling * (room // each) + "x" * (room % each)
    [largest] = write(1, facts={"a": words})
    assert len(largest.body.encode()) == 65_535
    with pytest.raises(BadEntry, match="65536 bytes, at most 65535"):
        write(1, facts={"a": words + "x"})
    sequencer.seal(NOW)
    assert Leaf.objects.filter(entry=largest).exists()
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_follower_that_fails_takes_nothing_back_and_stops_no_other() -> None:
    heard: list[str] = []

    def fail(event: Event, subject: str) -> None:
        raise RuntimeError(f"no wake for {subject}")

    follow.subscribe(fail)
    try:
        with transaction.atomic():
            log.record(Event.LOOP_PAUSED, actor=PERSON, subject="loop", at=NOW)
            transaction.on_commit(lambda: heard.append("after"))
    finally:
        follow._followers.remove(fail)
    assert Entry.objects.count() == 1
    assert heard == ["after"]


@pytest.mark.django_db
def test_years_with_three_digits_sort_before_ours() -> None:
    early = NOW.replace(year=900)
    assert log.moment(early) < log.moment(NOW)


@pytest.mark.django_db
def test_a_row_without_a_moment_or_facts_can_still_be_read() -> None:
    odd = forge(text(at="soon", facts=[], cites={"a": 1}))
    found = Entry.objects.get(pk=odd.pk)
    assert (found.at.year, found.facts, found.cites) == (1970, {}, [])
