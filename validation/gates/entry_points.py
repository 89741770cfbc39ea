"""Do the target's commands still start and say how they are used?"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from targets.changes import Change
from targets.repository import PathMissing
from validation.gates.imports import read, touched
from validation.models import Outcome
from validation.trying import sandboxed
from validation.trying.commands import DECLARING, Offered, Unreadable, offered
from validation.trying.compared import (
    Judged,
    Surroundings,
    Words,
    is_worth_asking,
    judged,
    verdict,
)
from validation.trying.modules import Module, Reach, modules, roots
from validation.trying.sandboxed import Attempt, Told, Tried
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark, counted

NAME = "entry points"
QUESTION = "Do the target's commands still parse their arguments?"
VERSION = 2

MOST = 50
SECONDS = 60.0
WORDS = Words(
    noun="command",
    works="parses its arguments",
    work="parse their arguments",
    nothing="The change reaches no command that the target declares, so none was started.",
)


def run(change: Change, context: Context) -> GateVerdict:
    """Ask each command that the change can reach for its help; where it fails, ask the base."""
    listed, before = (_offered(tree, context) for tree in (change.tree, change.base))
    gone = [one for one in before if one.label not in {other.label for other in listed}]
    if not listed:
        return _answer((), gone, change)
    paths = context.repository.paths(change.tree)
    known = modules(paths)
    with sandboxed.copied(context.repository, change.tree) as folder:
        texts = read(folder, paths)
        reached = _reached(listed, before, Reach(known, texts), change)
        tried = _asked(reached[:MOST], known.values(), folder, context)
    around = Surroundings.of(known.values(), texts, change)
    failing = [
        one
        for one, told in zip(reached, tried.told, strict=False)
        if is_worth_asking(told, around)
    ]
    again = _before(failing, before, change, context)
    found = [
        judged(one.label, one.declared, told, again.get(one.label), around)
        for one, told in zip(reached, tried.told, strict=False)
    ]
    answer = _answer(found, gone, change, len(reached) - len(found), tried.python)
    return replace(answer, level=tried.level)


def _offered(tree: str, context: Context) -> list[Offered]:
    texts = {}
    for path in DECLARING:
        with contextlib.suppress(PathMissing):
            texts[path] = context.repository.read(tree, path)
    try:
        return offered(texts, context.manifest.entry)
    except Unreadable as error:
        raise CouldNotRun(f"which commands there are cannot be read: {error}") from error


def _reached(
    listed: Sequence[Offered], before: Sequence[Offered], reach: Reach, change: Change
) -> list[Offered]:
    """Return the commands whose module the change can reach, or whose declaration is new."""
    modules = reach.of(*touched(change))
    names = {name for module in modules for name in (module.name, module.path)}
    names |= {f"{name}.__main__" for name in names} & set(reach.known)
    same = {(one.label, tuple(sorted(map(str, one.item.items())))) for one in before}
    return [
        one
        for one in listed
        if (one.label, tuple(sorted(map(str, one.item.items())))) not in same
        or one.behind in {"", *change.paths}
        or {one.behind, f"{one.behind}.__main__"} & names
    ]


def _before(
    failing: Sequence[Offered], before: Sequence[Offered], change: Change, context: Context
) -> dict[str, Told]:
    """Ask without the change what does not answer with it."""
    there = {one.label: one for one in before}
    again = [there[one.label] for one in failing if one.label in there]
    if not again:
        return {}
    known = modules(context.repository.paths(change.base))
    with sandboxed.copied(context.repository, change.base) as folder:
        found = _asked(again, known.values(), folder, context).told
    return {one.label: sandboxed.known(told) for one, told in zip(again, found, strict=True)}


def _asked(
    wanted: Sequence[Offered], known: Iterable[Module], folder: Path, context: Context
) -> Tried:
    return sandboxed.tried(
        Attempt(
            items=[one.item for one in wanted],
            roots=roots(known),
            seconds=min(SECONDS, context.limits.test_timeout_seconds),
        ),
        folder,
        context,
    )


def _answer(
    found: Sequence[Judged],
    gone: Sequence[Offered],
    change: Change,
    left: int = 0,
    python: str = "",
) -> GateVerdict:
    """Answer, and have a person acknowledge that commands are gone."""
    told = verdict(NAME, QUESTION, found, WORDS, change, left, python)
    if not gone:
        return told
    marks = [
        Mark(one.declared, None, f"the command {one.label} is gone", refuses=False) for one in gone
    ]
    refused = told.outcome == Outcome.REFUSED
    return replace(
        told,
        outcome=told.outcome if refused else Outcome.ACKNOWLEDGE,
        summary=f"{told.summary.rstrip('.')}; {counted(len(gone), 'command')} gone",
        findings=(*told.findings, *marks),
    )
