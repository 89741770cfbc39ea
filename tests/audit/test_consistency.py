"""Is a tree shown to begin with an older one exactly where it does?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from tests.audit.test_merkle import LEAVES

MOST = 20  # leaves of the trees that are tried in every pair of sizes
MANY = [merkle.leaf_hash(bytes([number])) for number in range(MOST)]

# What implementations of RFC 6962 share for the reference inputs.
PROOFS = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def proof_between(old: int, new: int, leaves: list[bytes] = MANY) -> tuple[bytes, ...]:
    return merkle.consistency_proof(old, new, merkle.range_hash_of(leaves))


def defined_proof(old: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """Build the proof by the recursive definition in the RFC, the slow and plain way."""
    if old == len(leaves):
        return [] if whole else [merkle.root(leaves)]
    middle = merkle.split(len(leaves))
    if old <= middle:
        left = defined_proof(old, leaves[:middle], whole=whole)
        return [*left, merkle.root(leaves[middle:])]
    right = defined_proof(old - middle, leaves[middle:], whole=False)
    return [*right, merkle.root(leaves[:middle])]


def holds(old: int, new: int, proof: tuple[bytes, ...], **roots: bytes) -> bool:
    return merkle.continues(
        old=old,
        new=new,
        old_root=roots.get("old_root", merkle.root(MANY[:old])),
        new_root=roots.get("new_root", merkle.root(MANY[:new])),
        proof=proof,
    )


@pytest.mark.parametrize(("old", "new"), list(PROOFS))
def test_the_reference_proofs_come_out(old: int, new: int) -> None:
    assert [step.hex() for step in proof_between(old, new, LEAVES)] == PROOFS[old, new]


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_every_small_pair_of_sizes_has_the_proof_that_the_rfc_defines(new: int) -> None:
    for old in range(1, new + 1):
        proof = proof_between(old, new)
        assert list(proof) == defined_proof(old, MANY[:new])
        assert holds(old, new, proof)
        assert len(proof) <= 63


@pytest.mark.parametrize("new", range(2, MOST + 1))
def test_a_changed_missing_or_added_hash_proves_nothing(new: int) -> None:
    for old in range(1, new):
        proof = proof_between(old, new)
        for place in range(len(proof)):
            wrong = (*proof[:place], bytes(32), *proof[place + 1 :])
            assert not holds(old, new, wrong)
            assert not holds(old, new, proof[:place] + proof[place + 1 :])
        assert not holds(old, new, (*proof, bytes(32)))
        assert not holds(old, new, ())


@pytest.mark.parametrize("new", range(2, MOST + 1))
def test_a_tree_that_forgot_or_changed_a_leaf_is_told_from_one_that_grew(new: int) -> None:
    for old in range(1, new):
        forged = [*MANY[: old - 1], bytes(32), *MANY[old:new]]
        proof = proof_between(old, new, forged)
        assert not holds(old, new, proof, new_root=merkle.root(forged))
        assert not holds(old, new, proof_between(old, new), old_root=bytes(32))


@given(st.integers(1, 300), st.integers(1, 300), st.lists(st.binary(min_size=32, max_size=32)))
def test_invented_proofs_are_refused_and_break_nothing(
    old: int, new: int, proof: list[bytes]
) -> None:
    assert not merkle.continues(
        old=old, new=new, old_root=b"\x01" * 32, new_root=b"\x02" * 32, proof=proof
    )


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5)])
def test_there_is_no_proof_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(merkle.ImpossibleProof):
        proof_between(old, new)
    with pytest.raises(merkle.ImpossibleProof):
        merkle.roots_from_consistency(old, new, merkle.EMPTY_ROOT, ())


def test_the_proof_between_trees_of_one_size_is_empty_and_needs_one_root() -> None:
    assert proof_between(7, 7) == ()
    assert holds(7, 7, ())
    assert not holds(7, 7, (bytes(32),))
    assert not holds(7, 7, (), new_root=bytes(32))
