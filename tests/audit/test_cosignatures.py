"""Is a checkpoint read as it is written, and a signature believed only when it is one?"""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, notes
from audit.anchors import cosignatures, stated
from audit.anchors.cosignatures import BadKey, NotCosigned
from audit.anchors.stated import Unreadable
from tests.selfimprove.witness_server import NAME, Witness

ROOT = merkle.root([merkle.leaf_hash(b"x")])
NOTE = notes.checkpoint(origin="selfimprove/0123abcd", size=7, root=ROOT)
SIGNED = f"{NOTE}\n— somebody AAAABBBB\n— somebody else CCCC\n"
WHOLE = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize("note", [NOTE, SIGNED], ids=["bare", "signed"])
def test_a_checkpoint_is_read_signed_or_not(note: str) -> None:
    found = stated.parse(note)
    assert (found.size, found.root) == (7, ROOT.hex())
    assert stated.parse_line(found.line) == found
    assert stated.text_of(note) == NOTE


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n\n",
        "origin\n7\n",
        f"origin\n7\n{WHOLE}",
        f"\n7\n{WHOLE}\n",
        f"o\x07rigin\n7\n{WHOLE}\n",
        f"origin\n07\n{WHOLE}\n",
        f"origin\n-7\n{WHOLE}\n",
        f"origin\n7.0\n{WHOLE}\n",
        f"origin\n٧\n{WHOLE}\n",
        f"origin\n{'9' * 30}\n{WHOLE}\n",
        "origin\n7\nAAAA\n",
        "origin\n7\n!!!!\n",
        f"origin\n7\n{WHOLE}=\n",
        f"origin\n7\n{WHOLE[:-2]}B=\n",
        f"origin\n7\n {WHOLE}\n",
        f"origin\r\n7\r\n{WHOLE}\r\n",
        f"origin\n7\n{WHOLE}\n" + "x" * 30_000,
    ],
    ids=range(18),
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(Unreadable):
        stated.parse(note)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    for read in (stated.parse, stated.parse_line):
        try:
            found = read(text)
        except Unreadable:
            continue
        assert found.size >= 0


def test_a_cosignature_is_found_among_lines_that_are_none() -> None:
    witness = Witness()
    key = cosignatures.read_key(witness.vkey)
    line = witness.line(NOTE)
    lines = ["", "—", "— x", "hello", f"— {NAME} AAAA", f"— other {line.split()[2]}", line]
    found = cosignatures.find(lines, SIGNED, key)
    assert (found.line, int(found.at.timestamp())) == (line, witness.time)


def spoilt(line: str, place: int) -> str:
    dash, name, encoded = line.split(" ")
    blob = bytearray(base64.b64decode(encoded))
    blob[place] ^= 1
    return f"{dash} {name} {base64.b64encode(bytes(blob)).decode()}"


@pytest.mark.parametrize("place", [0, 3, 4, 11, 12, 40, 75])
def test_one_bit_makes_it_no_signature(place: int) -> None:
    witness = Witness()
    key = cosignatures.read_key(witness.vkey)
    with pytest.raises(NotCosigned):
        cosignatures.find([spoilt(witness.line(NOTE), place)], NOTE, key)


def test_the_signature_of_another_size_root_or_witness_is_none() -> None:
    witness, other = Witness(), Witness()
    key = cosignatures.read_key(witness.vkey)
    for note in (NOTE.replace("7", "8", 1), NOTE.replace("self", "else")):
        with pytest.raises(NotCosigned):
            cosignatures.find([witness.line(note)], NOTE, key)
    with pytest.raises(NotCosigned, match=f"without a signature of {NAME}"):
        cosignatures.find([other.line(NOTE)], NOTE, key)
    with pytest.raises(NotCosigned):
        cosignatures.find([], NOTE, key)


@pytest.mark.parametrize("cut", [4, 12, 75])
def test_a_signature_that_is_cut_short_is_none(cut: int) -> None:
    witness = Witness()
    dash, name, encoded = witness.line(NOTE).split(" ")
    short = base64.b64encode(base64.b64decode(encoded)[:cut]).decode()
    with pytest.raises(NotCosigned):
        cosignatures.find([f"{dash} {name} {short}"], NOTE, cosignatures.read_key(witness.vkey))


def test_a_time_beyond_all_calendars_is_none() -> None:
    witness = Witness(time=2**63 - 1)
    with pytest.raises(NotCosigned, match="time"):
        cosignatures.find([witness.line(NOTE)], NOTE, cosignatures.read_key(witness.vkey))


def test_a_key_is_read_with_its_id_in_either_case() -> None:
    witness = Witness()
    name, identity, key = witness.vkey.split("+", 2)
    found = cosignatures.read_key(f" {name}+{identity.upper()}+{key}\n")
    assert (found.name, found.id) == (NAME, witness.key_id)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: "hello",
        lambda key: key.replace("+", "-"),
        lambda key: key[:-4],
        lambda key: f"other{key}",
        lambda key: key.replace(NAME, "with a space"),
        lambda key: key.replace(NAME, ""),
        lambda key: f"{key}AAAA",
    ],
    ids=range(8),
)
def test_what_is_no_key_of_a_witness_is_refused(spoil: "type[str]") -> None:
    with pytest.raises(BadKey):
        cosignatures.read_key(spoil(Witness().vkey))


def test_the_key_of_a_log_is_not_taken_for_that_of_a_witness() -> None:
    public = base64.b64encode(b"\x01" + bytes(32)).decode()
    with pytest.raises(BadKey, match="kind 1; that of a witness is of kind 4"):
        cosignatures.read_key(f"{NAME}+00000000+{public}")
