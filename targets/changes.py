"""What would a diff do to a commit, as git's own tree diff tells it?"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from ports.git import Git, GitFailed, GitTimedOut
from targets.quarantine import Quarantine, quarantine

LARGEST_DIFF = 1024 * 1024
SYMLINK = "120000"
GITLINK = "160000"
CANONICAL = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--full-index",
    "--no-renames",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "-U3",
)


class DiffDoesNotApply(Exception):
    """The diff cannot become a change of this commit; `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class ChangedFile:
    """One path that differs between two trees."""

    path: str
    status: str  # A, M, D or T: renames are told as a deletion and an addition
    old_mode: str
    new_mode: str
    added: int
    removed: int
    binary: bool = False


@dataclass(frozen=True)
class Change:
    """A new tree, how it differs from its base, and the digest that names the difference."""

    base: str
    tree: str
    diff: str
    digest: str
    files: tuple[ChangedFile, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the changed paths."""
        return tuple(file.path for file in self.files)


def apply(git: Git, *, base: str, diff: str) -> Change:
    """Apply a diff to a commit without any work tree and return the change it makes.

    Everything happens in a quarantine. The objects are released into the clone once the change
    has been accepted here: the gates, the sandbox and the commit read them by their tree. They
    stay unreachable until a caller points a ref at them, and a refused diff leaves nothing.
    """
    patch = _patch(diff)
    with quarantine(git) as inside:
        inside.run("read-tree", f"{base}^{{commit}}")
        _apply_to_index(inside, patch)
        tree = inside.text("write-tree")
        change = _describe(inside, base, tree)
        _refuse_unsafe(change)
        inside.release()
    return change


def written(git: Git, *, base: str, files: Mapping[str, bytes]) -> Change:
    """Return the change that whole new contents of files make to a commit; modes stay."""
    with quarantine(git) as inside:
        inside.run("read-tree", f"{base}^{{commit}}")
        listed = inside.run("ls-files", "-z", "--stage", "--", *files).fields() if files else []
        modes = {path: told[:6] for told, _, path in (one.partition("\t") for one in listed)}
        entries = []
        for path, content in sorted(files.items()):
            blob = inside.run("hash-object", "-w", "--stdin", stdin=content).text
            entries.append(f"{modes.get(path, '100644')} {blob}\t{path}\0")
        inside.run("update-index", "-z", "--index-info", stdin="".join(entries).encode())
        change = _describe(inside, base, inside.text("write-tree"))
        _refuse_unsafe(change)
        inside.release()
    return change


def between(git: Git, *, base: str, head: str) -> Change:
    """Return the change that leads from one commit to another."""
    with quarantine(git) as inside:
        return _describe(inside, base, inside.text("rev-parse", "--verify", f"{head}^{{tree}}"))


def canonical(git: Git, *, old: str, new: str) -> bytes:
    """Return the one diff text that we show, store and take digests of."""
    return git.run("diff-tree", "-p", *CANONICAL, old, new, "--").stdout


def _patch(diff: str) -> bytes:
    try:
        patch = diff.encode()
    except UnicodeEncodeError as error:
        raise DiffDoesNotApply(f"the diff is not UTF-8 text (character {error.start})") from error
    if not patch.strip():
        raise DiffDoesNotApply("the diff is empty")
    if b"\0" in patch:
        raise DiffDoesNotApply("the diff contains a NUL byte: it is not text")
    if len(patch) > LARGEST_DIFF:
        raise DiffDoesNotApply(f"the diff has {len(patch)} bytes; {LARGEST_DIFF} are allowed")
    return patch if patch.endswith(b"\n") else patch + b"\n"


def _apply_to_index(inside: Quarantine, patch: bytes) -> None:
    try:
        inside.run("apply", "--cached", "--whitespace=nowarn", "-p1", "-", stdin=patch)
    except GitTimedOut as error:
        raise DiffDoesNotApply(f"git could not apply it in time: {error.words}") from error
    except GitFailed as error:
        raise DiffDoesNotApply(error.words or "git refused it without a word") from error


def _describe(inside: Quarantine, base: str, tree: str) -> Change:
    fields = inside.run(
        "diff-tree", "-r", "-z", "--raw", "--numstat", "--full-index", "--no-renames",
        "--no-ext-diff", "--no-textconv", base, tree, "--",
    ).fields()  # fmt: skip
    text = inside.run("diff-tree", "-p", *CANONICAL, base, tree, "--").stdout
    return Change(
        base=base,
        tree=tree,
        diff=text.decode("utf-8", "backslashreplace"),
        digest=hashlib.sha256(text).hexdigest(),
        files=_files(fields),
    )


def _files(fields: list[str]) -> tuple[ChangedFile, ...]:
    """Join git's raw records (`:modes ids status`, path) with its numstat records."""
    raw: dict[str, tuple[str, str, str]] = {}
    position = 0
    while position < len(fields) and fields[position].startswith(":"):
        old_mode, new_mode, _old, _new, status = fields[position][1:].split(" ")
        raw[fields[position + 1]] = (status[0], old_mode, new_mode)
        position += 2
    files = []
    for record in fields[position:]:
        added, removed, path = record.split("\t", 2)
        status, old_mode, new_mode = raw[path]
        lines = (0, 0) if added == "-" else (int(added), int(removed))
        files.append(ChangedFile(path, status, old_mode, new_mode, *lines, binary=added == "-"))
    return tuple(files)


def _refuse_unsafe(change: Change) -> None:
    """Refuse what no reader of the diff text could judge, or what reaches outside the tree."""
    if not change.files:
        raise DiffDoesNotApply("the diff changes nothing")
    for file in change.files:
        reason = _unsafe(file)
        if reason:
            raise DiffDoesNotApply(f"{file.path!r} {reason}")
    if hashlib.sha256(change.diff.encode()).hexdigest() != change.digest:
        raise DiffDoesNotApply("it touches text that is not UTF-8, so it cannot be shown exactly")


def _unsafe(file: ChangedFile) -> str | None:
    if file.new_mode == SYMLINK:
        return "would become a symbolic link; a change may not make one"
    if file.new_mode == GITLINK:
        return "would become a submodule; a change may not make one"
    if any(_names_git_folder(part) for part in file.path.split("/")):
        return "lies in git's own folder"
    if file.binary:
        return "is binary: a change must be text that can be read"
    if any("\udc80" <= character <= "\udcff" for character in file.path):
        return "has a name that is not UTF-8"
    return None


def _names_git_folder(part: str) -> bool:
    # File systems fold case, drop invisible signs and trailing dots: all of these open ".git".
    plain = "".join(
        c for c in unicodedata.normalize("NFKC", part) if unicodedata.category(c) != "Cf"
    )
    plain = plain.casefold().split(":")[0].rstrip(". ")
    return plain == ".git" or plain.startswith("git~")
