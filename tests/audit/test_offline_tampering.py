"""Is a copy noticed in which any file was changed, or that was made to harm who looks at it?"""

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit.copies import Made, change, flipped, judge, put, told
from tests.audit.proofs import proof_of

SIZES = (1, 100, 256, 300, 512)
FILES = [
    "policy",
    "keys",
    "checkpoint",
    "checkpoints/000",
    "tile/0/000",
    "tile/0/001",
    "tile/0/002.p/88",
    "tile/1/000.p/2",
    "tile/entries/000",
    "tile/entries/001",
    "tile/entries/002.p/88",
    "signatures/000",
    "signatures/002.p/88",
    "payloads/000",
]


@pytest.fixture(scope="module")
def log() -> Made:
    made = Made()
    made.write(5, reason="A reason")
    made.write(595)
    return made


@pytest.fixture(scope="module")
def sound(log: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return log.copy(tmp_path_factory.mktemp("sound") / "copy", sizes=SIZES)


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "copy"))


def test_before_it_is_changed_it_is_sound(copy: Path) -> None:
    assert told(copy)["exit"] == 0


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0, 5, 0.5, -1])
def test_one_bit_of_any_file_that_is_changed_is_noticed(
    copy: Path, name: str, where: float
) -> None:
    size = (copy / name).stat().st_size
    # The words behind the key of a policy say who else must cosign: nobody, whatever they say.
    at = int(where * (70 if name == "policy" else size)) if where == 0.5 else int(where)
    if name == "policy" and where == -1:
        at = 70
    change(copy / name, flipped(at))
    answer = judge(copy)
    assert answer.code == 1, answer
    assert "Traceback" not in answer.complained
    assert "✗" in answer.said


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("by", [lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: b""])
def test_a_file_that_is_cut_off_or_goes_on_is_noticed(
    copy: Path, name: str, by: Callable[[bytes], bytes]
) -> None:
    if name == "policy":
        by = {b"": lambda raw: b""}.get(by(b"12"), lambda raw: raw[:60])
    if name == "payloads/000" and not by(b"1"):
        pytest.skip("payloads that are all gone may have been erased")
    change(copy / name, by)
    answer = judge(copy)
    assert answer.code in (1, 2), answer
    assert "Traceback" not in answer.complained


def test_the_first_bad_leaf_is_named_with_its_entry(log: Made, copy: Path) -> None:
    change(copy / "tile/entries/001", lambda raw: raw.replace(b"ada", b"eve", 1))
    [(where, what)] = told(copy)["wrong"]
    assert where == "leaf 256"
    assert json.loads(log.bodies[256])["uid"] in what


def test_entries_changed_together_with_their_hashes_are_noticed_by_the_root(
    log: Made, tmp_path: Path
) -> None:
    other = Made(log_key=log.log_key, writer=log.writer, keys=log.keys)
    other.write(300)
    other.write(300, subject="proposal:8")
    notes = "".join(f"{log.note(size)}\n" for size in (300, 600))
    files = {"checkpoint": log.note(), "checkpoints/000": notes, "keys": f"{log.keys[0]}\n"}
    found = told(other.copy(tmp_path / "copy", payloads=False, files=files))
    assert found["exit"] == 1
    assert found["wrong"][0][0] == "checkpoint 300"


def test_two_bundles_that_changed_places_are_noticed(copy: Path) -> None:
    for folder in ("tile/0", "tile/entries", "signatures"):
        (copy / folder / "000").rename(copy / folder / "aside")
        (copy / folder / "001").rename(copy / folder / "000")
        (copy / folder / "aside").rename(copy / folder / "001")
    assert told(copy)["exit"] == 1


def test_the_payload_of_another_entry_is_noticed(copy: Path) -> None:
    rows = [json.loads(line) for line in (copy / "payloads/000").read_text().splitlines()]
    rows[0]["entry"], rows[1]["entry"] = rows[1]["entry"], rows[0]["entry"]
    rows[2]["text"] = "Another reason"
    rows[3]["name"] = "other"
    put(copy / "payloads/000", "".join(json.dumps(row) + "\n" for row in rows).encode())
    found = told(copy)
    assert found["exit"] == 1
    assert found["wrong"][0][0] == "leaf 0"


def written(body: dict[str, object], **members: object) -> str:
    """Write a text in canonical form, whatever it says."""
    return json.dumps(body | members, sort_keys=True, separators=(",", ":"))


