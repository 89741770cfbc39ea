"""What does not hold on the way over the leaves, each looked at once?"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from audit import log, merkle, soundness
from audit.checks import ends
from audit.checks.beside import Beside
from audit.checks.chains import Chains
from audit.checks.clocks import Clocks
from audit.keys.trust import UNSIGNED, Trust, signed
from audit.models import Entry
from audit.texts import checking
from audit.verifications import part

MOST_PROBLEMS = 100
LONGEST_PROBLEM = 300  # characters; what is wrong may hold what an attacker wrote

Found = tuple[str, str]  # where, and what does not hold there


@dataclass(frozen=True)
class Problem:
    """Point at one place that does not hold."""

    where: str
    what: str


@dataclass(frozen=True)
class Row:
    """One leaf joined with its entry."""

    index: int
    leaf_hash: str
    entry_id: int
    uid: uuid.UUID
    body: str
    entry_hash: str
    signature: str

    def flaw(self) -> str | None:
        """Say what does not hold about it, or nothing."""
        if log.leaf_hash(self.body) != self.leaf_hash:
            return "the entry's text is not the one that was sealed"
        if self.entry_hash != self.leaf_hash:
            return "the entry's own hash was changed"
        return soundness.flaw(self.body, self.uid)

    def hash(self) -> bytes:
        """Return the hash that stands in the tree; of the text where it is none."""
        try:
            return bytes.fromhex(self.leaf_hash)
        except ValueError:
            return bytes.fromhex(log.leaf_hash(self.body))


@dataclass
class Walk:
    """Go over the leaves once and collect what does not hold."""

    stated: dict[int, str]
    trusted: Callable[[], Trust]
    trust: Trust
    clocks: Clocks
    asked: frozenset[int] = frozenset()  # sizes that somebody outside states a root for
    roots: dict[int, str] = field(default_factory=dict)  # and the roots that come out
    beside: Beside | None = None
    strangers: set[str] = field(default_factory=set)
    chains: Chains = field(default_factory=Chains)
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    problems: list[Problem] = field(default_factory=list)
    expected: int = 0  # the index of the next leaf
    checked: int = 0
    erased: int = 0
    rooted: int = 0  # the last size whose root was right
    lost: bool = False  # a root was wrong: all later ones are, and say nothing more

    def begin(self, start: int) -> None:
        """Begin behind entries that are not read, from what is stored over them."""
        if (stored := part.prefix(start)) is None:
            self.add("nodes", f"not all stored hashes over the first {start} entries are there")
        self.lost, self.frontier = stored is None, stored or merkle.Frontier()
        self.expected = self.rooted = start
        self.chains.before = partial(part.last_before, start) if start else None

    def add(self, where: str, what: str) -> None:
        """Note a problem, up to as many as a person would read."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where, what[:LONGEST_PROBLEM]))

    def add_all(self, found: Iterable[Found]) -> None:
        """Note several problems."""
        for where, what in found:
            self.add(where, what)

    def compare_words(self, bodies: Mapping[int, str], places: Mapping[int, str]) -> None:
        """Check what is kept beside some entries, which are named by their places."""
        for row, what in checking.words(bodies):
            if what is None:
                self.erased += 1
            else:
                self.add(places[row], what)

    def take(self, row: Row) -> bool:
        """Check one leaf, and the checkpoint that ends with it; say whether its entry is sound."""
        self.checked += 1
        where = f"leaf {row.index}"
        flaw = row.flaw()
        if told := self.attribute(where, row, row.index, flaw):
            self.add(where, f"{told} (entry {row.uid})")
        if row.index < self.expected:
            self.add(f"leaf {row.index}", "it lies outside the tree: it was invented")
            return not flaw
        if row.index > self.expected:
            self._miss(row.index - 1)
        self.expected = row.index + 1
        self.frontier = self.frontier.append(row.hash())
        if self.frontier.size in self.asked:
            self.roots[self.frontier.size] = self.frontier.root().hex()
        if not self.lost and (stated := self.stated.get(self.frontier.size)):
            self._compare(stated)
        return not flaw

    def attribute(
        self, where: str, row: Row | Entry, index: int | None, flaw: str | None
    ) -> str | None:
        """Check whose an entry is, what its writer wrote before it, and its clock; name a flaw."""
        place = soundness.place(row.body)
        if place is None:
            return flaw
        flaw = flaw or self._signature_flaw(where, place.writer, row, index)
        if index is not None:
            self.clocks.take(index, place.at)
        # Also with a flaw: what comes behind it is not to be blamed.
        unlinked = self.chains.take(where, place, row.leaf_hash)
        return flaw or unlinked

    def _signature_flaw(
        self, where: str, writer: str, row: Row | Entry, index: int | None
    ) -> str | None:
        key = self.trust.key_of(writer, index)
        if isinstance(key, str) and writer not in self.strangers:
            self.strangers.add(writer)
            self.trust = self.trusted()  # it may have been let in since
            key = self.trust.key_of(writer, index)
        if isinstance(key, str):
            return key
        if self.beside and self.beside.take(where, key, row.leaf_hash, row.signature):
            return None
        return None if signed(key, row.leaf_hash, row.signature) else UNSIGNED

    def _miss(self, last: int) -> None:
        first, self.lost = self.expected, True
        if first == last:
            self.add(f"leaf {first}", ends.gap(first))
        else:
            self.add(f"leaf {first}", f"this leaf and all up to leaf {last} are gone")

    def _compare(self, stated: str) -> None:
        size = self.frontier.size
        if self.frontier.root().hex() == stated:
            self.rooted = size
            return
        self.lost = True
        first, last = self.rooted, size - 1
        among = f"leaf {first}" if first == last else f"one of the leaves {first} to {last}"
        self.add(f"checkpoint {size}", f"another root comes out: {among} was changed")
