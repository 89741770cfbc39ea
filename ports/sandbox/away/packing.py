"""Which files does a machine elsewhere get, and how is what it tells read?"""

import base64
import functools
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ports.sandbox import RESULTS, Bounds, Ending, Given, Job, Level, Portable, Ran, streams
from ports.sandbox import supervise as supervisor

ERRAND, PARCEL, SUPERVISOR = "errand.pyz", "job.tar.gz", "supervise.py"
COMMAND = f"python3 -I -B {ERRAND} {PARCEL}"
OURS = (  # what the program over there is made of
    ("__main__.py", Path(__file__).with_name("errand.py")),
    ("streams.py", Path(streams.__file__)),
)
LARGEST = 20_000_000  # bytes of a job, as it is sent
LARGEST_TOLD = 200_000_000  # bytes, once it is unpacked


class Unfit(Exception):
    """The job cannot be sent away; the words say why."""


class NotTold(Exception):
    """What came back does not say how the job ended."""


@dataclass(frozen=True)
class Parcel:
    """Hold the files of a job, and the word that its answer carries."""

    files: Mapping[str, bytes]
    nonce: str


def packed(job: Job, nonce: str) -> Parcel:
    """Pack a job: the tree, what is given beside it, and our program that runs it."""
    if job.portable is None:
        raise Unfit("it needs programs that only this machine has")
    content = _archive(job, job.portable, nonce)
    if len(content) > LARGEST:
        raise Unfit(f"its files take {len(content):,} bytes, and {LARGEST:,} can be sent")
    return Parcel({ERRAND: _program(), PARCEL: content}, nonce)


def read(parcel: Parcel, output: str, job: Job) -> Ran:
    """Read how a job ended elsewhere; raise NotTold or, where something lacks there, Unfit."""
    told = _told(parcel.nonce, output)
    if told.get("missing"):
        raise Unfit(f"the Python there has no {', '.join(map(str, told['missing']))}")
    try:
        return _ran(told, job)
    except (KeyError, TypeError, ValueError) as error:
        raise NotTold("what it tells has another form") from error


def _ran(told: Mapping[str, Any], job: Job) -> Ran:
    ending = Ending(told["ended"])
    code = told["code"]
    if ending == Ending.STOPPED or (type(code) is int) is not (ending == Ending.DONE):
        raise ValueError("only an end of its own has a code")
    if code is not None and code < 0:
        code = 128 - code
    over = (str(told["why"]),) if ending in (Ending.TIMED_OUT, Ending.TOO_MANY_PROCESSES) else ()
    most = job.bounds.results
    results = base64.b64decode(told["results"], validate=True)[:most]
    cut = bool(job.results and told["cut"])
    return Ran(
        ended=ending,
        level=Level.L2,  # of its filter we know nothing
        code=code,
        output=str(told["output"]),
        results=results if job.results else b"",
        why=str(told["why"]),
        violations=(*over, *([f"more than {most} bytes of results"] * cut)),
        seconds=float(told["seconds"]),
        tree=str(told["tree"]),
        home=str(told["home"]),
    )


def _told(nonce: str, output: str) -> dict[str, Any]:
    """Find the line that our program wrote, and whole; the last one counts."""
    lines = [one.strip().split(" ") for one in output.splitlines()]
    whole = [one for one in lines if len(one) == 3 and one[0] == one[2] == nonce]
    if not whole:
        raise NotTold("it told nothing, or not to the end")
    try:
        inflating = zlib.decompressobj()
        raw = inflating.decompress(base64.b64decode(whole[-1][1], validate=True), LARGEST_TOLD)
        if inflating.unconsumed_tail:
            raise NotTold(f"it told more than {LARGEST_TOLD:,} bytes")
        found = json.loads(raw)
    except (ValueError, zlib.error, RecursionError) as error:
        raise NotTold("what it tells is damaged") from error
    if not isinstance(found, dict):
        raise NotTold("what it tells has another form")
    return found


def _archive(job: Job, portable: Portable, nonce: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=6) as archive:
        archive.add(job.tree, "files", filter=_nameless)
        for name, text in job.given.items():
            _add(archive, f"given/{name}", text, 0o444)
        if job.words:
            _add(archive, "words", job.words, 0o600)
        _add(archive, SUPERVISOR, Path(supervisor.__file__).read_bytes())
        _add(archive, "spec.json", json.dumps(_spec(job, portable, nonce)).encode(), 0o600)
    return content.getvalue()


def _nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Say nothing of this machine's accounts."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))


def _spec(job: Job, portable: Portable, nonce: str) -> dict[str, Any]:
    words = [{"given": word.name} if isinstance(word, Given) else word for word in job.command]
    if portable.python:
        words[0] = "python3"  # where ours lies is nobody's business there
    return {
        "nonce": nonce,
        "command": words,
        "python": portable.python,
        "modules": portable.modules,
        "environment": dict(job.environment),
        "seconds": job.bounds.seconds,
        "processes": job.bounds.processes,
        "output": job.bounds.output,
        "most_results": job.bounds.results,
        "results": RESULTS if job.results else "",
        "words": bool(job.words),
        "limits": _limits(job.bounds),
    }


def _limits(bounds: Bounds) -> dict[str, int]:
    return {
        "RLIMIT_CPU": int(bounds.seconds) + 5,
        "RLIMIT_DATA": bounds.memory,
        "RLIMIT_FSIZE": min(bounds.file, bounds.disk),
        "RLIMIT_CORE": 0,
    }


@functools.cache
def _program() -> bytes:
    """Return our program as one file that Python can start."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, path in OURS:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), path.read_bytes())
    return content.getvalue()
