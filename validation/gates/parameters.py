"""Does every changed setting stay inside its bounds?"""

from collections.abc import Iterator

from targets.changes import Change
from validation import scalars
from validation.paths import shown
from validation.scalars import ABSENT, ChangedLeaf
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer, counted

NAME = "parameters"
QUESTION = "Does every changed setting stay inside its bounds?"
VERSION = 2


def run(change: Change, context: Context) -> GateVerdict:
    """Compare what a program would read from each whitelisted file, before and after."""
    marks: list[Mark] = []
    moved = 0
    for path in (path for path in change.paths if context.parameters.covers(path)):
        try:
            before, after = context.before(change, path), context.after(change, path)
            leaves = _changed(path, before, after)
        except (scalars.Unreadable, NotText) as error:
            line = error.line if isinstance(error, scalars.Unreadable) else None
            marks.append(Mark(shown(path), line, f"its settings cannot be compared: {error}"))
            continue
        moved += len(leaves)
        marks += _marks(path, after, leaves, context)
    return answer(
        NAME,
        QUESTION,
        marks,
        passed=f"{counted(moved, 'setting')} changed, each inside its bounds"
        if moved
        else "none changed",
    )


def _changed(path: str, before: str | None, after: str | None) -> tuple[ChangedLeaf, ...]:
    old = {} if before is None else scalars.leaves(path, before)
    new = {} if after is None else scalars.leaves(path, after)
    return scalars.differences(old, new)


def _marks(
    path: str, after: str | None, leaves: tuple[ChangedLeaf, ...], context: Context
) -> Iterator[Mark]:
    if after is None:
        yield Mark(shown(path), None, "the settings file is deleted", refuses=False)
        return
    lines = scalars.lines(path, after) if leaves else {}
    for leaf in leaves:
        message, refuses = _judged(path, leaf, context)
        if message:
            line = lines.get(leaf.key)
            yield Mark(shown(path), line, shown(f"{leaf.key}: {message}"), refuses)


def _judged(path: str, leaf: ChangedLeaf, context: Context) -> tuple[str, bool]:
    """Return what is to be said of one changed value, and whether it refuses."""
    parameter = context.parameters.find(path, leaf.key)
    if parameter is None:
        return f"{_said(leaf.old)} → {_said(leaf.new)} is no permitted parameter", False
    if leaf.new is ABSENT:
        return f"{_said(leaf.old)} is removed", False
    if leaf.old is not ABSENT:
        return parameter.allows(leaf.old, leaf.new) or "", True
    if reason := parameter.admits(leaf.new):
        return reason, True
    return f"{_said(leaf.new)} is set where nothing was set before", False


def _said(value: object) -> str:
    text = "nothing" if value is ABSENT else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
