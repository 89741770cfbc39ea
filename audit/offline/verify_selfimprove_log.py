#!/usr/bin/env python3
"""Is this copy of a log, or this proof of one of its entries, what was recorded and signed?

Runs alone: Python 3.9 or newer with the package `cryptography`, and nothing of the product whose
log it judges. Exit code 0: as recorded. 1: tampered with. 2: something is missing. 3: wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import re
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDE, HASH, SIGNATURE, MOST = 256, 32, 64, 2**26
BRANCH, PROOF = "selfimprove/log", "c2sp.org/tlog-proof@v1"
UID = re.compile('"uid":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')
TEXTS = ("uid", "at", "event", "subject", "target", "writer", "wprev")
OTHERS = {"v": int, "wseq": int, "actor": dict, "payloads": dict, "facts": dict, "cites": list}
MEMBERS = {**dict.fromkeys(TEXTS, str), **OTHERS}
P, Y8 = 2**255 - 19, 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
ANYBODY = {0, 1, P - 1, Y8, P - Y8}  # with these points signatures verify that nobody made


_public = lru_cache(1_000)(Ed25519PublicKey.from_public_bytes)  # once for many signatures


class Key(NamedTuple):
    """Name a public key as signed notes do."""

    name: str
    id: bytes
    public: bytes

    def verify(self, signature: bytes, text: bytes) -> None:
        """Raise ValueError unless its owner signed the text."""
        try:
            _public(self.public).verify(signature, text)
        except InvalidSignature:
            raise ValueError(f"the signature by {self.name} does not hold") from None


def _raw(text: str, length: int) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text or len(raw) != length:
        raise ValueError(f"{text!a} is not {length} bytes in base64")
    return raw


def _key(vkey: str) -> Key:
    name, _, rest = vkey.partition("+")
    named, _, written = rest.partition("+")
    raw = _raw(written, 1 + HASH)
    found = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    point = int.from_bytes(raw[1:], "little") % 2**255
    usable = name and not re.search(r"\s", name) and raw[0] == 1 and named == found.hex()
    if not usable or point >= P or point in ANYBODY:
        raise ValueError(f"{vkey!a} is no Ed25519 key to verify with")
    return Key(name, found, raw[1:])


def _opened(note: str, keys: Iterable[Key]) -> tuple[list[str], list[Key]]:
    """Return the lines of a note and who of the known signed it: somebody has to."""
    text, _, below = note.rpartition("\n\n")
    known = {(key.name, key.id): key for key in keys}
    signed_by = []
    for line in below.split("\n")[:-1]:
        found = re.fullmatch("\u2014 (\\S+) (\\S+)", line)
        if not (found and text and below.endswith("\n")):
            raise ValueError("it is no signed note")
        key = known.get((found[1], base64.b64decode(found[2], validate=True)[:4]))
        if key:
            key.verify(_raw(found[2], 4 + SIGNATURE)[4:], f"{text}\n".encode())
            signed_by.append(key)
    if not signed_by:
        raise ValueError("it is signed by no key of this log")
    return text.split("\n"), signed_by


def _notes(text: str) -> Iterator[str]:
    parts = text.split("\n\n")  # a note holds one empty line, and one more stands behind it
    if len(parts) % 2 == 0 or parts[-1]:
        raise ValueError("it does not end where a note ends")
    for at in range(0, len(parts) - 1, 2):
        yield f"{parts[at]}\n\n{parts[at + 1]}\n"


class Trust:
    """Follow from the keys that somebody noted to those that they vouch for."""

    def __init__(self, noted: list[Key], statements: list[str]) -> None:
        """Read what the log's keys say about other keys, in any order."""
        self.keys = list(noted)
        self.changes: list[tuple[Key, Key, int]] = []
        self.writers: dict[str, Key] = {}
        self.revoked: dict[str, int] = {}
        said = [(note, note.split("\n")) for note in statements]
        changes = [one for one in said if one[1][0].endswith("/log-key")]
        for _ in changes:  # each round may make a key known on which another change rests
            for note, lines in changes:
                self._follow(note, _key(lines[1]), _key(lines[2]), int(lines[3]))
        for note, lines in said:
            origin, _, about = lines[0].rpartition("/")
            if origin not in {key.name for key in _opened(note, self.keys)[1]}:
                raise ValueError("a key says something about another log")
            if about == "writer":
                self.writers.setdefault(_key(lines[1]).name, _key(lines[1]))
            elif about == "writer-revoked":
                name, size = _key(lines[1]).name, int(lines[2])
                self.revoked[name] = min(size, self.revoked.get(name, size))

    def _follow(self, note: str, old: Key, new: Key, size: int) -> None:
        known = old in self.keys or new in self.keys
        if known and (old, new, size) not in self.changes:
            if set(_opened(note, [old, new])[1]) != {old, new}:
                raise ValueError("a change of the log's key is not signed by both keys")
            self.changes.append((old, new, size))
            self.keys += [old, new]

    def checkpoint(self, note: str) -> tuple[int, bytes]:
        """Return the size and root that a checkpoint of this log states."""
        lines = note.partition("\n\n")[0].split("\n")
        if len(lines) != 3 or not re.fullmatch("[1-9][0-9]{0,14}", lines[1]):
            raise ValueError("it is no checkpoint")
        size = int(lines[1])
        keys = [new if size > beyond else old for old, new, beyond in self.changes]
        signed_by = _opened(note, keys or self.keys)[1]
        if lines[0] not in {key.name for key in signed_by}:
            raise ValueError("it is the checkpoint of another log")
        return size, _raw(lines[2], HASH)

    def check(self, writer: str, index: int, leaf: bytes, signature: bytes) -> None:
        """Raise ValueError unless a writer who may do so signed the entry at this place."""
        name = writer.partition("#")[0]
        if name not in self.writers:
            raise ValueError(f"nobody vouches for its writer {name!a}")
        if index >= self.revoked.get(name, index + 1):
            raise ValueError(f"its writer {name!a} was revoked before")
        self.writers[name].verify(signature, leaf)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _push(stack: list[Any], height: int, value: bytes) -> None:
    while stack and stack[-1][0] == height:
        value, height = _node(stack.pop()[1], value), height + 1
    stack.append((height, value))


