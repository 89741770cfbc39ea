"""What does a worker do to the world outside its database, act by act, and where does it die?

Git, requests, commands of the target and runs of its tests pass four functions; each is watched
from its call to its return. The interpreter itself tells of every program, connection, file and
folder beside them: what a stage does past those functions is an act without a name.
"""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BEFORE, DURING, AFTER, LOST = "before", "during", "after", "lost"
HELD = "held"  # it does not die: it waits there, once that is done, until it is let go
ABOUT_TO = "about to"  # the same, just before
INSIDE = 0.02  # seconds that a program has had when its worker dies in the middle of it

LONGEST_HOLD = 60.0

LOOKS = {  # of git's commands: they change nothing
    *("rev-parse", "for-each-ref", "cat-file", "ls-tree", "diff-tree", "merge-base", "log"),
    *("rev-list", "grep", "ls-remote", "symbolic-ref", "status", "diff", "check-ignore"),
}
MAKES_OBJECTS = {  # nobody sees them until a ref names them
    *("commit-tree", "hash-object", "write-tree", "apply", "merge-tree", "mktree"),
    *("update-index", "unpack-objects"),
}
ACTS = {"update-ref", "push", "fetch", "checkout", "read-tree", "config", "init"}
_HASH = re.compile(r"\b[0-9a-f]{40}\b")
_SNAPSHOT = re.compile(r"\bsnapshot/\d+\b")
_UID = re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Point:
    """Name an act, which time it happens, and when the worker dies there."""

    stage: str
    act: str
    when: str
    time: int = 1


