"""How does the safety gate judge what well-known projects changed between their releases?

Give it a folder with unpacked source releases, each in a folder `name-version`. Nobody attacks
there: each refusal is looked at by hand. It prints what it refuses, and counts what it notes.
"""

import argparse
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
django.setup()

from targets.changes import ChangedFile
from validation.gates import safety

LEFT_OUT = (".egg-info", "PKG-INFO")


@dataclass
class Counts:
    """Add up what the gate said."""

    pairs: int = 0
    files: int = 0
    refusing: int = 0
    noting: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, release: Path, readings: Sequence[safety.Reading]) -> list[str]:
        """Count one pair of releases and return what is refused in it."""
        marks = list(safety.news(readings))
        refused = {mark.path for mark in marks if mark.refuses}
        self.pairs += 1
        self.files += len(readings)
        self.refusing += len(refused)
        self.noting += len({mark.path for mark in marks} - refused)
        whats = [(mark, mark.message.split(":")[0]) for mark in marks if mark.refuses]
        self.kinds.update(what for _, what in whats)
        return [f"{release.name} {mark.path}:{mark.line} {what}" for mark, what in whats]

    def lines(self) -> Iterator[str]:
        """Write the counts for people."""
        times = sorted(self.seconds) or [0.0]
        yield f"{self.pairs} pairs of releases, {self.files} changed files that a reader knows"
        yield f"refused in {self.refusing} files, noted in {self.noting} more"
        median, worst = (times[len(times) * part // 100] * 1000 for part in (50, 99))
        yield f"a file takes {median:.1f} ms (median), 99 of 100 take less than {worst:.0f} ms"
        for what, often in self.kinds.most_common():
            yield f"{often:5}  {what}"


def main() -> None:
    """Compare every two consecutive releases and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print each refusal")
    given = parser.parse_args()
    counts = Counts()
    for old, new in pairs(given.folder):
        readings = []
        for path, before, after in changed(old, new):
            begun = time.perf_counter()
            readings.append(safety.reading(ChangedFile(path, "M", "", "", 0, 0), before, after))
            counts.seconds.append(time.perf_counter() - begun)
        refused = counts.add(new, readings)
        if given.show:
            sys.stdout.writelines(f"{line}\n" for line in refused)
    sys.stdout.writelines(f"{line}\n" for line in counts.lines())


def pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    named: dict[str, list[Path]] = defaultdict(list)
    for release in folder.iterdir():
        if release.is_dir():
            named[release.name.rpartition("-")[0].lower()].append(release)
    for name in sorted(named):
        yield from pairwise(sorted(named[name], key=_version))


def _version(release: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", release.name.rpartition("-")[2])]


def changed(old: Path, new: Path) -> Iterator[tuple[str, str, str]]:
    before, after = _files(old), _files(new)
    for path in sorted(before.keys() | after.keys()):
        texts = [_text(found.get(path)) for found in (before, after)]
        if None in texts or texts[0] == texts[1] or any(part in path for part in LEFT_OUT):
            continue
        if safety.readers(path, str(texts[1])):
            yield path, str(texts[0]), str(texts[1])


def _files(release: Path) -> dict[str, Path]:
    return {str(path.relative_to(release)): path for path in release.rglob("*") if path.is_file()}


def _text(path: Path | None) -> str | None:
    try:
        return "" if path is None else path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


if __name__ == "__main__":
    main()
