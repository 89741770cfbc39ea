"""Which of the things that could be better can a fixer mend, and in which files?"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils import timezone

from benchmarks.measures.asking import Cancelled
from benchmarks.running.runs import tree_of
from benchmarks.running.together import Asked
from generations.choosing import archive, candidates
from generations.choosing.focus import Focus
from generations.engines.embedded.chain import FIXERS
from generations.engines.embedded.recipes import Recipe, recipes
from generations.engines.embedded.workshop import JUDGED, Workshop
from generations.models import Reason
from generations.options import Generations
from generations.phases.shape import Interrupted, NothingToDo, Planned, Refused, Turn
from personas.fixers import Copy, Fixed, judges
from personas.fixers.repair import Hopeless, suspects
from personas.fixers.trying import CouldNotTry
from personas.replies.contracts import MOST_FILES, Plan
from ports.stopping import CalledOff
from proposals.models import Engine
from targets.changes import Change, ChangedFile
from validation.gates import forbidden_paths
from validation.parameters import Parameters
from validation.verdicts import Context, Limits

LONGEST = 300.0  # seconds, after which fixers are asked about nothing more
MOST_ASKED = 40  # things that fixers are asked about in one plan
NEEDS_A_MODEL = (
    "The code fixers cannot follow words, and this was asked for in words:"
    " it needs the writer “model”."
)
REPAIR = "repair"


@dataclass
class Search:
    """Collect what a search for something mendable meets on its way."""

    turn: Turn
    copy: Copy
    busy: frozenset[str]
    passed_over: dict[str, str] = field(default_factory=dict)  # why it is not this one
    not_run: dict[str, str] = field(default_factory=dict)


def plan(turn: Turn, focuses: Sequence[Focus]) -> Planned:
    """Return a plan for the first focus that a fixer would change something about."""
    if turn.generation.brief:
        raise NothingToDo(NEEDS_A_MODEL)
    if not focuses:
        raise NothingToDo("Nothing that was measured or seen could be better, or is worth a try.")
    with stoppable(turn), shop_of(turn).copy() as copy:
        search = Search(turn, copy, archive.busy(turn.generation.target))
        for focus in _worth_asking(search, focuses):
            for recipe in recipes(focus):
                if paths := _paths(search, focus, recipe):
                    return _planned(search, focus, recipe, paths)
    raise _nothing(search, len(focuses))


def shop_of(turn: Turn) -> Workshop:
    """Return the workshop of a turn's base, judged by all but what gave no answer there."""
    limits: Generations = settings.SELFIMPROVE.generations
    silent = candidates.gave_none(turn)
    return Workshop(
        tree=tree_of(turn.generation.target, turn.base),
        asked=Asked(at=timezone.now(), stopped=turn.stopped),
        judged=[name for name in JUDGED if name not in silent],
        silent={name: why for name, why in silent.items() if name in JUDGED},
        most_files=min(limits.files, MOST_FILES),
        most_lines=limits.lines,
    )


@contextmanager
def stoppable(turn: Turn) -> Iterator[None]:
    """Turn every way of being called off into the loop's."""
    try:
        yield
    except (Cancelled, CalledOff) as error:
        raise Interrupted from error
    if turn.stopped():
        raise Interrupted


def _worth_asking(search: Search, focuses: Sequence[Focus]) -> Iterator[Focus]:
    """Yield what a fixer may answer and has not answered on this very commit."""
    settled = archive.settled(search.turn.generation)
    asked, ends = 0, time.monotonic() + LONGEST
    for focus in focuses:
        if not recipes(focus):
            search.passed_over[focus.fingerprint] = "no fixer is made for it"
        elif focus.fingerprint in settled:
            search.passed_over[focus.fingerprint] = "the answer on this commit is known"
        elif time.monotonic() > ends:
            search.passed_over[focus.fingerprint] = "there was no time left to ask about it"
        elif asked >= MOST_ASKED:
            search.passed_over[focus.fingerprint] = f"{MOST_ASKED} others were asked about first"
        else:
            asked += 1
            search.turn.told(f"asks the fixers about {focus.fingerprint}")
            yield focus