@dataclass
class Watcher:
    """Note every act with the stage it happens in, and die at one of them."""

    folder: Path
    point: Point | None = None
    acts: list[tuple[str, str]] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    stage: str = ""
    inside: threading.local = field(default_factory=threading.local)

    def enter(self, owner: Any, name: str, stage: str) -> None:
        """Watch the function that is a stage, or what else acts by itself."""
        real = getattr(owner, name)

        def entered(*given: Any, **named: Any) -> Any:
            self.stage = stage
            try:
                return real(*given, **named)
            finally:
                self.stage = ""

        entered.__module__ = real.__module__
        setattr(owner, name, entered)

    def wrap(self, owner: Any, name: str, word: Callable[..., str]) -> None:
        """Watch a function; `word` says what act a call is, or nothing for one that only looks."""
        real = getattr(owner, name)

        def watched(*given: Any, **named: Any) -> Any:
            act = word(*given, **named) if self.stage else ""
            if not act:
                return self._through(real, *given, **named)
            with self._at(act):
                return self._through(real, *given, **named)

        setattr(owner, name, watched)

    @contextmanager
    def _at(self, act: str) -> Iterator[None]:
        """Note an act, and die before, in the middle of, or after it when it is the one."""
        here = (self.stage, act)
        self.acts.append(here)
        point, when = self.point, ""
        if point and (point.stage, point.act, point.time) == (*here, self.acts.count(here)):
            when = point.when
        if when == BEFORE:
            _die()
        if when == ABOUT_TO:
            self._hold()
        if when == DURING:
            threading.Timer(INSIDE, _die).start()
        yield
        if when == AFTER:
            _die()
        if when == HELD:
            self._hold()

    def _hold(self) -> None:
        (self.folder / "tmp" / "held").touch()
        deadline = time.monotonic() + LONGEST_HOLD
        while not (self.folder / "tmp" / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _through(self, real: Callable[..., Any], *given: Any, **named: Any) -> Any:
        before = self.inside.__dict__.get("depth", 0)
        self.inside.depth = before + 1
        try:
            return real(*given, **named)
        finally:
            self.inside.depth = before

    def told(self) -> dict[str, Any]:
        """Return what was seen."""
        return {"acts": self.acts, "unnamed": sorted(set(self.unnamed))}

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take what the interpreter tells of itself: what no watched function did."""
        if event not in _TOLD or not self.stage or self.inside.__dict__.get("depth"):
            return
        words = _TOLD[event](arguments)
        if not words or words in LOOKED_AT or _is_own(words, self.folder):
            return
        if event in _ON_FILES:
            place = words.removeprefix(f"{self.folder}/")
            with self._at(f"file: {event} {place}"):
                return
        self.unnamed.append(f"{self.stage}: {event} {words}")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _opened(arguments: tuple[Any, ...]) -> str:
    path, _, flags = arguments
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    return str(path) if writes and not isinstance(path, int) else ""


LOOKED_AT = {"git --version"}
_ON_FILES: dict[str, Callable[[tuple[Any, ...]], str]] = {
    "open": _opened,
    "os.remove": lambda given: str(given[0]),
    "os.rename": lambda given: str(given[1]),
    "os.mkdir": lambda given: "" if Path(given[0]).is_dir() else str(given[0]),
    "os.symlink": lambda given: str(given[1]),
}
_TOLD: dict[str, Callable[[tuple[Any, ...]], str]] = {
    "subprocess.Popen": lambda given: " ".join(map(str, given[1])),
    "os.system": lambda given: str(given[0]),
    "os.posix_spawn": lambda given: str(given[0]),
    "socket.connect": lambda given: str(given[1]),
    **_ON_FILES,
}


def _is_own(words: str, folder: Path) -> bool:
    """Tell the worker's own database, keys, scratch space and locks from what others see."""
    own = ("/dev/", *(f"{folder}/{name}" for name in ("data/", "tmp", "db.")))
    # A name without a folder is of a tree that is being removed, below one of these.
    return "/" not in words or words.startswith(own) or words.endswith("/selfimprove.lock")


def git_act(folder: Path) -> Callable[..., str]:
    """Return what says which act a run of git is, without what differs between two worlds."""

    def word(git: Any, *arguments: str, **named: Any) -> str:
        command = arguments[0]
        if command in LOOKS or (command == "config" and "--get" in arguments):
            return ""
        if command in MAKES_OBJECTS or "GIT_INDEX_FILE" in (named.get("environment") or {}):
            return ""
        if command not in ACTS or "--dry-run" in arguments:
            return "" if "--dry-run" in arguments else f"UNKNOWN git {command}"
        place = str(git.git_dir.relative_to(folder)).removesuffix("/.git")
        place = {"data/clones/gateway.git": "clone", "live": "live"}.get(place, "origin")
        words = [one for one in arguments[1:] if one == "-d" or not one.startswith("-")]
        stdin = (named.get("stdin") or b"").decode().replace("\0", " ")
        words += [one for one in stdin.split() if one.startswith("refs/")]
        words = [one.removeprefix(f"{folder}/") for one in words if one != "origin"]
        words = [one for one in words if not _HASH.fullmatch(one)]
        return _plain(f"{place}: git {command} {' '.join(words)}".strip())

    return word


def _plain(words: str) -> str:
    numbered = _SNAPSHOT.sub("snapshot/N", _HASH.sub("SHA", words))
    return _UID.sub("ID", numbered).replace("/SHA", "/…")


def http_act(_wire: Any, method: str, url: str, *_: Any) -> str:
    """Say which act a request is."""
    if method == "GET":
        return ""
    path = url.partition("/repos/acme/agents/")[2] or url
    return _plain(f"github: {method} {path}")


def install(folder: Path, point: Point | None) -> Watcher:
    """Watch everything from now on."""
    from delivery import plans, watchdog
    from ports.deployer import asked, commands
    from ports.forge.github.wire import HttpWire
    from ports.git import Git
    from ports.sandbox.unconfined import Unconfined

    watcher = Watcher(folder, point)
    for walk in plans.WALKS.values():
        for stage in walk:
            watcher.enter(stage, "run", plans.name_of(stage))
    watcher.enter(watchdog, "remove_orphans", "orphans")
    watcher.wrap(Git, "run", git_act(folder))
    watcher.wrap(HttpWire, "send", http_act)
    watcher.wrap(commands, "run", lambda name, *_, **__: f"live: command {name}")
    watcher.wrap(asked, "ask", lambda request, **_: f"deployer: {request.method}")
    watcher.wrap(Unconfined, "run", lambda *_, **__: "sandbox: run")
    sys.addaudithook(watcher.look)
    return watcher
