"""A person, or the clock, ends a generation in any phase within moments."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from audit.models import Entry
from generations.models import Generation, Outcome, Reason, Result
from generations.phases.shape import Interrupted, Turn
from generations.running import loop, opening, recording
from generations.running.claims import Lease, take
from proposals.models import Proposal
from tests.generations.scene import ADA, FILES, Scene, make_scene

SECONDS = 2.0
SLEEPS = "import time\nimport unittest\n\n\nclass Slow(unittest.TestCase):\n"
SLEEPS += "    def test_slow(self) -> None:\n        time.sleep(90)\n"
TESTED = '[tests]\ncommand = ["python3", "-m", "unittest"]\n'
OWN = """\
[benchmarks]
enabled = ["score"]

[[benchmarks.own]]
name = "score"
command = ["python3", "score.py"]
read = "regex"
pattern = "score: (.*)"
"""
SLOW = 'import pathlib, time\nif {when}:\n    time.sleep(90)\nprint("score: 1")\n'
CHANGED = '"import os" not in pathlib.Path("shop/prices.py").read_text()'
# What makes each phase take long, and what shows that it is in the middle of it.
FILES_OF = {
    "baseline": {".selfimprove.toml": OWN, "score.py": SLOW.format(when="True")},
    "safety": {".selfimprove.toml": TESTED, "test_slow.py": SLEEPS},
    "measure": {".selfimprove.toml": OWN, "score.py": SLOW.format(when=CHANGED)},
}
IN_THE_MIDDLE = {
    "baseline": "measures score",
    "plan": "weighs",
    "build": "writes",
    "safety": "asks the gate tests",
    "review": "reviews",
    "measure": "measures score (after)",
}


def asks_long(turn: Turn) -> None:
    """Be a provider that takes its time, and is broken off when asked."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if turn.stopped():
            raise Interrupted
        time.sleep(0.02)


class Caller:
    """Calls a generation off as soon as it is in the middle of a phase."""

    def __init__(self, phase: str, act: str) -> None:
        self.phase, self.act, self.at = phase, act, 0.0
        self._threads: list[threading.Thread] = []

    def __call__(self, generation: Generation, words: str) -> None:
        here = generation.phase == self.phase and words.startswith(IN_THE_MIDDLE[self.phase])
        if here and not self._threads:
            thread = threading.Thread(target=self._end, args=(generation.pk,))
            self._threads.append(thread)
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _end(self, number: int) -> None:
        time.sleep(0.3)
        try:
            generation = Generation.objects.select_related("target").get(pk=number)
            if self.act == "cancel":
                assert opening.cancel(generation, actor=ADA, at=generation.started_at)
            else:
                Generation.objects.filter(pk=number).update(deadline_at=generation.started_at)
            self.at = time.monotonic()
        finally:
            connection.close()


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    yield
    assert not [one for one in threading.enumerate() if one.name.startswith("gate ")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["cancel", "deadline"])
@pytest.mark.parametrize("phase", IN_THE_MIDDLE)
def test_it_ends_within_two_seconds_in_the_middle_of_a_phase(
    tmp_path: Path, settings: LazySettings, phase: str, act: str
) -> None:
    def first(now: str, turn: Turn) -> None:
        if now == phase:
            asks_long(turn)

    files = {**FILES, **FILES_OF.get(phase, {})}
    scene = make_scene(tmp_path, settings, files=files, benchmarks=()).with_engine(first=first)
    generation = scene.begin()
    caller = Caller(phase, act)
    ended = loop.drive(generation.pk, scene.clock, told=caller, engines=scene.engine)
    took = time.monotonic() - caller.at
    caller.join()
    assert ended.outcome == (Outcome.CANCELLED if act == "cancel" else Outcome.TIMED_OUT)
    assert ended.reason_kind == Reason.STOPPED
    assert scene.phases(ended)[-1] == (phase, Result.STOPPED)
    assert ended.runs.latest("id").message == ended.reason
    assert (ended.activity, ended.lease_owner) == ("", "")
    assert took < SECONDS * 5, took  # a busy machine is no fault of the code
    assert not Proposal.objects.exists()
    assert not ended.deltas.exists()
    assert (ended.report is None) is (phase not in ("review", "measure"))


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "phase", ["baseline", "plan", "build", "safety", "review", "measure", "decide", "propose"]
)
def test_between_two_phases_it_ends_with_the_next_step(scene: Scene, phase: str) -> None:
    generation = scene.until(scene.begin(), phase)
    assert opening.cancel(generation, actor=ADA, at=scene.clock())
    assert not opening.cancel(generation, actor=ADA, at=scene.clock())
    ended = scene.drive(generation)
    assert (ended.outcome, ended.reason) == (Outcome.CANCELLED, "Called off by ada.")
    assert not ended.runs.filter(phase=phase).exists()
    assert not Proposal.objects.exists()
    entry = Entry.objects.get(event="generation.cancelled")
    assert entry.who == "ada"