def _paths(search: Search, focus: Focus, recipe: Recipe) -> tuple[str, ...]:
    """Return the files that a fixer would change, by the cheapest question that tells it."""
    try:
        repairs = recipe.fixer == REPAIR
        found = _repairable(search, recipe) if repairs else _mendable(search, recipe)
    except Hopeless as hopeless:
        search.passed_over[focus.fingerprint] = str(hopeless)
        return ()
    free = [path for path in found if path not in search.busy]
    protected = _protected(search, free)
    paths = tuple(path for path in free if path not in protected)[:MOST_FILES]
    if paths:
        return paths
    reason = f"{recipe.fixer} would change nothing"
    if found:
        reason = "it lies in files of an open proposal" if not free else "its files are protected"
    search.passed_over.setdefault(focus.fingerprint, reason)
    return ()


def _mendable(search: Search, recipe: Recipe) -> list[str]:
    fixed: Fixed = FIXERS[recipe.fixer](replace(search.copy, only=recipe.only))
    if fixed.not_run:
        search.not_run[recipe.fixer] = fixed.not_run
    # Code before its tests: where not all have room, what runs is mended first.
    edits = [edit for edit in fixed.edits if not recipe.only.refuses(edit)]
    return sorted((edit.path for edit in edits), key=lambda path: (judges(path), path))


def _repairable(search: Search, recipe: Recipe) -> list[str]:
    """Run the tests once, and name the files that failing ones run through."""
    everything = frozenset(path for path in search.copy.paths if path.endswith(".py"))
    only = replace(recipe.only, paths=everything)
    try:
        return list(suspects(replace(search.copy, only=only)))
    except CouldNotTry as error:
        search.not_run[REPAIR] = str(error)
        return []


def _protected(search: Search, paths: Sequence[str]) -> frozenset[str]:
    """Name the paths that no change may touch: it would be built for nothing."""
    turn = search.turn
    context = Context(turn.repository, turn.manifest, Parameters(), Limits.configured())
    files = tuple(ChangedFile(path, "M", "100644", "100644", 0, 0) for path in paths)
    wished = Change(turn.base, turn.base, "", "", files)
    return frozenset(forbidden_paths.protected(wished, context))


def _planned(search: Search, focus: Focus, recipe: Recipe, paths: tuple[str, ...]) -> Planned:
    return Planned(
        plan=_plan(focus, recipe, paths),
        focus=focus,
        written_by=Engine.EMBEDDED,
        details={
            "fixer": recipe.fixer,
            "rules": sorted(recipe.only.rules),
            "tests": sorted(recipe.only.tests)[:20],
            "passed_over": dict(list(search.passed_over.items())[:20]),
            "not_run": dict(search.not_run),
        },
    )


def title_of(fingerprint: str, fixer: str, paths: Sequence[str]) -> str:
    """Name in a line what a fixer is to change, or has changed, in these files."""
    rule = fingerprint.partition(":")[2]
    if fixer == REPAIR:
        return f"Make the failing tests of {rule} pass"[:300]
    where = paths[0] if len(paths) == 1 else f"{len(paths)} files"
    return f"Mend {rule} in {where}"[:300]


def _plan(focus: Focus, recipe: Recipe, paths: tuple[str, ...]) -> Plan:
    steps = [f"Let the fixer {recipe.fixer} change {path} by its rules alone." for path in paths]
    scope = ["Whatever else is found in these files."]
    if recipe.fixer == REPAIR:
        steps = [f"Try single edits of {', '.join(paths)} until the tests pass."]
        scope = ["Tests are not changed."]
    return Plan(
        title=title_of(focus.fingerprint, recipe.fixer, paths),
        rationale=focus.words[:4000],
        files_to_modify=list(paths),
        steps=steps,
        expected_effect={str(focus.facts["benchmark"]): min(1.0, float(focus.facts["share"]))},
        risk=recipe.risk,
        out_of_scope=scope,
    )


def _nothing(search: Search, many: int) -> Exception:
    """Say that nothing is left; or what could not be asked, which is no such answer."""
    details = {
        "passed_over": dict(list(search.passed_over.items())[:50]),
        "not_run": dict(search.not_run),
    }
    if search.not_run:
        said = "; ".join(f"{name}: {why}" for name, why in search.not_run.items())
        return Refused(Reason.NO_PLAN, f"Not every fixer could be asked. {said}"[:2000], details)
    things = f"any of {many} things" if many > 1 else "the one thing"
    return NothingToDo(f"No fixer has an answer to {things} that could be better.")
