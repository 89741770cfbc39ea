"""Do stored hashes lead to the same proofs as all leaves together, whatever the size?"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, proofs, sequencer
from audit.merkle import Piece
from audit.models import Checkpoint, Leaf, Node
from tests.audit.entries import NOW, as_the_owner_of_the_database, write

RUN = sequencer.RUN
EDGES = (1, 2, 255, 256, 257, 511, 512, 513, 1_000, 65_535, 65_536, 65_537, 65_793, 70_000)
LEAVES = [merkle.leaf_hash(number.to_bytes(4)) for number in range(max(EDGES))]
ENOUGH = 5  # questions for a proof: the place, the leaves, the hashes over them


@cache
def kept(piece: Piece) -> bytes:
    """Compute what is stored for a piece, from all leaves under it."""
    width = 1 << piece.level
    return merkle.root(LEAVES[piece.number * width : (piece.number + 1) * width])


@cache
def first(size: int) -> bytes:
    return merkle.root(LEAVES[:size])


def from_pieces(start: int, end: int) -> bytes:
    return merkle.joined((piece, kept(piece)) for piece in merkle.pieces(start, end))


@given(st.integers(0, 3_000), st.integers(1, 3_000))
def test_a_range_is_cut_into_whole_neighbouring_pieces(index: int, size: int) -> None:
    for start, end in merkle.inclusion_ranges(min(index, size - 1), size):
        at = start
        for level, number in merkle.pieces(start, end):
            assert number << level == at
            at += 1 << level
        assert at == end


@pytest.mark.parametrize("size", EDGES)
def test_stored_hashes_prove_what_all_leaves_prove(size: int) -> None:
    over = merkle.range_hash_of(LEAVES)
    for index in sorted({0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size))):
        proof = merkle.inclusion_proof(index, size, from_pieces)
        assert merkle.root_from_proof(index, size, LEAVES[index], proof) == first(size)
        if size <= 1_000:
            assert proof == merkle.inclusion_proof(index, size, over)


@pytest.mark.parametrize("new", EDGES)
def test_stored_hashes_show_that_a_tree_grew(new: int) -> None:
    for old in sorted({1, new // 3, new // 2, new - 1, new} & set(range(1, new + 1))):
        proof = merkle.consistency_proof(old, new, from_pieces)
        roots = {"old_root": first(old), "new_root": first(new)}
        assert merkle.continues(old=old, new=new, proof=proof, **roots)


@given(st.data())
def test_a_proof_needs_few_neighbourhoods(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 2**30))
    ranges = merkle.inclusion_ranges(data.draw(st.integers(0, size - 1)), size)
    tiles = {(p.level, p.number // 256) for one in ranges for p in merkle.pieces(*one)}
    assert len(tiles) <= 2 * len(merkle.LEVELS)


def test_nothing_has_the_root_of_nothing() -> None:
    assert merkle.joined([]) == merkle.root([]) == merkle.EMPTY_ROOT
    assert merkle.pieces(7, 7) == []


@contextmanager
def grown(size: int) -> Iterator[None]:
    """Write leaves and the hashes over them past the sequencer, as it would; then clear up."""
    with as_the_owner_of_the_database() as cursor:
        sql = 'INSERT INTO audit_leaf ("index", entry_id, leaf_hash) VALUES (%s, %s, %s)'
        rows = [(number, number, leaf.hex()) for number, leaf in enumerate(LEAVES[:size])]
        cursor.executemany(sql, rows)
        for first in range(0, size, 10_000):
            sequencer._store_nodes(first, min(first + 10_000, size))
        yield
        for table in ("leaf", "node"):
            cursor.execute(f"DELETE FROM audit_{table}")  # noqa: S608


@pytest.mark.django_db
def test_a_tall_tree_is_proven_from_what_is_stored() -> None:
    size = max(EDGES)
    with grown(size):
        assert set(Node.objects.values_list("level", flat=True)) == {8, 16}
        for one in EDGES:
            assert proofs.root_at(one) == first(one)
            assert proofs.consistency_between(one, size) == merkle.consistency_proof(
                one, size, from_pieces
            )
        for index in (0, 255, 256, 65_535, 65_536, size - 1):
            ranges = merkle.inclusion_ranges(index, size)
            assert proofs._hashes(ranges) == [from_pieces(*one) for one in ranges]


@pytest.mark.django_db
def test_a_proof_asks_the_database_a_handful_of_questions() -> None:
    [entry] = write(1)
    size = 65_793
    with grown(size):
        with connection.cursor() as cursor:
            for place, row in ((entry.pk, 10**9), (7, entry.pk)):
                sql = 'UPDATE audit_leaf SET entry_id = %s WHERE "index" = %s'
                cursor.execute(sql, [row, place])
        checkpoint = Checkpoint(size=size, root=first(size).hex(), made_at=NOW)
        with CaptureQueriesContext(connection) as asked:
            proof = proofs.under(entry, checkpoint)
        assert proof is not None
        assert proof.index == 7
        assert len(asked) <= ENOUGH
        assert proof.hashes == tuple(
            step.hex() for step in merkle.inclusion_proof(7, size, from_pieces)
        )
        with CaptureQueriesContext(connection) as asked:
            proofs.consistency_between(1_000, size)
        assert len(asked) <= ENOUGH


@pytest.mark.django_db
@pytest.mark.parametrize("lost", ["node", "leaf"])
def test_a_lost_hash_makes_no_proof_and_no_error(lost: str) -> None:
    entries = write(RUN + 3)
    sequencer.seal(NOW)
    last = Checkpoint.objects.get()
    good = proofs.under(entries[0], last)
    assert good is not None
    assert good.holds
    with as_the_owner_of_the_database() as cursor:
        where = ' WHERE "index" = 5' if lost == "leaf" else ""
        cursor.execute(f"DELETE FROM audit_{lost}{where}")  # noqa: S608
    of = entries[0] if lost == "leaf" else entries[RUN]
    found = proofs.under(of, last)
    assert found is not None
    assert (found.holds, found.hashes) == (False, ())


@pytest.mark.django_db
def test_an_invented_size_is_refused_at_once() -> None:
    [entry] = write(1)
    sequencer.seal(NOW)
    invented = Checkpoint(size=10**15, root="ab" * 32, made_at=NOW)
    proof = proofs.under(entry, invented)
    assert proof is not None
    assert not proof.holds
    with pytest.raises(merkle.ImpossibleProof):
        proofs.root_at(10**15)
    with pytest.raises(merkle.ImpossibleProof):
        proofs.consistency_between(1, 10**15)
    assert Leaf.objects.count() == 1
