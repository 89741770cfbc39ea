"""Which files of a target judge a change, instead of being judged with it?"""

import sys
from collections.abc import Sequence

from targets.changes import SYMLINK, Change, ChangedFile
from validation.paths import matches

_TESTS = (
    *("**/tests/**", "**/test/**", "**/spec/**", "**/__tests__/**"),
    *("**/test_*", "**/*_test.*", "**/*.test.*", "**/*.spec.*", "**/conftest.py"),
)
# Tests, what sets them up, and what Python or a test runner reads before any of them.
_PATTERNS = (
    *_TESTS,
    "**/testing/**",  # often shipped with the product, so no test to those who ask for tests
    *("**/pytest.ini", "**/.pytest.ini", "**/tox.ini", "**/setup.cfg", "**/pyproject.toml"),
    *("**/noxfile.py", "**/Makefile", "**/package.json", "**/.coveragerc"),
    *("**/sitecustomize.py", "**/usercustomize.py", "**/*.pth", "**/*.egg-link"),
    *("**/*.dist-info/**", "**/*.egg-info/**", "**/__pycache__/**"),
    *("**/*.pyc", "**/*.pyo", "**/*.so", "**/*.pyd"),
)
_RUNNERS = frozenset({"pytest", "_pytest", "pluggy", "nose", "nose2", "tox", "nox", "coverage"})


def judging(change: Change, command: Sequence[str]) -> tuple[ChangedFile, ...]:
    """Return the changed files that decide how the tests turn out, other than by working."""
    return tuple(
        file for file in change.files if file.new_mode == SYMLINK or _judges(file.path, command)
    )


def is_test(path: str) -> bool:
    """Tell whether a path is a test, or stands among tests."""
    return any(matches(pattern, path) for pattern in _TESTS)


def _judges(path: str, command: Sequence[str]) -> bool:
    if path in command or f"./{path}" in command:
        return True
    return _shadows(path) or any(matches(pattern, path) for pattern in _PATTERNS)


def _shadows(path: str) -> bool:
    """Tell whether Python would find this in place of its own library or of a test runner."""
    first, _, rest = path.partition("/")
    name = first if rest else first.partition(".")[0]
    of_python = path.endswith((".py", ".so", ".pyc"))
    return of_python and (name in sys.stdlib_module_names or name in _RUNNERS)
