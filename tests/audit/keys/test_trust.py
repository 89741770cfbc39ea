"""Does everything that counts follow from the one log key that somebody noted?"""

import hashlib
from base64 import b64encode

import pytest

from audit import notes
from audit.keys import statements
from audit.keys.statements import Endorsement, Revocation, Succession
from audit.keys.trust import Trust, trust
from audit.notes import BadNote, Signer

ORIGIN = "selfimprove/0a1b2c3d"
LOG, NEXT, THIRD = (Signer.make(ORIGIN) for _ in range(3))
EVE = Signer.make("selfimprove/eeeeeeee")
NAMESAKE = Signer.make(ORIGIN)  # calls itself like the log
ADA, BOB = Signer.make("writer/a/1"), Signer.make("writer/b/2")
HASH = hashlib.sha256(b"").hexdigest()
ROOT = bytes(32)


def endorsed(writer: Signer, *by: Signer) -> str:
    return notes.sign(str(Endorsement(ORIGIN, writer.key)), *(by or (LOG,)))


def revoked(writer: Signer, size: int, *by: Signer) -> str:
    return notes.sign(str(Revocation(ORIGIN, writer.key, size)), *(by or (LOG,)))


def succeeded(old: Signer, new: Signer, size: int, *by: Signer) -> str:
    return notes.sign(str(Succession(ORIGIN, old.key, new.key, size)), *(by or (new, old)))


def signature(writer: Signer, leaf_hash: str = HASH) -> str:
    return b64encode(writer.sign(bytes.fromhex(leaf_hash))).decode()


def checkpoint(size: int, *by: Signer, origin: str = ORIGIN) -> str:
    return notes.sign(notes.checkpoint(origin=origin, size=size, root=ROOT), *by)


def flaw(found: Trust, writer: Signer, index: int | None = None) -> str | None:
    return found.flaw(f"{writer.name}#0123456789abcdef", HASH, signature(writer), index)


def test_the_endorsement_has_the_form_that_others_read() -> None:
    assert str(Endorsement(ORIGIN, ADA.key)) == f"{ORIGIN}/writer\n{ADA.key}\n"


@pytest.mark.parametrize(
    "said",
    [
        Endorsement(ORIGIN, ADA.key),
        Revocation(ORIGIN, ADA.key, 0),
        Succession(ORIGIN, LOG.key, NEXT.key, 7),
    ],
    ids=["endorsement", "revocation", "succession"],
)
def test_a_statement_comes_back_as_it_was_made(said: statements.Statement) -> None:
    assert statements.parse(str(said)) == said
    for text in (f"{said}x", f"{said}\n{ADA.key}\n", str(said).replace("+", "-"), "", "\n"):
        with pytest.raises(BadNote):
            statements.parse(text)


@pytest.mark.parametrize("size", ["-1", "01", "1.0", "x", ""])
def test_a_revocation_names_a_size(size: str) -> None:
    with pytest.raises(BadNote):
        statements.parse(f"{ORIGIN}/writer-revoked\n{ADA.key}\n{size}\n")


def test_an_endorsed_writer_counts_and_no_other() -> None:
    found = trust([LOG.key], [endorsed(ADA)])
    assert flaw(found, ADA) is None
    assert "was never endorsed" in (flaw(found, BOB) or "")


@pytest.mark.parametrize("by", [EVE, NAMESAKE, ADA], ids=["stranger", "namesake", "itself"])
def test_who_is_not_the_log_key_can_endorse_nobody(by: Signer) -> None:
    assert trust([LOG.key], [endorsed(ADA, by)]).writers == {}


def test_a_statement_about_another_log_counts_for_nothing() -> None:
    said = notes.sign(str(Endorsement("selfimprove/eeeeeeee", ADA.key)), LOG)
    assert trust([LOG.key], [said]).writers == {}


def test_a_checkpoint_of_the_log_is_no_endorsement_and_garbage_is_passed_over() -> None:
    assert trust([LOG.key], [checkpoint(1, LOG), "", "x\n\n— a b\n"]).writers == {}


@pytest.mark.parametrize("spoilt", ["", "AAAA", "é", "=", b64encode(bytes(64)).decode()])
def test_a_signature_that_is_none_is_told(spoilt: str) -> None:
    found = trust([LOG.key], [endorsed(ADA)])
    assert found.flaw(f"{ADA.name}#1", HASH, spoilt) == "it is not signed by its writer"


def test_another_writers_signature_or_another_text_is_told() -> None:
    found = trust([LOG.key], [endorsed(ADA), endorsed(BOB)])
    other = hashlib.sha256(b"x").hexdigest()
    assert found.flaw(f"{BOB.name}#1", HASH, signature(ADA)) is not None
    assert found.flaw(f"{ADA.name}#1", other, signature(ADA)) is not None
    assert found.flaw(f"{ADA.name}#1", "zz", signature(ADA)) is not None


def test_a_revoked_writer_counts_below_its_size_only() -> None:
    found = trust([LOG.key], [revoked(ADA, 7), endorsed(ADA), endorsed(BOB)])
    assert flaw(found, ADA, 6) is None
    assert "was revoked at 7 entries" in (flaw(found, ADA, 7) or "")
    assert "was revoked" in (flaw(found, ADA) or "")
    assert flaw(found, BOB) is None


