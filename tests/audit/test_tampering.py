"""Is each way of spoiling the log noticed, and is the first bad place named?"""

import hashlib

import pytest
from django.db import connection

from audit import log, sequencer, triggers
from audit.models import Checkpoint, Entry, Leaf
from audit.verify import verify
from tests.audit.entries import NOW, as_the_owner_of_the_database, id_at, places, spoil, write

# Foreign keys can only be switched off outside a transaction, as an owner would do it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def log_of_twelve() -> None:
    for _ in range(3):
        write(4)
        sequencer.seal(NOW)


def test_an_untouched_log_verifies() -> None:
    verdict = verify()
    assert verdict.ok
    assert (verdict.size, verdict.checked, verdict.unsealed) == (12, 12, 0)
    assert verdict.checkpoints == 3
    assert verdict.root == Checkpoint.objects.get(size=12).root
    assert verdict.unguarded == ()


def test_a_changed_text_is_noticed() -> None:
    body = Entry.objects.get(id=id_at(5)).body.replace('"ada"', '"eve"')
    verdict = spoil(("UPDATE audit_entry SET body = %s WHERE id = %s", [body, id_at(5)]))
    assert [problem.where for problem in verdict.problems] == ["leaf 5"]
    assert "not the one that was sealed" in verdict.problems[0].what


def test_a_text_changed_together_with_all_its_hashes_is_noticed() -> None:
    body = Entry.objects.get(id=id_at(5)).body.replace('"ada"', '"eve"')
    forged = log.leaf_hash(body)
    verdict = spoil(
        ("UPDATE audit_entry SET body=%s, leaf_hash=%s WHERE id=%s", [body, forged, id_at(5)]),
        ("UPDATE audit_leaf SET leaf_hash=%s WHERE index=5".replace("index", '"index"'), [forged]),
    )
    assert places(verdict) == ["leaf 5", "leaf 6", "checkpoint 8"]
    assert "not signed by its writer" in verdict.problems[0].what
    assert "leaves 4 to 7" in verdict.problems[2].what


def test_an_entry_deleted_from_the_middle_is_noticed() -> None:
    verdict = spoil(("DELETE FROM audit_entry WHERE id = %s", [id_at(6)]))
    assert (verdict.problems[0].where, verdict.problems[0].what) == (
        "leaf 6",
        "its entry is gone",
    )


def test_an_entry_and_its_leaf_deleted_from_the_middle_are_noticed() -> None:
    entry = id_at(6)
    verdict = spoil(
        ('DELETE FROM audit_leaf WHERE "index" = 6', []),
        ("DELETE FROM audit_entry WHERE id = %s", [entry]),
    )
    assert verdict.problems[0].where == "leaf 6"
    assert verdict.problems[0].what == "the leaf is gone"


def test_two_entries_that_changed_places_are_noticed() -> None:
    first, second = Leaf.objects.get(index=2), Leaf.objects.get(index=9)
    swap = 'UPDATE audit_leaf SET entry_id=%s, leaf_hash=%s WHERE "index"=%s'
    verdict = spoil(
        (swap, [-1, "", 2]),
        (swap, [first.entry_id, first.leaf_hash, 9]),
        (swap, [second.entry_id, second.leaf_hash, 2]),
    )
    assert verdict.problems[0].where == "checkpoint 4"


def test_a_tail_cut_off_is_noticed() -> None:
    keep = [id_at(index) for index in range(10)]
    marks = ",".join(["%s"] * len(keep))
    verdict = spoil(
        ('DELETE FROM audit_leaf WHERE "index" >= 10', []),
        (f"DELETE FROM audit_entry WHERE id NOT IN ({marks})", keep),  # noqa: S608
    )
    assert verdict.problems[0].where == "leaf 10"
    assert "states 12 leaves" in verdict.problems[0].what


def test_an_entry_pushed_in_behind_the_last_checkpoint_is_noticed() -> None:
    write(1)
    entry = Entry.objects.order_by("-id")[0]
    leaf = 'INSERT INTO audit_leaf ("index", entry_id, leaf_hash) VALUES (12, %s, %s)'
    verdict = spoil((leaf, [entry.id, entry.leaf_hash]))
    assert verdict.problems[0].where == "leaf 12"
    assert "under no checkpoint" in verdict.problems[0].what


def test_a_stored_node_that_is_wrong_is_noticed() -> None:
    write(sequencer.RUN)
    sequencer.seal(NOW)
    forged = hashlib.sha256(b"").hexdigest()
    verdict = spoil(("UPDATE audit_node SET node_hash = %s", [forged]))
    assert verdict.problems[0].where == "node 8/0"


def test_missing_triggers_are_told_apart_from_tampering() -> None:
    with as_the_owner_of_the_database():
        verdict = verify()
    assert verdict.ok
    assert verdict.unguarded == triggers.names(connection.vendor)


def test_nothing_is_added_to_a_tree_that_no_longer_fits_its_checkpoint() -> None:
    with as_the_owner_of_the_database() as cursor:
        cursor.execute('DELETE FROM audit_leaf WHERE "index" = 11')
        with pytest.raises(sequencer.BrokenLog, match=r"11 leaves.*states 12"):
            sequencer.seal(NOW)
        assert Checkpoint.objects.count() == 3
