"""Small real repositories and changes for the tests of this room."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ports.sandbox import Heard
from targets.manifest import Manifest, Tests, Validation
from targets.repository import ZERO, Change, Repository
from tests.targets.origins import make_origin
from validation.authorising.origin import UNNAMED, Origin
from validation.parameters import Parameters, parse
from validation.verdicts import Context, Gate, GateVerdict, Limits

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TOOLS = b"tools:\n  search:\n    timeout_ms: 400\n    retries: 0\n    url: http://127.0.0.1/\n"
FILES: Mapping[str, bytes] = {
    "README.md": b"# Gateway\n",
    "config/tools.yaml": TOOLS,
    "docker-compose.yml": b"services: {}\n",
    "gateway/app.py": b"ANSWER = 42\n",
}
UNITTEST = ("python3", "-m", "unittest")
TESTED = b'[tests]\ncommand = ["python3", "-m", "unittest"]\n'
A_TEST = b"""\
import unittest

class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(6 * 7, 42)
"""
WHITELIST = parse(
    b"""
[[parameter]]
path = "config/tools.y*ml"
key = "tools.*.timeout_ms"
type = "integer"
min = 100
max = 10000
step = 50
largest_change = 2000

[[parameter]]
path = "config/tools.y*ml"
key = "tools.*.weight"
type = "number"
min = 0
max = 1
step = 0.1
largest_change = 0.5
"""
)
FORBIDDEN = ("docker-compose.yml", ".env", "SYSTEM_CONTRACT.md", "gateway/auth.py")
LIMITS = Limits(forbidden_paths=FORBIDDEN, test_timeout_seconds=20)


def make_repository(tmp_path: Path, files: Mapping[str, bytes] = FILES) -> Repository:
    """Return a bare repository with one commit on main."""
    return make_origin(tmp_path / "target.git", files)


def changed(repository: Repository, files: Mapping[str, bytes | str | None]) -> Change:
    """Return the change that writes these files (None removes one) on top of main."""
    base = repository.head("main")
    if (old := repository.ref("refs/heads/work")) is not None:
        repository.delete_ref("refs/heads/work", old)
    repository.update_ref("refs/heads/work", base, ZERO)
    wanted = {
        path: text.encode() if isinstance(text, str) else text for path, text in files.items()
    }
    return repository.between(base, repository.commit_files("work", wanted, "Work", AT))


def manifest_with_tests(*command: str, seconds: float = 20) -> Manifest:
    """Return a manifest that names this command as the tests."""
    return Manifest(tests=Tests(command=command, timeout_seconds=seconds))


def protecting(*paths: str) -> Manifest:
    """Return a manifest that protects these paths as well."""
    return Manifest(validation=Validation(forbidden_paths=paths))


def ask(
    gate: Gate,
    change: Change,
    repository: Repository,
    *,
    manifest: Manifest | None = None,
    limits: Limits = LIMITS,
    parameters: Parameters = WHITELIST,
    origin: Origin = UNNAMED,
    heard: Heard | None = None,
) -> GateVerdict:
    """Ask one gate."""
    asked = (repository, manifest or Manifest(), parameters, limits)
    context = Context(*asked, heard=heard, origin=origin)
    return gate.run(change, context)


def said(verdict: GateVerdict) -> str:
    """Return the summary without the Python that was asked, which is another one elsewhere."""
    return verdict.summary.partition("; asked of Python ")[0]
