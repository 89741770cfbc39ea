"""How many diffs that are damaged as models damage them become the change that was meant?

Give it a folder with unpacked source releases, each in a folder `name-version`. Each small change
of a file between two consecutive ones is written as a diff, damaged in every way below, and
handed to git, GNU patch and our own applier. Right is what equals the later file byte by byte.
"""

import argparse
import difflib
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from personas import edits
from tests.perf.releases import changed, pairs

MOST_LINES = 120  # of a diff: what one proposal may well change in a file
NAME = "part/file.txt"
Lines = list[str]
Damage = Callable[[Lines, random.Random], Lines]


def _renumbered(lines: Lines, chance: random.Random) -> Lines:
    def wrong(match: re.Match[str]) -> str:
        return f"@@ -{int(match[1]) + chance.randint(3, 90)}{match[2]} +1{match[2]} @@"

    return [re.sub(r"^@@ -(\d+)(,\d+)? \+\S+ @@.*", wrong, line) for line in lines]


def _miscounted(lines: Lines, chance: random.Random) -> Lines:
    def wrong(match: re.Match[str]) -> str:
        return f"@@ -{match[1]},{chance.randint(1, 30)} +{match[1]},{chance.randint(1, 30)} @@"

    return [re.sub(r"^@@ -(\d+)(?:,\d+)? \+\S+ @@.*", wrong, line) for line in lines]


def _each(what: Callable[[str], str]) -> Damage:
    """Damage the lines of the hunks alike and leave the headers."""
    return lambda lines, _: (
        lines[:2] + [line if line.startswith("@@") else what(line) for line in lines[2:]]
    )


def _dedented(lines: Lines, _: random.Random) -> Lines:
    """Move each hunk to the left as far as all of it goes, as a model that quotes a part does."""
    moved: Lines = []
    for head, body in _hunks(lines):
        inner = [line[1:] for line in body if line[1:].strip()]
        room = min((len(line) - len(line.lstrip(" ")) for line in inner), default=0)
        moved += [head, *(line[0] + line[1 + room :] if line[1:] else line for line in body)]
    return lines[:2] + moved


def _edged(lines: Lines, _: random.Random) -> Lines:
    """Give the first line of each hunk's context other words."""
    moved: Lines = []
    for head, body in _hunks(lines):
        first = [" # …"] if body[0].startswith(" ") else [body[0]]
        moved += [head, *first, *body[1:]]
    return lines[:2] + moved


def _misremembered(lines: Lines, chance: random.Random) -> Lines:
    """Change one word of one line of context in each hunk."""
    moved: Lines = []
    for head, body in _hunks(lines):
        kept = [n for n, line in enumerate(body) if line.startswith(" ") and line.strip()]
        if kept:
            number = chance.choice(kept)
            body[number] = re.sub(r"\w+", "other", body[number], count=1)
        moved += [head, *body]
    return lines[:2] + moved


def _hunks(lines: Lines) -> Iterator[tuple[str, Lines]]:
    starts = [n for n, line in enumerate(lines) if line.startswith("@@")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start], lines[start + 1 : end]


