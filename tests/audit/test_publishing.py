"""Is published when it is due, at once when it matters, and not again when it is not?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings

from audit import notes, sequencer, tasks
from audit.anchors import due, judging, places, publishing, standing
from audit.anchors.file import CheckpointFile
from audit.anchors.places import Claim, Conflict, Held, NotReached, Published
from audit.events import TIED, Event
from audit.keys.statements import Succession
from audit.keys.trust import trust
from audit.models import Anchor, Entry, Head, Outlet, OutletState
from audit.notes import Signer
from selfimprove import config
from selfimprove.schedules import TICKS
from tests.audit.entries import NOW, write
from tests.selfimprove.publishing_for_tests import only

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Shelf:
    """Keep checkpoints in memory; answer as the test wishes."""

    kind = "shelf"
    name = "top"
    title = "shelf top"

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.asked = 0
        self.refusal: Exception | None = None

    def held(self) -> Held:
        return Held()

    def publish(self, newest: Claim, last: Claim | None, now: datetime) -> Published:
        self.asked += 1
        if self.refusal:
            raise self.refusal
        if newest.note not in self.notes:
            self.notes.append(newest.note)
        return Published("here", newest.note)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    with only(made):
        yield made


def at(after: timedelta) -> list[publishing.Outcome]:
    return publishing.publish(NOW + after)


def test_the_first_checkpoint_is_published_at_once(shelf: Shelf) -> None:
    assert at(MINUTE) == []
    write(1)
    assert [one.ok for one in at(MINUTE)] == [True]
    assert len(shelf.notes) == 1


def test_what_waits_is_sealed_first(shelf: Shelf) -> None:
    write(3)
    assert at(MINUTE)[0].size == 3


def test_an_ordinary_act_waits_for_the_hour(shelf: Shelf) -> None:
    write(1)
    at(timedelta())
    write(1)
    assert at(59 * MINUTE) == []
    assert at(HOUR)[0].size == 2
    assert at(HOUR + MINUTE) == []


@pytest.mark.parametrize("event", sorted(due.IMPORTANT - set(TIED)))
def test_an_important_act_does_not(shelf: Shelf, event: Event) -> None:
    write(1)
    at(timedelta())
    write(1, event=event)
    assert at(MINUTE)[0].size == 2
    write(1)
    assert at(2 * MINUTE) == []


def test_every_act_on_a_key_and_every_approval_is_important() -> None:
    keys = {event for event in Event if event.name.startswith(("WRITER_", "LOG_KEY_"))}
    assert keys <= due.IMPORTANT
    assert {Event.PROPOSAL_APPROVED, Event.DELIVERY_DEPLOYED, Event.DELIVERY_REVERTED} <= (
        due.IMPORTANT
    )


def test_also_with_nothing_new_the_place_is_gone_to_once_an_hour(shelf: Shelf) -> None:
    write(1)
    at(timedelta())
    assert len(at(HOUR)) == 1
    assert (shelf.asked, len(shelf.notes)) == (2, 1)
    assert Anchor.objects.count() == 1


def test_a_clock_that_was_put_back_does_not_put_it_off(shelf: Shelf) -> None:
    write(1)
    at(400 * HOUR)
    write(1)
    assert len(at(timedelta())) == 1


@pytest.mark.parametrize("refusal", [NotReached("it is away"), Conflict("it differs")])
def test_what_failed_is_tried_at_every_tick_and_told_once(
    shelf: Shelf, refusal: Exception
) -> None:
    write(1)
    shelf.refusal = refusal
    for minute in range(5):
        [one] = at(minute * MINUTE)
        assert one.words == str(refusal)
    told = Entry.objects.filter(subject="anchor:shelf:top")
    assert len(told) == 1
    assert Outlet.objects.get().since == NOW
    shelf.refusal = None
    at(6 * MINUTE)
    assert [entry.event for entry in told.order_by("id")][1:] == [Event.LOG_PUBLISH_RESUMED]
    assert at(7 * MINUTE) == []


def test_a_failure_that_becomes_a_conflict_is_told_again(shelf: Shelf) -> None:
    write(1)
    for refusal in (NotReached("a"), NotReached("b"), Conflict("c"), NotReached("d")):
        shelf.refusal = refusal
        at(MINUTE)
    told = Entry.objects.filter(subject="anchor:shelf:top").order_by("id")
    assert [entry.event for entry in told] == [
        Event.LOG_PUBLISH_FAILED,
        Event.LOG_ANCHOR_CONFLICT,
        Event.LOG_PUBLISH_FAILED,
    ]


def test_one_place_that_fails_keeps_no_other_from_its_checkpoint(
    shelf: Shelf, tmp_path: Path
) -> None:
    write(1)
    shelf.refusal = NotReached("it is away")
    with only(shelf, CheckpointFile(tmp_path / "checkpoint")):
        assert [one.ok for one in at(MINUTE)] == [False, True]


def test_words_without_end_are_cut(shelf: Shelf) -> None:
    write(1)
    shelf.refusal = NotReached("x" * 100_000)
    [one] = at(MINUTE)
    assert len(one.words) == 1_000
    assert len(Entry.objects.get(event=Event.LOG_PUBLISH_FAILED).reason) == 1_000


def test_a_place_with_an_endless_name_can_still_be_told(shelf: Shelf) -> None:
    write(1)
    shelf.name = "n" * 400
    shelf.refusal = NotReached("it is away")
    assert not at(MINUTE)[0].ok


def test_a_broken_log_is_not_published(shelf: Shelf) -> None:
    write(3)
    at(timedelta())
    Head.objects.update(size=2)
    write(1)
    with pytest.raises(sequencer.BrokenLog):
        at(HOUR)
    assert shelf.asked == 1


def test_nothing_is_remembered_of_a_publication_that_is_rolled_back(shelf: Shelf) -> None:
    write(1)
    sequencer.seal(NOW)
    with transaction.atomic():
        at(MINUTE)
        transaction.set_rollback(True)
    assert not Anchor.objects.exists()
    assert at(MINUTE)[0].ok
    assert (Anchor.objects.count(), len(shelf.notes)) == (1, 1)


def test_the_tick_names_what_it_did(shelf: Shelf) -> None:
    assert tasks.publish() == "nothing is due"
    write(1)
    assert tasks.publish() == "shelf top: published 1 leaves at here"
    assert "audit.publish" in {tick.name for tick in TICKS}


def test_each_source_is_asked_once() -> None:
    def source() -> list[places.Place]:
        return [Shelf()]

    with only():
        before = len(places.offered())
        places.offer(source)
        places.offer(source)
        assert len(places.offered()) == before + 1


def test_the_pause_between_publications_is_the_setting_s(shelf: Shelf) -> None:
    write(1)
    at(timedelta())
    quick = config.load({"SELFIMPROVE_AUDIT__PUBLISH_EVERY": "60"})
    with override_settings(SELFIMPROVE=quick):
        assert len(at(MINUTE)) == 1


def judged(after: timedelta) -> tuple[str, str, str]:
    [one] = standing.standings(NOW + after)
    return one.badge, one.tone, one.words


def test_how_it_stands_is_said_plainly(shelf: Shelf) -> None:
    assert judged(MINUTE)[:2] == ("Not yet", "quiet")
    write(1)
    at(timedelta())
    assert judged(400 * HOUR) == ("Published", "good", "")
    write(1)
    sequencer.seal(NOW + HOUR)
    assert judged(2 * HOUR) == ("Published", "good", "1 newer follow within 60 minutes.")
    badge, tone, words = judged(2 * HOUR + 11 * MINUTE)
    assert (badge, tone) == ("Late", "warn")
    assert "has gone on since 2026-11-21 02:00 UTC" in words


def test_a_place_that_never_got_anything_is_late_too(shelf: Shelf) -> None:
    write(1)
    sequencer.seal(NOW)
    assert judged(HOUR)[0] == "Not yet"
    assert judged(2 * HOUR)[0] == "Late"


def test_failures_and_conflicts_are_said_with_the_words_of_the_place(shelf: Shelf) -> None:
    write(1)
    shelf.refusal = NotReached("it is away")
    at(timedelta())
    assert judged(MINUTE) == ("Not reached", "warn", "It is tried again: it is away.")
    assert judged(2 * HOUR)[0] == "Late"
    shelf.refusal = Conflict("it differs")
    at(MINUTE)
    assert judged(MINUTE) == (
        "Does not fit",
        "bad",
        f"It differs. {standing.UNTOUCHED}",
    )


def test_what_had_to_be_put_back_is_said_for_a_week(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoint")
    with only(file):
        write(1)
        at(timedelta())
        file.path.unlink()
        at(HOUR)
        assert judged(2 * HOUR)[:2] == ("Put back", "warn")
        assert "the file was gone" in judged(2 * HOUR)[2]
        assert judged(9 * 24 * HOUR)[0] == "Published"


def test_states_are_three() -> None:
    assert set(OutletState) == {OutletState.FINE, OutletState.FAILED, OutletState.CONFLICT}


def test_what_counts_is_what_a_key_of_the_log_has_signed_under_a_name_it_had() -> None:
    old, new, other = (Signer.make(f"selfimprove/{name}") for name in ("aa", "bb", "cc"))
    said = Succession(old.name, old.key, new.key, 3)
    trusted = trust([old.key], [notes.sign(str(said), old, new)])

    def claim(size: int, signer: Signer, name: str = "") -> Claim:
        text = notes.checkpoint(origin=name or signer.name, size=size, root=bytes(32))
        return judging.readable(notes.sign(text, signer), reference="")

    for size, signer, given_up in ((3, old, False), (4, old, True), (9, new, False)):
        assert judging.not_ours(claim(size, signer), trusted) is None
        assert judging.is_given_up(claim(size, signer), trusted) is given_up
    assert "another log" in (judging.not_ours(claim(3, other), trusted) or "")
    assert "was not signed by this log" in (
        judging.not_ours(claim(3, other, old.name), trusted) or ""
    )


def test_a_rotation_under_one_name_gives_nothing_up() -> None:
    old, new = Signer.make("selfimprove/aa"), Signer.make("selfimprove/aa")
    said = Succession(old.name, old.key, new.key, 3)
    trusted = trust([old.key], [notes.sign(str(said), old, new)])
    text = notes.checkpoint(origin=old.name, size=9, root=bytes(32))
    for signer in (old, new):
        found = judging.readable(notes.sign(text, signer), reference="")
        assert judging.not_ours(found, trusted) is None
        assert not judging.is_given_up(found, trusted)
