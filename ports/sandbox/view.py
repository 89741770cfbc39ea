"""What does a sandboxed command see of this machine: as little as a program needs to start."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

TREE, HOME, GIVEN, SOURCE = "/box", "/tmp/home", "/given", "/run/tree"  # noqa: S108 - in its view
WORDS = f"{HOME}/.words"  # until the command has it as its input
LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
READ_ONLY = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs")
SHARED_MEMORY = 64 * 1024 * 1024


def files(uid: int) -> dict[str, bytes]:
    """Return the files that programs look for and that say nothing of this machine."""
    return {
        "/etc/passwd": f"sandbox:x:{uid}:{uid}:sandbox:{HOME}:/bin/sh\n".encode(),
        "/etc/group": f"sandbox:x:{uid}:\n".encode(),
        "/etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n",
        "/etc/nsswitch.conf": b"passwd: files\ngroup: files\nhosts: files\n",
    }


def path() -> str:
    """Return where the command finds programs: our interpreter's own ones first."""
    return f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin"


def arguments(tree: Path, *, visible: Iterable[Path], hidden: Iterable[Path]) -> list[str]:
    """Return bubblewrap's arguments for the parts that are ours, none of which can be written."""
    shown = {Path("/usr"), *(place.absolute() for place in visible)}
    if os.access(sys.base_prefix, os.R_OK | os.X_OK):  # else it is another user's
        shown.add(Path(sys.base_prefix))
    return [
        *(*_linked(), "--perms", "0755", "--dir", "/etc", *_system_files()),
        *_folders(shown, set(hidden)),
        # Read from within only until it is copied: the user of the command cannot enter.
        *("--perms", "0700", "--dir", "/run", "--ro-bind", str(tree), SOURCE),
    ]


def room(disk: int) -> list[str]:
    """Return the arguments for what can be written: memory, of which there is so much."""
    return [
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(SHARED_MEMORY), "--perms", "1777", "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--size", str(max(disk // 4, 1)), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *("--perms", "0700", "--dir", HOME),
        *("--size", str(disk), "--perms", "0755", "--tmpfs", TREE),
    ]


def sealed() -> list[str]:
    """Return the arguments that end the making: what holds the rest together becomes read-only."""
    return ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/"]


def _linked() -> Iterator[str]:
    for name in LINKED:
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()).removeprefix("/"), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))


def _system_files() -> Iterator[str]:
    for name in READ_ONLY:
        if Path(name).exists():
            yield from (*_parents(Path(name)), "--ro-bind", name, name)


def _folders(shown: set[Path], hidden: set[Path]) -> Iterator[str]:
    """Show and hide the outer before the inner, so that each has the last word on its own."""
    opened: list[Path] = []
    covers: list[Path] = []
    for place in sorted(shown | hidden, key=lambda one: len(one.parts)):
        within = any(place.is_relative_to(outer) for outer in opened)
        covered = any(place.is_relative_to(cover) for cover in covers)
        if place in hidden and within:
            yield from ("--perms", "0755", "--tmpfs", str(place))
            covers.append(place)
        elif place in shown and (covered or not within):
            yield from (*_parents(place), "--ro-bind", str(place), str(place))
            opened.append(place)
    for cover in covers:
        yield from ("--remount-ro", str(cover))


def _parents(place: Path) -> Iterator[str]:
    """Make what leads to a place; bubblewrap would make it for its own user alone."""
    for parent in reversed(place.parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))
