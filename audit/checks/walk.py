"""What does not hold on the way over the leaves, each looked at once?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

from audit import merkle
from audit.checks import ends
from audit.checks.chains import Chains
from audit.checks.stretch import Judged
from audit.models import Leaf
from audit.sequencer import RUN
from audit.verifications import part

MOST_PROBLEMS = 100
LONGEST_PROBLEM = 300  # characters; what is wrong may hold what an attacker wrote

Found = tuple[str, str]  # where, and what does not hold there
Told = tuple[int, str, str]  # the same, behind the leaf by which it is put in order


@dataclass(frozen=True)
class Problem:
    """Point at one place that does not hold."""

    where: str
    what: str


@dataclass
class Walk:
    """Go over what was judged, in its order, and collect what does not hold."""

    stated: dict[int, str]
    asked: frozenset[int] = frozenset()  # sizes that somebody outside states a root for
    roots: dict[int, str] = field(default_factory=dict)  # and the roots that come out
    chains: Chains = field(default_factory=Chains)
    peaks: merkle.Peaks = field(default_factory=merkle.Peaks)
    root: bytes = merkle.EMPTY_ROOT
    tops: list[bytes | None] = field(default_factory=list)  # over each full run, as it came out
    problems: list[Problem] = field(default_factory=list)
    remarks: dict[Found, None] = field(default_factory=dict)
    words: dict[int, int] = field(default_factory=dict)
    expected: int = 0  # the index of the next leaf
    checked: int = 0
    erased: int = 0
    grown: int = 0  # leaves without a gap
    broken: bool = False  # a leaf is missing: no later root can be computed
    rooted: int = 0  # the last size whose root was right
    lost: bool = False  # a root was wrong: all later ones are, and say nothing more

    def begin(self, start: int) -> None:
        """Begin behind entries that are not read, from what is stored over them."""
        if (stored := part.prefix(start)) is None:
            self.add("nodes", f"not all stored hashes over the first {start} entries are there")
        self.lost, self.peaks = stored is None, stored or merkle.Peaks()
        self.root = self.peaks.root()
        self.expected = self.rooted = self.grown = start
        self.chains.before = partial(part.last_before, start) if start else None

    def add(self, where: str, what: str) -> None:
        """Note a problem, up to as many as a person would read."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where, what[:LONGEST_PROBLEM]))

    def add_all(self, found: Iterable[Found]) -> None:
        """Note several problems."""
        for where, what in found:
            self.add(where, what)

    def take(self, judged: Judged) -> None:
        """Add what a stretch turned out to be to what those before it were."""
        self.checked += judged.checked
        self.erased += judged.erased
        self.words |= judged.words
        self.remarks |= dict.fromkeys(judged.remarks)
        told = [(at, f"leaf {at}", what) for at, what in judged.flaws.items()]
        told += self._unlinked(judged)
        told += self._missed(judged)
        told += self._grown(judged)
        for _, where, what in sorted(told, key=itemgetter(0)):
            self.add(where, what)
        self.add_all(judged.found)

    def _unlinked(self, judged: Judged) -> Iterator[Told]:
        """Name leaves whose writer wrote another entry before them."""
        for row in judged.written:
            for index, what in self.chains.take_row(row):
                if index not in judged.flaws:
                    uid = Leaf.objects.filter(index=index).values_list("entry__uid").first()
                    yield index, f"leaf {index}", f"{what} (entry {uid[0] if uid else '?'})"

    def _missed(self, judged: Judged) -> Iterator[Told]:
        """Name leaves that are not there, and those that lie where none may."""
        for first, stop in judged.spans:
            if first < 0:
                what = "it lies outside the tree: it was invented"
                yield from ((one, f"leaf {one}", what) for one in range(first, min(stop, 0)))
                continue
            if first == self.expected + 1:
                yield first - 1, f"leaf {first - 1}", ends.gap(first - 1)
            elif first > self.expected:
                what = f"this leaf and all up to leaf {first - 1} are gone"
                yield self.expected, f"leaf {self.expected}", what
            self.expected = stop

    def _grown(self, judged: Judged) -> Iterator[Told]:
        """Grow the tree by what has no gap, and compare its roots with what was stated."""
        first = judged.stretch.first
        if first < 0:
            return
        if first != self.grown or not judged.tops:
            self.broken = True
        for begin, top in zip(range(first, judged.stretch.stop, RUN), judged.tops, strict=False):
            if self.broken:
                return
            for size, over in judged.roots.items():
                if begin < size <= begin + RUN:
                    yield from self._compare(size, self.peaks.root(over))
            self.grown = max(one for one in judged.roots if one <= begin + RUN)
            self.root = self.peaks.root(top)
            if self.grown % RUN == 0:
                self.peaks.push(8, top)
                self.tops.append(top)
        self.broken = self.broken or self.grown != judged.stretch.stop

    def _compare(self, size: int, root: bytes) -> Iterator[Told]:
        if size in self.asked:
            self.roots[size] = root.hex()
        stated = self.stated.get(size)
        if self.lost or not stated:
            return
        if root.hex() == stated:
            self.rooted = size
            return
        self.lost = True
        first, last = self.rooted, size - 1
        among = f"leaf {first}" if first == last else f"one of the leaves {first} to {last}"
        what = f"another root comes out: {among} was changed"
        yield last, f"checkpoint {size}", what
