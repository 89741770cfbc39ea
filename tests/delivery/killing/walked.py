"""How does a delivery go that nobody disturbs, and what differs in one whose worker was killed?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.delivery.killing.effects import LOST, Point
from tests.delivery.killing.named import BARE, CHECKED_OUT, ELSEWHERE, GITHUB
from tests.delivery.killing.world import World, opened
from tests.ports.github.server import Trouble

SCENES: dict[str, dict[str, Any]] = {
    BARE: {"forge": "local", "checked_out": False},
    CHECKED_OUT: {"forge": "local", "checked_out": True},
    GITHUB: {"forge": "github", "checked_out": False},
    ELSEWHERE: {"forge": "local", "checked_out": False, "elsewhere": True},
}
KILLED = -9
# A command of the target may have run to its end before its worker could say so: then it runs
# again, as the contract of a deployer says. Everything else happens once.
MAY_REPEAT = ("live.ran",)


@dataclass
class Walk:
    """Hold a world with a moment before each stage, what each does, and how it ends."""

    world: World
    seen: dict[str, list[str]] = field(default_factory=dict)
    unnamed: list[str] = field(default_factory=list)
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)

    def there_and_back(self) -> None:
        """Deliver, fail while watched, and be taken back."""
        while (stage := self._stage()) != "":
            self.world.keep(stage)
            if stage == "watch":
                later(self.world, minutes=30)
            self._step(stage)
        self.ends["whole"] = self.world.end()

    def stopped(self) -> None:
        """Be stopped by a person just before the merge."""
        self.world.back_to("merge")
        self.world.ask("turn")
        self.world.ask("step")
        self.world.keep("clean_up")
        self._step("clean_up")
        self.ends["clean_up"] = self.world.end()

    def _stage(self) -> str:
        return "" if self._over else self._next

    _next = "snapshot"
    _over = False

    def _step(self, stage: str) -> None:
        _, told = self.world.ask("step")
        self.seen[stage] = [self._plain(act) for _, act in told["acts"]]
        self.unnamed += told["unnamed"]
        self._next, self._over = told["stage"], bool(told["outcome"])
        later(self.world, seconds=90)

    def _plain(self, act: str) -> str:
        return act.replace("gateway-1/checked-out", "ORIGIN").replace(
            "gateway-1/origin.git", "ORIGIN"
        )

    def disturbed(self, point: Point) -> list[str]:
        """Kill a worker at a point, let others go on, and say what is not as it should be."""
        world = self.world
        world.back_to(point.stage)
        if point.stage == "watch":
            later(world, minutes=30)
        if point.when == LOST:
            _, method, path = point.act.split()
            world.server.troubles.append(
                Trouble("reset", method, path.removesuffix("…"), after=True)
            )
        code = world.work(None if point.when == LOST else self._real(point))
        complaints = []
        if point.when in ("before", "after") and code != KILLED:
            complaints.append("it was never reached")
        if point.when == LOST and world.server.troubles:
            complaints.append("no answer was lost")
        expected = self.ends["clean_up" if point.stage == "clean_up" else "whole"]
        return complaints + list(differing(expected, world.end()))

    def _real(self, point: Point) -> Point:
        origin = next(
            path
            for name in ("checked-out", "origin.git")
            for path in self.world.folder.glob(f"gateway-*/{name}")
        )
        place = str(origin.relative_to(self.world.folder))
        return Point(point.stage, point.act.replace("ORIGIN", place), point.when, point.time)


def later(world: World, **span: float) -> None:
    """Let time pass."""
    world.now = (datetime.fromisoformat(world.now) + timedelta(**span)).isoformat()


def differing(expected: Any, found: Any, place: str = "") -> Iterator[str]:
    """Say where what was found is not what was expected."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            name = f"{place}.{key}".lstrip(".")
            yield from differing(expected.get(key), found.get(key), name)
    elif place in MAY_REPEAT:
        if not expected <= found <= expected + 1:
            yield f"{place}: {found}, and not {expected} or one more"
    elif expected != found:
        yield f"{place}: {found}, and not {expected}"


@contextmanager
def walked(
    top: Path, keys: Path, kind: str, *, address: str = "", stopped: bool = True
) -> Iterator[Walk]:
    """Walk a whole delivery there and back, and perhaps one that is stopped, undisturbed."""
    with opened(top, keys, address=address, **SCENES[kind], harms=True) as world:
        walk = Walk(world)
        walk.there_and_back()
        if stopped:
            walk.stopped()
        yield walk
