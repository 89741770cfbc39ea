"""What do the benchmarks say of a repository that is no target of ours?"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import choosing
from benchmarks.running import comparing, together, trees
from benchmarks.running.comparing import Compared
from benchmarks.running.together import Asked, Scored
from benchmarks.running.trees import Tree
from ports import temporary
from targets import manifest
from targets.manifest import Manifest
from targets.repository import OriginUnreachable, Repository


@dataclass(frozen=True)
class Place:
    """Name a repository, a commit, and what to compare it with."""

    repository: str
    commit: str = "HEAD"
    against: str = ""
    only: Sequence[str] = ()
    tests: Sequence[str] = ()  # how they are run, where no manifest says it
    pythons: Mapping[str, str] = field(default_factory=dict)
    python: str = ""  # for this repository, before what the configuration names


@dataclass(frozen=True)
class Answer:
    """Hold what was measured, and how it compares."""

    commit: str
    scored: list[Scored]
    against: str = ""
    compared: list[Compared] = field(default_factory=list)


def measure(place: Place, asked: Asked) -> Answer:
    """Measure in a throw-away clone: the repository itself is only read."""
    with cloned(place) as new:
        commit = new.commit
        wanted = choosing.chosen(new.manifest, only=place.only)
        if not place.against:
            return Answer(commit, together.measure(new, wanted, asked))
        base = trees.commit(new.repository, _head(new.repository, place.against))
        old = replace(new, commit=base)
        before = together.measure(old, wanted, asked)
        after = together.measure(new, wanted, asked)
        compared = comparing.compare(old, new, before, after, asked)
        return Answer(commit, after, base, compared)


@contextmanager
def cloned(place: Place) -> Iterator[Tree]:
    """Give the commit in a clone of its own, which is gone afterwards."""
    if not place.repository:
        raise OriginUnreachable("no repository is named; give a path or an address")
    path = Path(place.repository).expanduser()
    origin = str(path.resolve()) if path.exists() else place.repository
    name = origin.rstrip("/").rpartition("/")[2].removesuffix(".git") or "clone"
    with temporary.folder("bench") as folder:
        clone = Repository.create(folder / f"{name}.git", origin=origin)
        clone.fetch()
        commit = trees.commit(clone, _head(clone, place.commit))
        base = trees.commit(clone, _head(clone, place.against)) if place.against else commit
        said = _manifest(clone, base, place)  # what is changed does not choose its judge
        pythons = {**place.pythons, **({name: place.python} if place.python else {})}
        yield Tree(clone, commit, name, said, pythons)


def _head(clone: Repository, name: str) -> str:
    """Return the branch that the origin itself is at, where no commit is named."""
    if name != "HEAD":
        return name
    told = clone.git.run("ls-remote", "origin", "HEAD").text.split()
    if not told:
        raise OriginUnreachable("the repository has no commit at its HEAD: name one by --commit")
    return told[0]


def _manifest(clone: Repository, commit: str, place: Place) -> Manifest:
    said = manifest.read(clone, commit)
    if not place.tests:
        return said
    tests = said.tests.model_copy(update={"command": tuple(place.tests)})
    return said.model_copy(update={"tests": tests})
