"""Which templates of one type, tool and error code say the same, in whatever order?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from telemetry.fingerprints import SLOT, gist

WITNESSES = 3  # templates that must differ in the same one word before it counts as a slot
LEAST_WORDS = 3  # shorter ones say too little for a word to be left out
BEGINNING = 5  # words of a beginning that two messages must share to be one kind
SUGGESTED = 0.5


@dataclass(slots=True)
class _Sets:
    """Join places step by step into sets; the smallest place stands for its set."""

    parents: list[int] = field(default_factory=list)

    def of(self, place: int) -> int:
        """Return what stands for a place's set."""
        while self.parents[place] != place:
            self.parents[place] = self.parents[self.parents[place]]
            place = self.parents[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        one, other = sorted((self.of(one), self.of(other)))
        self.parents[other] = one


def joined(templates: Sequence[str]) -> list[list[int]]:
    """Return the places of the templates that are one kind, set by set."""
    gists = [gist(text) for text in templates]
    sets = _Sets(list(range(len(gists))))
    for one, other in (*_same_beginning(gists), *_one_slot(gists)):
        sets.join(one, other)
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(len(gists)):
        found[sets.of(place)].append(place)
    return list(found.values())


def _same_beginning(gists: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pair equal gists, and those that only go on where another one ends."""
    first: dict[str, int] = {}
    for place, text in enumerate(gists):
        yield first.setdefault(text, place), place
    for place, text in enumerate(gists):
        words = text.split()
        for length in range(BEGINNING, len(words)):
            shorter = first.get(" ".join(words[:length]))
            if shorter is not None:
                yield shorter, place


def _one_slot(gists: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pair templates that differ in one word only, where enough others differ there too.

    A list of two, `amber, birch`, counts as a word where a longer list is known to have stood.
    """
    alike: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for place, text in enumerate(gists):
        words = tuple(text.split())
        if len(words) < LEAST_WORDS:
            continue
        for hole, word in enumerate(words):
            key = (*words[:hole], f"\0{hole}", *words[hole + 1 :])
            alike[key].setdefault(word, place)
    for places in alike.values():
        if len(places) >= WITNESSES or (SLOT in places and len(places) > 1):
            one, *others = places.values()
            yield from ((one, other) for other in others)
    yield from _short_lists(gists, alike)


def _short_lists(
    gists: Sequence[str], alike: Mapping[tuple[str, ...], Mapping[str, int]]
) -> Iterator[tuple[int, int]]:
    for place, text in enumerate(gists):
        words = tuple(text.split())
        for hole, word in enumerate(words[:-1]):
            if word[-1] == "," and len(words) > LEAST_WORDS:
                key = (*words[:hole], f"\0{hole}", *words[hole + 2 :])
                if (longer := alike.get(key, {}).get(SLOT)) is not None:
                    yield longer, place


def likeness(one: str, other: str) -> float:
    """Return which share of the words stand at the same place in both; a slot fits no word."""
    first, second = one.split(), other.split()
    if not first or not second:
        return 0.0
    same = sum(a == b != SLOT for a, b in zip(first, second, strict=False))
    told = max(sum(word != SLOT for word in words) for words in (first, second))
    return same / told if told else 0.0


def folded(templates: Sequence[str]) -> str:
    """Return one template that fits all: a slot where they differ, the shortest beginning."""
    rows = [gist(text).split() for text in templates]
    length = min(len(row) for row in rows)
    words = [
        column[0] if len(set(column)) == 1 else SLOT
        for column in zip(*(row[:length] for row in rows), strict=True)
    ]
    if all(word == SLOT for word in words):
        return templates[0]
    return " ".join(words)
