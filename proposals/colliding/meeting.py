"""Which of many diffs stand in the same place of one file? Pure, and linear in their lines."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from proposals.colliding.hunks import Touched


class Together:
    """Join what belongs together, however it is told, and list it in the order of its names."""

    def __init__(self, names: Iterable[str]) -> None:
        """Begin with everybody alone."""
        self._above = {name: name for name in names}

    def join(self, names: Iterable[str]) -> None:
        """Put these into one group."""
        for one, other in pairwise(names):
            self._above[self._top(one)] = self._top(other)

    def groups(self) -> list[tuple[str, ...]]:
        """Return every group, those who are alone among them."""
        found: dict[str, list[str]] = {}
        for name in self._above:
            found.setdefault(self._top(name), []).append(name)
        return [tuple(names) for names in found.values()]

    def _top(self, name: str) -> str:
        while self._above[name] != name:
            self._above[name] = name = self._above[self._above[name]]
        return name


def meeting(files: Mapping[str, Touched]) -> list[tuple[str, ...]]:
    """Group what `same_place` joins, directly or through others; leave out who is alone."""
    together = Together(files)
    if any(file.whole for file in files.values()):
        together.join(files)
    _by_places(files, together)
    _by_words(files, together)
    return [names for names in together.groups() if len(names) > 1]


def _by_places(files: Mapping[str, Touched], together: Together) -> None:
    """Compare those that start from one text by the places in it."""
    changed: dict[tuple[str, int], str] = {}
    for name, file in files.items():
        for place in file.changed:
            together.join((name, changed.setdefault((file.blob, place), name)))
    for name, file in files.items():
        for place in file.around:
            if other := changed.get((file.blob, place)):
                together.join((name, other))


def _by_words(files: Mapping[str, Touched], together: Together) -> None:
    """Compare those that start from different texts by the lines that they take away."""
    saying: dict[str, dict[str, list[str]]] = {}
    for name, file in files.items():
        for text in file.removed:
            saying.setdefault(text, {}).setdefault(file.blob, []).append(name)
    for by_text in saying.values():
        if len(by_text) > 1:
            together.join(_flat(by_text.values()))


def _flat(lists: Iterable[Sequence[str]]) -> list[str]:
    return [name for names in lists for name in names]
