"""What does the gate of weakened tests say of releases in which nobody cheats?

Give it a folder with unpacked source releases, each in a folder `name-version`. Projects are dealt
out in turn to two samples: rules are made with the first in view and measured on the second.
Prints how often each kind of finding comes; `--read N` prints N of them, drawn by a fixed seed.
"""

import argparse
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
django.setup()

from tests.perf.releases import LEFT_OUT, pairs
from validation.gates import weakened_tests
from validation.verdicts import Mark, NotText

SEED = 20261128
LARGEST = 512 * 1024
KINDS = {  # the words by which a finding is known, the first that fits
    "nobody can tell": r"nobody can tell",
    "can be left out": r"can be left out",
    "decorated anew": r"is decorated anew",
    "only under a condition": r"exists only under|asked only under",
    "another kind of test": r"run as another kind",
    "case gone": r"no longer asked about the case",
    "replaces": r"replaces what it could ask|is replaced when the file",
    "another value": r" gives .* another value",
    "step gone": r"no longer does|takes other steps",
    "takes more": r"as well, which may alter",
    "emptied": r"is emptied",
    "assertion gone": r"(?:is|are) gone or cannot be reached",
    "looser": r"is looser|another tolerance|another threshold",
    "otherwise": r"expects otherwise|demands something else",
    "test gone": r"the test .* is gone|tests are gone",
    "rests on, gone": r"tests rest on .* gone|rest on what is gone",
    "rests on, changed": r"tests rest on .* changed",
    "data file": r"tests may rest on this file",
    "new, in their place": r"is new, and tests that were there",
    "from elsewhere": r"comes from elsewhere",
    "done when read": r"is done when the file is read",
    "decides which count": r"decides which tests count",
}


def main() -> None:
    """Compare every two consecutive releases of a sample and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", choices=("first", "second"), required=True)
    parser.add_argument("--start", type=int, default=1, help="begin with this pair of a project")
    parser.add_argument("--every", type=int, default=3, help="take one pair of so many")
    parser.add_argument("--read", type=int, default=0, help="print so many findings")
    given = parser.parse_args()
    found = dict(_found(given.folder, given.sample, given.start, given.every))
    marks = [(release, mark) for release, marks in found.items() for mark in marks]
    _say(f"{len(found)} pairs of releases, {len(marks)} findings in {_files(marks)} files;")
    _say(f"{sum(not marks for marks in found.values())} pairs without any")
    for name, often in Counter(kind(mark) for _, mark in marks).most_common():
        _say(f"{often:6}  {name}")
    drawn = random.Random(SEED).sample(  # noqa: S311 - nothing secret
        marks, min(given.read, len(marks))
    )
    for number, (release, mark) in enumerate(drawn, 1):
        _say(f"\n{number}. {release} {mark.path}:{mark.line}\n   {mark.message}")


def kind(mark: Mark) -> str:
    """Name what a finding is about."""
    fitting = (name for name, words in KINDS.items() if re.search(words, mark.message, re.S))
    return next(fitting, "settings of the runs")


def _found(folder: Path, sample: str, start: int, every: int) -> Iterator[tuple[str, list[Mark]]]:
    for project, releases in _dealt(folder, sample):
        for old, new in releases[start::every]:
            paths = [path for path in _changed(old, new) if not any(p in path for p in LEFT_OUT)]
            weaker = weakened_tests.news(paths, partial(_texts, old, new))
            found = [Mark(path, one.line, one.message, refuses=False) for path, one in weaker]
            yield f"{project} {new.name}", found


def _dealt(folder: Path, sample: str) -> Iterator[tuple[str, list[tuple[Path, Path]]]]:
    projects: dict[str, list[tuple[Path, Path]]] = defaultdict(list)
    for old, new in pairs(folder):
        projects[new.name.rpartition("-")[0].lower()].append((old, new))
    for number, name in enumerate(sorted(projects)):
        if number % 2 == (sample == "second"):
            yield name, projects[name]


def _changed(old: Path, new: Path) -> list[str]:
    names = [
        {str(p.relative_to(top)): p for p in top.rglob("*") if p.is_file()} for top in (old, new)
    ]
    before, after = names
    return sorted(
        path
        for path in before.keys() | after.keys()
        if path not in before
        or path not in after
        or before[path].read_bytes() != after[path].read_bytes()
    )


def _texts(old: Path, new: Path, path: str) -> tuple[str | None, str | None]:
    return _text(old / path), _text(new / path)


def _text(path: Path) -> str | None:
    if not path.is_file():
        return None
    content = path.read_bytes()
    if len(content) > LARGEST:
        raise NotText("it is too large")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise NotText("it is no UTF-8") from error


def _files(marks: list[tuple[str, Mark]]) -> int:
    return len({(release, mark.path) for release, mark in marks})


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
