"""What is wrong with a text as YAML, JSON, TOML, Python or shell, and on which line?"""

import io
import json
import re
import shutil
import subprocess
import sys
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml as pyyaml
from yamllint import linter
from yamllint.config import YamlLintConfig

from validation import scalars
from validation.parsing import newer_than_ours
from validation.verdicts import CouldNotRun

TIMEOUT = 20
LARGEST = 2_000_000  # characters
_UTF8 = ("utf-8", "utf-8-sig", "ascii")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_TWO_READINGS = re.compile(r".*[:_].*|[-+]?0[bB].*")


@dataclass(frozen=True)
class Remark:
    """Say what is wrong on which line."""

    line: int | None
    what: str
    refuses: bool = True
    minor: int = 0  # of the first Python 3 that reads it, where that is newer than ours


def settings(path: str, text: str) -> Iterator[Remark]:
    """Read JSON or TOML strictly."""
    try:
        scalars.leaves(path, text)
    except scalars.Unreadable as error:
        yield Remark(error.line, error.what)


def yaml(path: str, text: str) -> Iterator[Remark]:
    """Read YAML strictly, then let yamllint find what a loader forgives."""
    try:
        scalars.leaves(path, text)
    except scalars.Unreadable as error:
        yield Remark(error.line, error.what)
        return
    for problem in linter.run(text, _yamllint()):
        if problem.level == "error":
            yield Remark(problem.line, f"{problem.desc} ({problem.rule or 'syntax'})")
    for event in pyyaml.parse(text, Loader=pyyaml.SafeLoader):
        if isinstance(event, pyyaml.ScalarEvent) and _reads_twice(event):
            mark = event.start_mark
            yield Remark(
                mark.line + 1 if mark else None,
                f"{event.value} is a number to some programs and text to others;"
                " write the number plainly, or put it in quotes",
            )


def _reads_twice(event: pyyaml.ScalarEvent) -> bool:
    """Say whether YAML 1.1 sees a number (15:00, 1_000, 0b1) where YAML 1.2 sees text."""
    if not _TWO_READINGS.fullmatch(event.value):
        return False
    given = (pyyaml.ScalarNode, event.value, event.implicit)
    tag = event.tag or _RESOLVER.resolve(*given)  # type: ignore[no-untyped-call]
    return tag in _NUMBERS


def python(path: str, text: str) -> Iterator[Remark]:
    """Compile Python, without running any of it."""
    if len(text) > LARGEST:
        yield Remark(None, f"the file is larger than {LARGEST} characters: it is not read")
        return
    # As the compiler does it: a lone carriage return ends a line, and may hide a declaration.
    source = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError as error:
        yield Remark(1, str(error))
        return
    if encoding not in _UTF8:
        yield Remark(1, f"declares the encoding {encoding}, in which code can hide")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        yield from _newer(path, source.decode(), error)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        yield Remark(None, f"does not compile: {type(error).__name__}")


def _newer(path: str, text: str, error: SyntaxError) -> Iterator[Remark]:
    """Compile what only a newer Python reads, and say which; else say what is wrong."""
    try:
        found = newer_than_ours(text, error)
        compile(found.tree, path, "exec", dont_inherit=True)
    except SyntaxError as wrong:
        yield Remark(wrong.lineno, wrong.msg)
    except (ValueError, RecursionError, MemoryError, OverflowError) as wrong:
        yield Remark(None, f"does not compile: {type(wrong).__name__}")
    else:
        what = f"needs Python 3.{found.minor} or newer"
        yield Remark(None, what, refuses=False, minor=found.minor)


def shell(path: str, text: str) -> Iterator[Remark]:
    """Check a shell script with shellcheck, or at least with the shell's own parser."""
    if len(text) > LARGEST:
        yield Remark(None, f"the file is larger than {LARGEST} characters: it is not read")
        return
    dialect = "bash" if path.endswith(".bash") or "bash" in text.split("\n", 1)[0] else "sh"
    if binary := _shellcheck():
        yield from _shellchecked(binary, dialect, text)
    else:
        yield from _parsed_by_shell(dialect, text)


def _shellchecked(binary: str, dialect: str, text: str) -> Iterator[Remark]:
    options = ("--norc", "--format=json", "--severity=warning", f"--shell={dialect}")
    ran = _run([binary, *options, "-"], text)
    if ran.returncode not in (0, 1):
        raise CouldNotRun(f"shellcheck failed: {ran.stderr.strip()[:200]}")
    try:
        remarks = json.loads(ran.stdout)
    except ValueError as error:
        raise CouldNotRun(f"shellcheck said what is no JSON: {ran.stdout[:200]!r}") from error
    for remark in remarks:
        refuses = remark["level"] == "error"
        yield Remark(remark["line"], f"{remark['message']} (SC{remark['code']})", refuses)


def _parsed_by_shell(dialect: str, text: str) -> Iterator[Remark]:
    shell_binary = shutil.which(dialect) or shutil.which("sh")
    if shell_binary is None:
        raise CouldNotRun("neither shellcheck nor a shell is there to read the script")
    ran = _run([shell_binary, "-n"], text)
    if ran.returncode:
        yield Remark(None, ran.stderr.strip()[:300] or "the shell cannot read it")


def _run(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CouldNotRun(f"{Path(command[0]).name} took longer than {TIMEOUT} s") from error


_RESOLVER = pyyaml.SafeLoader("")


@cache
def _shellcheck() -> str | None:
    """Find the binary that ships in our own environment, then one of the system."""
    beside = Path(sys.executable).parent / "shellcheck"
    return str(beside) if beside.is_file() else shutil.which("shellcheck")


@cache
def _yamllint() -> YamlLintConfig:
    # Only what changes meaning: layout is the target's own business.
    rules = "key-duplicates: enable\n  anchors: enable\n  octal-values: enable"
    return YamlLintConfig(f"rules:\n  {rules}")
