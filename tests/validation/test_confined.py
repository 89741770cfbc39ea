"""Does a confined command keep to its bounds, and is its end told as it was?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from validation import confined, supervise
from validation.confined import KEPT, Bounds, Ran


def run(tmp_path: Path, script: str, *, bounds: Bounds | None = None) -> Ran:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    command = ("python3", "-c", script)
    return confined.run(command, folder=tmp_path, home=home, bounds=bounds or Bounds(seconds=20))


@pytest.mark.parametrize("code", [0, 1, 77])
def test_the_exit_code_comes_through(tmp_path: Path, code: int) -> None:
    ran = run(tmp_path, f"raise SystemExit({code})")
    assert (ran.ended, ran.code, ran.left) == ("done", code, 0)


def test_death_by_signal_is_no_success(tmp_path: Path) -> None:
    ran = run(tmp_path, "import os; os.kill(os.getpid(), 9)")
    assert (ran.ended, ran.code) == ("done", -signal.SIGKILL)


def test_both_outputs_are_kept_in_order(tmp_path: Path) -> None:
    script = "import sys\nprint('one', flush=True)\nprint('two', file=sys.stderr, flush=True)\n"
    assert run(tmp_path, script + "print('three')").output == "one\ntwo\nthree\n"


def test_an_output_that_fits_is_kept_whole_and_a_longer_one_at_both_ends(tmp_path: Path) -> None:
    whole = run(tmp_path, f"print('x' * {2 * KEPT - 1})").output
    assert whole == "x" * (2 * KEPT - 1) + "\n"
    cut = run(tmp_path, f"print('begin' + 'x' * {4 * KEPT} + 'end')").output
    assert cut.startswith("begin")
    assert cut.endswith("end\n")
    assert f"{2 * KEPT + len('begin' + 'end') + 1} bytes left out" in cut


def test_binary_output_does_no_harm(tmp_path: Path) -> None:
    ran = run(tmp_path, r"import sys; sys.stdout.buffer.write(b'\xff\x00ok')")
    assert ran.output.endswith("ok")


def test_memory_beyond_the_bound_is_not_given(tmp_path: Path) -> None:
    bounds = Bounds(seconds=20, memory=300 * 1024 * 1024)
    ran = run(tmp_path, "x = bytearray(600 * 1024 * 1024)", bounds=bounds)
    assert ran.code == 1
    assert "MemoryError" in ran.output


def test_a_file_beyond_the_bound_is_not_written(tmp_path: Path) -> None:
    bounds = Bounds(seconds=20, file=10_000)
    ran = run(tmp_path, "open('big', 'wb').write(b'x' * 20_000)", bounds=bounds)
    assert ran.code != 0
    assert (tmp_path / "big").stat().st_size <= 10_000


def test_what_the_command_left_running_is_counted_and_ended(tmp_path: Path) -> None:
    script = (
        "import subprocess\n"
        "for _ in range(3):\n"
        "    subprocess.Popen(['sleep', '86417'], start_new_session=True)\n"
    )
    ran = run(tmp_path, script)
    assert (ran.ended, ran.code, ran.left) == ("done", 0, 3)


def test_a_missing_folder_or_command_is_told(tmp_path: Path) -> None:
    home = tmp_path
    for command, folder in ((("no-such-thing",), tmp_path), (("true",), tmp_path / "nowhere")):
        ran = confined.run(command, folder=folder, home=home, bounds=Bounds(seconds=5))
        assert (ran.ended, ran.code) == ("not started", None)
        assert "No such file" in ran.why


def test_no_descriptor_of_ours_is_open_in_the_command(tmp_path: Path) -> None:
    script = "import os\nprint(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])"
    assert run(tmp_path, script).output == "[0, 1, 2]\n"


def test_a_killed_worker_takes_its_tests_along(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom validation import confined\n"
        "place = Path(sys.argv[1])\n"
        "confined.run(('sleep', '86418'), folder=place, home=place,"
        " bounds=confined.Bounds(seconds=60))\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    assert _becomes(lambda: bool(_sleeping("86418")))
    worker.kill()
    worker.wait()
    assert _becomes(lambda: not _sleeping("86418"))


def test_descendants_are_found_whatever_their_session() -> None:
    child = subprocess.Popen(["sleep", "86419"], start_new_session=True)
    try:
        assert child.pid in supervise.descendants(os.getpid())
    finally:
        child.kill()
        child.wait()


def _sleeping(mark: str) -> list[str]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if line.read_bytes().split(b"\0")[:2] == [b"sleep", mark.encode()]:
                found.append(line.parent.name)
        except OSError:
            continue
    return found


def _becomes(condition: Callable[[], bool], patience: float = 20) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
