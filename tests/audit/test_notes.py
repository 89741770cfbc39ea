"""Do we write and read signed notes as others do, and refuse what proves nothing?"""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import notes
from audit.notes import BadKey, BadNote, Key, Signer

# The example of the specification (c2sp.org/signed-note), and those of Go's sumdb/note.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo"
    " Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYN"
    "ZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_LINE = (
    "— PeterNeumann"
    " x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2p"
    "ZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCH_LINE = (
    "— EnochRoot"
    " rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aG"
    "rQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
P = 2**255 - 19


@pytest.fixture(scope="module")
def ada() -> Signer:
    return Signer.make("example.org/ada")


@pytest.fixture(scope="module")
def eve() -> Signer:
    return Signer.make("example.org/eve")


def test_the_example_of_the_specification_is_read() -> None:
    key = Key.parse(SPEC_KEY)
    assert (key.name, key.id.hex(), str(key)) == ("example.com/foo", "530d903a", SPEC_KEY)
    text, signed_by = notes.verify(SPEC_NOTE, [key])
    assert (text, signed_by) == ("This is an example message.\n", (key,))


def test_go_reads_and_writes_the_same_bytes() -> None:
    signer = Signer.parse(GO_SECRET)
    assert str(signer.key) == GO_KEY
    assert signer.secret() == GO_SECRET
    assert notes.sign(GO_TEXT, signer) == f"{GO_TEXT}\n{GO_LINE}"
    both = f"{GO_TEXT}\n{GO_LINE}{ENOCH_LINE}"
    peter, enoch = Key.parse(GO_KEY), Key.parse(ENOCH_KEY)
    assert notes.verify(both, [enoch, peter]) == (GO_TEXT, (peter, enoch))
    assert notes.verify(both, [enoch]) == (GO_TEXT, (enoch,))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=80))
def test_every_text_comes_back_as_it_was_signed(words: str) -> None:
    ada = Signer.parse(GO_SECRET)
    text = f"{words}\n\n{words}\n"
    assert notes.verify(notes.sign(text, ada), [ada.key]) == (text, (ada.key,))


def test_a_text_of_two_signers_holds_for_whoever_knows_one(ada: Signer, eve: Signer) -> None:
    note = notes.sign("hello\n", ada, eve)
    assert notes.verify(note, [eve.key])[1] == (eve.key,)
    assert notes.verify(note, [ada.key, eve.key])[1] == (ada.key, eve.key)


def test_a_note_that_nobody_known_signed_is_refused(ada: Signer, eve: Signer) -> None:
    with pytest.raises(BadNote, match="none of the known keys"):
        notes.verify(notes.sign("hello\n", eve), [ada.key])
    with pytest.raises(BadNote, match="none of the known keys"):
        notes.verify(notes.sign("hello\n", eve), [])


def test_keys_of_one_name_are_told_apart_by_their_id(ada: Signer) -> None:
    namesake = Signer.make(ada.name)
    note = notes.sign("hello\n", namesake)
    with pytest.raises(BadNote, match="none of the known keys"):
        notes.verify(note, [ada.key])
    assert notes.verify(note, [ada.key, namesake.key])[1] == (namesake.key,)


def test_a_bad_signature_under_a_known_key_spoils_the_whole_note(ada: Signer, eve: Signer) -> None:
    good = notes.sign("hello\n", ada, eve)
    other = notes.sign("goodbye\n", eve).splitlines()[-1]
    spoilt = good.replace(good.splitlines()[-1], other)
    with pytest.raises(BadNote, match=r"by example\.org/eve is not one over this text"):
        notes.verify(spoilt, [ada.key, eve.key])
    assert notes.verify(spoilt, [ada.key])[1] == (ada.key,)


