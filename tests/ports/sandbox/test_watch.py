"""Does the watch see a whole tree of processes, and judge it by the right numbers?"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ports.sandbox import Bounds, Ending, TemporaryError, watch
from ports.sandbox.streams import Ends, Start, follow, pipe
from ports.sandbox.watch import Watch, members, proportional, resident
from tests.ports.sandbox.running import MEGABYTE, becomes

FAMILY = (
    "import os, subprocess, threading, time\n"
    "def of_a_thread():\n    subprocess.Popen(['sleep', '86561'])\n    time.sleep(86_561)\n"
    "threading.Thread(target=of_a_thread, daemon=True).start()\n"
    "subprocess.Popen(['sleep', '86561'], start_new_session=True)\ntime.sleep(86_561)"
)


def test_children_of_threads_and_of_other_sessions_belong_to_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", FAMILY])
    try:
        assert becomes(lambda: len(list(members(process.pid))) == 3)
        found = list(members(process.pid))
    finally:
        for pid in reversed(list(members(process.pid))):
            os.kill(pid, 9)
        process.wait()
    assert found[0] == process.pid


def test_a_process_that_is_gone_has_nothing() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert list(members(process.pid)) == [process.pid]
    assert resident(process.pid) == proportional(process.pid) == 0


def test_a_share_is_less_than_the_whole_where_pages_are_shared() -> None:
    kept = bytearray(b"x" * 40 * MEGABYTE)
    child = os.fork()
    if child == 0:
        time.sleep(86_562)
        os._exit(0)
    try:
        assert becomes(lambda: resident(child) > 40 * MEGABYTE)
        assert proportional(child) < resident(child) - 15 * MEGABYTE
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert len(kept) == 40 * MEGABYTE


def test_what_the_kernel_does_not_share_out_is_counted_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = watch._sum

    def without_shares(file: Path, names: tuple[bytes, ...]) -> int | None:
        return None if file.name == "smaps_rollup" else whole(file, names)

    monkeypatch.setattr(watch, "_sum", without_shares)
    assert proportional(os.getpid()) > 10 * MEGABYTE
    found = Watch(os.getpid(), (), Bounds(seconds=1, memory=MEGABYTE)).excess()
    assert found is not None
    assert found.ending == Ending.TOO_MUCH_MEMORY


def test_a_run_is_ended_before_the_machine_has_nothing_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "available", lambda: 100 * MEGABYTE)
    with pytest.raises(TemporaryError, match="only 100 MB of memory left"):
        Watch(os.getpid(), (), Bounds(seconds=1)).excess()


def test_within_its_bounds_nothing_is_minded() -> None:
    assert Watch(os.getpid(), (), Bounds(seconds=1)).excess() is None


def test_both_ends_of_an_output_are_kept_however_it_comes() -> None:
    for size in (1, 3, 7, 100):
        ends = Ends(10)
        text = b"0123456789abcdefghij"
        for start in range(0, len(text), size):
            ends.add(text[start : start + size])
        assert ends.text() == "01234\n… 10 bytes left out …\nfghij"


def test_the_start_is_kept_and_more_is_noticed() -> None:
    start = Start(5)
    start.add(b"012")
    start.add(b"34")
    assert (bytes(start.kept), start.cut) == (b"01234", False)
    start.add(b"5")
    assert (bytes(start.kept), start.cut) == (b"01234", True)


def test_following_ends_with_the_process_and_not_with_its_pipe() -> None:
    heard: list[bytes] = []
    with pipe() as (reading, writing):
        process = subprocess.Popen(["echo", "said"], stdout=writing.number)
        follow(process, {reading: heard.append}, tick=lambda: False)  # our own end stays open
    assert b"".join(heard) == b"said\n"
