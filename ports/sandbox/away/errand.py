"""What does a machine elsewhere do with a job: unpack it, run it within its bounds, tell of it?

This file is the start of a program of its own (`errand.pyz`), with two of our files beside it that
need nothing but Python: it runs where no other module of ours is.
"""

import base64
import contextlib
import ctypes
import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

from streams import Ends, Start, follow, pipe  # type: ignore[import-not-found]

SUPERVISOR = "supervise.py"
PR_SET_DUMPABLE = 4
GRACE = 15.0


def main(place: str) -> None:
    """Run the job that lies in a file and print one line that holds all there is to tell."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # the command cannot speak for us
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as top:
        with tarfile.open(place) as archive:
            archive.extraction_filter = _as_it_is
            archive.extractall(top)  # noqa: S202 - packed by us
        spec = json.loads(Path(top, "spec.json").read_text())
        for gone in (Path(place), Path(top, "spec.json")):
            gone.unlink()  # the command reads neither
        missing = [name for name in spec["modules"] if not _has(name)]
        told = {"missing": missing} if missing else _run(spec, Path(top))
        print(line(spec["nonce"], told))  # noqa: T201 - that is how it speaks


def line(nonce: str, told: dict[str, Any]) -> str:
    """Write what is told so that nothing else is taken for it, and that its end is known."""
    packed = base64.b64encode(zlib.compress(json.dumps(told).encode())).decode()
    return f"\n{nonce} {packed} {nonce}"


def _as_it_is(member: tarfile.TarInfo, _path: str) -> tarfile.TarInfo:
    """Keep links of a tree as they are, wherever they lead."""
    return member


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _run(spec: dict[str, Any], top: Path) -> dict[str, Any]:
    output, results, report = Ends(spec["output"]), Start(spec["most_results"]), Start(65_536)
    (top / "home").mkdir()
    began = time.monotonic()
    with pipe() as (reading, telling), pipe() as (said, saying), pipe() as (found, writing):
        process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(top / SUPERVISOR)),
                *(json.dumps(_supervised(spec, top, writing.number)), str(telling.number)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=saying.number,
            stderr=subprocess.STDOUT,
            pass_fds=(telling.number, writing.number),
            start_new_session=True,
            env={"PATH": os.defpath},
        )
        for end in (telling, saying, writing):
            end.close()
        latest = began + spec["seconds"] + GRACE
        sinks = {reading: report.add, said: output.add, found: results.add}
        follow(process, sinks, tick=lambda: time.monotonic() > latest)
        process.kill()
        process.wait()
    return {
        **_answer(bytes(report.kept)),
        "output": output.text(),
        "results": base64.b64encode(bytes(results.kept)).decode(),
        "cut": results.cut,
        "seconds": time.monotonic() - began,
        "tree": str(top / "files"),
        "home": str(top / "home"),
    }


def _answer(report: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        found: dict[str, Any] = json.loads(report)
        return found
    why = "its supervisor was ended before it could report"
    return {"ended": "lost", "why": why, "code": None}


def _supervised(spec: dict[str, Any], top: Path, results: int) -> dict[str, Any]:
    words = [
        word if isinstance(word, str) else str(top / "given" / word["given"])
        for word in spec["command"]
    ]
    if spec["python"]:
        words[0] = sys.executable
    return {
        "command": words,
        "folder": str(top / "files"),
        "environment": _environment(spec, top, results),
        "seconds": spec["seconds"],
        "processes": spec["processes"],
        "results": results if spec["results"] else None,
        "words": str(top / "words") if spec["words"] else "",
        "limits": spec["limits"],
    }


def _environment(spec: dict[str, Any], top: Path, results: int) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(top / "home"),
        "TMPDIR": str(top / "home"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **({spec["results"]: str(results)} if spec["results"] else {}),
        **spec["environment"],
    }


if __name__ == "__main__":
    main(sys.argv[1])
