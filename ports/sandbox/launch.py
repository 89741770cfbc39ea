"""How is a command put into a bubblewrap of its own, and what does that say while it starts?"""

import contextlib
import json
import os
import random
import resource
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ports.sandbox import RESULTS, Bounds, Given, Job, view

# A user id that no account has; another one for each run, as limits are counted for a user.
FIRST_UID, UIDS = 1_900_000_000, 1_000_000
CAPABILITIES = ("SETUID", "SETGID", "SETPCAP", "CHOWN", "DAC_OVERRIDE", "FOWNER")
NEEDED = sum(1 << bit for bit in (0, 1, 3, 6, 7, 8, 21))  # those, and SYS_ADMIN
RESULTS_NUMBER = 3
NEEDS = ("setpriv", "prlimit", "cp", "chown", "rm", "sh")
OPEN_FILES = 1024
LONGEST = 4096  # bytes of marks

# It gets the mark's pipe as input and the results' as error output, so that each has a number
# that a shell can name, and no other descriptor of ours is open in the command.
SCRIPT = """
cp -R /run/tree/. /box 2>&1 || { echo 'copy' >&0; exit 1; }
{owned}
cd /box
command -v "$1" >/dev/null 2>&1 || { echo 'missing' >&0; exit 1; }
echo 'started' >&0
exec {results} 2>&1 <{words}
{forgotten}
exec {command} "$@"
"""


