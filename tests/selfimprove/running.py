"""How does a test start our own commands for real, look at their pages, and end them?"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from selfimprove.bootstrap import ROOT
from selfimprove.demo.example import free_port

NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class House:
    """Hold one running command, what it said, and every process that it ever had."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)
    seen: dict[int, psutil.Process] = field(default_factory=dict)

    def said(self) -> str:
        """Return everything it printed so far."""
        return "\n".join(self.lines)

    def status(self, path: str) -> int:
        """Return the status of a page, 0 while nobody answers."""
        return self.open(path)[0]

    def open(self, path: str) -> tuple[int, str]:
        """Return a page's status and text."""
        try:
            with NO_PROXY.open(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def family(self) -> list[psutil.Process]:
        """Return its living descendants, and remember them."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        self.seen.update({process.pid: process for process in found})
        return found

    def leaders(self, word: str) -> list[psutil.Process]:
        """Return its direct children whose command line holds a word."""
        self.family()
        parent = psutil.Process(self.process.pid)
        told = [(child, words_of(child)) for child in parent.children()]
        # One that was forked and is no program of its own yet still has its parent's words.
        return [child for child, words in told if word in words and words != words_of(parent)]

    def leader(self, word: str) -> psutil.Process:
        """Wait for the one child whose command line holds a word."""
        wait_until(lambda: len(self.leaders(word)) == 1, f"one {word}", self)
        return self.leaders(word)[0]

    def interrupt(self, seconds: float = 60) -> int:
        """Press Ctrl-C and return the exit code."""
        self.family()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def left(self, seconds: float = 30) -> list[psutil.Process]:
        """Return the processes of ours that are still there after a while."""
        return psutil.wait_procs(list(self.seen.values()), timeout=seconds)[1]


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    """Return an environment in which a command knows only its own folder and port."""
    ours = ("SELFIMPROVE", "DATABASE_URL", "SECRET_KEY", "LOG_LEVEL", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        "SELFIMPROVE_NO_VENV": "1",
        "SELFIMPROVE_DATA_DIR": str(data),
        "SELFIMPROVE_WEB__PORT": str(port),
        **more,
    }


def run(data: Path, *words: str, port: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(data, port or free_port(), **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def started(
    data: Path,
    *words: str,
    port: int = 0,
    argv: tuple[str, ...] = ("manage.py",),
    **more: str,
) -> Iterator[House]:
    """Start a command that stays, and leave nothing of it behind."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, *argv, *words],
        cwd=ROOT,
        env=environment(data, port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    house = House(process, port)
    reader = threading.Thread(target=_read, args=(process.stdout, house.lines), daemon=True)
    reader.start()
    try:
        yield house
    finally:
        _clear(house)
        reader.join(5)
        process.stdout.close()


def wait_until(look: Callable[[], bool], what: str, house: House, seconds: float = 120) -> None:
    """Wait until something is so; else show what the command said."""
    deadline = time.monotonic() + seconds
    while not look():
        if house.process.poll() is not None:  # nothing more can come but its last lines
            deadline = min(deadline, time.monotonic() + 1)
        assert time.monotonic() < deadline, f"it never came to be: {what}\n{house.said()}"
        time.sleep(0.1)


def wait_for_pages(house: House) -> None:
    """Wait until the sign-in page is served."""
    wait_until(lambda: house.status("/sign-in/") == 200, "the sign-in page is served", house)


def password_in(house: House) -> str:
    """Return the password that the greeting told."""
    wait_until(lambda: "stop with" in house.said(), "the greeting", house)
    found = re.search(r"sign in as:  admin, password (\S+)", house.said())
    assert found, house.said()
    return found[1]


def words_of(process: psutil.Process) -> list[str]:
    """Return a process's command line, nothing of one that has ended or is about to."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _read(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip("\n"))


def _clear(house: House) -> None:
    if house.process.poll() is None:
        house.family()
        house.process.kill()
        house.process.wait()
    for process in house.seen.values():
        if process.is_running():
            process.kill()
    psutil.wait_procs(list(house.seen.values()), timeout=30)
