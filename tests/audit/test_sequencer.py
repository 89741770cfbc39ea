"""Does every entry get one place, whoever seals and however the entries came?"""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit import log, merkle, notes, sequencer, tasks
from audit.events import Event
from audit.follow import entries_after
from audit.keys import ring
from audit.models import Checkpoint, Citation, Head, Leaf, Node
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, note_of, write


def leaf_hashes() -> list[bytes]:
    hashes = Leaf.objects.order_by("index").values_list("leaf_hash", flat=True)
    return [bytes.fromhex(leaf) for leaf in hashes]


@pytest.mark.django_db
def test_waiting_entries_get_the_next_places_and_a_root_over_all() -> None:
    write(3)
    first = sequencer.seal(NOW)
    write(2)
    second = sequencer.seal(NOW + timedelta(seconds=1))
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (3, 5)
    assert second.root == merkle.root(leaf_hashes()).hex()
    [log_key] = ring.pinned(ring.folder())
    text, signed_by = notes.verify(second.note, [log_key])
    assert signed_by == (log_key,)
    assert text == notes.checkpoint(origin=log_key.name, size=5, root=bytes.fromhex(second.root))
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_nothing_waiting_makes_no_checkpoint() -> None:
    assert sequencer.seal(NOW) is None
    write(1)
    sequencer.seal(NOW)
    assert sequencer.seal(NOW) is None
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_an_entry_that_committed_late_with_a_smaller_id_is_still_sealed() -> None:
    late, early = write(2)
    Leaf.objects.create(index=0, entry=early, leaf_hash=early.leaf_hash)
    root = merkle.root([bytes.fromhex(early.leaf_hash)]).hex()
    Checkpoint.objects.create(size=1, root=root, made_at=NOW, note=note_of(1, root))
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert Leaf.objects.get(entry=late).index == 1
    assert verify().ok


@pytest.mark.django_db
@pytest.mark.parametrize(
    "later",
    [
        pytest.param(sequencer.SWEEP_EVERY, id="the time has come"),
        pytest.param(-timedelta(days=400), id="the clock was put back"),
    ],
)
def test_an_entry_older_than_the_look_back_is_found_by_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    old, *_ = write(1)
    newer = write(2)
    for index, entry in enumerate(newer):
        Leaf.objects.create(index=index, entry=entry, leaf_hash=entry.leaf_hash)
    peaks = [merkle.root(leaf_hashes())]
    note = note_of(2, peaks[0].hex())
    Checkpoint.objects.create(size=2, root=peaks[0].hex(), made_at=NOW, note=note)
    Head.objects.create(pk=1, size=2, frontier=[peaks[0].hex()], swept_at=NOW)
    monkeypatch.setattr(sequencer, "LOOK_BACK", 0)
    assert sequencer.seal(NOW) is None
    assert sequencer.seal(NOW + later) is not None
    assert Leaf.objects.get(entry=old).index == 2


@pytest.mark.django_db
def test_more_entries_than_one_batch_are_all_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 4)
    write(11)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == 11
    assert verify().ok


@pytest.mark.django_db
@pytest.mark.parametrize("subject", ["entry:nonsense", "entry:", "delivery:7", "log"])
def test_a_quarantine_that_names_no_entry_stops_nothing(subject: str) -> None:
    write(1, event=Event.LOG_QUARANTINED, subject=subject)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == 1


@pytest.mark.django_db
def test_a_lost_head_is_rebuilt_from_the_leaves() -> None:
    write(5)
    sequencer.seal(NOW)
    Head.objects.all().delete()
    write(1)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == 6
    assert verify().ok


@pytest.mark.django_db
def test_a_forged_head_stops_the_sealing() -> None:
    write(3)
    sequencer.seal(NOW)
    Head.objects.update(frontier=["00" * 32, "11" * 32])
    write(1)
    with pytest.raises(sequencer.BrokenLog, match="does not lead to the root"):
        sequencer.seal(NOW)
    assert [problem.where for problem in verify().problems] == ["head"]


@pytest.mark.django_db
def test_full_runs_of_leaves_get_a_stored_node_and_citations_are_kept() -> None:
    first, *_ = write(sequencer.RUN - 1)
    write(2, cites=[first.uid, first.uid])
    sequencer.seal(NOW)
    node = Node.objects.get()
    assert node.node_hash == merkle.root(leaf_hashes()[: sequencer.RUN]).hex()
    assert Citation.objects.filter(cited=first.uid).count() == 2


@pytest.mark.django_db
def test_the_cursor_reads_on_from_a_place() -> None:
    made = write(5)
    assert entries_after(-1) == []
    assert tasks.seal() == "sealed up to 5"
    assert entries_after(-1, limit=2) == [(0, made[0]), (1, made[1])]
    assert entries_after(3) == [(4, made[4])]
    assert tasks.seal() == "nothing to seal"


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_leaves_no_entry() -> None:
    with transaction.atomic():
        log.record(Event.LOOP_PAUSED, actor=PERSON, subject="loop", at=NOW)
        transaction.set_rollback(True)
    assert sequencer.seal(NOW) is None


@pytest.mark.django_db(transaction=True)
def test_four_sealers_at_once_give_each_entry_exactly_one_place() -> None:
    write(300)
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def seal() -> None:
        try:
            start.wait(timeout=10)
            sequencer.seal(NOW)
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert Leaf.objects.count() == 300
    assert verify().ok
