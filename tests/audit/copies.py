"""How the tests of this room make a copy of a log without a database, and spoil it."""

import hashlib
import hmac
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit import log, merkle, notes
from audit.notes import Signer
from audit.offline import tiles

VERIFIER = Path(log.__file__).parent / "offline" / "verify_selfimprove_log.py"
START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
SALT = bytes(range(32))


@dataclass
class Made:
    """Make a log of one writer, entry by entry, with its real keys."""

    log_key: Signer = field(default_factory=lambda: Signer.make("selfimprove/0badcafe"))
    writer: Signer = field(default_factory=lambda: Signer.make("writer/host/12345678"))
    bodies: list[str] = field(default_factory=list)
    signatures: list[bytes] = field(default_factory=list)
    payloads: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    session: str = "0123456789abcdef"
    before: tuple[int, str] = (0, "")

    def __post_init__(self) -> None:
        """Let the log's key vouch for the writer."""
        self.endorse(self.writer)

    def endorse(self, writer: Signer) -> None:
        """Vouch for a writer."""
        text = f"{self.log_key.name}/writer\n{writer.key}\n"
        self.keys.append(notes.sign(text, self.log_key))

    def say(self, text: str, *signers: Signer) -> None:
        """State something about keys."""
        self.keys.append(notes.sign(f"{self.log_key.name}/{text}\n", *(signers or [self.log_key])))

    def write(self, count: int = 1, reason: str = "", **members: Any) -> str:
        """Add entries, each signed by the writer; return the uid of the last."""
        uid = ""
        for _ in range(count):
            uid = str(uuid.UUID(int=len(self.bodies) + 1, version=4))
            wseq, wprev = self.before
            body = log.canonical(
                {
                    "v": 1,
                    "uid": uid,
                    "at": log.moment(START + timedelta(seconds=len(self.bodies))),
                    "event": "proposal.created",
                    "actor": {"type": "person", "id": "ada"},
                    "subject": "proposal:7",
                    "target": "gateway",
                    "facts": {},
                    "cites": [],
                    "payloads": self._promise(uid, reason) if reason else {},
                    "writer": f"{self.writer.name}#{self.session}",
                    "wseq": wseq + 1,
                    "wprev": wprev,
                    **members,
                }
            )
            self.add(body)
            self.before = (wseq + 1, log.leaf_hash(body))
        return uid

    def add(self, body: str, signer: Signer | None = None) -> None:
        """Add a text, signed by whom you like."""
        self.bodies.append(body)
        signer = signer or self.writer
        self.signatures.append(signer.sign(bytes.fromhex(log.leaf_hash(body))))

    def _promise(self, uid: str, text: str) -> dict[str, Any]:
        told = {"entry": uid, "name": "reason", "salt": SALT.hex(), "text": text}
        self.payloads.append(told)
        commit = hmac.new(SALT, text.encode(), hashlib.sha256).hexdigest()
        return {"reason": {"commit": commit, "len": len(text.encode())}}

    def leaves(self) -> list[bytes]:
        """Return the leaf hashes."""
        return [bytes.fromhex(log.leaf_hash(body)) for body in self.bodies]

    def note(self, size: int | None = None, *signers: Signer) -> str:
        """Sign the checkpoint of a size."""
        leaves = self.leaves()[:size]
        text = notes.checkpoint(
            size=len(leaves), root=merkle.root(leaves), origin=self.log_key.name
        )
        return notes.sign(text, *(signers or [self.log_key]))

    def copy(
        self,
        folder: Path,
        *,
        sizes: Sequence[int] = (),
        payloads: bool = True,
        files: Mapping[str, str] | None = None,
    ) -> Path:
        """Write the copy with a checkpoint at each size, and other texts instead of some files."""
        stated = [self.note(size) for size in (*sizes, len(self.bodies))]
        texts = {
            "policy": f"log {self.log_key.key}\nquorum none\n",
            "keys": "".join(f"{note}\n" for note in self.keys),
            "checkpoint": stated[-1],
            "checkpoints/000": "".join(f"{note}\n" for note in stated),
            **(files or {}),
        }
        for name, text in texts.items():
            put(folder / name, text.encode())
        hashes = tiles.HashTiles()
        written = list(hashes.take(self.leaves())) + list(hashes.rest())
        for file in written:
            put(folder / file.path, file.content)
        for first in range(0, len(self.bodies), tiles.WIDE):
            piece = slice(first, first + tiles.WIDE)
            bodies = self.bodies[piece]
            name = tiles.place(first // tiles.WIDE, len(bodies))
            bundle = tiles.bundle([body.encode() for body in bodies])
            put(folder / f"tile/entries/{name}", bundle)
            put(folder / f"signatures/{name}", b"".join(self.signatures[piece]))
            if payloads:
                rows = [row for row in self.payloads if any(row["entry"] in b for b in bodies)]
                lines = "".join(json.dumps(row) + "\n" for row in rows)
                put(folder / f"payloads/{name}", lines.encode())
        return folder


@dataclass(frozen=True)
class Answer:
    """Hold what the verifier said."""

    code: int
    said: str
    complained: str


def put(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def judge(copy: Path, *options: str) -> Answer:
    """Run the verifier as an auditor does: alone, isolated from everything of ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(copy), *options],
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def told(copy: Path, *options: str) -> dict[str, Any]:
    """Return the verifier's answer as a program reads it."""
    answer = judge(copy, *options, "--json")
    found: dict[str, Any] = json.loads(answer.said)
    assert found["exit"] == answer.code
    return found


def change(path: Path, by: Callable[[bytes], bytes]) -> None:
    """Change a file of a copy."""
    path.write_bytes(by(path.read_bytes()))


def flipped(at: int) -> Callable[[bytes], bytes]:
    """Return a change of one bit of the byte at this place, which may count from the end."""

    def flip(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[at] ^= 1
        return bytes(changed)

    return flip
