"""A small project with four planted faults, and what is looked at once somebody worked on it.

It lacks type hints, a docstring and an `__init__.py`, and one of its tests fails.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_django import Settings

from targets.models import Target
from tests.factories import make_target

FILES: Mapping[str, str] = {
    ".selfimprove.toml": '[tests]\ncommand = ["python3", "-m", "unittest"]\n',
    "README.md": "# Till\n\nAdds up what is in a basket.\n",
    "till/__init__.py": '"""A till."""\n',
    "till/goods/prices.py": (
        '"""Prices of a basket."""\n\nSOLD = []\n\n\n'
        "def total(prices, discount=0):\n"
        "    return sum(prices) - discount\n\n\n"
        "def cheapest(prices: list[int]) -> int:\n"
        '    """Return the lowest price."""\n'
        "    return max(prices)\n"
    ),
    "test_till.py": (
        '"""Is a basket added up?"""\n\nimport unittest\n\n'
        "from till.goods.prices import cheapest, total\n\n\n"
        'class Till(unittest.TestCase):\n    """Add up."""\n\n'
        "    def test_a_discount_is_taken_off(self) -> None:\n"
        "        self.assertEqual(total([2, 3], discount=1), 4)\n\n"
        "    def test_the_cheapest_is_the_lowest(self) -> None:\n"
        "        self.assertEqual(cheapest([3, 1, 2]), 1)\n"
    ),
}
BENCHMARKS = ("test_pass_rate", "type_check", "doc_coverage", "file_organization")


def plant(tmp_path: Path, settings: Settings) -> Target:
    """Make the project a target that is measured by what finds its faults."""
    chosen = settings.SELFIMPROVE
    benchmarks = chosen.benchmarks.model_copy(update={"enabled": BENCHMARKS})
    pythons = {"till": Path(sys.executable)}
    validation = chosen.validation.model_copy(update={"pythons": pythons})
    update = {"benchmarks": benchmarks, "validation": validation}
    settings.SELFIMPROVE = chosen.model_copy(update=update)
    return make_target(tmp_path, slug="till", files=FILES)
