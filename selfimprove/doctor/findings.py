"""What does this machine give us: a safe git, a sandbox, a database, private keys, room?"""

import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.utils import timezone

from audit.keys.folder import NAME as KEYS
from personas.agents import BadAgents, load
from personas.ledger import table
from personas.ledger.prices import BadPrices
from personas.lifetimes import endings
from ports.sandbox import MEGABYTE, watch
from ports.sandbox.chosen import sandbox

GOOD, WARN, BAD = "good", "warn", "bad"
GIT = (2, 39, 5)  # before it, `git apply` could be led outside of its folder
ROOM = 1024 * MEGABYTE
SECONDS = 10
KEPT_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """Say of one thing whether it holds, and if not, what would change that."""

    name: str
    state: str
    words: str
    remedy: str = ""

    @property
    def badge(self) -> str:
        """Say the state in a word."""
        return {GOOD: "Holds", WARN: "Weak", BAD: "Lacking"}[self.state]

    def plain(self) -> dict[str, str]:
        """Return it for a program."""
        return asdict(self)


def gather() -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [look() for look in LOOKS]


def lately() -> list[Finding]:
    """Return what was found within the last minute: a page does not start a sandbox each time."""
    found: list[Finding] | None = cache.get_or_set("doctor", gather, KEPT_SECONDS)
    return gather() if found is None else found


def all_holds(found: list[Finding]) -> bool:
    """Tell whether nothing is lacking; what is weak was chosen by somebody."""
    return all(finding.state != BAD for finding in found)


def python() -> Finding:
    """Name the interpreter: `manage.py` has refused any other before."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", GOOD, f"{version}, {sys.executable}")


def git() -> Finding:
    """Ask git for its version."""
    remedy = f"Install git {'.'.join(str(part) for part in GIT)} or newer."
    try:
        told = subprocess.run(
            ["git", "--version"], capture_output=True, text=True, timeout=SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("git", BAD, f"It cannot be asked: {error}", remedy)
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", told)
    if found is None:
        return Finding("git", BAD, f"It names no version: {told.strip()[:80]}", remedy)
    version = tuple(int(part) for part in found.groups())
    if version < GIT:
        return Finding("git", BAD, f"{found[0]} applies some diffs outside of its folder", remedy)
    return Finding("git", GOOD, found[0])


def confinement() -> Finding:
    """Try the sandbox that the configuration chooses."""
    standing = sandbox().examine()
    if not standing.enough:
        words = f"{standing.missing} Tests of targets could not run."
        return Finding("Sandbox", BAD, words, standing.remedy)
    if standing.missing:
        return Finding("Sandbox", WARN, f"{standing.level}: {standing.missing}", standing.remedy)
    words = f"{standing.level}: tests of targets see nothing of this machine that is ours"
    return Finding("Sandbox", GOOD, words)


def no_sandbox() -> str:
    """Return what to say at the start where tests of targets could not run; else nothing."""
    found = confinement()
    if found.state != BAD:
        return ""
    return f"\n  NO SANDBOX: {found.words}\n  {found.remedy}\n"


def database() -> Finding:
    """Ask the database something."""
    remedy = "Start it, or correct DATABASE_URL."
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        words = str(error).strip().splitlines()[:1]
        return Finding("Database", BAD, f"It does not answer: {' '.join(words)}", remedy)
    return Finding("Database", GOOD, f"{connection.display_name} answers")


def keys() -> Finding:
    """Look at who may read the key folder and what lies in it."""
    folder = Path(settings.DATA_DIR) / KEYS
    if not folder.exists():
        return Finding("Keys", GOOD, "None yet; they are made at the first start")
    opened = [path for path in (folder, *sorted(folder.iterdir())) if _is_open(path)]
    if not opened:
        return Finding("Keys", GOOD, f"Only their owner may read {folder}")
    names = ", ".join(path.name for path in opened)
    remedy = f"chmod -R go= {folder}, and rotate the keys if somebody else had access."
    return Finding("Keys", BAD, f"Others may read or write {names} in {folder}", remedy)


def data() -> Finding:
    """Look at who may enter the data folder."""
    folder = Path(settings.DATA_DIR)
    if stat.S_IMODE(folder.stat().st_mode) & 0o022:
        return Finding("Data folder", BAD, f"Others may write in {folder}", f"chmod go-w {folder}")
    return Finding("Data folder", GOOD, str(folder))


def disk() -> Finding:
    """Measure the room that is left for the database, clones and logs."""
    left = shutil.disk_usage(settings.DATA_DIR).free
    words = f"{left // MEGABYTE:,} MB are free".replace(",", " ")
    if left < ROOM:
        return Finding("Disk", BAD, words, f"Make room: at least {ROOM // MEGABYTE} MB.")
    return Finding("Disk", GOOD, words)


def memory() -> Finding:
    """Measure the memory that a run could take: it is ended before the machine has none."""
    left = watch.available()
    if left is None:
        return Finding("Memory", WARN, "This machine does not tell how much it has")
    words = f"{left // MEGABYTE:,} MB are free".replace(",", " ")
    if left < 2 * watch.LEFT_TO_US:
        kept = watch.LEFT_TO_US // MEGABYTE
        remedy = f"Make room: tests of targets are ended where less than {kept} MB would be left."
        return Finding("Memory", BAD, words, remedy)
    return Finding("Memory", GOOD, words)


def agents() -> Finding:
    """Read who is declared to ask language models, at which prices, and which model ends."""
    try:
        declared = load()
        ends = endings(declared.values(), table.in_force(), timezone.now().date())
    except (BadAgents, BadPrices) as error:
        told = f"{error.mistakes[0]}" + (" …" if len(error.mistakes) > 1 else "")
        return Finding("Agents", BAD, told, "Correct the file; manage.py agents checks it.")
    if not ends:
        return Finding("Agents", GOOD, f"{len(declared)} are declared")
    over = any(ending.is_over for ending in ends) and asks_models()
    told = "; ".join(ending.words for ending in ends)
    return Finding("Agents", BAD if over else WARN, told, "Then manage.py agents provision.")


def asks_models() -> bool:
    """Tell whether a language model is asked at all, by evaluations or by generations."""
    chosen = settings.SELFIMPROVE
    return "model" in (chosen.evaluation.engine, chosen.generations.engine)


LOOKS: tuple[Callable[[], Finding], ...] = (
    python, git, confinement, database, keys, data, disk, memory, agents,
)  # fmt: skip


def _is_open(path: Path) -> bool:
    return bool(path.lstat().st_mode & 0o077) and not path.is_symlink()
