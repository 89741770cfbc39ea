"""What do tests of benchmarks measure: small trees, made where they are needed."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks import tools
from benchmarks.measured import Measured
from benchmarks.measures import BENCHMARKS
from benchmarks.measures.asking import Benchmark, Scene
from benchmarks.tools import Tools
from targets import manifest

UNITTEST = '[tests]\ncommand = ["python3", "-m", "unittest"]\n'
PYTEST = '[tests]\ncommand = ["python3", "-m", "pytest"]\n'
BY_NAME: Mapping[str, Benchmark] = {one.name: one for one in BENCHMARKS}
CALM: Mapping[str, str] = {
    ".selfimprove.toml": UNITTEST,
    "shop/__init__.py": '"""A shop."""\n',
    "shop/prices.py": (
        '"""Prices."""\n\n\ndef total(prices: list[int]) -> int:\n'
        '    """Add up."""\n    return sum(prices)\n\n\n'
        'def never(price: int) -> int:\n    """Stay unused."""\n    return price + 1\n'
    ),
    "test_shop.py": (
        "import unittest\n\nfrom shop.prices import total\n\n\n"
        "class Shop(unittest.TestCase):\n"
        "    def test_total(self) -> None:\n        self.assertEqual(total([1, 2]), 3)\n"
    ),
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def scene(folder: Path, files: Mapping[str, str], *, lacking: str = "") -> Scene:
    """Give a tree to measure; `lacking` names a tool that is not installed."""
    write(folder, files)
    found: Tools = tools.at(sys.executable)
    if lacking:
        known = {name: one for name, one in found.versions.items() if name != lacking}
        found = replace(found, versions=known)
    return Scene(
        name="shop",
        folder=folder,
        paths=tuple(sorted(files)),
        manifest=manifest.parse(files.get(".selfimprove.toml", "").encode()),
        pythons={"shop": sys.executable},
        tools=found,
    )


def measured(
    name: str, folder: Path, files: Mapping[str, str], *, seconds: float = 60
) -> Measured:
    """Measure a tree by one benchmark."""
    return BY_NAME[name].measure(scene(folder, files), seconds)


def fingerprints(found: Measured) -> list[tuple[str, str, str]]:
    """Return what was found by rule, path and symbol."""
    names = (one.fingerprint for one in found.findings)
    return [(one.rule, one.path, one.symbol) for one in names]
