"""How does a command of a target run so that nothing of it outlives its time?

This file is a program of its own, started with `python -I -S`: it knows no other module of ours.
It becomes the parent of everything that the command leaves behind (a "child subreaper"), so that
a process which forked away from its group is still found and ended.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36
TICK = 0.05
KILL_ROUNDS = 200
_WHY = {
    "timed out": "longer than it may take",
    "too many processes": "more processes than are allowed",
}


def main(spec: Mapping[str, Any], report: int) -> None:
    """Run the command of the specification and write how it ended to the report's descriptor."""
    os.set_inheritable(report, False)
    _become_reaper()
    signal.signal(signal.SIGTERM, _stop)
    started = time.monotonic()
    words = _words(spec["words"])
    try:
        child = subprocess.Popen(
            spec["command"],
            cwd=spec["folder"],
            env=spec["environment"],
            stdin=words,
            start_new_session=True,
            pass_fds=() if spec["results"] is None else (spec["results"],),
            preexec_fn=lambda: _limit(spec["limits"]),
        )
    except (OSError, ValueError) as error:
        _write(report, {"ended": "not started", "why": str(error), "code": None})
        return
    finally:
        os.close(words)
    ended = _wait(child, started + spec["seconds"], spec["processes"])
    code = child.returncode  # known only if it ended by itself
    end_descendants()
    _write(report, {"ended": ended, "why": _WHY.get(ended, ""), "code": code})


def _words(place: str) -> int:
    """Open the input of the command; nobody finds it at its place afterwards."""
    words = os.open(place or os.devnull, os.O_RDONLY)
    if place:
        os.unlink(place)  # noqa: PTH108 - it is known as a text, and to nobody else
    return words


def _wait(child: "subprocess.Popen[bytes]", deadline: float, most: int) -> str:
    checked = 0.0
    while child.poll() is None:
        now = time.monotonic()
        if now > deadline:
            return "timed out"
        if now - checked > TICK * 4:
            checked = now
            if len(descendants(os.getpid())) > most:
                return "too many processes"
        time.sleep(TICK / 5)
    return "done"


def end_descendants() -> None:
    """Stop, then kill everything below this process."""
    for _ in range(KILL_ROUNDS):
        living = _living()
        if not living:
            return
        for sign in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that none forks on
            for pid in living:
                _signal(pid, sign)
        _reap()
        time.sleep(TICK / 5)


def descendants(root: int) -> set[int]:
    """Return the processes below one, however they changed their group or session."""
    parents = _parents()
    found: set[int] = set()
    edge = {root}
    while edge:
        edge = {pid for pid, parent in parents.items() if parent in edge} - found
        found |= edge
    return found


def _living() -> set[int]:
    _reap()
    return descendants(os.getpid())


def _parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        found[int(stat.parent.name)] = int(fields[1])
    return found


def _reap() -> None:
    """Take ended processes out of the table; the command's own end has been read by then."""
    try:
        while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
            pass
    except ChildProcessError:
        return


def _become_reaper() -> None:
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # else the command could write our report for us


def _limit(limits: Mapping[str, int]) -> None:
    for name, most in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            _, hard = resource.getrlimit(which)
            allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (allowed, allowed))


def _signal(pid: int, sign: int) -> None:
    try:
        os.kill(pid, sign)
    except OSError:  # it ended meanwhile
        return


def _stop(*_: object) -> None:
    end_descendants()
    os._exit(143)


def _write(report: int, answer: Mapping[str, Any]) -> None:
    os.write(report, json.dumps(answer).encode())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
