"""Are two roots of one size never signed, and is a database that went back noticed?"""

import json
from pathlib import Path

import pytest

from audit.keys import ring, signer_state
from audit.keys.folder import KeyFolder, KeyTrouble
from audit.keys.signer_state import (
    EMPTY,
    AlreadySigned,
    LogSigner,
    SignerState,
    StateMismatch,
    Tree,
    check,
)

A, B, C = Tree(4, "aa" * 32), Tree(8, "bb" * 32), Tree(12, "cc" * 32)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    keys = KeyFolder(tmp_path)
    ring.make_log_keys(keys)
    return keys


def signer(keys: KeyFolder) -> LogSigner:
    return LogSigner(keys, ring.log_signers(keys))


def root_at(size: int) -> str:
    return {0: EMPTY.root, 4: A.root, 8: B.root, 12: C.root}.get(size, "00" * 32)


def test_a_state_comes_back_as_it_was_written() -> None:
    for state in (SignerState(EMPTY), SignerState(A, B, (5, 6, 9, 7))):
        assert SignerState.parse(str(state)) == state


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"signed": null, "next": null, "rows": []}',
        '{"signed": {"size": -1, "root": "%s"}, "next": null, "rows": []}' % ("aa" * 32),
        '{"signed": {"size": true, "root": "%s"}, "next": null, "rows": []}' % ("aa" * 32),
        '{"signed": {"size": 1, "root": "aa"}, "next": null, "rows": []}',
        '{"signed": {"size": 1, "root": "zz"}, "next": null, "rows": []}',
        str(SignerState(A, B, (1,))).replace("[1]", '["1"]'),
        str(SignerState(A, B, (1,)))[:40],
        "[" * 100_000,
    ],
)
def test_a_state_that_cannot_be_read_is_refused_and_not_begun_anew(
    keys: KeyFolder, text: str
) -> None:
    keys.replace(signer_state.NAME, text)
    with pytest.raises(KeyTrouble, match="cannot be read"):
        signer_state.read(keys)


def test_a_lost_state_is_refused_with_what_to_do(keys: KeyFolder) -> None:
    keys.remove(signer_state.NAME)
    with pytest.raises(KeyTrouble, match="log-keys adopt"):
        signer(keys)


def test_what_is_signed_is_on_the_disk_first(keys: KeyFolder) -> None:
    signer(keys).sign(EMPTY, A, [1, 2, 3, 4])
    assert signer_state.read(keys) == SignerState(EMPTY, A, (1, 2, 3, 4))
    signer(keys).sign(A, B, [5, 6])
    assert signer_state.read(keys) == SignerState(A, B, (5, 6))


def test_another_root_of_a_size_is_never_signed(keys: KeyFolder) -> None:
    signer(keys).sign(EMPTY, A, [1])
    other = Tree(A.size, "ff" * 32)
    for before in (EMPTY, A, other):
        with pytest.raises(AlreadySigned):
            signer(keys).sign(before, other, [2])
    with pytest.raises(AlreadySigned):
        signer(keys).sign(EMPTY, B, [2])
    with pytest.raises(AlreadySigned):
        signer(keys).sign(A, Tree(2, "ff" * 32), [2])
    assert signer_state.read(keys).last == A


def test_the_same_tree_gets_the_same_note_again(keys: KeyFolder) -> None:
    first = signer(keys).sign(EMPTY, A, [1])
    assert signer(keys).sign(EMPTY, A, [1]) == first


def test_a_database_as_it_was_left_needs_nothing() -> None:
    assert check(SignerState(EMPTY), EMPTY, root_at) == ()
    assert check(SignerState(A, B, (7,)), B, root_at) == ()


def test_a_seal_that_was_broken_off_names_its_rows() -> None:
    assert check(SignerState(A, B, (7, 5)), A, root_at) == (7, 5)


@pytest.mark.parametrize(
    "found",
    [EMPTY, Tree(3, "00" * 32), Tree(4, "ff" * 32), Tree(6, "ff" * 32), Tree(8, "ff" * 32)],
    ids=lambda tree: str(tree.size),
)
def test_a_database_that_went_back_or_differs_is_told(found: Tree) -> None:
    with pytest.raises(StateMismatch, match="put back to an older state"):
        check(SignerState(A, B, (7,)), found, root_at)


def test_a_database_ahead_must_hold_what_was_signed() -> None:
    assert check(SignerState(A, B, (7,)), C, root_at) == ()
    with pytest.raises(StateMismatch):
        check(SignerState(A, B, (7,)), C, lambda _: "ff" * 32)


def test_no_key_is_made_where_one_has_signed(keys: KeyFolder) -> None:
    with pytest.raises(KeyTrouble, match="not written over"):
        ring.make_log_keys(keys)
    signer(keys).sign(EMPTY, A, [1])
    keys.remove(ring.LOG)
    with pytest.raises(KeyTrouble, match="missing, though it has signed before"):
        ring.make_log_keys(keys)
    assert json.loads(keys.read(signer_state.NAME) or "")["next"]["size"] == A.size


@pytest.mark.parametrize(
    "left", [[], ["signer-state"], ["signer-state", "writer.key", "writer.endorsed", "log.pub"]]
)
def test_a_making_that_was_broken_off_is_done_again(keys: KeyFolder, left: list[str]) -> None:
    for path in keys.path.iterdir():
        if path.name not in left:
            path.unlink()
    ring.make_log_keys(keys)
    [log_key] = ring.log_signers(keys)
    writer = ring.writer(keys)
    assert writer is not None
    assert ring.pinned(keys) == (log_key.key,)
    assert ring.endorsed_here(keys, writer.key)
