"""Is what somebody adds to the tables of the log, or turns back in them, noticed as well?"""

import uuid
from typing import Any

import pytest

from audit import log, merkle, sequencer
from audit.models import Checkpoint, Citation, Entry, Head, Leaf, Node
from audit.proofs import proof_of
from audit.sequencer import BrokenLog
from audit.verify import verify
from tests.audit.entries import (
    NOW,
    as_the_owner_of_the_database,
    id_at,
    note_of,
    places,
    spoil,
    write,
)

# Foreign keys can only be switched off outside a transaction, as an owner would do it.
pytestmark = pytest.mark.django_db(transaction=True)

LEAF = 'INSERT INTO audit_leaf ("index", entry_id, leaf_hash) VALUES (%s, %s, %s)'
ROOT = "ab" * 32
EMPTY = merkle.EMPTY_ROOT.hex()


@pytest.fixture(autouse=True)
def log_of_twelve() -> None:
    for _ in range(3):
        write(4)
        sequencer.seal(NOW)


def checkpoint(size: int, root: str, note: str = "") -> tuple[str, list[Any]]:
    names = "(size, root, made_at, note)"
    sql = f"INSERT INTO audit_checkpoint {names} VALUES (%s, %s, %s, %s)"  # noqa: S608
    return sql, [size, root, NOW, note]


@pytest.mark.parametrize("index", [-1, -(2**60), 12, 13, 2**60])
def test_an_entry_that_is_only_said_to_be_sealed_is_noticed_at_once(index: int) -> None:
    [entry] = write(1)
    Leaf.objects.create(index=index, entry=entry, leaf_hash=entry.leaf_hash)
    verdict = verify()
    assert verdict.checked == 13
    assert places(verdict)[0] == (f"leaf {index}" if index < 12 else "leaf 12")


@pytest.mark.parametrize("index", [-1, 5, 2**60])
def test_the_page_of_such_an_entry_shows_that_nothing_is_proven(index: int) -> None:
    [entry] = write(1)
    if index == 5:  # in the place of another one
        with as_the_owner_of_the_database() as cursor:
            cursor.execute("UPDATE audit_leaf SET entry_id=%s WHERE entry_id=%s", [
                entry.pk, id_at(5),
            ])  # fmt: skip
    else:
        Leaf.objects.create(index=index, entry=entry, leaf_hash=entry.leaf_hash)
        Checkpoint.objects.create(size=2**61, root=ROOT, made_at=NOW)
    proof = proof_of(entry)
    assert proof is not None
    assert not proof.holds


@pytest.mark.parametrize("forged", ["", "zz", "0" * 63, "é"])
def test_a_hash_that_is_none_is_named_and_stops_no_verification(forged: str) -> None:
    verdict = spoil(
        ('UPDATE audit_leaf SET leaf_hash=%s WHERE "index"=5', [forged]),
        ("UPDATE audit_entry SET leaf_hash=%s WHERE id=%s", [forged, id_at(5)]),
        ("UPDATE audit_checkpoint SET root=%s WHERE size=12", [forged]),
    )
    assert places(verdict)[0] == "leaf 5"
    assert "checkpoint 12" in places(verdict)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        (checkpoint(0, EMPTY), "checkpoint 0"),
        (checkpoint(-3, ROOT), "checkpoint -3"),
        (checkpoint(6, ROOT), "checkpoint 6"),
        (checkpoint(13, ROOT), "leaf 12"),
        (checkpoint(2**60, ROOT), "leaf 12"),
        (("UPDATE audit_checkpoint SET root=%s WHERE size=8", [ROOT]), "checkpoint 8"),
        (("UPDATE audit_checkpoint SET size=7 WHERE size=8", []), "checkpoint 7"),
        (("UPDATE audit_checkpoint SET note=%s WHERE size=8", ["x"]), "checkpoint 8"),
        (("DELETE FROM audit_checkpoint WHERE size=12", []), "leaf 8"),
    ],
)
def test_an_invented_or_altered_checkpoint_is_noticed(
    statement: tuple[str, list[Any]], where: str
) -> None:
    assert where in places(spoil(statement))


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"size": 0, "frontier": []}, "a checkpoint states 12"),
        ({"size": 8}, "unreadable"),
        ({"size": -1}, "unreadable"),
        ({"frontier": ["zz"]}, "unreadable"),
        ({"frontier": 7}, "unreadable"),
        ({"frontier": {"a": 1}}, "unreadable"),
        ({"frontier": [ROOT, ROOT]}, "does not lead to the root"),
        ({"size": 16, "frontier": [ROOT]}, "does not lead to the root"),
    ],
)
def test_an_altered_head_is_noticed_and_nothing_is_sealed_on_it(
    changed: dict[str, Any], what: str
) -> None:
    Head.objects.update(**changed)
    verdict = verify()
    assert places(verdict) == ["head"]
    assert what in verdict.problems[0].what
    write(1)
    with pytest.raises(BrokenLog):
        sequencer.seal(NOW)
    assert Checkpoint.objects.count() == 3


def test_a_head_put_back_to_an_earlier_state_is_noticed() -> None:
    leaves = [bytes.fromhex(leaf.leaf_hash) for leaf in Leaf.objects.order_by("index")[:8]]
    frontier = merkle.Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    Head.objects.update(size=8, frontier=[peak.hex() for peak in frontier.peaks])
    assert "a checkpoint states 12" in verify().problems[0].what


