"""What made the tests of a file less strict, line by line?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from validation.strictness.assertions import Assertion, alike, looser
from validation.strictness.suite import Suite, Test

SHOWN = 160
_PREPARING = {
    *("setUp", "tearDown", "setUpClass", "tearDownClass", "setup_method", "teardown_method"),
    *("setup_class", "setup_module", "setUpModule", "asyncSetUp", "setup", "teardown"),
    *("__init__", "__new__", "__init_subclass__", "run", "__call__", "__getattribute__"),
}


@dataclass(frozen=True)
class Weakness:
    """Say what became weaker; the line is one of the file as it would be, if it is still there."""

    line: int | None
    message: str


def weaknesses(
    old: Suite, new: Suite, elsewhere: Mapping[str, Test], *, is_shared: bool = False
) -> Iterator[Weakness]:
    """Compare a file with itself; `elsewhere` are the tests that other files have gained.

    One that is shared, such as conftest.py, reaches tests of other files even when it is new.
    """
    yield from _replacing(old, new)
    if is_shared or old != Suite():
        yield from _of_file(old, new)
        yield from _in_their_place(old, new)
    for name, test in old.tests.items():
        now = new.tests.get(name)
        if now is not None:
            yield from _of_test(test, now)
        elif not _moved(test, {**elsewhere, **_gained(old, new)}):
            yield Weakness(None, f"the test {name} is gone{_with(test)}")


def gained(old: Suite, new: Suite) -> dict[str, Test]:
    """Return the tests that a file has now and had not, by their names without a class."""
    return _gained(old, new)


def _gained(old: Suite, new: Suite) -> dict[str, Test]:
    fresh = (one for name, one in new.tests.items() if name not in old.tests)
    return {one.name.rpartition(".")[2]: one for one in fresh}


def _moved(test: Test, gained: Mapping[str, Test]) -> bool:
    """Tell whether the test stands somewhere else now and demands as much there."""
    other = gained.get(test.name.rpartition(".")[2])
    return other is not None and not list(_of_test(test, other))


def _with(test: Test) -> str:
    count = len(test.demands)
    return f", with {count} assertion{'s' if count != 1 else ''}" if count else ""


def _of_file(old: Suite, new: Suite) -> Iterator[Weakness]:
    for text, line in new.skips.items():
        if text not in old.skips:
            yield Weakness(line, f"the whole file can be left out: {_cut(text)}")
    for name, (line, text) in new.decides.items():
        if old.decides.get(name, (0, ""))[1] != text:
            yield Weakness(line, f"{name} decides which tests count, and is new or changed")
    for name, (_, text) in old.rests_on.items():
        if name not in new.rests_on:
            yield Weakness(None, f"tests rest on {_cut(name)}, which is gone")
        elif new.rests_on[name][1] != text:
            line = new.rests_on[name][0]
            yield Weakness(line, f"tests rest on {_cut(name)}, which is changed")


def _replacing(old: Suite, new: Suite) -> Iterator[Weakness]:
    """Name what a file sets in a module, for the tests of all files, as soon as it is read."""
    for name, (line, text) in new.rests_on.items():
        root, dot, _ = name.partition(".")
        if dot and root in new.imports and name not in old.rests_on:
            yield Weakness(line, f"is replaced when the file is read: {_cut(text)}")


def _in_their_place(old: Suite, new: Suite) -> Iterator[Weakness]:
    """Name what comes between the tests of a file and what they asked before."""
    used = {name for test in old.tests.values() for name in test.takes}
    for name, (line, text) in new.rests_on.items():
        last = name.rpartition(".")[2]
        replaces = last in _PREPARING or last in used | set(old.imports) | set(old.tests)
        if name not in old.rests_on and (replaces or "autouse=True" in text):
            yield Weakness(line, f"{_cut(name)} is new, and tests that were there meet it")
    for name, (line, place) in new.imports.items():
        before = old.imports.get(name, (0, "" if name == "*" else place))[1]
        if before != place:
            yield Weakness(line, f"{name} comes from elsewhere: {_cut(place)}")
    for text, line in new.acts.items():
        if text not in old.acts:
            yield Weakness(line, f"is done when the file is read: {_cut(text)}")


def _of_test(old: Test, new: Test) -> Iterator[Weakness]:
    for what in (*_not_asked(old, new), *_asked_about_less(old, new)):
        yield Weakness(new.line, f"{new.name} {what}")
    if old.demands and not new.demands:
        yield Weakness(new.line, f"{new.name} is emptied: it asserts nothing any more")
    else:
        yield from _of_demands(old, new)


def _not_asked(old: Test, new: Test) -> Iterator[str]:
    for text in sorted((new.skips - old.skips).elements()):
        yield f"can be left out: {_cut(text)}"
    for text in sorted(new.marks - old.marks):
        yield f"is decorated anew, by which it can be left out or altered: {_cut(text)}"
    for text in sorted(set(new.guards) - set(old.guards)):
        yield f"exists only under a condition: {_cut(text)}"
    if old.kind != new.kind:
        yield f"is run as another kind of test: {_cut(new.kind or 'a plain one')}"


def _asked_about_less(old: Test, new: Test) -> Iterator[str]:
    for text in sorted((old.cases - new.cases).elements()):
        yield f"is no longer asked about the case {_cut(text)}"
    for text in sorted((new.patches - old.patches).elements()):
        yield f"replaces what it could ask: {_cut(text)}"
    told: set[str] = set()
    for name in sorted(set(old.values) & set(new.values)):
        if more := [one for one in new.values[name] if one not in old.values[name]]:
            before = old.values[name]
            was = f"; it was “{_cut(before[0])}”" if len(before) == 1 else ""
            yield f"gives {name} another value: {_cut(more[0])}{was}"
            told |= {before[0]} if was else set()
    for text in sorted((old.steps - new.steps).elements()):
        if text not in told:  # one value in the place of one other is one matter
            yield f"no longer does “{_cut(text)}”"
    for name in sorted(new.takes - old.takes):
        yield f"takes {name} as well, which may alter what it asks"


def _of_demands(old: Test, new: Test) -> Iterator[Weakness]:
    left = list(new.demands)
    unmet: list[Assertion] = []
    for demand in old.demands:
        same = [one for one in left if one.demand == demand.demand]
        if not same:
            unmet.append(demand)
            continue
        kept = min(same, key=lambda one: len(set(one.guards) - set(demand.guards)))
        left.remove(kept)
        if more := sorted(set(kept.guards) - set(demand.guards)):
            what = f"{new.name}: “{_cut(kept.text)}” is asked only under {_cut(more[0])}"
            yield Weakness(kept.line, what)
    for demand in unmet:
        yield from _replaced(demand, left, new)


def _replaced(demand: Assertion, left: list[Assertion], new: Test) -> Iterator[Weakness]:
    """Find what stands in the place of an assertion, and say whether that is weaker."""
    best = max(left, key=lambda one: alike(demand, one), default=None)
    if best is None or alike(demand, best) < 2:
        what = f"{new.name}: the assertion “{_cut(demand.text)}” is gone or cannot be reached"
        yield Weakness(new.line, what)
        return
    left.remove(best)
    if how := looser(demand, best):
        what = f"{new.name}: “{_cut(best.text)}” {how}; it was “{_cut(demand.text)}”"
        yield Weakness(best.line, what)
    elif more := set(best.guards) - set(demand.guards):
        what = f"{new.name}: “{_cut(best.text)}” is asked only under {_cut(sorted(more)[0])}"
        yield Weakness(best.line, what)


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"
