"""What do the commits of a log's branch state?"""

from collections.abc import Sequence

from audit.anchors import judging, stated
from audit.anchors.places import Claim, Conflict
from targets import commits
from targets.blobs import contents
from targets.commits import Commit
from targets.repository import Repository

NOTE = "checkpoint"
TRAILER = "Audit-Checkpoint: "
ALL = 1_000_000


def claim_of(commit: Commit, note: str) -> Claim:
    """Read what a commit states; raise Conflict unless its message and its file say the same."""
    last = commit.message.rstrip().rpartition("\n")[2]
    if not last.startswith(TRAILER):
        raise Conflict("it names no checkpoint, so it was not made here")
    try:
        named = stated.parse_line(last.removeprefix(TRAILER))
    except stated.Unreadable as error:
        raise Conflict(f"{error}, so it was not made here") from error
    held = judging.readable(note, reference=commit.sha, at=commit.at)
    if (held.origin, held.size, held.root) != (named.origin, named.size, named.root):
        raise Conflict("its message states another checkpoint than its file")
    return held


def notes(repository: Repository, shas: Sequence[str]) -> dict[str, str]:
    """Read the checkpoint of many commits at once; those without one are left out."""
    asked = "".join(f"{sha}:{NOTE}\n" for sha in shas).encode()
    checked = repository.git.run("cat-file", "--batch-check", stdin=asked).text.splitlines()
    blobs: dict[str, str] = {}
    for sha, line in zip(shas, checked, strict=True):
        name, _, rest = line.partition(" ")
        kind, _, size = rest.partition(" ")
        if kind == "blob" and int(size) <= stated.LONGEST:  # whatever else is there is not ours
            blobs[sha] = name
    names = sorted(set(blobs.values()))
    held = zip(names, contents(repository.git, names), strict=True)
    texts = {name: content.decode("utf-8", "replace") for name, content in held}
    return {sha: texts[name] for sha, name in blobs.items()}


def since(repository: Repository, theirs: str, ours: str | None) -> list[Commit]:
    """Return the commits on top of ours, oldest first."""
    found = []
    for commit in commits.log(repository.git, start=theirs, limit=ALL):
        if commit.sha == ours:
            break
        found.append(commit)
    return found[::-1]


def reachable(repository: Repository, tips: Sequence[str | None]) -> list[Commit]:
    """Return every commit that leads to one of the tips, each once."""
    seen: dict[str, Commit] = {}
    for tip in tips:
        if tip and tip not in seen:
            seen |= {c.sha: c for c in commits.log(repository.git, start=tip, limit=ALL)}
    return list(seen.values())
