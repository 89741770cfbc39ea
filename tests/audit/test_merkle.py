"""Does the tree agree with RFC 6962, and does a proof prove only what is there?"""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

# The reference inputs and roots that implementations of RFC 6962 share.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(body) for body in INPUTS]


def defined_root(bodies: list[bytes]) -> bytes:
    """Compute the root by the recursive definition in the RFC, the slow and plain way."""
    if not bodies:
        return sha256(b"").digest()
    if len(bodies) == 1:
        return sha256(b"\x00" + bodies[0]).digest()
    middle = 1
    while middle * 2 < len(bodies):
        middle *= 2
    halves = defined_root(bodies[:middle]) + defined_root(bodies[middle:])
    return sha256(b"\x01" + halves).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_reference_roots_come_out(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_one_that_the_rfc_defines(bodies: list[bytes]) -> None:
    assert merkle.root(merkle.leaf_hash(body) for body in bodies) == defined_root(bodies)


@given(st.lists(st.binary(max_size=4), max_size=40), st.integers(0, 40))
def test_a_stored_frontier_goes_on_where_it_stopped(bodies: list[bytes], cut: int) -> None:
    leaves = [merkle.leaf_hash(body) for body in bodies]
    frontier = merkle.Frontier()
    for leaf in leaves[:cut]:
        frontier = frontier.append(leaf)
    again = merkle.Frontier(frontier.size, frontier.peaks)
    for leaf in leaves[cut:]:
        again = again.append(leaf)
    assert again.size == len(leaves)
    assert again.root() == merkle.root(leaves)


@pytest.mark.parametrize(("size", "count"), [(1, 0), (2, 2), (3, 1), (-1, 1)])
def test_a_frontier_that_cannot_belong_to_its_size_is_refused(size: int, count: int) -> None:
    with pytest.raises(ValueError, match="frontier"):
        merkle.Frontier(size, (merkle.EMPTY_ROOT,) * count)


@pytest.mark.parametrize("size", range(1, 20))
def test_every_leaf_of_every_small_tree_has_a_proof_that_holds(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    over = merkle.range_hash_of(leaves)
    top = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(index, size, over)
        assert merkle.includes(index=index, size=size, leaf=leaf, proof=proof, expected_root=top)


def test_the_proof_published_for_the_sixth_leaf_of_eight_comes_out() -> None:
    proof = merkle.inclusion_proof(5, 8, merkle.range_hash_of(LEAVES))
    assert [step.hex() for step in proof] == [
        LEAVES[4].hex(),
        merkle.node_hash(LEAVES[6], LEAVES[7]).hex(),
        ROOTS[4],
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_a_proof_holds_for_nothing_but_its_own_leaf_place_and_tree(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size + 1)]
    proof = merkle.inclusion_proof(0, size, merkle.range_hash_of(leaves))
    top = merkle.root(leaves[:size])

    def holds(index: int, of: int, leaf: bytes, steps: tuple[bytes, ...]) -> bool:
        return merkle.includes(index=index, size=of, leaf=leaf, proof=steps, expected_root=top)

    assert holds(0, size, leaves[0], proof)
    assert not holds(0, size, leaves[-1], proof)
    assert not holds(0, size, leaves[0], (*proof, leaves[0]))
    assert not holds(size, size, leaves[0], proof)
    assert not holds(-1, size, leaves[0], proof)
    if proof:
        assert not holds(0, size, leaves[0], proof[:-1])
        assert not holds(1, size, leaves[0], proof)


def test_a_proof_for_a_leaf_outside_the_tree_is_refused() -> None:
    with pytest.raises(merkle.ImpossibleProof, match="no leaf 8"):
        merkle.inclusion_proof(8, 8, merkle.range_hash_of(LEAVES))
