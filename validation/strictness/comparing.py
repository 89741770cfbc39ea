"""What made the tests of a file less strict, line by line?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from validation.strictness import judging
from validation.strictness.folding import Weakness, cut
from validation.strictness.judging import Known
from validation.strictness.suite import Suite, Test

_PREPARING = {
    *("setUp", "tearDown", "setUpClass", "tearDownClass", "setup_method", "teardown_method"),
    *("setup_class", "setup_module", "setUpModule", "asyncSetUp", "setup", "teardown"),
    *("__init__", "__new__", "__init_subclass__", "run", "__call__", "__getattribute__"),
}
Gained = Mapping[str, Sequence[Test]]  # by their names without a class


def weaknesses(
    old: Suite, new: Suite, elsewhere: Gained, *, is_shared: bool = False
) -> Iterator[Weakness]:
    """Compare a file with itself; `elsewhere` are the tests that files have gained.

    One that is shared, such as conftest.py, reaches tests of other files even when it is new.
    """
    yield from _replacing(old, new)
    if is_shared or old != Suite():
        yield from _of_file(old, new)
        yield from _resting(old, new, is_shared=is_shared)
        yield from _in_their_place(old, new)
    known = Known.of(old, new)
    for name, test in old.tests.items():
        now = new.tests.get(name)
        if now is not None:
            yield from judging.compared(test, now, known)
        elif not _stands_elsewhere(test, elsewhere, known):
            yield Weakness(
                None,
                f"the test {name} is gone{_with(test)}",
                alike="tests are gone",
                who=f"{name}{_with(test)}",
            )


def gained(suites: Iterable[tuple[Suite, Suite]]) -> dict[str, list[Test]]:
    """Return the tests that files have now and had not, by their names and what they ask."""
    found: dict[str, list[Test]] = {}
    for old, new in suites:
        for name, test in new.tests.items():
            if name not in old.tests:
                for key in {test.last, _asks(test)} - {""}:
                    found.setdefault(key, []).append(test)
    return found


def _asks(test: Test) -> str:
    """Name what a test demands, whatever it is called itself; nothing where it demands nothing."""
    return "\n".join(sorted(repr(one.demand) for one in test.demands))


def _stands_elsewhere(test: Test, gained: Gained, known: Known) -> bool:
    """Tell whether the test has another name or place now and demands as much there."""
    others = (*gained.get(test.last, ()), *gained.get(_asks(test) or "\n", ()))
    return any(not list(judging.compared(test, other, known, moved=True)) for other in others)


def _with(test: Test) -> str:
    count = len(test.demands)
    return f", with {count} assertion{'s' if count != 1 else ''}" if count else ""


def _of_file(old: Suite, new: Suite) -> Iterator[Weakness]:
    for text, line in new.skips.items():
        if text not in old.skips:
            yield Weakness(line, f"the whole file can be left out: {cut(text)}")
    for name, (line, text) in new.decides.items():
        if old.decides.get(name, (0, ""))[1] != text:
            yield Weakness(line, f"{name} decides which tests count, and is new or changed")


def _resting(old: Suite, new: Suite, *, is_shared: bool) -> Iterator[Weakness]:
    known = Known.of(old, new)
    for name, (_, text) in old.rests_on.items():
        if name not in new.rests_on:
            if is_shared or _acts_unasked(name, text, new):
                what = f"tests rest on {cut(name)}, which is gone"
                yield Weakness(None, what, alike="tests rest on what is gone", who=cut(name))
        elif new.rests_on[name][1] != text:
            was, now = old.helpers.get(name), new.helpers.get(name)
            if was and now:  # what it asserts says more than that it is another
                yield from judging.compared(was, now, known)
            else:
                line = new.rests_on[name][0]
                yield Weakness(line, f"tests rest on {cut(name)}, which is changed")


def _acts_unasked(name: str, text: str, new: Suite) -> bool:
    """Tell whether what is gone made a difference to tests that are still there.

    A name that nothing says any more makes none: where a test said it, the test is another one.
    """
    root, _, last = name.rpartition(".")
    if root and not any(one.startswith(f"{root}.") for one in (*new.rests_on, *new.tests)):
        return False  # its class is gone with all that it held
    return last in _PREPARING or "autouse=True" in text or bool(root) or last in new.mentions


def _replacing(old: Suite, new: Suite) -> Iterator[Weakness]:
    """Name what a file sets in a module, for the tests of all files, as soon as it is read."""
    for name, (line, text) in new.rests_on.items():
        root, dot, _ = name.partition(".")
        if dot and root in new.imports and name not in old.rests_on:
            yield Weakness(line, f"is replaced when the file is read: {cut(text)}")


def _in_their_place(old: Suite, new: Suite) -> Iterator[Weakness]:
    """Name what comes between the tests of a file and what they asked before."""
    used = {name for test in old.tests.values() for name in test.takes}
    for name, (line, text) in new.rests_on.items():
        last = name.rpartition(".")[2]
        known = used | set(old.imports) | set(old.tests) | judging.OF_PYTEST
        replaces = last in _PREPARING or last in known
        if name not in old.rests_on and (replaces or "autouse=True" in text):
            yield Weakness(line, f"{cut(name)} is new, and tests that were there meet it")
    for name, (line, place) in new.imports.items():
        before = old.imports.get(name, (0, "" if name == "*" else place))[1]
        if before != place and place not in (f"pytest.{name}", f"unittest.{name}"):
            yield Weakness(line, f"{name} comes from elsewhere: {cut(place)}")
    for text, line in new.acts.items():
        if text not in old.acts:
            yield Weakness(line, f"is done when the file is read: {cut(text)}")
