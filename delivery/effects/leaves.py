"""Which values of a settings file did a change give another meaning, and whose are they?

Pure. Two texts are compared by what a program reads from them. In a list whose members all have
a name, a member stands under its name: one that is put in before it does not change it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from delivery.effects.naming import Names, words
from validation import scalars
from validation.scalars import ChangedLeaf, Unreadable

ORDER = "[]"  # under this key stands in which order the named members of a list come
NAMED_BY = ("name", "id")
_MEMBER = re.compile(r"\[\d+\]")
_HOLDS_PARTS = {"tool", "tools", "agent", "agents"}
Way = tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """The values that differ, and which keys stand side by side in either text."""

    changed: tuple[ChangedLeaf, ...]
    siblings: Mapping[Way, set[str]]

    def named(self, leaf: ChangedLeaf, names: Names, above: str = "") -> frozenset[str]:
        """Return whose value it is by the keys that lead to it; `above` is what they stand in.

        A name of one word (memory, search) is a word of other things as well: it counts where
        tools or agents are listed, or beside a key that is another known name.
        """
        way = _plain(leaf.key)
        found: set[str] = set()
        for place, step in enumerate(way):
            spelt = names.spelt(step)
            holder = way[place - 1] if place else above
            if spelt and (len(words(step)) > 1 or self._lists_parts(way[:place], holder, names)):
                found |= spelt
        return frozenset(found)

    def _lists_parts(self, before: Way, holder: str, names: Names) -> bool:
        if _HOLDS_PARTS & set(words(holder)):
            return True
        return len({name for key in self.siblings[before] for name in names.spelt(key)}) > 1


def compare(path: str, before: bytes | None, after: bytes | None) -> Compared:
    """Compare two contents of a file; None stands for no file. Raises Unreadable."""
    old, new = (_under_names(_leaves(path, content)) for content in (before, after))
    for key in [key for key in (*old, *new) if _is_order(key)]:
        _only_in_common(key, old, new)
    return Compared(scalars.differences(old, new), _siblings([*old, *new]))


def others(leaf: ChangedLeaf, names: Names) -> frozenset[str]:
    """Return the names that the value itself was or is: a tool that is called in place of one."""
    values = [value for value in (leaf.old, leaf.new) if isinstance(value, str)]
    return frozenset().union(*(names.spelt(value) for value in values))


def shown(leaf: ChangedLeaf) -> str:
    """Name a changed value for people."""
    if _is_order(leaf.key):
        return f"the order of {leaf.key.removesuffix(ORDER).rstrip('.') or 'its members'}"
    return leaf.key or "the whole file"


def _leaves(path: str, content: bytes | None) -> dict[str, object]:
    if content is None:
        return {}
    try:
        return scalars.leaves(path, content.decode())
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8 text") from error


def _under_names(leaves: Mapping[str, object]) -> dict[str, object]:
    """Write the name of a member in place of its number, in the lists where all have one."""
    ways = {key: scalars.steps(key) for key in leaves}
    named = dict(_named_lists(leaves, ways.values()))
    orders = {way: tuple(members.values()) for way, members in named.items()}
    found: dict[str, object] = {}
    for key, value in leaves.items():
        steps: list[str] = []
        for place, step in enumerate(way := ways[key]):
            here = way[:place]
            if here in named:
                found[".".join((*steps, ORDER))] = orders[here]
            steps.append(named[here][step] if here in named else step)
        found[".".join(steps)] = value
    return found


def _named_lists(
    leaves: Mapping[str, object], ways: Iterable[Way]
) -> Iterator[tuple[Way, dict[str, str]]]:
    """Find each list whose members all have a name of their own, with these."""
    members: defaultdict[Way, dict[str, str]] = defaultdict(dict)
    for way in ways:
        for place, step in enumerate(way):
            if _MEMBER.fullmatch(step) and step not in members[way[:place]]:
                members[way[:place]][step] = _name_of(leaves, way[: place + 1])
    for way, found in members.items():
        if all(found.values()) and len(set(found.values())) == len(found):
            yield way, found


def _name_of(leaves: Mapping[str, object], member: Way) -> str:
    for key in NAMED_BY:
        value = leaves.get(".".join((*member, key)))
        if isinstance(value, str) and value:
            return scalars.segment(value)
    return ""


def _is_order(key: str) -> bool:
    return key == ORDER or key.endswith(f".{ORDER}")


def _only_in_common(key: str, old: dict[str, object], new: dict[str, object]) -> None:
    """Leave of an order what both have: what came or went is told by its own values."""
    was, becomes = old.get(key), new.get(key)
    if isinstance(was, tuple) and isinstance(becomes, tuple):
        both = set(was) & set(becomes)
        old[key] = tuple(name for name in was if name in both)
        new[key] = tuple(name for name in becomes if name in both)
    elif not (old and new):  # the file came or went, and its lists with it
        old.pop(key, None)
        new.pop(key, None)


def _siblings(keys: Iterable[str]) -> dict[Way, set[str]]:
    found: defaultdict[Way, set[str]] = defaultdict(set)
    for way in map(_plain, keys):
        for place, step in enumerate(way):
            found[way[:place]].add(step)
    return found


def _plain(key: str) -> Way:
    """Return the steps of a key as they are meant."""
    steps = scalars.steps(key)
    return tuple(json.loads(step) if step.startswith('"') else step for step in steps)
