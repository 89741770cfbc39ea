"""Can a confined command get at the kernel, or make itself a world without our walls?"""

import ctypes
import errno
from pathlib import Path

import pytest

from ports.sandbox import syscalls
from tests.ports.sandbox.running import Runner

CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
found = libc.syscall({number}, *[ctypes.c_long(one) for one in {arguments!r}])
print(found, ctypes.get_errno())
"""
NEW_USER = 0x10000000


def number_of(name: str) -> int:
    """Return a call's number on this kind of machine."""
    if name in syscalls.NUMBERS:
        return syscalls.NUMBERS[name]
    found: int = ctypes.CDLL(syscalls.LIBRARY).seccomp_syscall_resolve_name(name.encode())
    return found


def called(confined: Runner, name: str, *arguments: int) -> tuple[int, int]:
    """Make one system call within; return its answer and its error."""
    script = CALL.format(number=number_of(name), arguments=arguments)
    answer, error = confined.tells(script).split()
    return int(answer), int(error)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add_key", ()),
        ("bpf", ()),
        ("chroot", ()),
        ("clock_settime", (0, 0)),
        ("finit_module", ()),
        ("fsopen", ()),
        ("kexec_load", ()),
        ("keyctl", (0, -3, 1)),
        ("mount", ()),
        ("move_mount", ()),
        ("open_by_handle_at", ()),
        ("open_tree", ()),
        ("perf_event_open", ()),
        ("pidfd_getfd", ()),
        ("pivot_root", ()),
        ("process_vm_readv", (1,)),
        ("process_vm_writev", (1,)),
        ("ptrace", (0,)),
        ("request_key", ()),
        ("setns", ()),
        ("sethostname", ()),
        ("syslog", (3,)),
        ("umount2", ()),
        ("unshare", (NEW_USER,)),
        ("unshare", (0x00020000,)),
        ("userfaultfd", ()),
        ("clone", (NEW_USER | 17, 0, 0, 0, 0)),
        ("clone", (0x20000000 | 17, 0, 0, 0, 0)),
    ],
)
def test_what_reaches_around_the_walls_is_not_permitted(
    confined: Runner, name: str, arguments: tuple[int, ...]
) -> None:
    assert called(confined, name, *arguments) == (-1, errno.EPERM)


@pytest.mark.parametrize(
    "name",
    ["clone3", "io_uring_enter", "io_uring_register", "io_uring_setup", "memfd_create", "shmget"],
)
def test_what_nobody_can_filter_or_count_is_absent(confined: Runner, name: str) -> None:
    assert called(confined, name, 1, 0, 0) == (-1, errno.ENOSYS)


@pytest.mark.parametrize("request_number", [0x5412, 0x100005412, 0x541C])
def test_nothing_is_typed_into_a_terminal(confined: Runner, request_number: int) -> None:
    assert called(confined, "ioctl", 0, request_number, 0) == (-1, errno.EPERM)


def test_new_namespaces_are_refused_to_programs_as_well(confined: Runner) -> None:
    script = (
        "import subprocess\nran = subprocess.run(['unshare', '--user', '--map-root-user', 'id'],"
        " capture_output=True)\nprint(ran.returncode != 0, ran.stdout)"
    )
    assert confined.tells(script) == "True b''"


@pytest.mark.parametrize(
    "name",
    [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/hostname",
        "/proc/sys/vm/drop_caches",
        "/proc/sysrq-trigger",
    ],
)
def test_the_settings_of_the_kernel_cannot_be_written(confined: Runner, name: str) -> None:
    before = Path(name).read_bytes() if name.endswith(("pattern", "hostname")) else b""
    script = (
        f"import os\ntry:\n    os.open({name!r}, os.O_WRONLY)\n    print('opened')\n"
        "except OSError:\n    print('refused')"
    )
    assert confined.tells(script) == "refused"
    assert before == (Path(name).read_bytes() if before else b"")


@pytest.mark.parametrize("name", ["/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmsg"])
def test_the_memory_of_the_kernel_cannot_be_read(confined: Runner, name: str) -> None:
    script = f"try:\n    open({name!r}, 'rb').read(1)\nexcept OSError:\n    print('refused')"
    assert confined.tells(script) == "refused"


def test_the_memory_of_the_first_process_is_out_of_reach_of_root_s_user(confined: Runner) -> None:
    if confined.who != "root":
        pytest.skip("an ordinary user's first process has the same rights as all others")
    script = "try:\n    open('/proc/1/mem', 'rb')\nexcept OSError:\n    print('refused')"
    assert confined.tells(script) == "refused"


def test_honest_programs_still_run(confined: Runner) -> None:
    """Threads, pools, pipes, subprocesses, shared memory, event loops, temporary files."""
    script = (
        "import asyncio, multiprocessing, subprocess, tempfile, concurrent.futures as cf\n"
        "from multiprocessing import shared_memory\n"
        "with cf.ThreadPoolExecutor(4) as pool:\n    print(sum(pool.map(abs, range(5))))\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(sum(pool.map(abs, range(5))))\n"
        "print(subprocess.run('echo a | tr a b', shell=True, capture_output=True).stdout)\n"
        "async def main():\n    p = await asyncio.create_subprocess_exec('true')\n"
        "    return await p.wait()\nprint(asyncio.run(main()))\n"
        "s = shared_memory.SharedMemory(create=True, size=99)\ns.close()\ns.unlink()\n"
        "with tempfile.NamedTemporaryFile() as f:\n    f.write(b'x')\nprint('all')"
    )
    assert confined.tells(script).split() == ["10", "10", "b'b\\n'", "0", "all"]


def test_the_clock_cannot_be_set(confined: Runner) -> None:
    script = (
        "import time\ntry:\n    time.clock_settime(time.CLOCK_REALTIME, 0)\n"
        "except OSError:\n    print('refused')"
    )
    assert confined.tells(script) == "refused"