BODIES: dict[str, Callable[[dict[str, object]], str]] = {
    "spaces": json.dumps,
    "a float": lambda body: written(body, facts={"a": 1.5}),
    "a huge number": lambda body: written(body, wseq=2**60),
    "no writer": lambda body: written({name: body[name] for name in body if name != "writer"}),
    "another kind": lambda body: written(body, wseq=True),
    "no object": lambda body: "[]",
    "no JSON": lambda body: "{",
    "depth": lambda body: "[" * 60_000,
    "nothing": lambda body: "",
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_text_that_is_not_canonical_is_noticed_though_it_was_signed(
    tmp_path: Path, kind: str
) -> None:
    log = Made()
    log.write(3)
    members = json.loads(log.bodies[2])
    log.bodies.pop()
    log.signatures.pop()
    log.add(BODIES[kind](members))
    answer = judge(log.copy(tmp_path / "copy"))
    assert answer.code == 1
    assert "✗ leaf 2" in answer.said
    assert "Traceback" not in answer.complained


def test_a_link_out_of_the_copy_is_not_followed(copy: Path, tmp_path: Path) -> None:
    (copy / "tile/0/000").rename(tmp_path / "outside")
    (copy / "tile/0/000").symlink_to(tmp_path / "outside")
    assert told(copy)["exit"] == 1
    (copy / "checkpoint").unlink()
    (copy / "checkpoint").symlink_to("/etc/passwd")
    answer = judge(copy)
    assert answer.code == 1
    assert "root:" not in answer.said


def test_a_folder_that_is_a_link_is_not_followed(copy: Path, tmp_path: Path) -> None:
    (copy / "tile/entries").rename(tmp_path / "entries")
    (copy / "tile/entries").symlink_to(tmp_path / "entries")
    assert told(copy)["exit"] == 1


def test_a_file_without_end_is_not_read(copy: Path) -> None:
    with (copy / "tile/entries/000").open("ab") as file:
        file.truncate(2**40)  # takes no room on the disk
    found = told(copy)
    assert found["exit"] == 1
    assert "bytes instead of" in found["wrong"][0][1]


def test_what_would_wait_for_ever_is_not_opened(copy: Path) -> None:
    (copy / "keys").unlink()
    os.mkfifo(copy / "keys")
    assert told(copy)["exit"] == 1


Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
KEYS: dict[str, bytes] = {
    "the point at infinity": bytes([1]) + bytes(31),
    "zero": bytes(32),
    "an order of eight": Y8.to_bytes(32, "little"),
    "its other sign": (Y8 + 2**255).to_bytes(32, "little"),
    "minus one": (2**255 - 20).to_bytes(32, "little"),
    "a second spelling": (2**255 - 18).to_bytes(32, "little"),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_for_which_anybody_can_sign_is_refused(copy: Path, kind: str) -> None:
    raw = b"\x01" + KEYS[kind]
    named = hashlib.sha256(b"selfimprove/0badcafe\n" + raw).hexdigest()[:8]
    vkey = f"selfimprove/0badcafe+{named}+{base64.b64encode(raw).decode()}"
    assert judge(copy, "--log-key", vkey).code == 3
    put(copy / "policy", f"log {vkey}\n".encode())
    assert judge(copy).code == 1


@pytest.mark.parametrize("spoil", [
    lambda key: key.replace("+", "-", 1),
    lambda key: key[:-1],
    lambda key: key + "=",
    lambda key: key.replace("selfimprove", "self improve"),
    lambda key: key.replace("0badcafe", "0badcaff"),
    lambda key: key + "\n",
])  # fmt: skip
def test_a_key_that_is_not_spelled_as_it_has_to_be_is_refused(
    log: Made, copy: Path, spoil: Callable[[str], str]
) -> None:
    assert judge(copy, "--log-key", spoil(str(log.log_key.key))).code == 3


PROOFS: dict[str, Callable[[str], str]] = {
    "another index": lambda text: text.replace("index 7", "index 8"),
    "a zero before it": lambda text: text.replace("index 7", "index 07"),
    "beyond the tree": lambda text: text.replace("index 7", "index 700"),
    "one hash less": lambda text: "\n".join(text.split("\n")[:3] + text.split("\n")[4:]),
    "one hash more": lambda text: text.replace("\n\n", "\n" + "A" * 43 + "=\n\n", 1),
    "another format": lambda text: text.replace("@v1", "@v2"),
    "no extra": lambda text: "\n".join(text.split("\n")[:1] + text.split("\n")[2:]),
    "extra that is nothing": lambda text: text.replace("extra ", "extra AAAA"),
    "no checkpoint": lambda text: text.partition("\n\n")[0],
    "another size": lambda text: text.replace("\n600\n", "\n601\n"),
    "nothing": lambda text: "",
    "an empty line": lambda text: "\n\n",
}


@pytest.mark.parametrize("kind", PROOFS)
def test_a_proof_that_was_changed_is_refused(log: Made, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "entry.tlog-proof"
    path.write_text(PROOFS[kind](proof_of(log, 7)), encoding="utf-8")
    answer = judge(path, "--log-key", str(log.log_key.key))
    assert answer.code in (1, 2), answer
    assert (answer.code == 2) is (kind == "no extra")
    assert "Traceback" not in answer.complained


def test_a_proof_with_the_text_of_another_entry_is_refused(log: Made, tmp_path: Path) -> None:
    path = tmp_path / "entry.tlog-proof"
    mine, other = proof_of(log, 7).split("\n"), proof_of(log, 8).split("\n")
    path.write_text("\n".join([mine[0], other[1], *mine[2:]]), encoding="utf-8")
    answer = judge(path, "--log-key", str(log.log_key.key))
    assert answer.code == 1
    assert "does not lead to the signed root" in answer.said
