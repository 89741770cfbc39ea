"""How much do all processes of a run take together, and what takes too much?

Limits of the kernel bound one process or one file; only who looks at the whole tree sees many
small ones. A sum of resident pages counts shared ones again for each process: it raises the
question, and the proportional share answers it.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ports.sandbox import MEGABYTE, Bounds, Ending, TemporaryError, view

WATCHED = (view.TREE, "/tmp", "/dev/shm")  # noqa: S108 - in its view
LEFT_TO_US = 256 * MEGABYTE


@dataclass(frozen=True)
class Excess:
    """Say which bound was passed, in one word and in a sentence."""

    ending: Ending
    words: str


@dataclass(frozen=True)
class Watch:
    """Look at everything below one process, and at the folders that it can fill."""

    root: int
    folders: tuple[int, ...]
    bounds: Bounds

    def excess(self) -> Excess | None:
        """Return the first bound that is passed now."""
        tree = list(members(self.root))
        if len(tree) - 1 > self.bounds.processes:  # the first one is bubblewrap's
            words = f"{len(tree) - 1} processes, {self.bounds.processes} are allowed"
            return Excess(Ending.TOO_MANY_PROCESSES, words)
        return self._memory(tree) or self._files()

    def _memory(self, tree: list[int]) -> Excess | None:
        most = self.bounds.memory
        if sum(resident(pid) for pid in tree) > most:
            shared_out = sum(proportional(pid) for pid in tree)
            if shared_out > most:
                taken, allowed = shared_out // MEGABYTE, most // MEGABYTE
                words = f"{taken} MB of memory, {allowed} MB are allowed"
                return Excess(Ending.TOO_MUCH_MEMORY, words)
        left = available()
        if left is not None and left < LEFT_TO_US:
            raise TemporaryError(
                f"this machine had only {left // MEGABYTE} MB of memory left, so the run was ended"
            )
        return None

    def _files(self) -> Excess | None:
        made = 0
        for folder in self.folders:
            room = os.fstatvfs(folder)
            made += room.f_files - room.f_ffree
        if made > self.bounds.files:
            words = f"{made} files, {self.bounds.files} are allowed"
            return Excess(Ending.TOO_MANY_FILES, words)
        return None


@contextlib.contextmanager
def watching(root: int, bounds: Bounds) -> Iterator[Watch]:
    """Give a watch over a sandbox that has started; OSError when it has ended meanwhile."""
    with contextlib.ExitStack() as stack:
        folders = []
        for name in WATCHED:
            number = os.open(f"/proc/{root}/root{name}", os.O_PATH | os.O_DIRECTORY)
            stack.callback(os.close, number)
            folders.append(number)
        yield Watch(root, tuple(folders), bounds)


def members(root: int) -> Iterator[int]:
    """Yield a process and everything below it, whatever group or session it went to."""
    found = [root]
    seen = {root}
    for pid in found:
        yield pid
        for child in _children(pid):
            if child not in seen:
                seen.add(child)
                found.append(child)


def resident(pid: int) -> int:
    """Return what a process has in memory and in swap, shared pages in full."""
    return _sum(Path(f"/proc/{pid}/status"), (b"VmRSS:", b"VmSwap:")) or 0


def proportional(pid: int) -> int:
    """Return a process's share of what it has; in full where the kernel does not tell."""
    found = _sum(Path(f"/proc/{pid}/smaps_rollup"), (b"Pss:", b"SwapPss:"))
    return resident(pid) if found is None else found


def available() -> int | None:
    """Return how much memory this machine has to give."""
    return _sum(Path("/proc/meminfo"), (b"MemAvailable:",))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it ended meanwhile
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - twenty times a second
            with contextlib.suppress(OSError):
                told = Path(f"/proc/{pid}/task/{task}/children").read_bytes()
                found.extend(int(child) for child in told.split())
    return found


def _sum(file: Path, names: tuple[bytes, ...]) -> int | None:
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return None
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith(names)]
    return sum(kilobytes) * 1024 if kilobytes else None
