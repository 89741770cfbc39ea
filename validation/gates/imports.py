"""Do the target's modules still import?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from targets.changes import Change
from validation.trying import compared, sandboxed
from validation.trying.compared import Surroundings, Words, is_worth_asking, judged, verdict
from validation.trying.modules import Module, Reach, modules, roots
from validation.trying.sandboxed import Attempt, Told, Tried
from validation.verdicts import Context, GateVerdict

NAME = "imports"
QUESTION = "Do the target's modules still import?"
VERSION = 3

MOST = 200
SECONDS = 60.0
WORDS = Words(
    noun="module",
    works="imports",
    work="import",
    nothing="The change reaches no Python module, so there was nothing to import.",
)


def run(change: Change, context: Context) -> GateVerdict:
    """Import what the change can reach; where that fails, import it without the change too."""
    paths = context.repository.paths(change.tree)
    after = modules(paths)
    if not after and not any(path.endswith(".py") for path in change.paths):
        return verdict(NAME, QUESTION, (), WORDS, change)
    were = context.repository.paths(change.base)
    before = after if were == paths else modules(were)
    with sandboxed.copied(context.repository, change.tree) as folder:
        texts = read(folder, paths)
        reached = [
            module
            for module in Reach(after, texts).of(*touched(change))
            if not module.name.endswith("__main__")  # to import it is to start it
        ]
        tried = _imported(reached[:MOST], after.values(), folder, context)
    around = Surroundings.of([*before.values(), *after.values()], texts, change)
    failing = [
        before[module.name]
        for module, told in zip(reached, tried.told, strict=False)
        if module.name in before and is_worth_asking(told, around)
    ]
    again = _before(failing, before, change, context)
    found = [
        judged(module.name, module.path, told, again.get(module.name), around)
        for module, told in zip(reached, tried.told, strict=False)
    ]
    left = len(reached) - len(found)
    answer = verdict(NAME, QUESTION, found, WORDS, change, left, tried.python)
    return replace(answer, level=tried.level)


def touched(change: Change) -> tuple[list[str], list[str]]:
    """Return the paths that are there after the change, and those that no longer are."""
    there = [file.path for file in change.files if file.status != "D"]
    return there, [file.path for file in change.files if file.status == "D"]


def read(folder: Path, paths: Sequence[str]) -> dict[str, bytes]:
    """Return the text of every file of a copy that names modules."""
    wanted = (path for path in paths if path.endswith(".py") or compared.names_needs(path))
    files = ((path, folder / path) for path in wanted)
    return {path: file.read_bytes() for path, file in files if file.is_file()}


def _before(
    failing: Sequence[Module], known: Mapping[str, Module], change: Change, context: Context
) -> dict[str, Told]:
    """Import without the change what does not import with it."""
    if not failing:
        return {}
    with sandboxed.copied(context.repository, change.base) as folder:
        found = _imported(failing, known.values(), folder, context).told
    return {
        module.name: sandboxed.known(told) for module, told in zip(failing, found, strict=True)
    }


def _imported(
    wanted: Sequence[Module], known: Iterable[Module], folder: Path, context: Context
) -> Tried:
    return sandboxed.tried(
        Attempt(
            items=[module.item() for module in wanted],
            roots=roots(known),
            seconds=min(SECONDS, context.limits.test_timeout_seconds),
        ),
        folder,
        context,
    )
