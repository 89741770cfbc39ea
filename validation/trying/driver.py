"""Import modules, call commands, run programs: each in a process of its own, told by name.

Runs inside the sandbox, alone, with nothing but the standard library. What it is to do stands in
the file that it is given; what came of it leaves through the descriptor that only this process
holds, each line marked with a word that the tried code was not told.
"""

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

LOOKED_INTO = 4  # prctl's PR_SET_DUMPABLE: may processes of the same user look into this one?
# What most programs load, and slowly: once for all, instead of once for each that is tried.
OFTEN_USED = (
    *("asyncio", "concurrent.futures", "dataclasses", "decimal", "email.message", "http.client"),
    *("inspect", "logging", "pathlib", "ssl", "tempfile", "typing", "urllib.request", "uuid"),
)
KEPT_LINES = 8
KEPT = 64 * 1024


def main() -> None:
    """Try each thing, and say so once all were tried."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - fewer imports, less to wait for
        plan = json.load(file)
    out = int(os.environ.pop("SANDBOX_RESULTS"))
    _be_looked_into(0)
    _say(out, plan["nonce"], {"python": sys.version.split()[0]})
    for name in OFTEN_USED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for number, item in enumerate(plan["items"]):
        _say(out, plan["nonce"], {"item": number, **tried(item, plan, out)})
    _say(out, plan["nonce"], {"end": len(plan["items"])})


def _be_looked_into(allowed: int) -> None:
    ctypes.CDLL(None).prctl(LOOKED_INTO, allowed, 0, 0, 0)


def _say(out: int, nonce: str, told: dict[str, Any]) -> None:
    line = f"{nonce} {json.dumps(told)}\n".encode()
    while line:
        line = line[os.write(out, line) :]


def tried(item: dict[str, Any], plan: dict[str, Any], out: int) -> dict[str, Any]:
    """Try one thing in a process of its own and return what it told, or how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        os.close(reading)
        _child(item, plan, writing)
    os.close(writing)
    os.set_blocking(reading, False)
    told, late, status = _follow(child, reading, time.monotonic() + plan["seconds"])
    os.close(reading)
    if late:
        return {"ended": f"takes longer than {plan['seconds']:g} s"}
    try:
        answer = json.loads(told)
    except ValueError:
        return {"ended": _how(status)}
    return answer if isinstance(answer, dict) else {"ended": "says something else"}


def _follow(child: int, reading: int, deadline: float) -> tuple[bytes, bool, int]:
    told, late, gone, status = b"", False, 0, 0
    while not gone and not late:
        select.select([reading], [], [], 0.02)
        told += _read(reading)
        gone, status = os.waitpid(child, os.WNOHANG)
        late = time.monotonic() > deadline
    if not gone:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it left behind goes with it
    return told + _read(reading), late, status


def _read(reading: int) -> bytes:
    try:
        return os.read(reading, KEPT)
    except BlockingIOError:
        return b""


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"is ended by signal {-code}" if code < 0 else f"ends the process with exit code {code}"


def _child(item: dict[str, Any], plan: dict[str, Any], writing: int) -> None:
    """Do it, tell it, and leave without a word to anybody else."""
    try:
        os.setpgid(0, 0)
        _be_looked_into(1)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        for root in (item.get("root", ""), *plan["roots"], item.get("beside", "")):
            _look_in(os.path.join(os.getcwd(), root))  # noqa: PTH109, PTH118 - as above
        answer = _ACTS[item["kind"]](item)
    except BaseException as error:  # noqa: BLE001 - whatever the tried code raises is what is to be told
        answer = _told(error)
    os.write(writing, json.dumps(answer).encode()[:KEPT])
    os._exit(0)


def _look_in(folder: str) -> None:
    """Look there after Python's own library, and before what somebody installed."""
    folder = os.path.normpath(folder)
    if folder not in sys.path:
        installed = ("site-packages", "dist-packages")
        places = [n for n, path in enumerate(sys.path) if path.endswith(installed)]
        sys.path.insert(min(places, default=len(sys.path)), folder)


def _import(item: dict[str, Any]) -> dict[str, Any]:
    module = importlib.import_module(item["name"])
    place = os.path.realpath(getattr(module, "__file__", None) or "")
    if place != os.path.realpath(item["path"]):
        return {"other": item["name"]}
    return {"ok": True}


def _call(item: dict[str, Any]) -> dict[str, Any]:
    """Call what an entry point names, as its script would, and ask for its help."""
    sys.argv = [item["name"], "--help"]
    found: Any = importlib.import_module(item["module"])
    for part in item["attribute"].split("."):
        found = getattr(found, part)
    try:
        code = found()
    except SystemExit as end:
        code = end.code
    return {"ok": True} if code in (None, 0) else {"ended": f"ends with {str(code)[:200]!r}"}


def _run(item: dict[str, Any]) -> dict[str, Any]:
    """Run a command and keep the end of what it says."""
    try:
        done = subprocess.run(
            item["command"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        return {"ended": f"cannot be started: {error.strerror}"}
    if done.returncode == 0:
        return {"ok": True}
    lines = done.stdout[-4000:].decode("utf-8", "replace").splitlines()[-KEPT_LINES:]
    here = os.getcwd() + os.sep  # noqa: PTH109 - as above
    told = [line.replace(here, "")[:300] for line in lines]
    return {"ended": f"ends with exit code {done.returncode}", "lines": told}


def _told(error: BaseException) -> dict[str, Any]:
    """Say what was raised, where in the tree, and what is missing if that is the matter."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    lines = traceback.format_exception_only(error)
    frames = list(_places(error))
    places = [f"{path}:{line}" for path, line in frames[-3:]]
    return {
        "ended": f"raises {type(error).__name__}",
        "missing": missing,
        "lines": [line[:300] for line in [*places, *"".join(lines).splitlines()[-KEPT_LINES:]]],
        "places": frames[-20:],
    }


def _places(error: BaseException) -> Iterable[tuple[str, int]]:
    here = os.getcwd() + os.sep  # noqa: PTH109
    for frame in traceback.extract_tb(error.__traceback__):
        place = os.path.realpath(frame.filename)
        if not os.path.isabs(frame.filename):  # noqa: PTH117 - no file: <string>, <frozen …>
            continue
        if place.startswith(here) and frame.lineno:
            yield place.removeprefix(here), frame.lineno
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        place = os.path.realpath(error.filename)
        if place.startswith(here):
            yield place.removeprefix(here), error.lineno


_ACTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "import": _import,
    "call": _call,
    "run": _run,
}

if __name__ == "__main__":
    main()