def test_one_changed_letter_of_the_text_is_noticed(ada: Signer) -> None:
    note = notes.sign("origin\n7\nroot\n", ada)
    with pytest.raises(BadNote, match="not one over this text"):
        notes.verify(note.replace("7", "8", 1), [ada.key])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: "",
        lambda note: note.rstrip("\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note + "\n",
        lambda note: note.replace("— ", "- "),
        lambda note: note.replace("— ", "—  "),
        lambda note: note.replace("— ", "— \u2003"),
        lambda note: note.replace("example.org/ada", "a+b"),
        lambda note: note.replace("=\n", "\n"),
        lambda note: note[:-2] + " \n",
        lambda note: note.replace("hello", "hel\rlo"),
        lambda note: note.replace("hello", "hel\x00lo"),
        lambda note: note.replace("hello", "hel\ud800lo"),
        lambda note: note + "— x AAAA\n",
        lambda note: note + "— x AAAAAA==\n",
        lambda note: note + note.splitlines()[-1],
        lambda note: note + "— x AAAAAAA=\n" * notes.MOST_SIGNATURES,
        lambda note: "x" * notes.LONGEST_NOTE + note,
    ],
)
def test_a_note_of_another_form_is_refused(ada: Signer, spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(BadNote):
        notes.verify(spoil(notes.sign("hello\n", ada)), [ada.key])


@pytest.mark.parametrize("text", ["", "hello", "hel\tlo\n", "\ud800\n"])
def test_what_could_not_be_read_back_is_not_signed(ada: Signer, text: str) -> None:
    with pytest.raises(BadNote):
        notes.sign(text, ada)


def point(number: int) -> bytes:
    return number.to_bytes(32, "little")


SMALL = [0, 1, P - 1, notes._Y8, P - notes._Y8]


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [*SMALL, P, P + 1], ids=range(len(SMALL) + 2))
def test_a_key_for_which_anyone_can_sign_is_refused(y: int, sign: int) -> None:
    with pytest.raises(BadKey, match=r"low order|canonical"):
        Key("x", point(y | sign << 255))


@pytest.mark.parametrize("y", [P + 2, P + 18, 2**255 - 1], ids=["2", "18", "largest"])
def test_a_second_spelling_of_a_key_is_refused(y: int) -> None:
    with pytest.raises(BadKey, match="canonical"):
        Key("x", point(y))


def test_bytes_that_are_no_point_are_refused() -> None:
    with pytest.raises(BadKey, match="no point of the curve"):
        Key("x", point(2))
    with pytest.raises(BadKey, match="32 bytes"):
        Key("x", b"")


def test_every_key_that_is_made_is_a_good_one() -> None:
    for _ in range(50):
        public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        assert Key.parse(str(Key("x", public))).public == public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("foo", "bar"),
        SPEC_KEY.replace("foo", "f oo"),
        SPEC_KEY + "=",
        SPEC_KEY + "\n",
        SPEC_KEY[:-4],
        SPEC_KEY.replace("+Aeky", "+Beky"),
        "+" + SPEC_KEY,
        "\ud800" + SPEC_KEY,
    ],
)
def test_a_key_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        Key.parse(text)


@pytest.mark.parametrize("text", ["", GO_KEY, GO_SECRET.replace("c74f", "c74e"), GO_SECRET[:-4]])
def test_a_private_key_of_another_form_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(BadKey) as refused:
        Signer.parse(text)
    assert "AYEKFALV" not in str(refused.value)


def test_a_private_key_is_not_shown_by_chance() -> None:
    signer = Signer.parse(GO_SECRET)
    assert "AYEKFALV" not in f"{signer} {signer!r}"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "\ud800"])
def test_a_name_that_no_line_could_hold_is_refused(name: str) -> None:
    with pytest.raises(BadKey):
        Signer.make(name)


def test_a_checkpoint_is_three_lines_and_comes_back() -> None:
    text = notes.checkpoint(origin="selfimprove/0a1b2c3d", size=7, root=bytes(32))
    assert text == f"selfimprove/0a1b2c3d\n7\n{base64.b64encode(bytes(32)).decode()}\n"
    assert notes.parse_checkpoint(text) == ("selfimprove/0a1b2c3d", 7, bytes(32))


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"o\n7\n{ROOT}",
        f"o\n7\n{ROOT}\nmore\n",
        f"\n7\n{ROOT}\n",
        f"o\n07\n{ROOT}\n",
        f"o\n-7\n{ROOT}\n",
        f"o\n7 \n{ROOT}\n",
        f"o\n٧\n{ROOT}\n",
        f"o\n{10**19}\n{ROOT}\n",
        f"o\n7\n{ROOT[:-4]}\n",
        "o\n7\nAAAA\n",
    ],
)
def test_a_checkpoint_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_checkpoint(text)