def test_a_tail_cut_off_with_its_checkpoints_is_noticed_while_the_head_remembers() -> None:
    kept = [id_at(index) for index in range(8)]
    gone = [id_at(index) for index in range(8, 12)]
    assert kept
    verdict = spoil(
        ('DELETE FROM audit_leaf WHERE "index" >= 8', []),
        ("DELETE FROM audit_entry WHERE id IN (%s, %s, %s, %s)", gone),
        ("DELETE FROM audit_checkpoint WHERE size > 8", []),
    )
    assert places(verdict) == ["signer state", "head", "this host"]


def rewritten(bodies: list[str]) -> str:
    """Return the root that a log of these texts has."""
    return merkle.root(bytes.fromhex(log.leaf_hash(body)) for body in bodies).hex()


def test_a_log_rewritten_by_who_stole_its_key_lacks_the_signatures_of_its_writers() -> None:
    entry = Entry.objects.get(pk=id_at(0))
    bodies = [leaf.entry.body for leaf in Leaf.objects.order_by("index").select_related("entry")]
    bodies[0] = entry.body.replace('"ada"', '"eve"')
    forged = log.leaf_hash(bodies[0])
    steps: list[tuple[str, list[Any]]] = [
        (
            "UPDATE audit_entry SET body=%s, leaf_hash=%s WHERE id=%s",
            [bodies[0], forged, entry.pk],
        ),
        ('UPDATE audit_leaf SET leaf_hash=%s WHERE "index"=0', [forged]),
        ("DELETE FROM audit_head", []),
    ]
    for size in (4, 8, 12):
        root = rewritten(bodies[:size])
        note = note_of(size, root)
        sql = "UPDATE audit_checkpoint SET root=%s, note=%s WHERE size=%s"
        steps.append((sql, [root, note, size]))
    verdict = spoil(*steps)
    told = {problem.where: problem.what for problem in verdict.problems}
    assert list(told) == ["leaf 0", "leaf 1", "signer state"]
    assert "not signed by its writer" in told["leaf 0"]


@pytest.mark.parametrize("size", [4, 8])
def test_two_neighbours_that_changed_places_are_noticed(size: int) -> None:
    first, second = size - 2, size - 1
    a, b = Leaf.objects.get(index=first), Leaf.objects.get(index=second)
    swap = 'UPDATE audit_leaf SET entry_id=%s, leaf_hash=%s WHERE "index"=%s'
    verdict = spoil(
        (swap, [-1, "", first]),
        (swap, [a.entry_id, a.leaf_hash, second]),
        (swap, [b.entry_id, b.leaf_hash, first]),
    )
    assert places(verdict)[0] == f"checkpoint {size}"
    assert f"leaves {first - 2} to {second}" in verdict.problems[0].what


def test_several_lost_leaves_are_told_as_one_gap() -> None:
    verdict = spoil(('DELETE FROM audit_leaf WHERE "index" BETWEEN 3 AND 9', []))
    gaps = [problem for problem in verdict.problems if "gone" in problem.what]
    assert [(gap.where, gap.what) for gap in gaps] == [
        ("leaf 3", "this leaf and all up to leaf 9 are gone")
    ]


def test_the_last_entry_deleted_without_its_leaf_is_noticed() -> None:
    verdict = spoil(("DELETE FROM audit_entry WHERE id=%s", [id_at(11)]))
    assert (places(verdict)[0], verdict.problems[0].what) == ("leaf 11", "its entry is gone")


def test_an_unsealed_entry_whose_text_was_changed_is_noticed() -> None:
    [entry] = write(1)
    forged = entry.body.replace('"ada"', '"eve"')
    verdict = spoil(("UPDATE audit_entry SET body=%s WHERE id=%s", [forged, entry.pk]))
    assert places(verdict) == [f"row {entry.pk}"]


def test_an_unsealed_entry_that_was_deleted_is_missed_by_what_rests_on_it() -> None:
    [approval] = write(1)
    write(1, cites=[approval.uid])
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id=%s", [approval.pk])
    sequencer.seal(NOW)
    verdict = verify()
    assert places(verdict) == ["leaf 12", "leaf 12"]
    assert f"it rests on entry {approval.uid}, which is gone" in verdict.problems[0].what
    assert "is missing before it: it was removed" in verdict.problems[1].what


def test_a_changed_claim_about_what_rests_on_what_is_noticed_and_not_shown() -> None:
    [cited] = write(1)
    [citing, other] = [*write(1, cites=[cited.uid]), *write(1)]
    sequencer.seal(NOW)
    assert verify().ok
    Citation.objects.create(entry=other, cited=cited.uid)
    assert places(verify()) == ["leaf 14"]
    drop = ("DELETE FROM audit_citation WHERE entry_id=%s", [citing.pk])
    assert places(spoil(drop)) == ["leaf 13", "leaf 14"]


def test_a_citation_kept_for_an_entry_without_a_place_is_noticed() -> None:
    [entry] = write(1)
    Citation.objects.create(entry=entry, cited=uuid.uuid4())
    assert places(verify()) == [f"row {entry.pk}"]


@pytest.mark.parametrize("number", [-1, 0, 1, 2**40])
def test_a_node_above_no_leaves_is_noticed(number: int) -> None:
    Node.objects.create(level=8, number=number, node_hash=ROOT)
    assert places(verify()) == [f"node 8/{number}"]


def test_a_lost_or_unreadable_node_is_noticed() -> None:
    write(sequencer.RUN)
    sequencer.seal(NOW)
    assert places(spoil(("UPDATE audit_node SET node_hash='zz'", []))) == ["node 8/0"]


def test_no_more_problems_are_kept_than_a_person_would_read() -> None:
    write(150)
    sequencer.seal(NOW)
    verdict = spoil(("UPDATE audit_entry SET leaf_hash=%s", ["x" * 64]))
    assert len(verdict.problems) == 100
