"""Which system calls has a test no business with, and how is the kernel told to refuse them?

The list is what it takes to get at other processes, at the kernel or around our bounds. It is
compiled by libseccomp; where that is missing there is no filter, and the level is lower.
"""

import ctypes
import errno
import functools
import os
from collections.abc import Iterator

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EQUAL, GREATER, MASKED_EQUAL = 4, 6, 7
OPTIMIZE, AS_TREE = 8, 2  # else each call of an honest program walks the whole list
LOW_HALF = 0xFFFFFFFF  # the kernel reads 32 bits of an ioctl's request: so must we
LIBRARY = "libseccomp.so.2"

# Refused with "not permitted".
DENIED = (
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "ptrace",
    "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "acct", "settimeofday", "clock_settime", "clock_adjtime",
    "adjtimex", "sethostname", "setdomainname", "syslog", "quotactl", "quotactl_fd",
    "open_by_handle_at", "name_to_handle_at", "fanotify_init", "lookup_dcookie", "iopl",
    "ioperm", "modify_ldt", "personality", "vhangup", "move_pages", "migrate_pages",
    "nfsservctl",
)  # fmt: skip
# Refused with "no such call", so that programs take another way: memory that no process has
# mapped is counted by nobody, io_uring passes by every filter, clone3 hides its flags from one.
ABSENT = (
    "memfd_create", "memfd_secret", "shmget", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "clone3",
)  # fmt: skip
# The same number on every machine; an older library may not know the name.
NUMBERS = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
    "fspick": 433, "clone3": 435, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447,
}  # fmt: skip
UNKNOWN_YET = range(467, 512)  # what comes after all that was looked at is absent as well
# A new namespace of any kind: mount, cgroup, uts, ipc, user, pid, net.
NAMESPACES = (
    0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
TYPES_INTO_A_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
# Sockets that are not AF_UNIX, AF_INET, AF_INET6 or AF_NETLINK: some reach out of a namespace.
FAMILIES = (0, *range(3, 10), *range(11, 16))
LAST_FAMILY = 16


class _Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


Rule = tuple[str | int, int, tuple[int, int, int, int] | None]


@functools.cache
def program() -> bytes | None:
    """Return the compiled filter, or None where the library is not there."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
    try:
        library.seccomp_attr_set(context, OPTIMIZE, ctypes.c_uint32(AS_TREE))
        for call, number, comparison in _rules():
            _add(library, context, call, number, comparison)
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


def _rules() -> Iterator[Rule]:
    for name in DENIED:
        yield name, errno.EPERM, None
    for call in (*ABSENT, *UNKNOWN_YET):
        yield call, errno.ENOSYS, None
    for flag in NAMESPACES:
        yield "clone", errno.EPERM, (0, MASKED_EQUAL, flag, flag)
    for request in TYPES_INTO_A_TERMINAL:
        yield "ioctl", errno.EPERM, (1, MASKED_EQUAL, LOW_HALF, request)
    for family in FAMILIES:
        yield "socket", errno.EAFNOSUPPORT, (0, EQUAL, family, 0)
    yield "socket", errno.EAFNOSUPPORT, (0, GREATER, LAST_FAMILY, 0)


def _add(
    library: ctypes.CDLL,
    context: ctypes.c_void_p,
    call: str | int,
    number: int,
    comparison: tuple[int, int, int, int] | None,
) -> None:
    which = call if isinstance(call, int) else _number(library, call)
    compared = (_Comparison * 1)(_Comparison(*comparison)) if comparison else None
    action = ctypes.c_uint32(ERRNO | number)
    answer = library.seccomp_rule_add_array(
        context, action, which, 1 if comparison else 0, compared
    )
    if answer:
        raise RuntimeError(f"{LIBRARY} does not take the rule for {call}: {answer}")


def _number(library: ctypes.CDLL, name: str) -> int:
    found: int = library.seccomp_syscall_resolve_name(name.encode())
    return NUMBERS[name] if found == -1 else found


def _exported(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    descriptor = os.memfd_create("filter", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if library.seccomp_export_bpf(context, descriptor):
            raise RuntimeError(f"{LIBRARY} does not write the filter")
        file.seek(0)
        return file.read()
