"""How does the measuring of a target become a record that a crash cannot leave half true?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import log
from audit.events import Event
from audit.log import Actor
from benchmarks import choosing
from benchmarks.choosing import BadChoice
from benchmarks.definitions import of_target
from benchmarks.measures.asking import Cancelled
from benchmarks.measures.own import BadDefinition
from benchmarks.models import Comparison, Run, Score, State
from benchmarks.running import comparing, together, trees
from benchmarks.running.anywhere import Answer
from benchmarks.running.comparing import Compared
from benchmarks.running.together import Asked, Scored, Told, nothing
from benchmarks.running.trees import Tree, UnknownCommit
from benchmarks.tools import NoTools
from ports.git import GitFailed
from ports.sandbox import Stopped
from targets import manifest
from targets.manifest import BadManifest
from targets.models import Target
from targets.repository import Repository

ALIVE = timedelta(seconds=5)
SHOWN = 200  # of what turned, on a page
# An OSError is a disk that is full, or a folder that is gone.
REFUSALS = (BadChoice, BadDefinition, BadManifest, NoTools, UnknownCommit, GitFailed, OSError)
LOST = "The process that measured is gone; what it had measured is found again."


class AlreadyMeasuring(Exception):
    """This commit is being measured, or waits for it."""


@dataclass(frozen=True)
class Wish:
    """Say what to measure and who wants it."""

    target: Target
    commit: str
    actor: Actor


def ask(wish: Wish, *, at: datetime, state: State = State.ASKED) -> Run:
    """Record that a commit is to be measured; raise AlreadyMeasuring or UnknownCommit."""
    repository = Repository.of(wish.target)
    commit = trees.commit(repository, wish.commit)
    moment = repository.git.text("show", "-s", "--format=%ct", commit)
    try:
        with transaction.atomic():
            run = Run.objects.create(
                target=wish.target,
                commit=commit,
                tree=repository.git.text("rev-parse", f"{commit}^{{tree}}"),
                committed_at=datetime.fromtimestamp(int(moment), UTC),
                state=state,
                asked_by=wish.actor.id,
                asked_at=at,
                alive_at=at if state == State.RUNNING else None,
            )
            _record(Event.BENCHMARKS_ASKED, run, wish.actor, at)
    except IntegrityError as error:
        raise AlreadyMeasuring(f"{commit[:12]} is being measured already") from error
    return run


def take(run: Run, *, at: datetime) -> bool:
    """Take a run that waits; somebody else may have been faster, or called it off."""
    waiting = Run.objects.filter(pk=run.pk, state=State.ASKED)
    return waiting.update(state=State.RUNNING, alive_at=at) == 1


def cancel(run: Run, *, actor: Actor, at: datetime) -> bool:
    """Call a run off; what runs ends within moments. Return whether it had not ended."""
    with transaction.atomic():
        fresh = Run.objects.filter(pk=run.pk, state__in=(State.ASKED, State.RUNNING))
        if not fresh.update(state=State.CANCELLED, cancelled_by=actor.id, ended_at=at):
            return False
        _record(Event.BENCHMARKS_CANCELLED, run, actor, at)
    return True


def sweep(now: datetime) -> int:
    """End the runs whose process is gone, so that they can be asked for again."""
    gone = [run for run in Run.objects.filter(state=State.RUNNING) if run.is_silent(now)]
    return Run.objects.filter(pk__in=[run.pk for run in gone], state=State.RUNNING).update(
        state=State.FAILED, words=LOST, ended_at=now
    )


def carry_out(
    run: Run,
    *,
    told: Told = nothing,
    stopped: Stopped = bool,
    only: Sequence[str] = (),
    judged_by: str = "",
) -> tuple[Tree, list[Scored]]:
    """Measure a run that was taken; raise Cancelled, or what stands in the way, both recorded.

    `judged_by` names the commit whose manifest counts, where that is not the commit itself.
    """
    watch = _Watch(run, told, stopped)
    try:
        tree = tree_of(run.target, run.commit, judged_by)
        wanted = choosing.chosen(tree.manifest, more=of_target(run.target), only=only)
        Run.objects.filter(pk=run.pk).update(wanted=len(wanted))
        asked = Asked(at=timezone.now(), told=watch.told, stopped=watch.is_over)
        scored = together.measure(tree, wanted, asked)
    except Cancelled:
        cancel(run, actor=Actor("person", run.asked_by), at=timezone.now())
        raise
    except REFUSALS as error:
        _end(run, State.FAILED, str(error))
        raise
    except BaseException:
        _end(run, State.FAILED, "It was broken off; what was measured is found again.")
        raise
    _finish(run, scored)
    return tree, scored


def tree_of(target: Target, commit: str, judged_by: str = "") -> Tree:
    """Return a commit of a target under its own manifest, or another commit's."""
    repository = Repository.of(target)
    pythons = settings.SELFIMPROVE.validation.pythons
    return Tree(
        repository=repository,
        commit=commit,
        name=target.slug,
        manifest=manifest.read(repository, judged_by or commit),
        pythons={name: str(path) for name, path in pythons.items()},
    )


