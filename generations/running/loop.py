"""How does a generation come one phase further, whatever happened before?"""

import logging
from collections.abc import Callable
from datetime import datetime
from importlib import import_module

from django.db.models import Q

from generations.engines import chosen
from generations.models import Generation, PhaseRun
from generations.phases.shape import (
    Answer,
    Engine,
    Errored,
    Interrupted,
    Nothing,
    NothingToDo,
    Refused,
    Rejected,
    Turn,
)
from generations.running import recording
from generations.running.claims import Lease, LeaseLost, due, kept_alive, release, seize, take
from ports.stopping import CalledOff, stoppable
from targets import manifest
from targets.manifest import Manifest
from targets.repository import Repository

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Told = Callable[[Generation, str], None]  # how far a generation is, for whoever looks on
Engines = Callable[[Generation], Engine]
LONGEST_DRIVE = 40  # steps: phases, and their repeats after errors


def nothing(_generation: Generation, _words: str) -> None:
    """Tell nobody."""


def step(
    generation_id: int,
    now: datetime,
    *,
    told: Told = nothing,
    engines: Engines = chosen,
    keeper: str = "",
) -> PhaseRun | None:
    """Run the present phase once; return its run, or None when there was nothing to do."""
    lease = take(generation_id, now, keeper)
    if lease is None:
        return None
    try:
        return _one_step(lease, told, engines)
    except LeaseLost as lost:
        logger.warning("%s", lost)
        return None
    finally:
        release(lease)


def drive(
    generation_id: int, clock: Clock, *, told: Told = nothing, engines: Engines = chosen
) -> Generation:
    """Step on until the generation has ended, or waits after an error; return it as it is."""
    for _ in range(LONGEST_DRIVE):
        step(generation_id, clock(), told=told, engines=engines)
        if not due(clock()).filter(pk=generation_id).exists():
            break
    return Generation.objects.select_related("target").get(pk=generation_id)


def expire(now: datetime) -> list[Generation]:
    """End what overran its deadline, whoever works on it, and what was called off and is left."""
    left = ~Q(cancelled_by="") & (Q(lease_until=None) | Q(lease_until__lte=now))
    over = Generation.objects.filter(Q(deadline_at__lte=now) | left, outcome="")
    ended = []
    for generation in over.select_related("target"):
        lease = seize(generation, now)
        if lease is None:
            continue
        try:
            recording.stop(generation, lease, now)
        except LeaseLost as lost:
            logger.warning("%s", lost)
        else:
            ended.append(generation)
    return ended


def _one_step(lease: Lease, told: Told, engines: Engines) -> PhaseRun | None:
    generation = Generation.objects.select_related("target").get(pk=lease.generation_id)
    if recording.end_if_over(generation, lease):
        return None
    run = recording.start(generation, lease)
    if generation.errors_in_row >= recording.MOST_ERRORS:
        recording.finish(run, Errored("It never came to an end."), generation, lease)
        return run
    _record(run, _answer(generation, lease, told, engines), generation, lease)
    return run


def _record(run: PhaseRun, answer: Answer | Errored, generation: Generation, lease: Lease) -> None:
    """Write down an answer with its rows; what cannot be written is an error of ours."""
    try:
        recording.finish(run, answer, generation, lease)
    except LeaseLost:
        raise
    except Exception as error:
        # As in `_answer`: nothing of it was written, and it becomes ERRORED.
        logger.exception("generation %s: %s cannot be kept", generation.pk, generation.phase)
        broken = Errored(f"What it found cannot be kept: {type(error).__name__}: {error}")
        recording.finish(run, broken, generation, lease)


def _answer(
    generation: Generation, lease: Lease, told: Told, engines: Engines
) -> Answer | Errored:
    """Ask the phase; whatever it throws is our fault, not the change's."""
    try:
        told(generation, "")
        with kept_alive(lease), stoppable(lease.stop.is_set):
            phase = import_module(f"generations.phases.{generation.phase}")
            answer: Answer = phase.run(_turn(generation, lease, told, engines))
            return answer
    except Refused as refusal:
        return Rejected(refusal.kind, refusal.reason, details=refusal.details)
    except NothingToDo as reason:
        return Nothing(str(reason), reason.details)
    except (Interrupted, CalledOff):
        return Errored("It was stopped.")  # unless a person or the clock did, it is tried again
    except Exception as error:
        # One of the two places that may catch everything: it becomes ERRORED, never a success.
        logger.exception("generation %s: phase %s broke", generation.pk, generation.phase)
        return Errored(f"{type(error).__name__}: {error}")


def _turn(generation: Generation, lease: Lease, told: Told, engines: Engines) -> Turn:
    repository = Repository.of(generation.target)

    def tell(words: str) -> None:
        shown = recording.clean(words)[:200]
        lease.mine().update(activity=shown)
        told(generation, shown)

    return Turn(
        generation=generation,
        repository=repository,
        manifest=_manifest(repository, generation.base_commit),
        engine=engines(generation),
        clock=lease.now,
        stopped=lease.stop.is_set,
        told=tell,
    )


def _manifest(repository: Repository, base: str) -> Manifest:
    return manifest.read(repository, base) if base else Manifest()
