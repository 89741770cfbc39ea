"""A small target with something to improve, a clock to turn, and an engine that knows what."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import LazySettings

from audit.log import Actor
from generations.models import Generation
from generations.running import loop, opening
from generations.running.opening import Wish
from personas.replies.contracts import Plan
from targets.models import Target
from targets.repository import Repository
from tests import factories
from tests.factories import NOW, git
from tests.generations.engines import Authored

ADA = Actor("person", "ada")
BEFORE = (
    '"""Prices."""\n\nimport os\n\n\ndef total(prices: list[int]) -> int:\n'
    '    """Add up."""\n    return sum(prices)\n'
)
AFTER = BEFORE.replace("import os\n\n\n", "\n")
TESTS = (
    "import unittest\n\nfrom shop.prices import total\n\n\n"
    "class Shop(unittest.TestCase):\n"
    "    def test_total(self) -> None:\n        self.assertEqual(total([1, 2]), 3)\n"
)
UNITTEST = '[tests]\ncommand = ["python3", "-m", "unittest"]\n'
FILES: Mapping[str, str] = {
    ".selfimprove.toml": "",
    "README.md": "# Shop\n",
    "shop/__init__.py": '"""A shop."""\n',
    "shop/prices.py": BEFORE,
    "test_shop.py": TESTS,
}
UNUSED = """\
--- a/shop/prices.py
+++ b/shop/prices.py
@@ -1,6 +1,5 @@
 \"\"\"Prices.\"\"\"
 
-import os
 
 
 def total(prices: list[int]) -> int:
"""


def plan(*paths: str, **words: Any) -> Plan:
    """Write a plan for these files."""
    said: dict[str, Any] = {
        "title": "Leave out an import that nothing uses",
        "rationale": "The module once read the environment, and does not any more.",
        "files_to_modify": list(paths or ("shop/prices.py",)),
        "steps": ["Take the line out."],
        "expected_effect": {"lint_score": 0.1},
        "risk": "low",
        "out_of_scope": ["Other modules"],
    }
    return Plan.model_validate({**said, **words})


@dataclass
class Clock:
    """Tell a time that only moves when it is told to."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@dataclass
class Scene:
    """Hold what a test of generations plays with."""

    folder: Path
    target: Target
    engine: Authored
    clock: Clock = field(default_factory=Clock)

    def begin(self, **wish: Any) -> Generation:
        """Open a generation."""
        return opening.begin(Wish(target=self.target, actor=ADA, **wish), at=self.clock())

    def drive(self, generation: Generation) -> Generation:
        """Walk on as far as it goes now."""
        return loop.drive(generation.pk, self.clock, engines=self.engine)

    def turn(self, **wish: Any) -> Generation:
        """Walk a whole generation, and wait after each error."""
        return self.finish(self.begin(**wish))

    def finish(self, generation: Generation) -> Generation:
        """Walk on to the end, and wait after each error."""
        for _ in range(6):
            generation = self.drive(generation)
            if not generation.is_open:
                break
            self.clock.at = max(self.clock.at, generation.next_step_at)
        return generation

    def until(self, generation: Generation, phase: str) -> Generation:
        """Step until a phase is the next one."""
        while generation.phase != phase:
            assert loop.step(generation.pk, self.clock(), engines=self.engine) is not None
            generation.refresh_from_db()
        return generation

    def with_engine(self, **changed: Any) -> "Scene":
        """Let the engine say something else."""
        self.engine = replace(self.engine, **changed)
        return self

    def refs(self) -> dict[str, str]:
        """Return all refs of the clone and of the origin."""
        told = git(Path(self.target.origin), "for-each-ref")
        return {**Repository.of(self.target).refs("refs"), "origin": told}

    def phases(self, generation: Generation) -> list[tuple[str, str]]:
        """Return the phases that were walked, with what came of them."""
        return list(generation.runs.values_list("phase", "result"))


def configure(settings: LazySettings, room: str, **changed: object) -> None:
    """Change a section of the configuration."""
    current = settings.SELFIMPROVE
    section = getattr(current, room).model_copy(update=changed)
    settings.SELFIMPROVE = current.model_copy(update={room: section})


def make_scene(
    folder: Path,
    settings: LazySettings,
    *,
    files: Mapping[str, str] = FILES,
    benchmarks: tuple[str, ...] = ("lint_score",),
    engine: Authored | None = None,
) -> Scene:
    """Make a target that a quick benchmark finds fault with."""
    configure(settings, "benchmarks", enabled=benchmarks)
    configure(settings, "validation", pythons={"shop": Path(sys.executable)})
    target = factories.make_target(folder, slug="shop", files=files)
    return Scene(folder, target, engine or Authored(plan(), UNUSED))