def _fold(stack: list[Any]) -> bytes:
    result: bytes = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        result = _node(left, result)
    return result


def _led_to(index: int, size: int, leaf: bytes, proof: Iterable[bytes]) -> bytes:
    last = size - 1  # RFC 9162, 2.1.3.2
    for sibling in proof:
        if index & 1 or index == last:
            leaf = _node(sibling, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = _node(leaf, sibling)
        index, last = index >> 1, last >> 1
    return leaf if not last else b""


def _place(number: int, width: int = WIDE) -> str:
    text = str(number).zfill(-(-len(str(number)) // 3) * 3)  # as C2SP tlog-tiles spells numbers
    parts = [text[at : at + 3] for at in range(0, len(text), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return name if width == WIDE else f"{name}.p/{width}"


def _read(root: Path, name: str, exactly: int = 0) -> bytes:
    """Read one regular file of the copy, never through a link and never without end."""
    path = root / name
    if not os.path.lexists(path):
        raise FileNotFoundError(name)
    found = path.lstat()
    if path.resolve() != path or not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{name} is no file of its own")
    if found.st_size > MOST or (exactly and found.st_size != exactly):
        raise ValueError(f"{name} has {found.st_size} bytes instead of {exactly or MOST}")
    return path.read_bytes()


def _whole(text: str) -> int:
    if not re.fullmatch("-?[0-9]{1,16}", text) or abs(int(text)) >= 2**53:
        raise ValueError("it holds a number that others read as another")
    return int(text)


_decode = json.JSONDecoder(parse_float=_whole, parse_int=_whole, parse_constant=_whole).decode
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _entry(body: bytes) -> dict[str, Any]:
    text = body.decode()
    entry: Any = _decode(text)
    if not isinstance(entry, dict) or _encode(entry) != text:
        raise ValueError("its text is not in canonical form")
    for name, kind in MEMBERS.items():
        if type(entry.get(name)) is not kind:
            raise ValueError(f"its text lacks {name}")
    return entry


def _split(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        found.append(raw[at + 2 : end])
        at = end
    return found if at == len(raw) else [*found, b""]  # one too many tells that lengths are wrong


class Bundle:
    """Judge up to 256 entries with all that lies beside them; any process may do so."""

    def __init__(self, root: Path, trust: Trust | None, payloads: bool, job: Any) -> None:
        """Read what there is and compare it."""
        self.number, self.width, sizes = job
        self.first, self.name = self.number * WIDE, _place(self.number, self.width)
        self.wrong: list[tuple[int, str]] = []
        self.gone: list[str] = []
        self.tops: dict[int, bytes] = {}  # the root over its leaves up to a size
        self.runs: dict[str, list[list[Any]]] = {}  # leaf, wseq, wprev; then those due next; at
        self.times: list[str] = []
        self.counts: Counter[str] = Counter()
        tile = self._part(root, "tile/0", HASH * self.width)
        bodies = self._bodies(self._part(root, "tile/entries"))
        signed = self._part(root, "signatures", SIGNATURE * self.width) if trust else b""
        told = self._told(self._part(root, "payloads")) if payloads and bodies else {}
        stack: list[Any] = []
        for at in range(self.width if bodies or tile else 0):
            leaf = tile[at * HASH : (at + 1) * HASH]
            if bodies:
                signature = signed[at * SIGNATURE : (at + 1) * SIGNATURE]
                leaf = self._judge(at, bodies[at], leaf, (trust, signature), told)
            _push(stack, 0, leaf)
            if at + 1 == self.width or self.first + at + 1 in sizes:
                self.tops[self.first + at + 1] = _fold(stack)
        self.wrong += [(self.first, f"payload {name!a} is of no entry") for name in told]

    def _bodies(self, raw: bytes) -> list[bytes]:
        found = _split(raw)
        if len(found) == self.width or (not raw and (self.gone or self.wrong)):
            return found
        what = f"around it, tile/entries does not hold {self.width} whole entries"
        self.wrong.append((self.first + max(min(len(found), self.width) - 1, 0), what))
        return []

    def _part(self, root: Path, folder: str, exactly: int = 0) -> bytes:
        name = f"{folder}/{self.name}"
        try:
            return _read(root, name, exactly)
        except FileNotFoundError:
            self.gone.append(name)
        except ValueError as error:
            self.wrong.append((self.first, str(error)))
        return b""

    def _told(self, raw: bytes) -> dict[tuple[str, str], tuple[bytes, bytes]]:
        found = {}
        try:
            *lines, last = raw.decode().split("\n")
            if last:
                raise ValueError("the last line has no end")
            for row in map(json.loads, lines):
                content = bytes.fromhex(row["salt"]), row["text"].encode()
                found[str(row["entry"]), str(row["name"])] = content
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self.wrong.append((self.first, f"its payloads cannot be read: {error!a}"))
        return found

    def _judge(self, at: int, body: bytes, leaf: bytes, signed: Any, told: Any) -> bytes:
        found = hashlib.sha256(b"\0" + body).digest()
        self.counts["entries"] += 1
        try:
            if leaf and leaf != found:
                raise ValueError("its text is not the one whose hash stands in tile/0")
            entry = _entry(body)
            self.times.append(entry["at"])
            self._follow(self.first + at, entry, found)
            if signed[1]:
                signed[0].check(entry["writer"], self.first + at, found, signed[1])
                self.counts["signatures"] += 1
            for name, promise in entry["payloads"].items():
                self._payload(promise, told.pop((entry["uid"], name), None))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            uid = UID.search(body.decode(errors="replace"))
            self.wrong.append((self.first + at, f"{error} (entry {uid[1] if uid else '?'})"))
        return found

    def _follow(self, index: int, entry: dict[str, Any], leaf: bytes) -> None:
        runs = self.runs.setdefault(entry["writer"], [])
        if not runs or runs[-1][3:5] != [entry["wseq"], entry["wprev"]]:
            runs.append([index, entry["wseq"], entry["wprev"], 0, "", entry["at"]])
        runs[-1][3:5] = [entry["wseq"] + 1, leaf.hex()]

    def _payload(self, promise: dict[str, Any], given: tuple[bytes, bytes] | None) -> None:
        self.counts["payloads given" if given else "payloads erased or not given"] += 1
        if given:
            found = hmac.new(given[0], given[1], hashlib.sha256).hexdigest()
            if [found, len(given[1])] != [promise["commit"], promise["len"]]:
                raise ValueError("the payload beside it is not the one that it promises")


class Verdict:
    """Collect what does not hold, what is missing, and what was looked at."""

    def __init__(self, root: Path, options: argparse.Namespace) -> None:
        """Begin with nothing but where the copy is."""
        self.root, self.options = root, options
        self.wrong: list[tuple[str, str]] = []
        self.gone: list[str] = []
        self.remarks: list[str] = []
        self.counts: Counter[str] = Counter()
        self.ends: dict[tuple[str, int], str] = {}  # what a writer's next entry has to name
        self.heads: dict[tuple[str, int], tuple[str, int, str]] = {}  # what waits for one before
        self.latest, self.text, self.size = "", "", 0
        self.stack: list[Any] = []
        self.partly = bool(options.since or options.entry)
        self.unchecked = ["the signatures of the writers"] * options.without_signatures
        self.unchecked += ["the entries before and around, but for their hashes"] * self.partly
        self.unchecked += ["what was published: --git"] * (options.git is None)

    def judge(self) -> None:
        """Look at everything, in the order in which one thing rests on another."""
        try:
            if self.root.is_dir():
                self._judge_copy(self._trust())
            else:
                self._judge_proof(_read(self.root.parent, self.root.name).decode())
        except FileNotFoundError as error:
            self.gone.append(str(error))
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            self.wrong.append(("this copy", str(error)))

    def _noted(self) -> list[Key]:
        given = self.options.log_key
        if given:
            return [_key(one) for one in given]
        self.remarks.append("the key comes from the copy itself: compare it with one you trust")
        lines = _read(self.root, "policy").decode().split("\n")
        return [_key(line[4:]) for line in lines if line.startswith("log ")]

    def _trust(self) -> Trust:
        return Trust(self._noted(), list(_notes(_read(self.root, "keys").decode())))

    def _judge_copy(self, trust: Trust) -> None:
        stated = self._stated(trust)
        self.size = trust.checkpoint(_read(self.root, "checkpoint").decode())[0]
        if max(stated) > self.size:
            what = f"the entries from {self.size} to {max(stated)}, whose root was signed"
            self.gone.append(f"{what}: this copy is older, or the log was cut off")
        self._walk(stated, None if self.options.without_signatures else trust)

    def _stated(self, trust: Trust) -> dict[int, bytes]:
        """Return the root of each size that the log signed, here and where it was published."""
        found: dict[int, bytes] = {}
        for where, note in self._published():
            try:
                size, top = trust.checkpoint(note)
            except ValueError as error:
                self.wrong.append((where, str(error)))
                continue
            if found.setdefault(size, top) != top:
                self.wrong.append((where, f"another root was signed for {size} entries: a fork"))
            self.counts["checkpoints in git" if where.startswith("git") else "checkpoints"] += 1
        return found

    def _published(self) -> Iterator[tuple[str, str]]:
        newest, note, number = _read(self.root, "checkpoint").decode(), "", 0
        yield "checkpoint", newest
        while number == 0 or (self.root / "checkpoints" / _place(number)).exists():
            name = f"checkpoints/{_place(number)}"
            for note in _notes(_read(self.root, name).decode()):
                yield name, note
            number += 1
        if note != newest:
            raise ValueError("the last of checkpoints is not the one in checkpoint")
        if self.options.git:
            branch = (
                f"origin/{BRANCH}" if self._git("branch", "-rl", f"origin/{BRANCH}") else BRANCH
            )
            for commit in self._git("rev-list", branch, "--", "checkpoint").split():
                yield f"git {commit[:12]}", self._git("show", f"{commit}:checkpoint")

    def _git(self, *words: str) -> str:
        line = ["git", "-C", self.options.git, *words]
        done = subprocess.run(line, capture_output=True, check=False)
        if done.returncode:
            raise FileNotFoundError(done.stderr.decode(errors="replace").strip())
        return done.stdout.decode()

    def _walk(self, stated: dict[int, bytes], trust: Trust | None) -> None:
        """Compare the stated roots with the entries, and with stored hashes where not chosen."""
        count, tops = -(-self.size // WIDE), []
        row, chosen = self._row(1, self.size // WIDE), self._chosen(count)
        rooted = chosen.start * WIDE
        sizes: dict[int, list[int]] = {number: [] for number in chosen}
        for size in stated:
            sizes.get((size - 1) // WIDE, []).append(size)
        jobs = [(n, min(WIDE, self.size - n * WIDE), sizes[n]) for n in chosen]
        bundles = self._bundles(jobs, trust)
        for number in range(count):
            end = min((number + 1) * WIDE, self.size)
            ends = self._taken(next(bundles)) if number in chosen else {}
            if end not in ends:
                ends[end] = self._kept(number, row)
            for size in sorted(ends.keys() & stated.keys()):
                if _fold([*self.stack, (0, ends[size])]) == stated[size]:
                    rooted = size
                    continue
                if not self.wrong:  # else it is said already why
                    what = f"one of the leaves {rooted} to {size - 1} was changed"
                    self.wrong.append((f"checkpoint {size}", f"another root comes out: {what}"))
                return
            tops.append(ends[end])
            _push(self.stack, 8, ends[end])
        self._compare(tops[: self.size // WIDE])
        if not (self.partly or self.wrong or self.gone):  # else it is clear why there are gaps
            self._gaps()

    def _chosen(self, count: int) -> range:
        wanted = self.options.entry
        if not wanted:
            return range(min(self.options.since, self.size) // WIDE, count)
        for number in range(count):
            name = f"tile/entries/{_place(number, min(WIDE, self.size - number * WIDE))}"
            for at, body in enumerate(_split(_read(self.root, name))):
                found = UID.search(body.decode(errors="replace"))
                if found and found[1] == wanted:
                    self.text = f"leaf {number * WIDE + at}: {body.decode()!a}"
                    return range(number, number + 1)
        raise FileNotFoundError(f"entry {wanted}")

    def _bundles(self, jobs: list[Any], trust: Trust | None) -> Iterator[Bundle]:
        judge = partial(Bundle, self.root, trust, (self.root / "payloads").is_dir())
        if len(jobs) < 16:
            yield from map(judge, jobs)
            return
        with multiprocessing.Pool() as pool:
            for done, bundle in enumerate(pool.imap(judge, jobs, 16), 1):
                if sys.stderr.isatty() and (done % 64 == 0 or done == len(jobs)):
                    sys.stderr.write(f"\r  {done * 100 // len(jobs)} % of {self.size:,} entries ")
                yield bundle

    def _taken(self, bundle: Bundle) -> dict[int, bytes]:
        """Add what a bundle turned out to be to what those before it were."""
        for writer, runs in bundle.runs.items():
            for run in runs:
                self._link(bundle, writer, *run)
        self.wrong += [(f"leaf {index}", what) for index, what in sorted(bundle.wrong)]
        self.gone += bundle.gone
        self.counts += bundle.counts
        if bundle.times and self.latest:
            back = datetime.fromisoformat(self.latest[:-1]) - timedelta(hours=1)
            if datetime.fromisoformat(min(bundle.times)[:-1]) < back:
                where = f"among the leaves from {bundle.first} on"
                self.remarks.append(f"{where}, a clock went back by more than an hour")
        self.latest = max([self.latest, *bundle.times])
        return bundle.tops

    def _link(
        self,
        bundle: Bundle,
        writer: str,
        index: int,
        wseq: int,
        wprev: str,
        due: int,
        leaf: str,
        at: str,
    ) -> None:
        """Join what a writer wrote in a row to what it wrote before and after, in any order."""
        before = self.ends.pop((writer, wseq), None)
        after = self.heads.pop((writer, due), None)
        if before is None and (wseq, wprev) != (1, ""):
            self.heads[writer, wseq] = (wprev, index, at)
        if after is None:
            self.ends[writer, due] = leaf
        if before not in (None, wprev) or (after and after[0] != leaf):
            bundle.wrong.append((index, f"it does not follow what {writer!a} wrote before it"))

    def _gaps(self) -> None:
        """Name what writers wrote and is not there; what is young may be sealed a little later."""
        young = datetime.fromisoformat(self.latest[:-1]) - timedelta(hours=1)
        for (writer, wseq), (_, index, at) in self.heads.items():
            what = f"entry {wseq - 1} of {writer!a}, written before leaf {index}, is not there"
            if datetime.fromisoformat(at[:-1]) < young:
                self.wrong.append((f"leaf {index}", what))
            else:
                self.gone.append(f"{what}: it was removed, or is sealed behind this copy's end")

    def _row(self, level: int, count: int) -> list[bytes]:
        found = b""
        for at in range(0, count, WIDE):
            width = min(WIDE, count - at)
            found += _read(self.root, f"tile/{level}/{_place(at // WIDE, width)}", HASH * width)
        return [found[at : at + HASH] for at in range(0, len(found), HASH)]

    def _kept(self, number: int, row: list[bytes]) -> bytes:
        if number < len(row):
            return row[number]
        stack: list[Any] = []
        width = self.size - number * WIDE
        raw = _read(self.root, f"tile/0/{_place(number, width)}", HASH * width)
        for at in range(0, len(raw), HASH):
            _push(stack, 0, raw[at : at + HASH])
        return _fold(stack)

    def _compare(self, row: list[bytes]) -> None:
        level = 1
        while row:
            if self._row(level, len(row)) != row:
                self.wrong.append((f"tile/{level}", "a stored hash is not that of its entries"))
            above: list[bytes] = []
            for at in range(0, len(row) - len(row) % WIDE, WIDE):
                stack: list[Any] = []
                for value in row[at : at + WIDE]:
                    _push(stack, 0, value)
                above.append(_fold(stack))
            row, level = above, level + 1

    def _judge_proof(self, text: str) -> None:
        head, _, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        extra = lines.pop(0)[6:] if lines[0].startswith("extra ") else ""
        if first != PROOF or not re.fullmatch("index (0|[1-9][0-9]{0,14})", lines[0]):
            raise ValueError("it is no proof that this program knows")
        index, proof = int(lines[0][6:]), [_raw(line, HASH) for line in lines[1:]]
        if not extra:
            raise FileNotFoundError("the text of the entry, which `extra` would hold")
        beside = json.loads(base64.b64decode(extra, validate=True))
        trust = Trust(self._noted(), beside["keys"])
        self.size, top = trust.checkpoint(note)
        body = beside["entry"].encode()
        leaf = hashlib.sha256(b"\0" + body).digest()
        entry = _entry(body)
        self.text = f"leaf {index}: {body.decode()!a}"
        if index >= self.size or _led_to(index, self.size, leaf, proof) != top:
            uid = entry["uid"]
            self.wrong.append((f"leaf {index}", f"entry {uid} does not lead to the signed root"))
        if not self.options.without_signatures:
            trust.check(entry["writer"], index, leaf, _raw(beside["signature"], SIGNATURE))
            self.counts["signatures"] += 1
        self.counts["entries"] += 1


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(3, f"{message}; see --help\n")


def _options() -> argparse.Namespace:
    words = _Words(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("copy", help="a folder that log-export wrote, or a file of log-prove")
    words.add_argument(
        "--log-key",
        action="append",
        metavar="VKEY",
        help="the key of the log, from a place you trust",
    )
    words.add_argument("--since", type=int, default=0, help="look into entries from this size on")
    words.add_argument("--entry", metavar="UID", help="look into the bundle of one entry only")
    words.add_argument("--git", metavar="REPO", help=f"compare what its branch {BRANCH} states")
    words.add_argument("--without-signatures", action="store_true", help="of the writers: faster")
    words.add_argument("--json", action="store_true", help="answer with one JSON object")
    found = words.parse_args()
    if found.since < 0:
        words.error("--since is a size")
    if not Path(found.copy).exists():
        words.error(f"{found.copy} is not there")
    try:
        for key in found.log_key or ():
            _key(key)
    except ValueError as error:
        words.error(str(error))
    return found


def _said(verdict: Verdict, code: int) -> Iterator[str]:
    if verdict.text:
        yield verdict.text
    yield f"{'size':<30}{verdict.size:,}"
    for name, count in sorted(verdict.counts.items()):
        yield f"{name:<30}{count:,}"
    yield from (f"- not checked: {what}" for what in verdict.unchecked)
    yield from (f"! {what}" for what in verdict.remarks)
    yield from (f"? missing: {what}" for what in verdict.gone)
    yield from (f"\u2717 {where}: {what}" for where, what in verdict.wrong)
    yield ("As it was recorded and signed.", "Tampered with.", "Something is missing.")[code]


def main() -> int:
    """Judge what the command line names, and say it."""
    options = _options()
    verdict = Verdict(Path(options.copy).resolve(), options)
    verdict.judge()
    code = 1 if verdict.wrong else 2 if verdict.gone else 0
    if options.json:
        told = {
            name: getattr(verdict, name)
            for name in ("size", "counts", "remarks", "unchecked", "gone", "wrong")
        }
        sys.stdout.write(json.dumps({"exit": code, **told}, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_said(verdict, code)) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