@pytest.mark.django_db
def test_who_calls_it_off_while_the_answer_is_on_its_way_is_heard(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = scene.until(scene.begin(), "propose")
    real = recording.finish

    def late(*arguments: object) -> None:
        opening.cancel(generation, actor=ADA, at=scene.clock())
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(recording, "finish", late)
    ended = scene.drive(generation)
    assert ended.outcome == Outcome.CANCELLED
    assert scene.phases(ended)[-1] == ("propose", Result.STOPPED)
    assert not Proposal.objects.exists()


@pytest.mark.django_db
def test_what_has_ended_cannot_be_called_off(scene: Scene) -> None:
    ended = scene.turn()
    assert not opening.cancel(ended, actor=ADA, at=scene.clock())
    ended.refresh_from_db()
    assert (ended.outcome, ended.cancelled_by) == (Outcome.ACCEPTED, "")


@pytest.mark.django_db
def test_the_watchdog_ends_what_overran_whoever_holds_it(scene: Scene) -> None:
    generation = scene.until(scene.begin(), "measure")
    dead = take(generation.pk, scene.clock())
    assert dead is not None
    recording.start(generation, dead)
    assert loop.expire(scene.clock()) == []
    late = scene.clock.forward(hours=2)
    assert loop.expire(late) == [generation]
    generation.refresh_from_db()
    assert generation.outcome == Outcome.TIMED_OUT
    assert generation.reason.startswith("Timed out: the phase “measure” was not through by ")
    assert scene.phases(generation)[-1] == ("measure", Result.STOPPED)
    assert loop.expire(late) == []
    from_the_grave(generation, dead)


@pytest.mark.django_db
def test_what_is_called_off_when_its_worker_has_died_ends_with_the_lease(scene: Scene) -> None:
    generation = scene.until(scene.begin(), "build")
    dead = take(generation.pk, scene.clock())
    assert dead is not None
    recording.start(generation, dead)
    assert opening.cancel(generation, actor=ADA, at=scene.clock())
    generation.refresh_from_db()
    assert generation.is_open  # whoever holds it may be alive
    assert loop.expire(scene.clock()) == []
    later = scene.clock.forward(minutes=1)
    assert loop.expire(later) == [generation]
    generation.refresh_from_db()
    assert (generation.outcome, generation.reason) == (Outcome.CANCELLED, "Called off by ada.")
    assert scene.phases(generation)[-1] == ("build", Result.STOPPED)


@pytest.mark.django_db
def test_one_that_ends_while_the_watchdog_looks_does_not_keep_it_from_the_others(
    scene: Scene, tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_scene(tmp_path, settings, slug="other")
    first, second = other.begin(), scene.begin()
    real = recording.stop

    def raced(generation: Generation, lease: Lease, now: object) -> None:
        if generation.pk == second.pk:
            Generation.objects.filter(pk=second.pk).update(fence=99)
        real(generation, lease, now)  # type: ignore[arg-type]

    monkeypatch.setattr(recording, "stop", raced)
    assert loop.expire(scene.clock() + timedelta(hours=2)) == [first]


def from_the_grave(generation: Generation, dead: Lease) -> None:
    """A worker that comes back finds its lease gone, and changes nothing."""
    fields = Generation.objects.filter(pk=generation.pk).values().get()
    with pytest.raises(Exception, match="was taken over, or has ended"):
        dead.write(outcome=Outcome.ACCEPTED)
    assert Generation.objects.filter(pk=generation.pk).values().get() == fields
