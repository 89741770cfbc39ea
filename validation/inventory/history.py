"""Which commit moved which whitelisted value, from what to what, and on whose behalf?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from audit.models import Entry
from targets import blobs, histories
from targets.histories import Touch
from targets.repository import Repository
from validation import scalars
from validation.inventory.places import quoted
from validation.parameters import Parameters
from validation.scalars import ABSENT

MOST_COMMITS = 1000  # that touched one of the files; older ones are named as not read
MOST_MOVES = 5000
_PROPOSAL = re.compile(
    r"^Proposal: ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$", re.MULTILINE
)


@dataclass(frozen=True)
class Moved:
    """One value that a commit moved, or a file that could not be read after it."""

    commit: str
    author: str
    at: datetime
    subject: str
    path: str
    key: str
    old: object = ABSENT
    new: object = ABSENT
    trouble: str = ""
    proposal: str = ""  # whose change it was, if our log knows that proposal


@dataclass(frozen=True)
class History:
    """Hold what was moved, newest first, and whether there is more than was read."""

    moves: tuple[Moved, ...] = ()
    cut: bool = False

    def of(self, path: str, key: str) -> "History":
        """Return the moves of one place; "" stands for any."""
        kept = (m for m in self.moves if path in ("", m.path) and key in ("", m.key))
        return History(tuple(kept), self.cut)


@dataclass(frozen=True)
class Version:
    """Hold the whitelisted values of a file, or why they are not known."""

    values: Mapping[str, object] = field(default_factory=dict)
    trouble: str = ""


def read(
    repository: Repository, head: str, files: Sequence[str], parameters: Parameters
) -> History:
    """Compare each version of each file with the one before, by what a program would read."""
    touches = histories.touches(repository.git, head=head, paths=files, limit=MOST_COMMITS + 1)
    commits = list(dict.fromkeys(touch.commit for touch in touches))
    kept = set(commits[:MOST_COMMITS])
    touches = tuple(touch for touch in touches if touch.commit in kept)
    moves = [
        move
        for path in files
        for move in _of_file(
            repository, [touch for touch in reversed(touches) if touch.path == path], parameters
        )
    ]
    order = {commit: number for number, commit in enumerate(commits)}
    moves.sort(key=lambda move: (order[move.commit], move.path, move.key))
    known = _known({move.proposal for move in moves if move.proposal})
    return History(
        tuple(_told(move, known) for move in moves[:MOST_MOVES]),
        cut=len(commits) > MOST_COMMITS or len(moves) > MOST_MOVES,
    )


def _of_file(
    repository: Repository, touches: Sequence[Touch], parameters: Parameters
) -> Iterator[Moved]:
    """Walk from the oldest version on; one that cannot be read is told and skipped."""
    both = [blob for touch in touches for blob in (touch.old, touch.new) if blob]
    names = list(dict.fromkeys(both))
    versions: dict[str | None, Version] = {
        name: _version(touches[0].path, content, parameters)
        for name, content in zip(names, blobs.contents(repository.git, names), strict=True)
    }
    versions[None] = Version()
    before = versions[touches[0].old] if touches else Version()
    for touch in touches:
        after = versions[touch.new]
        if after.trouble:
            yield _moved(touch, "", ABSENT, ABSENT, after.trouble)
            continue
        for leaf in scalars.differences(before.values, after.values):
            yield _moved(touch, leaf.key, leaf.old, leaf.new, "")
        before = after


def _version(path: str, content: bytes, parameters: Parameters) -> Version:
    """Read what is whitelisted in one version of a file, and keep no more of it."""
    try:
        values = scalars.leaves(path, content.decode())
    except (scalars.Unreadable, UnicodeDecodeError) as error:
        return Version(trouble=f"the file could not be read: {quoted(str(error))}")
    return Version({key: value for key, value in values.items() if parameters.find(path, key)})


def _moved(touch: Touch, key: str, old: object, new: object, trouble: str) -> Moved:
    found = _PROPOSAL.search(touch.message)
    return Moved(
        commit=touch.commit,
        author=quoted(touch.author),
        at=touch.at,
        subject=quoted(touch.message.partition("\n")[0]),
        path=touch.path,
        key=key,
        old=old,
        new=new,
        trouble=trouble,
        proposal=found[1] if found else "",
    )


def _known(names: set[str]) -> set[str]:
    """Keep the proposals that our log knows: anybody can write a line into a commit."""
    subjects = [f"proposal:{name}" for name in sorted(names)]
    rows = Entry.objects.filter(subject__in=subjects).values_list("subject", flat=True)
    return {str(subject).removeprefix("proposal:") for subject in rows.distinct()}


def _told(move: Moved, known: set[str]) -> Moved:
    if not move.proposal or move.proposal in known:
        return move
    return replace(move, proposal="")