def compare(
    run: Run,
    against: Run,
    sides: tuple[tuple[Tree, list[Scored]], tuple[Tree, list[Scored]]],
    *,
    stopped: Stopped = bool,
) -> list[Compared]:
    """Compare two runs and keep the answer; `sides` are the new and the old as measured."""
    (new, after), (old, before) = sides
    asked = Asked(at=timezone.now(), stopped=stopped)
    found = comparing.compare(old, new, before, after, asked)
    at = timezone.now()
    with transaction.atomic():
        Comparison.objects.filter(run=run, against=against).delete()
        Comparison.objects.bulk_create(_row(run, against, one, at) for one in found)
        facts = {
            "against": against.commit,
            "verdicts": {one.chosen.name: str(one.difference.verdict) for one in found},
        }
        _record(Event.BENCHMARKS_COMPARED, run, Actor.system("benchmarks"), at, **facts)
    return found


class _Watch:
    """Counts what is done, says that we are alive, and hears whether a person calls it off."""

    def __init__(self, run: Run, told: Told, stopped: Stopped) -> None:
        self._run, self._told, self._stopped = run, told, stopped
        self._looked = timezone.now()

    def told(self, name: str, scored: Scored | None) -> None:
        """Count what is done and pass it on."""
        if scored:
            self._run.done += 1
            Run.objects.filter(pk=self._run.pk).update(done=self._run.done)
        self._told(name, scored)

    def is_over(self) -> bool:
        """Look into the database every few seconds."""
        if self._stopped():
            return True
        now = timezone.now()
        if now - self._looked < ALIVE:
            return False
        self._looked = now
        return not Run.objects.filter(pk=self._run.pk, state=State.RUNNING).update(alive_at=now)


def _finish(run: Run, scored: Sequence[Scored]) -> None:
    at = timezone.now()
    with transaction.atomic():
        ended = Run.objects.filter(pk=run.pk, state=State.RUNNING)
        if not ended.update(state=State.ENDED, ended_at=at):
            raise Cancelled
        Score.objects.bulk_create(_score(run, one) for one in scored)
        facts = {
            "commit": run.commit,
            "tree": run.tree,
            "scores": {
                one.chosen.name: {
                    "outcome": str(one.measured.outcome),
                    "value": "" if one.measured.value is None else repr(one.measured.value),
                    "measurement": one.kept.key if one.kept else "",
                }
                for one in scored
            },
        }
        _record(Event.BENCHMARKS_MEASURED, run, Actor.system("benchmarks"), at, **facts)
    run.refresh_from_db()


def _end(run: Run, state: State, words: str) -> None:
    Run.objects.filter(pk=run.pk, state=State.RUNNING).update(
        state=state, words=words[:2000], ended_at=timezone.now()
    )


def _record(event: Event, run: Run, actor: Actor, at: datetime, **facts: object) -> None:
    subject = f"target:{run.target.slug}"
    facts = {"run": run.pk, "commit": run.commit, **facts}
    log.record(event, actor=actor, subject=subject, target=run.target.slug, at=at, facts=facts)


def _score(run: Run, one: Scored) -> Score:
    benchmark = one.chosen.benchmark
    return Score(
        run=run,
        benchmark=benchmark.name,
        question=benchmark.question,
        outcome=one.measured.outcome,
        words=one.measured.words,
        value=one.measured.value,
        unit=benchmark.unit,
        better=benchmark.better,
        weight=one.chosen.weight,
        found_again=one.found_again,
        where=one.measured.where,
        instead_because=one.measured.instead_because,
        measurement=one.kept,
    )


def _row(run: Run, against: Run, one: Compared, at: datetime) -> Comparison:
    told = one.difference
    return Comparison(
        run=run,
        against=against,
        benchmark=one.chosen.name,
        verdict=str(told.verdict),
        words=told.words,
        keep=told.keep,
        proven=told.proven,
        difference=told.difference,
        low=told.low,
        high=told.high,
        wins=list(told.wins[:SHOWN]),
        losses=list(told.losses[:SHOWN]),
        items=told.items,
        repeats=told.repeats,
        is_noisy=told.is_noisy,
        compared_at=at,
    )


def whole(
    wish: Wish,
    against: str,
    *,
    told: Told = nothing,
    stopped: Stopped = bool,
    only: Sequence[str] = (),
) -> Answer:
    """Measure a commit of a target, and another to compare it with, from a terminal."""
    options: Any = {"told": told, "stopped": stopped, "only": only}
    if not against:
        run = ask(wish, at=timezone.now(), state=State.RUNNING)
        return Answer(run.commit, carry_out(run, **options)[1])
    base = ask(replace(wish, commit=against), at=timezone.now(), state=State.RUNNING)
    old = carry_out(base, **options)
    run = ask(wish, at=timezone.now(), state=State.RUNNING)
    new = carry_out(run, judged_by=base.commit, **options)
    compared = compare(run, base, (new, old), stopped=stopped)
    return Answer(run.commit, new[1], base.commit, compared)