def test_of_two_revocations_the_smaller_size_counts() -> None:
    assert trust([LOG.key], [revoked(ADA, 7), revoked(ADA, 3), revoked(ADA, 9)]).revoked == {
        ADA.name: 3
    }


def test_a_second_key_under_a_writers_name_does_not_take_its_place() -> None:
    double = Signer.make(ADA.name)
    assert trust([LOG.key], [endorsed(ADA), endorsed(double)]).writers == {ADA.name: ADA.key}


def test_a_checkpoint_is_judged_by_key_origin_size_and_root() -> None:
    found = trust([LOG.key], [])
    assert found.checkpoint_flaw(checkpoint(7, LOG), 7, ROOT) is None
    assert "none of the known keys" in (found.checkpoint_flaw(checkpoint(7, EVE), 7, ROOT) or "")
    assert "something else" in (found.checkpoint_flaw(checkpoint(7, LOG), 8, ROOT) or "")
    assert "something else" in (found.checkpoint_flaw(checkpoint(7, LOG), 7, b"x" * 32) or "")
    elsewhere = checkpoint(7, LOG, origin="selfimprove/eeeeeeee")
    assert "something else" in (found.checkpoint_flaw(elsewhere, 7, ROOT) or "")
    unsigned = notes.checkpoint(origin=ORIGIN, size=7, root=ROOT)
    assert "no signatures" in (found.checkpoint_flaw(unsigned, 7, ROOT) or "")


def test_who_noted_the_old_key_follows_to_the_new_one_and_back() -> None:
    made = [succeeded(LOG, NEXT, 10), endorsed(ADA, NEXT, LOG)]
    for noted in (LOG, NEXT):
        found = trust([noted.key], made)
        assert found.checkpoint_flaw(checkpoint(10, LOG), 10, ROOT) is None
        assert found.checkpoint_flaw(checkpoint(11, NEXT, LOG), 11, ROOT) is None
        assert found.checkpoint_flaw(checkpoint(20, NEXT), 20, ROOT) is None
        assert flaw(found, ADA) is None


def test_a_stolen_old_key_signs_nothing_new_for_who_noted_the_new_one() -> None:
    made = [succeeded(LOG, NEXT, 10), endorsed(BOB, LOG)]
    found = trust([NEXT.key], made)
    assert found.checkpoint_flaw(checkpoint(11, LOG), 11, ROOT) is not None
    assert found.writers == {}


def test_a_new_key_signs_nothing_old() -> None:
    found = trust([LOG.key], [succeeded(LOG, NEXT, 10)])
    assert found.checkpoint_flaw(checkpoint(10, NEXT), 10, ROOT) is not None


@pytest.mark.parametrize("by", [(LOG,), (NEXT,), (EVE,)], ids=["old", "new", "stranger"])
def test_a_succession_needs_both_keys(by: tuple[Signer, ...]) -> None:
    for noted in (LOG, NEXT):
        assert trust([noted.key], [succeeded(LOG, NEXT, 10, *by)]).successions == ()


def test_several_successions_are_followed_in_any_order() -> None:
    made = [succeeded(NEXT, THIRD, 20), endorsed(ADA, THIRD, NEXT), succeeded(LOG, NEXT, 10)]
    for noted in (LOG, NEXT, THIRD):
        found = trust([noted.key], made)
        assert len(found.successions) == 2
        assert found.checkpoint_flaw(checkpoint(5, LOG), 5, ROOT) is None
        assert found.checkpoint_flaw(checkpoint(15, NEXT), 15, ROOT) is None
        assert found.checkpoint_flaw(checkpoint(25, THIRD), 25, ROOT) is None
        assert flaw(found, ADA) is None


def test_nothing_is_trusted_without_a_key() -> None:
    with pytest.raises(ValueError, match="begins with a key"):
        trust([], [endorsed(ADA)])


def test_under_a_new_name_the_log_goes_on_and_the_old_name_does_not() -> None:
    heir = Signer.make("selfimprove/99999999")
    made = [
        notes.sign(str(Succession(ORIGIN, LOG.key, heir.key, 10)), heir, LOG),
        notes.sign(str(Endorsement(heir.name, ADA.key)), heir),
    ]
    for noted in (LOG, heir):
        found = trust([noted.key], made)
        assert found.checkpoint_flaw(checkpoint(10, LOG), 10, ROOT) is None
        assert found.checkpoint_flaw(checkpoint(11, heir, origin=heir.name), 11, ROOT) is None
        assert found.checkpoint_flaw(checkpoint(11, heir), 11, ROOT) is not None
        assert flaw(found, ADA) is None
        assert (found.origin, found.origins) == (heir.name, frozenset({heir.name, ORIGIN}))
    assert trust([heir.key], made).checkpoint_flaw(checkpoint(11, LOG), 11, ROOT) is not None


def test_a_key_speaks_of_its_own_log_only() -> None:
    heir = Signer.make("selfimprove/99999999")
    said = notes.sign(str(Endorsement(ORIGIN, ADA.key)), heir)
    made = [notes.sign(str(Succession(ORIGIN, LOG.key, heir.key, 10)), heir, LOG), said]
    assert trust([LOG.key], made).writers == {}
