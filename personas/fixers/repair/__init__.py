"""Which single edit makes the failing tests pass, without one that passed failing?

The result passes the tests that there are. Nobody claims that it is correct.
"""

from personas.fixers import Copy, Edit, Fixed, judges
from personas.fixers.repair.locating import suspicious
from personas.fixers.repair.operators import Mutation, mutations
from personas.fixers.trying import Candidate, CouldNotTry

MOST_CANDIDATES = 400
FEWEST_TESTS = 3
MOST_LINES = 40  # the most suspicious ones


def repair(copy: Copy) -> Fixed:
    """Find the edit; several failing tests must fall to the same one."""
    if copy.tests is None:
        return Fixed(not_run="no way to run the tests is set up")
    try:
        came = copy.tests.run(copy.folder, trace=True)
    except CouldNotTry as error:
        return Fixed(not_run=str(error))
    if not came.failing:
        return Fixed(notes=("no test fails",))
    if len(came.outcomes) < FEWEST_TESTS:
        return Fixed(notes=(f"fewer than {FEWEST_TESTS} tests: any edit might pass them",))
    candidates = _candidates(copy, came.failing, came.lines)
    if not candidates:
        return Fixed(notes=("the failing tests run through no line that could be edited",))
    tried = [Candidate(one.path, one.text) for one in candidates]
    try:
        number, count = copy.tests.first_good(copy.folder, came, tried)
    except CouldNotTry as error:
        return Fixed(not_run=str(error))
    if number is None:
        return Fixed(notes=(f"none of {count} edits makes the tests pass",))
    found = candidates[number]
    rule = f"repair:{found.operator}"
    edit = Edit(found.path, copy.text(found.path), found.text, (rule,))
    told = f"edit {number + 1} of {len(candidates)} passes the tests: {found.what}"
    return Fixed(edits=(edit,), notes=(told,))


def _candidates(copy: Copy, failing: tuple[str, ...], lines: object) -> list[Mutation]:
    ranked = suspicious(failing, lines)  # type: ignore[arg-type]
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
