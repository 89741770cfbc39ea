"""Which single edit makes the failing tests pass, without one that passed failing?

The result passes the tests that there are. Nobody claims that it is correct.
"""

from personas.fixers import Copy, Edit, Fixed, judges
from personas.fixers.repair.locating import suspicious
from personas.fixers.repair.operators import Mutation, mutations
from personas.fixers.trying import Came, Candidate, CouldNotTry, Suite

MOST_CANDIDATES = 400
FEWEST_TESTS = 3
MOST_LINES = 40  # the most suspicious ones


class Hopeless(Exception):
    """Say why no edit is even tried."""


def repair(copy: Copy) -> Fixed:
    """Find the edit; all failing tests, or those that are named, must fall to the same one."""
    if copy.tests is None:
        return Fixed(not_run="no way to run the tests is set up")
    try:
        came, candidates = _traced(copy, copy.tests)
        tried = [Candidate(one.path, one.text) for one in candidates]
        number, count = copy.tests.first_good(copy.folder, came, tried)
    except CouldNotTry as error:
        return Fixed(not_run=str(error))
    except Hopeless as reason:
        return Fixed(notes=(str(reason),))
    if number is None:
        return Fixed(notes=(f"none of {count} edits makes the tests pass",))
    best = candidates[number]
    rule = f"repair:{best.operator}"
    edit = Edit(best.path, copy.text(best.path), best.text, (rule,))
    told = f"edit {number + 1} of {len(candidates)} passes the tests: {best.what}"
    return Fixed(edits=(edit,), notes=(told,))


def suspects(copy: Copy) -> tuple[str, ...]:
    """Name the files that an edit could stand in, the likeliest first, by one run of the tests.

    Raise Hopeless or CouldNotTry; the search itself runs the tests once for each edit.
    """
    if copy.tests is None:
        raise CouldNotTry("no way to run the tests is set up")
    _, candidates = _traced(copy, copy.tests)
    return tuple(dict.fromkeys(one.path for one in candidates))


def _traced(copy: Copy, tests: Suite) -> tuple[Came, list[Mutation]]:
    """Run the tests with the lines of each, and make the edits that these lines could need."""
    came = tests.run(copy.folder, trace=True)
    if copy.only and copy.only.tests:
        came = came.about(copy.only.tests)
    if not came.failing:
        raise Hopeless("no test fails")
    if len(came.outcomes) < FEWEST_TESTS:
        raise Hopeless(f"fewer than {FEWEST_TESTS} tests: any edit might pass them")
    candidates = _candidates(copy, came)
    if not candidates:
        raise Hopeless("the failing tests run through no line that could be edited")
    return came, candidates


def _candidates(copy: Copy, came: Came) -> list[Mutation]:
    ranked = suspicious(came.failing, came.lines)
    found: list[tuple[float, int, Mutation]] = []
    for score, (path, line) in [one for one in ranked if _may(copy, one[1][0])][:MOST_LINES]:
        text = copy.text(path)
        if text is not None:
            found += [(-score, one.rank, one) for one in mutations(path, text, line)]
    # Among equally suspicious lines the commonest mistake is tried first, wherever it would be.
    ordered = [one for _, _, one in sorted(found, key=lambda entry: entry[:2])]
    return list({(one.path, one.text): one for one in reversed(ordered)}.values())[::-1][
        :MOST_CANDIDATES
    ]


def _may(copy: Copy, path: str) -> bool:
    """Leave alone what is not tracked, and what judges."""
    return path in copy.paths and copy.may(path) and not judges(path)
