"""Does the change stay away from what no change may touch?"""

import re
from collections.abc import Iterator, Sequence

from targets import manifest
from targets.changes import GITLINK, SYMLINK, Change, ChangedFile
from targets.manifest import Manifest
from validation.paths import matches, shown, skeleton, stem
from validation.verdicts import Context, GateVerdict, Limits, Mark, answer, counted

NAME = "forbidden paths"
QUESTION = "Does the change stay away from what no change may touch?"
VERSION = 3

# What decides how a change is judged, or what an agent may do; no setting can take these away.
ALWAYS = (
    manifest.FILE,
    ".gitattributes",
    ".gitmodules",
    "permissions.yaml",
    "permissions.json",
    "permissions.toml",
    "config/policies/**",
    # What editors, shells, package managers and agents obey without being asked.
    *(".vscode/**", ".idea/**", ".devcontainer/**", ".devcontainer.json", ".envrc", ".direnv/**"),
    *(".mcp.json", ".claude/**", ".codex/**", ".cursor/**", ".cursorrules", ".windsurfrules"),
    *(".gitconfig", ".husky/**", ".githooks/**", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc"),
    *("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS"),
    *("pip.conf", "pip.ini", ".netrc", ".cargo/**", ".bashrc", ".bash_profile", ".profile"),
    *(".zshrc", ".zshenv", ".ssh/**", ".docker/**", ".kube/**", ".aws/**", ".gnupg/**"),
)
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[.-][^/]*)?\.(?:ya?ml|json)")
# .envrc is run by shells; .env~ and prod.env.bak hold what the file beside them holds.
_ENVIRONMENT = re.compile(r"\.env(?:rc|[^a-z][^/]*)?|[^/]+\.env(?:\.[^/]*)?")
_SETTINGS = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".conf")
_NO_SETTINGS = (".py", ".pyi", ".md", ".rst", ".txt", ".html", ".css", ".js", ".ts")
EXECUTABLE = "100755"


def run(change: Change, context: Context) -> GateVerdict:
    """Hold every changed path against the list, its look-alikes and its neighbours."""
    protecting = patterns(context.manifest, context.limits)
    marks = [mark for file in change.files for mark in _marks(file, protecting)]
    marks += _doubles(change, context)
    return answer(
        NAME, QUESTION, marks, passed=f"{counted(len(change.files), 'path')}, none protected"
    )


def protected(change: Change, context: Context) -> tuple[str, ...]:
    """List the changed paths that no change may touch."""
    protecting = patterns(context.manifest, context.limits)
    return tuple(path for path in change.paths if reason_against(path, protecting))


def reason_against(path: str, protecting: Sequence[str]) -> str | None:
    """Say why no change may touch a path; None where one may."""
    return _protected(skeleton(path), protecting)


def patterns(said: Manifest, limits: Limits) -> tuple[str, ...]:
    """Return what no change may touch: ours, this installation's, the target's own."""
    return (
        *ALWAYS,
        *limits.forbidden_paths,
        *said.validation.forbidden_paths,
        *said.policies.files,  # what decides over a change is not changed by it
    )


def _marks(file: ChangedFile, protecting: Sequence[str]) -> Iterator[Mark]:
    path = shown(file.path)
    if reason := reason_against(file.path, protecting):
        yield Mark(path, None, reason)
    if not file.path.isprintable():
        yield Mark(path, None, "the name holds characters that cannot be seen")
    elif not file.path.isascii():
        yield Mark(path, None, "the name holds letters that may look like others", refuses=False)
    yield from _modes(path, file)


def _doubles(change: Change, context: Context) -> Iterator[Mark]:
    """Name the new paths that a folding file system would write over others."""
    new = {file.path for file in change.files if file.status == "A"}
    if not new:
        return
    taken: dict[str, str] = {}
    for path in sorted(context.repository.paths(change.tree), key=lambda path: path in new):
        for part in _upwards(path):
            first = taken.setdefault(skeleton(part), part)
            if path in new and first != part:
                where = "is the same name as", "where letter case or spelling is folded"
                yield Mark(shown(path), None, f"{where[0]} {shown(first)} {where[1]}")
                break


def _upwards(path: str) -> Iterator[str]:
    """Return the path and the folders that it lies in, the outermost first."""
    parts = path.split("/")
    for number in range(1, len(parts) + 1):
        yield "/".join(parts[:number])


def _modes(path: str, file: ChangedFile) -> Iterator[Mark]:
    if file.new_mode == SYMLINK:
        yield Mark(path, None, "becomes a symbolic link")
    if file.new_mode == GITLINK:
        yield Mark(path, None, "becomes a submodule")
    if file.new_mode == EXECUTABLE and file.old_mode != EXECUTABLE:
        yield Mark(path, None, "becomes executable", refuses=False)
    if file.old_mode == EXECUTABLE and file.new_mode == "100644":
        yield Mark(path, None, "is no longer executable", refuses=False)
    if file.old_mode in (SYMLINK, GITLINK) and file.status == "T":
        yield Mark(path, None, "was a link and becomes a file of its own", refuses=False)


def _protected(path: str, protecting: Sequence[str]) -> str | None:
    names = path.split("/")  # folders too: one may stand where the file would
    if any(map(_COMPOSE.fullmatch, names)):
        return "is protected: it says how the system is composed"
    if any(map(_ENVIRONMENT.fullmatch, names)):
        return "is protected: it holds the environment"
    for pattern in protecting:
        if _fits(_plain(pattern), path):
            return f"is protected by {pattern}"
    return None


def _plain(pattern: str) -> str:
    """Read a pattern as its writer means it: docs/ and ./docs and /docs are docs."""
    parts = [part for part in skeleton(pattern).split("/") if part]
    rooted = pattern.startswith(("/", "./")) and len(parts) == 1
    return f"./{parts[0]}" if rooted else "/".join(parts) or "**"


def _fits(pattern: str, path: str) -> bool:
    """Match the pattern, everything below it, and what would stand in its place."""
    anywhere = "" if "/" in pattern else "**/"
    pattern = pattern.removeprefix("./")
    if matches(anywhere + pattern, path) or matches(f"{anywhere}{pattern}/**", path):
        return True
    folder, _, name = pattern.rpartition("/")
    if "*" in name or "?" in name:
        return False
    if name.endswith(_SETTINGS) and path.endswith(_NO_SETTINGS):
        return False  # permissions.py is code of its own, whatever permissions.yaml says
    beside = f"{folder}/{stem(name)}" if folder else anywhere + stem(name)
    # tools.yaml is shadowed by tools.yml, main.py by the package main/ or by main.so
    return any(matches(beside + end, path) for end in (".*", "/**", ""))