@dataclass
class Marks:
    """Read what bubblewrap and our script say of the start and the end.

    No more than that is kept: an ordinary user's command can write here as well, by way of the
    first process beside it. What it writes comes after the start, and drowns no more than its end.
    """

    text: bytearray = field(default_factory=bytearray)

    def add(self, piece: bytes) -> None:
        """Take one more piece."""
        self.text += piece[: max(LONGEST - len(self.text), 0)]

    @property
    def words(self) -> list[str]:
        """Return our script's marks."""
        lines = self.text.decode("utf-8", "replace").splitlines()
        return [line for line in lines if not line.startswith("{")]

    def number(self, name: str) -> int | None:
        """Return a number that bubblewrap told."""
        for line in self.text.decode("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if isinstance(told, dict) and isinstance(told.get(name), int):
                    return int(told[name])
        return None


def is_privileged() -> bool:
    """Tell whether we are root with what it takes to make namespaces and leave root in them."""
    if os.geteuid() != 0:
        return False
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return int(line.split()[1], 16) & NEEDED == NEEDED


def spare_uid() -> int:
    """Return a user id for one run: within a container, one of those that it has."""
    chosen = FIRST_UID + random.SystemRandom().randrange(UIDS)
    ranges = [
        (int(first), int(count))
        for first, _, count in (
            line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()
        )
    ]
    if any(first <= chosen < first + count for first, count in ranges):
        return chosen
    first, count = max(ranges, key=lambda one: one[1])
    return first + count - 1 - random.SystemRandom().randrange(max(count // 4, 1))


@dataclass(frozen=True)
class Launch:
    """Hold one start: the arguments, and the descriptors that bubblewrap reads them by."""

    arguments: list[str]
    descriptors: tuple[int, ...]


@contextlib.contextmanager
def prepared(
    job: Job, *, hidden: tuple[Path, ...], program: bytes | None, status: int
) -> Iterator[Launch]:
    """Give what to start; what bubblewrap reads from memory is closed afterwards."""
    as_root = is_privileged()
    uid = spare_uid() if as_root else os.geteuid()
    given = {f"{view.GIVEN}/{name}": content for name, content in job.given.items()}
    with contextlib.ExitStack() as stack:
        filed = [
            (path, _memory(stack, content))
            for path, content in {**view.files(uid), **given}.items()
        ]
        words = [(view.WORDS, _memory(stack, job.words))] if job.words else []
        filters = [_memory(stack, program)] if program else []
        arguments = [
            *_apart(as_root, status),
            *view.room(job.bounds.disk),  # first: what is shown may lie below /tmp
            *view.arguments(job.tree, visible=job.visible, hidden=hidden),
            *("--perms", "0755", "--dir", view.GIVEN),
            *_placed(filed, "0444"),
            *_placed(words, "0600"),
            *view.sealed(),
            *_environment(job),
            *(word for number in filters for word in ("--seccomp", str(number))),
            *("--", "/bin/sh", "-c", _script(job, uid if as_root else None), "sh"),
            *(_word(word) for word in job.command),
        ]
        yield Launch(arguments, (status, *filters, *(number for _, number in filed + words)))


def _apart(as_root: bool, status: int) -> list[str]:
    """Return what separates it: namespaces, its own session, no right of ours, our own end."""
    kinds = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    if as_root:
        # Within a user namespace root stays root: no limit of processes would hold.
        rights = [word for name in CAPABILITIES for word in ("--cap-add", f"CAP_{name}")]
        own = ["--cap-drop", "ALL", *rights]
    else:
        own = ["--unshare-user", "--disable-userns"]
    return [
        *kinds,
        "--unshare-cgroup-try",
        *own,
        *("--hostname", "sandbox", "--die-with-parent", "--new-session", "--clearenv"),
        *("--json-status-fd", str(status)),
    ]


def _placed(filed: list[tuple[str, int]], mode: str) -> list[str]:
    return [
        word for path, number in filed for word in ("--perms", mode, "--file", str(number), path)
    ]


def _environment(job: Job) -> list[str]:
    entries: Mapping[str, str] = {
        "PATH": view.path(),
        "HOME": view.HOME,
        "TMPDIR": view.HOME,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **({RESULTS: str(RESULTS_NUMBER)} if job.results else {}),
        **job.environment,
    }
    return [word for name, value in entries.items() for word in ("--setenv", name, value)]


def _script(job: Job, uid: int | None) -> str:
    dropped = (
        f"setpriv --reuid {uid} --regid {uid} --clear-groups --bounding-set=-all"
        " --inh-caps=-all --no-new-privs "
    )
    owned = f"chown -R -h {uid}:{uid} /box {view.HOME}" if uid is not None else ":"
    command = f"{dropped if uid is not None else ''}prlimit {' '.join(_limits(job.bounds))} --"
    results = f"{RESULTS_NUMBER}>&2" if job.results else ""
    lines = SCRIPT.replace("{owned}", owned).replace("{command}", command)
    words, forgotten = (view.WORDS, f"rm {view.WORDS}") if job.words else ("/dev/null", "")
    lines = lines.replace("{words}", words).replace("{forgotten}", forgotten)
    return lines.replace("{results}", results)


def _limits(bounds: Bounds) -> list[str]:
    """Return the limits as prlimit takes them, none above what we have ourselves.

    RLIMIT_DATA, not RLIMIT_AS: what a runtime only reserves is no memory. More processes are
    allowed than the watch permits, so that it sees the crowd and can say so.
    """
    wanted = {
        "nproc": bounds.processes + bounds.processes // 4 + 1,
        "data": bounds.memory,
        "fsize": min(bounds.file, bounds.disk),
        "nofile": OPEN_FILES,
        "cpu": int(bounds.seconds) + 5,
        "core": 0,
    }
    limits = []
    for name, most in wanted.items():
        _, hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        limits.append(f"--{name}={allowed}")
    return limits


def _word(word: str | Given) -> str:
    return f"{view.GIVEN}/{word.name}" if isinstance(word, Given) else word


def _memory(stack: contextlib.ExitStack, content: bytes) -> int:
    number = os.memfd_create("sandbox", os.MFD_CLOEXEC)
    stack.callback(os.close, number)
    with open(number, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(number, 0, os.SEEK_SET)
    return number


def missing_tools() -> list[str]:
    """Name the programs that the start needs and that are not there."""
    return [name for name in NEEDS if shutil.which(name, path="/usr/bin:/bin") is None]
