"""Do programs that are not ours come to the same answer about a copy of the log?

Go's own checksum database code (sumdb/note, sumdb/tlog) reads notes, tiles and proofs; pymerkle
builds the tree again from the entries. Both are installed by what runs in CI.
"""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pymerkle
import pytest

from audit import merkle, notes
from tests.audit.copies import Made, change, put
from tests.audit.proofs import proof_of

SIZES = (1, 2, 255, 256, 257, 300, 512)
SOURCES = Path("/usr/share/gocode")  # where Debian puts the source of Go packages
PROGRAM = Path(__file__).parent / "others" / "verify.go"


@pytest.fixture(scope="module")
def log() -> Made:
    made = Made()
    made.write(600)
    return made


@pytest.fixture(scope="module")
def sound(log: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return log.copy(tmp_path_factory.mktemp("sound") / "copy", sizes=SIZES)


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "copy"))


@pytest.fixture(scope="module")
def gosumdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the small program around Go's code, offline; without Go skip, but fail in CI."""
    needed = (shutil.which("go"), SOURCES / "src/golang.org/x/mod/sumdb/tlog")
    if not (needed[0] and needed[1].is_dir()):
        said = "needs the packages golang-go and golang-golang-x-mod-dev"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(said)
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ,
        **{"GO111MODULE": "off", "GOPATH": str(SOURCES), "GOFLAGS": "", "GOPROXY": "off"},
        **{"GOCACHE": str(folder / "cache"), "CGO_ENABLED": "0"},
    }
    program = folder / "verify"
    subprocess.run(["go", "build", "-o", str(program), str(PROGRAM)], env=environment, check=True)
    return program


def ask(program: Path, *words: object) -> tuple[int, str]:
    done = subprocess.run(
        [str(program), *map(str, words)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_go_s_checksum_database_reads_a_copy(gosumdb: Path, log: Made, sound: Path) -> None:
    code, said = ask(gosumdb, sound, log.log_key.key)
    assert (code, said) == (0, "600 entries, 9 checkpoints\n")


@pytest.mark.parametrize("count", [1, 256, 257, 1024])
def test_go_reads_every_ragged_end(gosumdb: Path, tmp_path: Path, count: int) -> None:
    log = Made()
    log.write(count)
    code, said = ask(gosumdb, log.copy(tmp_path / "copy", sizes=[1]), log.log_key.key)
    assert (code, said) == (0, f"{count} entries, 3 checkpoints\n")


def test_go_notices_what_we_notice(gosumdb: Path, log: Made, copy: Path) -> None:
    change(copy / "tile/entries/001", lambda raw: raw.replace(b"ada", b"eve", 1))
    code, said = ask(gosumdb, copy, log.log_key.key)
    assert (code, said) == (1, "entry 256 is not what was logged\n")
    other = Made()
    code, said = ask(gosumdb, copy, other.log_key.key)
    assert code == 1
    assert "note" in said


def test_go_checks_a_proof_of_one_entry(
    gosumdb: Path, log: Made, copy: Path, tmp_path: Path
) -> None:
    for index in (0, 255, 256, 599):
        put(tmp_path / "proof", proof_of(log, index).encode())
        put(tmp_path / "entry", log.bodies[index].encode())
        key = log.log_key.key
        code, said = ask(gosumdb, copy, key, tmp_path / "proof", tmp_path / "entry")
        assert code == 0, said
        assert said.endswith("the proof holds\n")
    put(tmp_path / "entry", log.bodies[7].encode())
    code, said = ask(gosumdb, copy, log.log_key.key, tmp_path / "proof", tmp_path / "entry")
    assert code == 1


def entries(copy: Path) -> list[bytes]:
    """Take the bundles of a copy apart, as C2SP describes them."""
    found = []
    for name in ("000", "001", "002.p/88"):
        raw = (copy / "tile/entries" / name).read_bytes()
        while raw:
            end = 2 + int.from_bytes(raw[:2], "big")
            found.append(raw[2:end])
            raw = raw[end:]
    return found


def test_pymerkle_comes_to_every_root_that_was_signed(log: Made, sound: Path) -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for body in entries(sound):
        tree.append_entry(body)
    parts = (sound / "checkpoints/000").read_text(encoding="utf-8").split("\n\n")[:-1]
    stated = [f"{text}\n\n{below}\n" for text, below in zip(parts[::2], parts[1::2], strict=True)]
    assert len(stated) == len(SIZES) + 1
    for note in stated:
        _, size, root = notes.parse_checkpoint(notes.verify(note, [log.log_key.key])[0])
        assert tree.get_root(size) == root


def test_pymerkle_checks_our_proof_of_one_entry(log: Made, sound: Path) -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for body in entries(sound):
        tree.append_entry(body)
    for index in (0, 255, 256, 599):
        lines = proof_of(log, index).partition("\n\n")[0].split("\n")
        ours = [base64.b64decode(line) for line in lines[3:]]
        # Numbered from 1, and with the leaf's own hash before the others.
        theirs = tree.prove_inclusion(index + 1, 600)
        assert theirs.path == [merkle.leaf_hash(log.bodies[index].encode()), *ours]
        pymerkle.verify_inclusion(theirs.path[0], tree.get_root(600), theirs)
