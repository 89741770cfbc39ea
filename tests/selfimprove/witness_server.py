"""A real witness on the loopback: it keeps what it signed, checks proofs and really signs."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle
from audit.anchors.stated import Stated, parse, text_of

NAME = "witness.example.org/w1"
Reply = tuple[int, str, bytes]


class Witness:
    """Remember the newest checkpoint of each log, and sign only what goes on from it."""

    def __init__(self, *, name: str = NAME, time: int = 1_793_000_000) -> None:
        self.name = name
        self.time = time
        self.key = Ed25519PrivateKey.generate()
        self.known: dict[str, Stated] = {}
        self.asked: list[str] = []
        self.mood = ""  # how it misbehaves
        self.address = ""
        self.closing = threading.Event()

    @property
    def vkey(self) -> str:
        """Return its key as a log is configured with it."""
        public = b"\x04" + self.key.public_key().public_bytes_raw()
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(public).decode()}"

    @property
    def key_id(self) -> bytes:
        """Return the first bytes of the hash over name and key."""
        public = b"\x04" + self.key.public_key().public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n" + public).digest()[:4]

    def line(self, note: str) -> str:
        """Sign a checkpoint and return the signature line."""
        message = f"cosignature/v1\ntime {self.time}\n{text_of(note)}".encode()
        signature = self.time.to_bytes(8, "big") + self.key.sign(message)
        return f"— {self.name} {base64.b64encode(self.key_id + signature).decode()}"

    def answer(self, body: str) -> Reply:
        """Judge one request as the protocol says."""
        self.asked.append(body)
        head, _, note = body.partition("\n\n")
        first, *lines = head.split("\n")
        old, new = int(first.removeprefix("old ")), parse(note)
        known = self.known.get(new.origin)
        size = known.size if known else 0
        if old > new.size:
            return 400, "text/plain", b"old is larger"
        if old != size:
            return 409, "text/x.tlog.size", f"{size}\n".encode()
        if known and old == new.size and known.root != new.root:
            return 409, "text/x.tlog.size", f"{size}\n".encode()
        proof = [base64.b64decode(line) for line in lines]
        if known and not _goes_on(known, new, proof):
            return 422, "text/plain", b"the proof does not hold"
        if not known and proof:
            return 422, "text/plain", b"a proof from nothing"
        self.known[new.origin] = new
        return 200, "text/plain", f"{self.line(note)}\n".encode()


def _goes_on(known: Stated, new: Stated, proof: list[bytes]) -> bool:
    return merkle.continues(
        old=known.size,
        new=new.size,
        old_root=bytes.fromhex(known.root),
        new_root=bytes.fromhex(new.root),
        proof=proof,
    )


MOODS: dict[str, Reply] = {
    "forbidden": (403, "text/plain", b"no"),
    "unknown log": (404, "text/plain", b"who?"),
    "broken": (500, "text/html", b"<h1>Oops</h1>"),
    "moved": (302, "text/plain", b""),
    "empty": (200, "text/plain", b""),
    "garbage": (200, "application/octet-stream", bytes(range(256))),
    "page": (200, "text/html", "<html>— welcome to the hotel's network</html>\n".encode()),
    "vast": (200, "text/plain", b"x" * 200_000),
    "nowhere": (409, "text/plain", b"17\n"),
    "nonsense size": (409, "text/x.tlog.size", b"seventeen\n"),
    "negative size": (409, "text/x.tlog.size", b"-1\n"),
}


class _Handler(BaseHTTPRequestHandler):
    witness: Witness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        witness = self.witness
        if self.path != "/submit/add-checkpoint":
            self._send((404, "text/plain", b"no such page"))
        elif witness.mood == "silent":
            witness.closing.wait(30)
        elif witness.mood == "trickle":
            self._trickle()
        elif witness.mood == "hangs up":
            self.connection.close()
        elif witness.mood in MOODS:
            self._send(MOODS[witness.mood])
        else:
            self._send(self._spoilt(witness.answer(body)))

    def _spoilt(self, reply: Reply) -> Reply:
        status, kind, text = reply
        if status != 200:
            return reply
        if self.witness.mood == "wrong signature":
            return 200, kind, Witness(name=self.witness.name).line("x\n1\ny\n").encode() + b"\n"
        if self.witness.mood == "another checkpoint":
            return 200, kind, self.witness.line("selfimprove/log\n7\nAAAA\n").encode() + b"\n"
        if self.witness.mood == "more lines":
            return 200, kind, Witness(name="other").line("x\n1\ny\n").encode() + b"\n" + text
        return reply

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.witness.closing.is_set():
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    def _send(self, reply: Reply) -> None:
        status, kind, text = reply
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what is of interest, the tests look at."""


@contextmanager
def serving(witness: Witness) -> Iterator[str]:
    """Serve on a free port of the loopback and return the submission address."""
    handler = type("Handler", (_Handler,), {"witness": witness})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    witness.address = f"http://127.0.0.1:{server.server_port}/submit"
    try:
        yield witness.address
    finally:
        witness.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
