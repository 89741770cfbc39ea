"""With which tools does a gate come to its answer on this machine?"""

import hashlib
import platform
import subprocess
import sys
import unicodedata
from functools import cache
from importlib import metadata
from pathlib import Path

from django.conf import settings

from ports.sandbox import PermanentError, TemporaryError
from ports.sandbox.chosen import sandbox

# Where the gates' own code and rules stand: an answer by other code is another answer, also where
# somebody forgot to raise the gate's version.
_CODE = ("validation", "telemetry/sanitizer", "targets", "ports")


@cache
def reading() -> str:
    """Name what reads: Python, git, every installed library, our own code."""
    parts = [
        platform.python_implementation(),
        sys.version,
        unicodedata.unidata_version,
        _git(),
        *sorted(f"{one.metadata['Name']}=={one.version}" for one in metadata.distributions()),
        *_code(Path(settings.BASE_DIR)),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def starting() -> str:
    """Name what runs code of the target as well; "" where nothing of it may run."""
    try:
        standing = sandbox().examine()
    except (PermanentError, TemporaryError):
        return ""
    if not standing.enough:
        return ""
    backend = settings.SELFIMPROVE.sandbox.backend
    return f"{reading()} {backend} {standing.level} {platform.release()}"


def _git() -> str:
    done = subprocess.run(
        ["git", "version"], capture_output=True, text=True, timeout=20, check=False
    )
    return done.stdout.strip()


def _code(root: Path) -> list[str]:
    found = [path for room in _CODE for path in (root / room).rglob("*") if path.is_file()]
    kept = [path for path in sorted(found) if path.suffix in (".py", ".toml")]
    return [f"{path.relative_to(root)} {_digest(path)}" for path in kept]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
