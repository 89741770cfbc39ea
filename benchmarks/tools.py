"""Which programs measure, where do they live, and of which version are they?"""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings

from targets.testing import pythons
from targets.testing.pythons import Python

NAMES = ("ruff", "mypy", "coverage")
INSTALL = "pip install --require-hashes -r requirements/benchmarks.txt"
_ASKED = """
import json, sys, sysconfig
from importlib import metadata
found = {}
installed = sorted({f"{one.name}=={one.version}" for one in metadata.distributions()})
for line in installed:
    name, _, version = line.partition("==")
    if name in sys.argv[1:]:
        found[name] = version
print(json.dumps({
    "python": sys.version,
    "prefix": sys.prefix,
    "scripts": sysconfig.get_path("scripts"),
    "library": sysconfig.get_path("platlib"),
    "versions": found,
    "installed": installed,
}))
"""


class NoTools(Exception):
    """The configuration names a Python that cannot be asked for its tools."""


@dataclass(frozen=True)
class Tools:
    """Know the environment that holds our tools."""

    python: Python
    language: str
    scripts: Path
    library: Path
    versions: dict[str, str] = field(hash=False)
    digest: str = ""  # of the language and all that is installed

    def named(self, tool: str) -> str:
        """Say a tool with its version."""
        return f"{tool} {self.versions[tool]}" if tool in self.versions else tool

    def missing(self, tool: str) -> str:
        """Say what lacks and how to get it."""
        return f"{tool} is not installed beside {self.python.command}: {INSTALL}"


def configured() -> Tools:
    """Return the tools in force; raise NoTools where their Python does not answer."""
    return at(str(settings.SELFIMPROVE.benchmarks.python or sys.executable))


@cache
def at(command: str) -> Tools:
    """Ask a Python once what it has; it is ours, or the operator's, and trusted."""
    try:
        ran = subprocess.run(
            [command, "-I", "-c", _ASKED, *NAMES], capture_output=True, timeout=60, check=True
        )
        told = json.loads(ran.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NoTools(
            f"benchmarks.python names {command}, which does not answer: {error};"
            f" name a Python that works, with the tools in it ({INSTALL})"
        ) from error
    found = pythons.at(Path(command))
    visible = tuple(sorted({*found.visible, Path(told["prefix"])}))
    return Tools(
        python=Python(command, visible),
        language=told["python"],
        scripts=Path(told["scripts"]),
        library=Path(told["library"]),
        versions=told["versions"],
        digest=hashlib.sha256(ran.stdout).hexdigest(),
    )


@cache
def own_code() -> str:
    """Name the code that measures: by other code another score may come out."""
    root = Path(settings.BASE_DIR)
    rooms = ("benchmarks/inside", "benchmarks/measures", "targets/testing")
    found = sorted(path for room in rooms for path in (root / room).rglob("*.py"))
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in found)
    return hashlib.sha256("".join(digests).encode()).hexdigest()
