"""Can a confined command take more memory, disk or attention than it is allowed?"""

import pytest

from ports.sandbox import Bounds, Ending
from tests.ports.sandbox.running import MEGABYTE, Runner

MEMORY = 256 * MEGABYTE
GROW = "bytearray(b'x') * ({} * 1024 * 1024)"


def test_one_process_beyond_the_bound_gets_none(confined: Runner) -> None:
    ran = confined(f"x = {GROW.format(500)}", memory=MEMORY)
    assert (ran.code, "MemoryError" in ran.output) == (1, True)


def test_many_small_processes_are_ended_together(confined: Runner) -> None:
    script = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        f"        x = {GROW.format(100)}\n        time.sleep(86_521)\ntime.sleep(86_521)"
    )
    ran = confined(script, memory=MEMORY)
    assert ran.ended == Ending.TOO_MUCH_MEMORY
    assert "256 MB are allowed" in ran.why
    assert ran.violations == (ran.why,)


def test_pages_that_honest_children_share_are_counted_once(confined: Runner) -> None:
    script = (
        f"import os, time\nx = {GROW.format(120)}\nchildren = []\n"
        "for _ in range(8):\n    pid = os.fork()\n    if pid == 0:\n"
        "        time.sleep(0.6)\n        os._exit(0)\n    children.append(pid)\n"
        "for pid in children:\n    os.waitpid(pid, 0)\nprint('well')"
    )
    assert confined.tells(script, memory=MEMORY) == "well"


def test_shared_memory_that_no_limit_of_a_process_counts_is_counted(confined: Runner) -> None:
    script = (
        "import mmap, time\nkept = []\nfor _ in range(8):\n"
        "    kept.append(mmap.mmap(-1, 100 * 1024 * 1024))\n"
        "    kept[-1].write(b'x' * (100 * 1024 * 1024))\ntime.sleep(86_522)"
    )
    assert confined(script, memory=MEMORY).ended == Ending.TOO_MUCH_MEMORY


def test_memory_without_a_process_is_not_given(confined: Runner) -> None:
    script = (
        "import os\ntry:\n    os.memfd_create('x')\nexcept OSError as error:\n"
        "    print(error.strerror)"
    )
    assert confined.tells(script) == "Function not implemented"


@pytest.mark.parametrize("folder", ["/box", "/dev/shm", "/tmp"])
def test_many_files_fill_only_their_own_room(confined: Runner, folder: str) -> None:
    script = (
        "import errno\nwritten = 0\ntry:\n    for n in range(4000):\n"
        f"        with open(f'{folder}/f{{n}}', 'wb') as f:\n"
        "            f.write(bytes(1_000_000))\n        written += 1\n"
        "except OSError as error:\n    print(error.errno == errno.ENOSPC, written)"
    )
    full, written = confined.tells(script, disk=100 * MEGABYTE).split()
    assert full == "True"
    assert 20 < int(written) <= 105


def test_one_large_file_is_refused(confined: Runner) -> None:
    script = (
        "import errno\ntry:\n    with open('f', 'wb') as f:\n"
        "        f.seek(50_000_000)\n        f.write(b'x')\n"
        "except OSError as error:\n    print(error.errno == errno.EFBIG)"
    )
    assert confined.tells(script, file=10_000_000) == "True"


def test_empty_files_without_end_are_counted(confined: Runner) -> None:
    script = (
        "import os, time\nfor n in range(5000):\n    os.close(os.open(f'f{n}', os.O_CREAT))\n"
        "time.sleep(86_523)"
    )
    ran = confined(script, files=2_000)
    assert ran.ended == Ending.TOO_MANY_FILES
    assert "2000 are allowed" in ran.why


def test_a_flood_of_output_is_kept_in_part_and_does_not_stop_it(confined: Runner) -> None:
    script = (
        "import os\nprint('begins', flush=True)\nfor _ in range(200):\n"
        "    os.write(1, b'x' * 1_000_000)\nprint('ends')"
    )
    ran = confined(script)
    assert (ran.ended, ran.code) == (Ending.DONE, 0)
    assert ran.output.startswith("begins")
    assert ran.output.endswith("ends\n")
    assert len(ran.output) < Bounds(seconds=1).output + 100


def test_whoever_holds_the_output_open_does_not_hold_us(confined: Runner) -> None:
    script = (
        "import subprocess\nsubprocess.Popen(['sleep', '86524'], start_new_session=True)\n"
        "print('gone')"
    )
    ran = confined(script)
    assert (ran.ended, ran.output) == (Ending.DONE, "gone\n")


def test_time_on_the_processor_is_bounded_as_well(confined: Runner) -> None:
    script = (
        "import resource\nprint(resource.getrlimit(resource.RLIMIT_CPU)[1],"
        " resource.getrlimit(resource.RLIMIT_CORE)[1])"
    )
    assert confined.tells(script, seconds=20) == "25 0"


def test_no_limit_can_be_raised_again(confined: Runner) -> None:
    script = (
        "import resource\nfor name in ('NPROC', 'FSIZE', 'DATA', 'NOFILE'):\n"
        "    which = getattr(resource, f'RLIMIT_{name}')\n"
        "    _, hard = resource.getrlimit(which)\n    try:\n"
        "        resource.setrlimit(which, (hard + 1, hard + 1))\n        print('raised')\n"
        "    except (OSError, ValueError):\n        print('kept')"
    )
    assert confined.tells(script).split() == ["kept"] * 4


def test_whoever_stops_itself_still_runs_out_of_time(confined: Runner) -> None:
    ran = confined("import os, signal\nos.kill(0, signal.SIGSTOP)", seconds=1)
    assert ran.ended == Ending.TIMED_OUT
