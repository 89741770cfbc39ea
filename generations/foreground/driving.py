"""How is a generation, or a loop of them, driven here until it has ended?

The work is done in a thread, so that this one can answer a person at any moment. It is kept from
the workers beside us, who have neither the key nor the settings of this terminal; what one of them
has in hand already is waited for. What is shown comes from rows.
"""

import math
import os
import socket
import threading
import time
import uuid
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.log import Actor
from generations import starting
from generations.foreground.signals import Wishes
from generations.models import Generation, Loop, PhaseRun
from generations.running import claims, loop, opening, series

LOOK_SECONDS = 0.2
LONGEST_GOODBYE = 5  # seconds for what runs to see that it is to stop


class Left(Exception):
    """It was left before its end; whoever comes next goes on from where it is."""


class Held(Exception):
    """The loop has to wait, though nothing ended it; the words say for what."""


class Shown(Protocol):
    """Tell a person how far it is."""

    def show(self, generation: Generation, run: PhaseRun | None) -> None:
        """Hear of a phase that ended, or of none: then of what is at work."""


@dataclass
class _Keep:
    """Keep a generation from the workers for as long as it is renewed."""

    generation_id: int
    keeper: str
    renewed: float = -math.inf

    def renew(self) -> None:
        """Renew it long before it ends, and not at each look."""
        if time.monotonic() - self.renewed > settings.SELFIMPROVE.generations.lease_seconds / 3:
            self.renewed = time.monotonic()
            claims.keep(self.generation_id, self.keeper, timezone.now())


@dataclass
class Foreground:
    """Drive what one person asked for."""

    wishes: Wishes
    actor: Actor
    shown: Shown

    def follow(self, generation: Generation) -> Generation:
        """Drive one generation to its end; raise Left when it is to stay as it is."""
        left = threading.Event()
        done: Future[None] = Future()
        keeper = f"{_here()}{uuid.uuid4().hex[:12]}"
        keep = _Keep(generation.pk, keeper)
        keep.renew()
        asked = (generation.pk, keeper, left, done)
        work = threading.Thread(target=_work, args=asked, daemon=True)
        work.start()
        told, cancelled = 0, False
        while not done.done():
            self.wishes.asked.wait(LOOK_SECONDS)
            keep.renew()
            self.wishes.asked.clear()
            if self.wishes.leave:
                left.set()
                _let_go(generation, work)
                claims.let_go(generation.pk, keeper)
                raise Left
            if self.wishes.call_off and not cancelled:
                cancelled = True
                self._call_off(generation)
            told = self._tell(generation, told)
        done.result()
        self._tell(generation, told)
        return _fresh(generation)

    def follow_all(self, wanted: Loop) -> Loop:
        """Drive a loop to its end, generation by generation; raise Left or Held."""
        while True:
            wanted = Loop.objects.select_related("target").get(pk=wanted.pk)
            if wanted.ended_at is not None:
                return wanted
            if self.wishes.leave:
                raise Left
            if self.wishes.call_off:
                series.cancel(wanted, actor=self.actor, at=timezone.now())
                continue
            generation = _next(wanted)
            if generation is not None:
                self.follow(generation)
            elif Generation.objects.filter(target=wanted.target, outcome="").exists():
                self.wishes.asked.wait(LOOK_SECONDS)  # somebody's own goes before ours

    def _call_off(self, generation: Generation) -> None:
        now = timezone.now()
        if generation.loop is None or not series.cancel(generation.loop, actor=self.actor, at=now):
            opening.cancel(generation, actor=self.actor, at=now)

    def _tell(self, generation: Generation, told: int) -> int:
        """Show the phases that ended since the last look, and what is at work."""
        ended = list(generation.runs.filter(pk__gt=told).exclude(result=""))
        fresh = _fresh(generation)
        for run in ended:
            self.shown.show(fresh, run)
        if fresh.is_open:
            self.shown.show(fresh, None)
        return ended[-1].pk if ended else told


def _next(wanted: Loop) -> Generation | None:
    at_work = wanted.generations.filter(outcome="").select_related("target", "loop").first()
    if at_work is not None:
        return at_work
    if full := starting.held(wanted, timezone.now()):
        raise Held(full)
    return series.next_of(wanted, at=timezone.now())


def _work(generation_id: int, keeper: str, left: threading.Event, done: "Future[None]") -> None:
    """Step on until it has ended, waiting where it waits after an error or for another worker."""
    try:
        while not left.is_set():
            loop.step(generation_id, timezone.now(), keeper=keeper)
            mine = Generation.objects.filter(pk=generation_id)
            if not mine.filter(outcome="").exists():
                break
            if not claims.due(timezone.now(), keeper).filter(pk=generation_id).exists():
                left.wait(LOOK_SECONDS)
        done.set_result(None)
    except BaseException as error:  # noqa: BLE001  # it is raised where somebody waits for it
        done.set_exception(error)
    finally:
        connection.close()


def _let_go(generation: Generation, work: threading.Thread) -> None:
    """Take the lease from our own thread until it stops, so that a worker need not wait for it."""
    mine, until = _here(), time.monotonic() + LONGEST_GOODBYE
    while True:
        row = Generation.objects.filter(pk=generation.pk, outcome="").first()
        if row is not None and row.lease_owner.startswith(mine):
            lease = claims.seize(row, timezone.now())
            if lease is not None:
                claims.release(lease)
        work.join(LOOK_SECONDS)
        if not work.is_alive() or time.monotonic() > until:
            return


def _here() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:"


def _fresh(generation: Generation) -> Generation:
    rows = Generation.objects.select_related("target", "loop", "parent", "report")
    return rows.get(pk=generation.pk)