DAMAGES: dict[str, Damage] = {
    "none": lambda lines, _: lines,
    "wrong line numbers": _renumbered,
    "wrong counts": _miscounted,
    "bare @@": lambda lines, _: [re.sub(r"^@@.*", "@@", line) for line in lines],
    "CRLF": lambda lines, _: [f"{line}\r" for line in lines],
    "no final newline": lambda lines, _: [*lines[:-1], lines[-1] + "\0"],
    "no blanks at the ends": _each(str.rstrip),
    "blank lines lost their sign": _each(lambda line: "" if line == " " else line),
    "blank lines behind": lambda lines, _: [*lines, "", ""],
    "no folders a/ and b/": lambda lines, _: [
        f"--- {NAME}",
        f"+++ {NAME}",
        *lines[2:],
    ],
    "a fence around": lambda lines, _: ["```diff", *lines, "```"],
    "prose around": lambda lines, _: ["Here is the change:", "", *lines, "", "I hope it helps."],
    "dedented": _dedented,
    "tabs for four blanks": _each(
        lambda line: re.sub(r"(?<=^.)(?:    )+", lambda found: "\t" * (len(found[0]) // 4), line)
    ),
    "another line at the edge": _edged,
    "a word of the context differs": _misremembered,
}


def damaged(lines: Lines, damage: Damage, chance: random.Random) -> str:
    """Return the diff as somebody careless would hand it in."""
    return "\n".join([*damage(list(lines), chance), ""]).replace("\0\n", "")


def by_git(folder: Path, diff: str, *options: str) -> None:
    """Let git apply it to the file in the folder."""
    _run(folder, diff, "git", "apply", "--whitespace=nowarn", *options, "-")


def by_patch(folder: Path, diff: str, *options: str) -> None:
    """Let GNU patch apply it to the file in the folder."""
    _run(folder, diff, "patch", "-p1", "--batch", "--silent", *options)


def by_us(folder: Path, diff: str) -> None:
    """Find the place of each hunk, and hand git the strict form, as a proposal's is taken in."""
    before = (folder / NAME).read_bytes().decode()
    try:
        diff = edits.repaired(diff, lambda path: before if path == NAME else None).diff
    except edits.CannotEdit:
        return
    by_git(folder, diff)


APPLIERS: dict[str, Callable[[Path, str], None]] = {
    "git apply": by_git,
    "git apply --recount": lambda folder, diff: by_git(folder, diff, "--recount"),
    "git apply --recount -C1": lambda folder, diff: by_git(folder, diff, "--recount", "-C1"),
    "patch": by_patch,
    "patch -l -F3": lambda folder, diff: by_patch(folder, diff, "-l", "-F3"),
    "selfimprove": by_us,
}


def _run(folder: Path, diff: str, *command: str) -> None:
    subprocess.run(  # what it answers is seen in the file
        command, cwd=folder, input=diff.encode(), capture_output=True, check=False, timeout=60
    )


def cases(folder: Path, chance: random.Random) -> Iterator[tuple[str, str, Lines]]:
    """Return each small change of a file: before, after, and its diff by lines."""
    for old, new in pairs(folder):
        for _, before, after in changed(old, new):
            if not before or not after or not before.endswith("\n"):
                continue
            if after.endswith("\n") and "\r" not in before + after and chance.random() < 0.3:
                diff = _diff(before, after)
                if 2 < len(diff) <= MOST_LINES:
                    yield before, after, diff


def _diff(before: str, after: str) -> Lines:
    old, new = (side.split("\n")[:-1] for side in (before, after))
    return list(difflib.unified_diff(old, new, f"a/{NAME}", f"b/{NAME}", lineterm=""))


def main() -> None:
    """Damage, apply, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=150, help="changes of files")
    parser.add_argument("--only", nargs="*", default=list(APPLIERS))
    parser.add_argument("--show", action="store_true", help="print what we get wrong")
    given = parser.parse_args()
    chance = random.Random(7)  # noqa: S311 - the same damage in each run
    right: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: dict[str, float] = defaultdict(float)
    tried = 0
    for before, after, diff in islice(cases(given.folder, chance), given.most):
        tried += 1
        for name, damage in DAMAGES.items():
            text = damaged(diff, damage, chance)
            for applier in given.only:
                begun = time.perf_counter()
                result = _applied(before, text, APPLIERS[applier])
                seconds[applier] += time.perf_counter() - begun
                right[applier][name] += result == after
                wrong[applier][name] += result not in (before, after)
                if given.show and applier == "selfimprove" and result != after:
                    sys.stdout.write(f"--- {name}: {'kept' if result == before else 'WRONG'}\n")
                    sys.stdout.write(text + "\n")
    _print(tried, given.only, right, wrong, seconds)


def _applied(before: str, diff: str, apply: Callable[[Path, str], None]) -> str:
    with tempfile.TemporaryDirectory() as top:
        place = Path(top, NAME)
        place.parent.mkdir()
        place.write_bytes(before.encode())
        apply(Path(top), diff)
        return place.read_bytes().decode() if place.exists() else ""


def _print(
    tried: int,
    names: Sequence[str],
    right: dict[str, Counter[str]],
    wrong: dict[str, Counter[str]],
    seconds: dict[str, float],
) -> None:
    every = tried * len(DAMAGES)
    sys.stdout.write(f"{tried} changes, {every} diffs\n")
    for name in names:
        good, bad = right[name].total(), wrong[name].total()
        sys.stdout.write(
            f"{name:<26} right {good / every:.3f}  wrong {bad} ({bad / every:.2%})"
            f"  {1000 * seconds[name] / every:.1f} ms each\n"
        )
    for damage in DAMAGES:
        row = "  ".join(f"{right[n][damage] / tried:.2f}/{wrong[n][damage]}" for n in names)
        sys.stdout.write(f"  {damage:<32} {row}\n")


if __name__ == "__main__":
    main()
