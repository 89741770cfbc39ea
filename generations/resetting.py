"""How is the archive of a target taken back, as a whole and on the record?"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from generations.models import Generation, Loop
from generations.reporting import files
from targets.models import Target


class AtWork(Exception):
    """A generation or a loop has not ended: nothing was taken back."""


@dataclass(frozen=True)
class Archive:
    """Count what a target's archive holds."""

    generations: int
    loops: int

    @property
    def words(self) -> str:
        """Say how much that is."""
        counted = ((self.generations, "generation"), (self.loops, "loop"))
        return " and ".join(f"{n} {noun}{'s' if n != 1 else ''}" for n, noun in counted)


def of(target: Target) -> Archive:
    """Count what would be taken back."""
    return Archive(
        Generation.objects.filter(target=target).count(),
        Loop.objects.filter(target=target).count(),
    )


def reset(target: Target, *, actor: Actor, at: datetime) -> Archive:
    """Remove a target's generations, loops and reports; the log and every proposal stay.

    Raises AtWork. The files go first: where the rows stay after all, they are written again.
    """
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=target.pk)  # nothing begins meanwhile
        _refuse_open(target)
        gone = of(target)
        reports = files.remove_all(target)
        Generation.objects.filter(target=target).only("pk").delete()  # no diff is read
        Loop.objects.filter(target=target).delete()
        record(
            Event.GENERATIONS_RESET,
            actor=actor,
            subject=f"target:{target.slug}",
            target=target.slug,
            at=at,
            facts={"generations": gone.generations, "loops": gone.loops, "reports": reports},
        )
    files.remove_all(target)  # what was written meanwhile, of what is gone now
    return gone


def _refuse_open(target: Target) -> None:
    at_work = Generation.objects.filter(target=target, outcome="").first()
    if at_work is not None:
        raise AtWork(f"{at_work} is at work: wait for its end, or call it off first.")
    waiting = Loop.objects.filter(target=target, ended_at=None).first()
    if waiting is not None:
        raise AtWork(f"A loop of {target.slug} is at work: wait for its end, or call it off.")
