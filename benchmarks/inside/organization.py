"""Do files lie where people and Python look for them?"""

import re
import sys
from pathlib import PurePosixPath
from typing import Any

from benchmarks.inside import outline

LONG = 1000  # lines of a file
_LEFT_BEHIND = (".pyc", ".pyo", ".orig", ".rej", ".swp")
# What Django looks up by its file's name, which no import statement writes out.
_BY_CONVENTION = (
    re.compile(r"(?:^|/)migrations/\d+\w*\.py$"),
    re.compile(r"(?:^|/)management/commands/[a-z][\w-]*\.py$", re.I),
)
_STANDARD: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())


def report() -> dict[str, Any]:
    """Return what lies where it should not, and how many files of Python there are."""
    paths = outline.files()
    pythons = [path for path in paths if path.endswith(".py")]
    packages = {str(PurePosixPath(p).parent) for p in pythons if p.endswith("__init__.py")}
    findings = [*_left_behind(paths), *_packages(pythons, packages), *_long(pythons)]
    if pythons and not any(outline.is_test(path) for path in pythons):
        findings.append(_found("no-tests", "", "no file of tests is among them"))
    return {"findings": findings, "files": len(pythons)}


def _left_behind(paths: list[str]) -> list[dict[str, Any]]:
    return [
        _found("left-behind", path, "a program wrote it, and it is kept as if people had")
        for path in paths
        if path.endswith(_LEFT_BEHIND) or "__pycache__" in path.split("/")
    ]


def _packages(pythons: list[str], packages: set[str]) -> list[dict[str, Any]]:
    findings = []
    folders = {PurePosixPath(path).parent for path in pythons}
    for folder in sorted(folders):
        within = str(folder.parent) in packages and str(folder) not in packages
        if within and str(folder) != ".":
            what = "a folder of modules within a package has no __init__.py"
            findings.append(_found("no-init", str(folder), what))
    for path in pythons:
        place = PurePosixPath(path)
        if str(place.parent) in packages and not _has_a_name(path):
            findings.append(_found("bad-name", path, "no import statement can name this module"))
        if str(place.parent) == "." and place.stem in _STANDARD:
            what = "stands in the way of a module of Python's own library"
            findings.append(_found("shadows", path, what))
    return findings


def _has_a_name(path: str) -> bool:
    stem = PurePosixPath(path).stem
    return stem.isidentifier() or any(known.search(path) for known in _BY_CONVENTION)


def _long(pythons: list[str]) -> list[dict[str, Any]]:
    counted = ((path, outline.read(path).lines) for path in pythons)
    return [
        _found("long-file", path, f"it has {lines} lines, more than {LONG}")
        for path, lines in counted
        if lines > LONG
    ]


def _found(rule: str, path: str, message: str) -> dict[str, Any]:
    return outline.found(rule, outline.Source(path), 0, message)
