"""Why can no sandbox be had on this machine, and what would change that?"""

import os
from dataclasses import dataclass
from pathlib import Path

from ports.sandbox import launch

ASK = "`manage.py doctor` says how to raise it."
REFUSED = "no sandbox: bubblewrap could not make one:"
APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
SWITCHES = (
    (Path("/proc/sys/user/max_user_namespaces"), "user.max_user_namespaces=15000"),
    (Path("/proc/sys/kernel/unprivileged_userns_clone"), "kernel.unprivileged_userns_clone=1"),
)
CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True)
class Finding:
    """Name what is missing and what to do about it."""

    missing: str
    remedy: str


NOT_INSTALLED = Finding(
    "bubblewrap is not installed.",
    "Debian, Ubuntu: apt-get install bubblewrap libseccomp2. Fedora: dnf install bubblewrap"
    " libseccomp. It must be 0.8.0 or newer.",
)
NO_FILTER = Finding(
    "libseccomp is not there, so system calls are not filtered (L2).",
    "Debian, Ubuntu: apt-get install libseccomp2. Or accept less:"
    """ sandbox.options = {{lowest_level = "L2"}}.""".replace("{{", "{").replace("}}", "}"),
)
_OLD = "Install bubblewrap 0.8.0 or newer (Debian 12, Ubuntu 24.04)."
_APPARMOR = (
    "AppArmor keeps user namespaces from ordinary users here (Ubuntu 23.10 and later). Give bwrap"
    " a profile that allows them, /etc/apparmor.d/bwrap, as docs/sandbox.md shows."
)
_CONTAINER = (
    "This is a container, whose own walls forbid making namespaces. docs/sandbox.md has the three"
    " security options that allow it, and what they cost."
)
_ROOT = "We are root without the rights that it takes. Run as an ordinary user, or as full root."


def refused(said: str) -> str:
    """Word that bubblewrap could not make a sandbox, with what it said."""
    return f"{REFUSED} {said[-500:] or 'it said nothing'}. {ASK}"


def of(error: str) -> Finding:
    """Find the cause of an error, and the way out of it."""
    if NOT_INSTALLED.missing in error:
        return NOT_INSTALLED
    said = error.removeprefix(REFUSED).removesuffix(ASK).strip()
    missing = f"bubblewrap could not make a sandbox: {said}"
    if tools := launch.missing_tools():
        what = ", ".join(tools)
        return Finding(f"{what}: not installed.", "Debian, Ubuntu: apt-get install util-linux.")
    if "nknown option" in said:
        return Finding(missing, _OLD)
    return Finding(missing, _remedy())


def _remedy() -> str:
    if os.geteuid() == 0 and not launch.is_privileged():
        return _ROOT
    if _reads(APPARMOR) == "1" and os.geteuid() != 0:
        return _APPARMOR
    for switch, setting in SWITCHES:
        if _reads(switch) == "0":
            return f"User namespaces are switched off: sysctl -w {setting}."
    if any(mark.exists() for mark in CONTAINER):
        return _CONTAINER
    return "docs/sandbox.md lists what bubblewrap needs of a machine."


def _reads(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
