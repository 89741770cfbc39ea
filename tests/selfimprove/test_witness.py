"""Does a witness come to know each checkpoint, and is it believed only when it is right?"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from audit import sequencer
from audit.anchors import cosignatures, judging, publishing
from audit.events import Event
from audit.models import Anchor, Checkpoint, Entry, OutletState
from audit.verify import verify
from ports.witness.http import HttpWitness
from selfimprove.publishing.witness import WitnessPlace
from tests.audit.entries import NOW, as_the_owner_of_the_database, write
from tests.audit.test_outside import cut_off
from tests.selfimprove.publishing_for_tests import only
from tests.selfimprove.witness_server import MOODS, NAME, Witness, serving

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def witness() -> Iterator[Witness]:
    made = Witness()
    with serving(made):
        yield made


@pytest.fixture(autouse=True)
def place(witness: Witness) -> Iterator[WitnessPlace]:
    made = WitnessPlace(
        HttpWitness(witness.address, seconds=1.0), cosignatures.read_key(witness.vkey)
    )
    with only(made):
        yield made


def publish(entries: int = 1) -> publishing.Outcome:
    write(entries)
    [done] = publishing.publish(NOW, force=True)
    return done


def test_a_checkpoint_is_cosigned_and_the_signature_is_kept(witness: Witness) -> None:
    assert publish(3).ok
    anchor = Anchor.objects.get()
    note = Checkpoint.objects.get().note
    assert anchor.note.startswith(note)
    lines = anchor.note.split("\n")
    found = cosignatures.find(lines, note, cosignatures.read_key(witness.vkey))
    assert found.at == datetime.fromtimestamp(witness.time, UTC)
    assert (anchor.kind, anchor.place, anchor.size) == ("witness", NAME, 3)
    assert witness.asked == [f"old 0\n\n{note}"]


def test_the_next_is_proven_to_go_on_from_the_last(witness: Witness) -> None:
    for entries in (1, 2, 5, 300, 1):
        assert publish(entries).ok
    assert [stated.size for stated in witness.known.values()] == [309]
    assert witness.asked[-1].startswith("old 308\n")
    assert len(Anchor.objects.all()) == 5


def test_a_repeat_is_signed_again_and_kept_once() -> None:
    publish()
    [again] = publishing.publish(LATER, force=True)
    assert again.ok
    assert Anchor.objects.count() == 1


def test_a_worker_that_died_after_the_answer_goes_on_from_where_the_witness_is(
    witness: Witness,
) -> None:
    publish(3)
    publish(4)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_anchor WHERE size > 3")
    assert publish(2).ok
    assert [line.split("\n")[0] for line in witness.asked[-2:]] == ["old 3", "old 7"]
    assert sorted(Anchor.objects.values_list("size", flat=True)) == [3, 9]


def test_lines_of_others_are_passed_over(witness: Witness) -> None:
    witness.mood = "more lines"
    assert publish().ok


@pytest.mark.parametrize("mood", [*MOODS, "silent", "trickle", "hangs up"])
def test_a_witness_that_misbehaves_is_a_failure_in_bounded_time_and_told_once(
    witness: Witness, mood: str
) -> None:
    witness.mood = mood
    started = time.monotonic()
    for _ in range(2):
        done = publish()
        assert done.state == OutletState.FAILED
        assert done.words
    assert time.monotonic() - started < 20
    assert Entry.objects.filter(event=Event.LOG_PUBLISH_FAILED).count() == 1
    assert not Anchor.objects.exists()
    witness.mood = ""
    assert publish().ok
    assert Entry.objects.filter(event=Event.LOG_PUBLISH_RESUMED).count() == 1


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("forbidden", "it trusts none of the keys that signed our checkpoint (HTTP 403)"),
        ("unknown log", "it does not know our log (HTTP 404)"),
        ("broken", "it did not sign (HTTP 500)"),
        ("silent", "it did not answer within 1 seconds"),
        ("empty", f"it answered without a signature of {NAME}"),
        ("vast", "it answered with more than"),
        ("nowhere", "it answered that it is elsewhere, and not where"),
        ("wrong signature", f"it answered without a signature of {NAME}"),
        ("another checkpoint", f"the signature of {NAME} is not one of this checkpoint"),
    ],
)
def test_the_failure_says_what_the_witness_did(witness: Witness, mood: str, words: str) -> None:
    witness.mood = mood
    assert words in publish().words


def test_nobody_there_is_a_failure_with_words(witness: Witness) -> None:
    place = WitnessPlace(
        HttpWitness("http://127.0.0.1:9/x", seconds=1.0), cosignatures.read_key(witness.vkey)
    )
    with only(place):
        assert "Connection refused" in publish().words


def roll_back(size: int) -> None:
    """Cut the log off behind a size, with everything here that speaks against it."""
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_anchor")
    cut_off(size)


def test_a_log_that_was_set_back_is_in_conflict_with_the_witness(witness: Witness) -> None:
    publish(3)
    publish(4)
    roll_back(3)
    [done] = publishing.publish(LATER, force=True)
    assert done.state == OutletState.CONFLICT
    assert "it states 7 leaves, but the log has only 3" in done.words
    verdict = verify()
    assert [problem.where for problem in verdict.problems] == [f"witness {NAME}"]
    assert "an older copy of the database was restored" in verdict.problems[0].what


def test_a_log_that_went_on_differently_is_in_conflict_with_the_witness(witness: Witness) -> None:
    publish(3)
    publish(4)
    roll_back(3)
    write(9, subject="proposal:another")
    sequencer.seal(LATER)
    [done] = publishing.publish(LATER, force=True)
    assert done.state == OutletState.CONFLICT
    assert "it states another root for 7 leaves" in done.words
    assert [problem.where for problem in verify().problems] == [f"witness {NAME}"]
    assert [stated.size for stated in witness.known.values()] == [7]


def test_a_fork_of_the_same_size_is_in_conflict_with_the_witness(witness: Witness) -> None:
    publish(3)
    publish(4)
    roll_back(3)
    write(4, subject="proposal:another")
    [done] = publishing.publish(LATER, force=True)
    assert "it states another root for 7 leaves" in done.words
    assert [problem.where for problem in verify().problems] == [f"witness {NAME}"]


def test_a_sound_log_is_compared_with_the_witness(witness: Witness) -> None:
    publish(3)
    verdict = verify()
    assert verdict.ok
    assert verdict.doubts == ()
    [compared] = verdict.outside
    assert (compared.title, compared.size) == (f"witness {NAME}", 3)


def test_a_witness_that_is_away_or_forgot_is_a_doubt(witness: Witness) -> None:
    publish(3)
    witness.known.clear()
    publish(1)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET note = note")
    witness.mood = "broken"
    verdict = verify()
    assert verdict.ok
    assert verdict.doubts == (f"witness {NAME}: it did not sign (HTTP 500)",)


def test_an_empty_log_has_nothing_to_ask_with(place: WitnessPlace) -> None:
    assert judging.newest() is None
    assert publishing.publish(NOW, force=True) == []
    assert "there is no checkpoint to ask it with" in place.held().doubts[0]
