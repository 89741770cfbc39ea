"""Is the log still the one that was published outside?

What lies outside is read before the log is, as the log may grow meanwhile and never shrinks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from audit import merkle
from audit.anchors import asking, judging, places
from audit.anchors.places import Claim, Conflict
from audit.keys.trust import Trust
from audit.models import Anchor

Found = tuple[str, str]  # where, and what does not hold there


@dataclass(frozen=True)
class Told:
    """Hold everything that is stated at one place, by the place and by our memory of it."""

    title: str
    claims: tuple[Claim, ...]

    @property
    def largest(self) -> Claim:
        """Return the claim that goes furthest."""
        return max(self.claims, key=lambda claim: claim.size)

    def problems(self, leaves: int, roots: Mapping[int, str]) -> Iterator[Found]:
        """Name the largest size that we do not reach and the first root that we do not have."""
        if self.largest.size > leaves:
            yield self.title, judging.ahead(self.largest, leaves)
        for claim in sorted(self.claims, key=lambda claim: claim.size):
            if claim.size <= leaves and claim.root and roots.get(claim.size) != claim.root:
                yield self.title, judging.forked(claim)
                return  # every later one differs too, and says nothing more


@dataclass(frozen=True)
class Compared:
    """Say for one place what was compared."""

    title: str
    size: int
    at: datetime | None
    claims: int

    def ahead(self, leaves: int) -> Found:
        """Return how it is told that this place knows a larger tree than one of so many leaves."""
        claim = Claim(origin="", size=self.size, at=self.at)
        return self.title, judging.ahead(claim, leaves)


@dataclass(frozen=True)
class Outside:
    """Hold what all places state, and what could not be read or is not there any more."""

    told: tuple[Told, ...]
    doubts: tuple[str, ...]

    @property
    def sizes(self) -> frozenset[int]:
        """Return the sizes whose roots are asked for."""
        return frozenset(claim.size for told in self.told for claim in told.claims)

    def beyond(self, size: int) -> "Outside":
        """Leave out what is stated of trees up to a size."""
        kept = (
            (told.title, [one for one in told.claims if one.size > size]) for told in self.told
        )
        told = tuple(Told(title, tuple(claims)) for title, claims in kept if claims)
        return Outside(told, self.doubts)

    def problems(self, leaves: int, roots: Mapping[int, str]) -> Iterator[Found]:
        """Compare every claim with the tree that was just computed."""
        known = {0: merkle.EMPTY_ROOT.hex(), **roots}
        for told in self.told:
            yield from told.problems(leaves, known)

    @property
    def compared(self) -> tuple[Compared, ...]:
        """Return one line for each place."""
        return tuple(
            Compared(told.title, told.largest.size, told.largest.at, len(told.claims))
            for told in self.told
        )


def read(trust: Trust) -> Outside:
    """Ask every place what it states, and our own rows what was published where."""
    doubts: list[str] = []
    told: list[Told] = []
    remembered = _remembered(doubts)
    for place, held in asking.held(places.offered()):
        unsure = [*held.foreign, *held.doubts]
        doubts += [f"{place.title}: {words}" for words in unsure]
        ours = remembered.pop((place.kind, place.name), [])
        if not unsure:
            doubts += _lost(place.title, held.claims, ours)
        told += _told(place.title, [*held.claims, *ours], trust, doubts)
    for (kind, name), ours in remembered.items():  # places where nothing is published any more
        told += _told(f"{kind} {name}", ours, trust, doubts)
    return Outside(tuple(told), tuple(places.plain(doubt) for doubt in doubts))


def _told(title: str, claims: Iterable[Claim], trust: Trust, doubts: list[str]) -> list[Told]:
    """Keep what this log has signed, each once; whatever else is said of it is a doubt."""
    kept: dict[tuple[int, str], Claim] = {}
    for claim in claims:
        if why := judging.not_ours(claim, trust):
            doubts.append(f"{title}: {why}")
        elif not judging.is_given_up(claim, trust):
            kept.setdefault((claim.size, claim.root), claim)
    return [Told(title, tuple(kept.values()))] if kept else []


def _lost(title: str, held: Iterable[Claim], ours: Iterable[Claim]) -> Iterator[str]:
    largest = max((claim.size for claim in held), default=0)
    last = max(ours, key=lambda claim: claim.size, default=None)
    if last and last.size > largest:
        found = f"it states only {largest} leaves" if largest else "nothing is there"
        yield f"{title}: {found}, although {last.size} were published there{judging.since(last)}"


def _remembered(doubts: list[str]) -> dict[tuple[str, str], list[Claim]]:
    rows = Anchor.objects.order_by("kind", "place", "size")
    found: dict[tuple[str, str], list[Claim]] = {}
    for key, group in groupby(rows, key=lambda row: (row.kind, row.place)):
        for row in group:
            try:
                claim = judging.readable(row.note, reference=row.reference, at=row.at)
            except Conflict as error:
                doubts.append(f"anchor {row.pk}: {error}")
                continue
            if (claim.size, claim.root) != (row.size, row.root):
                doubts.append(f"anchor {row.pk}: its text states something else than its columns")
            found.setdefault(key, []).append(claim)
    return found
