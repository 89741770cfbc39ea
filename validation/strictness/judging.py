"""Does one test ask for less than another one that stands in its place?"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from validation.parsing import parsed
from validation.strictness import plain
from validation.strictness.assertions import Assertion, alike, looser
from validation.strictness.folding import Weakness, cut
from validation.strictness.suite import Suite, Test

# Fixtures that only give: what a test does with them is said by its own steps.
OF_PYTEST = frozenset(
    {
        *("caplog", "capsys", "capfd", "capsysbinary", "capfdbinary", "recwarn", "subtests"),
        *("tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory", "record_property"),
        *("monkeypatch", "pytestconfig"),
    }
)
_CASES = frozenset(
    {
        *("TestCase", "SimpleTestCase", "TransactionTestCase", "LiveServerTestCase"),
        *("StaticLiveServerTestCase", "IsolatedAsyncioTestCase", "AsyncTestCase"),
        *("APITestCase", "APISimpleTestCase", "APITransactionTestCase"),
    }
)
_ONLY_MARKS = re.compile(
    r"pytest\.mark\.(asyncio|anyio|trio|timeout)\b|mark\.(asyncio|anyio|trio)\b"
)
_SWALLOWING = re.compile(r"\b(suppress|raises|assertRaises\w*|ignore\w*)\b")


@dataclass(frozen=True)
class Known:
    """Say what the tests of a file have had to do with before."""

    names: frozenset[str] = frozenset()
    waiting: frozenset[tuple[str, ...]] = frozenset()  # classes whose tests may wait unasked
    by_pytest: bool = False

    @classmethod
    def of(cls, old: Suite, new: Suite) -> "Known":
        """Return what an old file knows, and whether pytest runs the new one."""
        waiting = (one for one in old.tests.values() if "async" in one.manner)
        unasked = frozenset(one.derives for one in waiting if not _awaits_its_turn(one))
        return cls(old.mentions, unasked, "pytest" in new.imports)


def compared(old: Test, new: Test, known: Known, *, moved: bool = False) -> Iterator[Weakness]:
    """Say by what the new one asks for less, or for something else."""
    old = _in_new_names(old, new)
    for what in (*_not_asked(old, new), *_as_another_kind(old, new, known, moved=moved)):
        yield Weakness(new.line, f"{new.name} {what}", alike=what, who=new.name)
    yield from _told(new, "takes other steps than before", _steps(old, new))
    lost = (cut(text) for text in sorted((old.cases - new.cases).elements()))
    yield from _told(new, "is no longer asked about the case", lost)
    for what in _meets(old, new):
        yield Weakness(new.line, f"{new.name} {what}", alike=what, who=new.name)
    if old.demands and not new.demands:
        yield Weakness(new.line, f"{new.name} is emptied: it asserts nothing any more")
    else:
        yield from _of_demands(old, new)


def _told(new: Test, what: str, found: Iterator[str]) -> Iterator[Weakness]:
    """Say several things of one test as one."""
    for one in found:
        says = f"{new.name} {what} {one}" if what.endswith("case") else f"{new.name} {one}"
        yield Weakness(new.line, says, alike=f"{new.name} {what}", who=one)


def _not_asked(old: Test, new: Test) -> Iterator[str]:
    for text in sorted((new.skips - old.skips).elements()):
        yield f"can be left out: {cut(text)}"
    for text in sorted(new.marks - old.marks):
        if not _ONLY_MARKS.match(text):
            yield f"is decorated anew, by which it can be left out or altered: {cut(text)}"
    for text in sorted(set(new.guards) - set(old.guards) - {""}):
        yield f"exists only under a condition: {cut(text)}"


def _as_another_kind(old: Test, new: Test, known: Known, *, moved: bool) -> Iterator[str]:
    fresh = new.manner - old.manner
    if "async" in fresh and (new.derives in known.waiting or _awaits_its_turn(new)):
        fresh -= {"async"}
    if fresh:
        yield f"is run as another kind of test: {', '.join(sorted(fresh))}"
    if old.derives == new.derives or _is_still_found(new, known, moved=moved):
        return
    unknown = [one for one in new.derives if not _is_known(one, known)]
    if not new.derives or unknown or len(new.derives) < len(old.derives):
        kind = ", ".join(new.derives) or "a plain one"
        yield f"is run as another kind of test: {kind}"


def _awaits_its_turn(new: Test) -> bool:
    """Tell whether something is said to wait for a test that has to be waited for."""
    waits = re.compile(r"asyncio|anyio|trio|coroutine|inline", re.I)
    return any(waits.search(one) for one in (*new.marks, *new.derives))


def _is_still_found(new: Test, known: Known, *, moved: bool) -> bool:
    """Tell whether pytest finds a test without a class of unittest, or one of another place."""
    of_pytest = known.by_pytest and (moved or new.name.startswith("Test"))
    return not new.derives and of_pytest


def _is_known(derived: str, known: Known) -> bool:
    last = derived.rpartition(".")[2]
    return last in _CASES or last in known.names


def _steps(old: Test, new: Test) -> Iterator[str]:
    told: set[str] = set()
    for name in sorted(set(old.values) & set(new.values)):
        if more := [one for one in new.values[name] if one not in old.values[name]]:
            before = old.values[name]
            was = f"; it was “{cut(before[0])}”" if len(before) == 1 else ""
            yield f"gives {name} another value: {cut(more[0])}{was}"
            told |= {before[0]} if was else set()
    for text in sorted((old.steps - new.steps).elements()):
        if text not in told:  # one value in the place of one other is one matter
            yield f"no longer does “{cut(text)}”"


def _meets(old: Test, new: Test) -> Iterator[str]:
    for text in sorted((new.patches - old.patches).elements()):
        yield f"replaces what it could ask: {cut(text)}"
    harmless = (OF_PYTEST | new.gets) - old.names
    for name in sorted(new.takes - old.takes - harmless):
        yield f"takes {name} as well, which may alter what it asks"


def _of_demands(old: Test, new: Test) -> Iterator[Weakness]:
    left = list(new.demands)
    unmet: list[Assertion] = []
    for demand in old.demands:
        same = [one for one in left if one.demand == demand.demand]
        if not same:
            unmet.append(demand)
            continue
        kept = min(same, key=lambda one: len(_conditions(one, demand, old)))
        left.remove(kept)
        yield from _conditional(kept, demand, old, new)
    for demand in unmet:
        yield from _replaced(demand, left, old, new)


def _conditional(kept: Assertion, demand: Assertion, old: Test, new: Test) -> Iterator[Weakness]:
    if more := _conditions(kept, demand, old):
        under = f"asked only under {cut(more[0])}"
        what = f"{new.name}: “{cut(kept.text)}” is {under}"
        yield Weakness(kept.line, what, alike=under, who=f"{new.name}: {cut(kept.text)}")


def _conditions(kept: Assertion, demand: Assertion, old: Test) -> list[str]:
    """Return what an assertion depends on now, and did not before."""
    more = sorted(set(kept.guards) - set(demand.guards))
    return [one for one in more if not _lets_through(one, old)]


def _lets_through(guard: str, old: Test) -> bool:
    """Tell whether a context is one that the test was in before, and swallows nothing."""
    if not guard.startswith("with ") or _SWALLOWING.search(guard):
        return False
    (around,) = parsed(f"{guard}: pass").body
    if not isinstance(around, ast.With):
        return False
    calls = [one.context_expr for one in around.items]
    names = {
        name
        for call in calls
        for one in ast.walk(call.func if isinstance(call, ast.Call) else call)
        if (name := getattr(one, "id", None) or getattr(one, "attr", None))
    }
    return names <= old.names


def _replaced(
    demand: Assertion, left: list[Assertion], old: Test, new: Test
) -> Iterator[Weakness]:
    """Find what stands in the place of an assertion, and say whether that is weaker."""
    best = max(left, key=lambda one: alike(demand, one), default=None)
    if best is None or alike(demand, best) < 2:
        what = f"{new.name}: the assertion “{cut(demand.text)}” is gone or cannot be reached"
        several = f"{new.name}: assertions are gone or cannot be reached"
        yield Weakness(new.line, what, alike=several, who=cut(demand.text))
        return
    left.remove(best)
    if how := looser(demand, best):
        what = f"{new.name}: “{cut(best.text)}” {how}; it was “{cut(demand.text)}”"
        yield Weakness(best.line, what)
    else:
        yield from _conditional(best, demand, old, new)


def _in_new_names(old: Test, new: Test) -> Test:
    """Return the old test with its local names as the new one has them, where that is plain."""
    names: dict[str, str] = {}
    while found := _renames(old, new):
        names |= found
        old = _renamed(old, found)
    return old


def _renames(old: Test, new: Test) -> dict[str, str]:
    """Find names that are set once, to the same, under another name."""
    fresh = {
        _right(texts[0]): name
        for name, texts in new.values.items()
        if len(texts) == 1 and name not in old.names
    }
    return {
        name: fresh[_right(texts[0])]
        for name, texts in old.values.items()
        if len(texts) == 1 and name not in new.names and _right(texts[0]) in fresh
    }


def _right(step: str) -> str:
    return step.partition(" = ")[2]


def _renamed(old: Test, names: Mapping[str, str]) -> Test:
    def anew(text: str) -> str:
        return plain.renamed(text, names)

    def counted(texts: Counter[str]) -> Counter[str]:
        return Counter(anew(text) for text in texts.elements())

    return replace(
        old,
        demands=tuple(
            replace(one, left=anew(one.left), right=anew(one.right), text=anew(one.text))
            for one in old.demands
        ),
        steps=counted(old.steps),
        patches=counted(old.patches),
        values={
            names.get(name, name): tuple(anew(text) for text in texts)
            for name, texts in old.values.items()
        },
        names=frozenset(names.get(name, name) for name in old.names),
    )
