"""What do the tools find in a copy, named so that a line that moves is still the same finding?"""

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from personas.fixers import Copy
from personas.fixers.shell import scripts
from personas.fixers.tools import NotRun, ask

# F401 and the like, what is likely a fault, and bandit's rules.
RUFF = "E9,F,B,S,PLE"
_MYPY = re.compile(r"(?P<path>[^:\n]+):(?P<line>\d+): error: .*?(?:\[(?P<code>[\w-]+)\])?$")

Finding = tuple[str, str, str]  # rule, path, symbol


@dataclass(frozen=True)
class Found:
    """Hold what was found, and which tools could not be asked."""

    findings: Counter[Finding]
    not_run: tuple[str, ...] = ()

    def new_since(self, before: "Found") -> list[Finding]:
        """Return what was not there before, or is there more often; and who fell silent."""
        known = {one.partition(":")[0] for one in before.not_run}
        silent = [one for one in self.not_run if one.partition(":")[0] not in known]
        new: list[Finding] = [(f"no answer ({one})", "", "") for one in silent]
        return new + sorted((self.findings - before.findings).elements())


def find(copy: Copy) -> Found:
    """Ask ruff, mypy and shellcheck about the whole copy."""
    findings: Counter[Finding] = Counter()
    not_run = []
    for name, asked in (("ruff", _ruff), ("mypy", _mypy), ("shellcheck", _shellcheck)):
        try:
            findings.update(asked(copy))
        except NotRun as error:
            not_run.append(f"{name}: {error}")
    findings.update(_compiled(copy))
    return Found(findings, tuple(not_run))


def _compiled(copy: Copy) -> Iterator[Finding]:
    for path in copy.ending(".py"):
        try:
            compile(copy.text(path) or "", path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            yield ("py_compile", path, "")


def _ruff(copy: Copy) -> Iterator[Finding]:
    if not copy.ending(".py"):
        return
    words = ["check", "--isolated", "--no-cache", "--output-format", "json"]
    words += ["--select", RUFF, "--ignore", "S101"]  # asserts are what tests are made of
    for one in json.loads(ask("ruff", [*words, "."], copy.folder)):
        path = one["filename"].removeprefix(f"{copy.folder.resolve()}/")
        path = path.removeprefix(f"{copy.folder}/")
        line = one["location"]["row"]
        yield (f"ruff {one['code'] or 'syntax'}", path, _symbol(copy.text(path) or "", line))


def _mypy(copy: Copy) -> Iterator[Finding]:
    """Ask mypy plainly: no settings of the project, which might name code to load."""
    if not copy.ending(".py"):
        return
    words = ["--config-file=", "--cache-dir=/dev/null", "--no-error-summary", "--no-pretty"]
    words += ["--ignore-missing-imports", "--explicit-package-bases", "--hide-error-context"]
    words += [f"--python-version={sys.version_info.major}.{sys.version_info.minor}"]
    for line in ask("mypy", [*words, "."], copy.folder, accept=(0, 1)).splitlines():
        if found := _MYPY.match(line):
            path = found["path"].removeprefix("./")
            symbol = _symbol(copy.text(path) or "", int(found["line"]))
            yield (f"mypy {found['code'] or 'error'}", path, symbol)


def _shellcheck(copy: Copy) -> Iterator[Finding]:
    paths = scripts(copy)
    if not paths:
        return
    said = ask("shellcheck", ["--norc", "--format=json1", "--", *paths], copy.folder)
    for one in json.loads(said)["comments"]:
        yield (f"shellcheck SC{one['code']}", one["file"], "")


def _symbol(text: str, line: int) -> str:
    """Name the innermost function or class around a line."""
    return next((name for first, last, name in _symbols(text) if first <= line <= last), "")


@lru_cache(maxsize=256)
def _symbols(text: str) -> tuple[tuple[int, int, str], ...]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    found = list(_named(tree, ""))
    return tuple(sorted(found, key=lambda one: one[1] - one[0]))


def _named(node: ast.AST, around: str) -> Iterable[tuple[int, int, str]]:
    for child in ast.iter_child_nodes(node):
        name = around
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{around}.{child.name}".lstrip(".")
            yield (child.lineno, child.end_lineno or child.lineno, name)
        yield from _named(child, name)
