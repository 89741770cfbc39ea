"""What do a project's packaging files pull in, and what runs because of them?"""

import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from validation.safety import Seen, unreadable

_FOREIGN = "code of others becomes part of the system"
_ELSEWHERE = "it comes from a place that nobody else checks"
_BY_ITSELF = "it runs without being asked, when the project is built, installed or tested"
_SOURCES = re.compile(
    r"(?:^|\s)(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)\b|(?:git|hg|svn|bzr)\+|@\s*https?:|^https?:|^file:"
)
# Dotted beginnings of settings by which something runs or is loaded.
_RUNS = (
    *("build-system.", "project.scripts.", "project.gui-scripts.", "project.entry-points."),
    *("tool.pytest.", "tool.poetry.scripts.", "tool.poetry.plugins.", "tool.poetry.build"),
    *(
        "tool.setuptools.cmdclass",
        "tool.hatch.build.hooks",
        "tool.hatch.envs.",
        "tool.pdm.scripts",
    ),
    *("tool.pdm.build", "tool.tox.", "tool.coverage.", "tool.uv.sources", "tool.uv.index"),
    *("tool.poetry.source", "tool.setuptools_scm.", "tool.flit.entrypoints"),
    *("options.entry_points.", "tool:pytest.", "pytest.", "testenv", "tox.", "nox."),
)
_NEEDS = (
    *("project.dependencies", "project.optional-dependencies", "tool.poetry.dependencies"),
    *(
        "tool.poetry.group",
        "options.install_requires",
        "options.extras_require",
        "dependency-groups",
    ),
)


def requirements(text: str) -> Iterator[Seen]:
    """Read a list of requirements."""
    for number, line in enumerate(text.split("\n"), start=1):
        wanted = line.partition(" #")[0].strip().rstrip("\\").strip()
        if wanted and not wanted.startswith(("#", "--hash", "-r", "-c", "--requirement")):
            one = _wanted(wanted, number)
            yield one
            if one.what.startswith("depends") and not re.search(r"[=<>~]=|[<>@]", wanted):
                what = f"takes any version of {one.name}"
                yield Seen("foreign", f"any {one.name}", number, what, _FOREIGN, refuses=False)


def project(text: str) -> Iterator[Seen]:
    """Read pyproject.toml."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        yield unreadable(text, "this TOML")
        return
    yield from _settings(dict(_leaves(found)), text)


def ini(text: str) -> Iterator[Seen]:
    """Read setup.cfg, tox.ini or pytest.ini."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:  # a test runner may still read it
        yield unreadable(text, "this INI file")
        return
    leaves = {
        f"{section}.{key}": value for section in parser for key, value in parser[section].items()
    }
    yield from _settings(leaves, text)


def _settings(leaves: Mapping[str, str], text: str) -> Iterator[Seen]:
    for key, value in leaves.items():
        line = _line_of(text, key, value)
        if key.startswith(_NEEDS):
            for wanted in value.split("\n"):
                if wanted.strip():
                    yield _wanted(wanted.strip(), line)
        elif key.startswith(_RUNS):
            name = f"{key} = {value}"
            yield Seen("import-time", name, line, f"sets {name[:120]}", _BY_ITSELF, refuses=False)


def _wanted(wanted: str, line: int | None) -> Seen:
    if _SOURCES.search(wanted):
        return Seen("foreign", wanted, line, f"takes {wanted[:80]}", _ELSEWHERE, refuses=False)
    package = re.split(r"[\s<>=!~;\[@(]", wanted)[0].lower().replace("_", "-")
    return Seen(
        "foreign", package, line, f"depends on {package}", _FOREIGN, refuses=False, once=False
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        yield path, "\n".join(str(inner) for inner in value if not isinstance(inner, dict))
    else:
        yield path, str(value)


def _line_of(text: str, key: str, value: str) -> int | None:
    words = key.rpartition(".")[2]
    first = value.split("\n")[0]
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if words in line and first[:40] in line:
            return number
    return next((number for number, line in enumerate(lines, start=1) if words in line), None)
