"""What does ruff mend by itself: what it calls safe, and the few others that are listed here?"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from personas.fixers import Copy, Edit, Fixed
from personas.fixers.spoiling import spoils
from personas.fixers.tools import NotRun, ask

# Where a project says nothing of its own.
SELECT = "E,F,W,I,B,C4,PIE,UP"
# What ruff calls unsafe only because a comment may go with it, or since a name may be shadowed.
UNSAFE = ("F841", "SIM118", "C416")
SETTINGS = ("ruff.toml", ".ruff.toml")
MOST_FILES = 50  # that are mended at once: nobody takes more of them
UNSAFELY = "--unsafe-fixes"
AT_ONCE = 1000  # files in one question
MOST_STEPS = 100  # of a file that is mended offer by offer


def ruff_fixes(copy: Copy) -> Fixed:
    """Mend each Python file that may change, by the project's own rules where it has some."""
    rules = _wanted(copy)
    if rules is None:
        return Fixed()
    passes = _passes(_has_rules(copy), rules)
    edits, notes = [], []
    try:
        mendable = sorted(_mendable(copy, passes))
        for path in mendable[:MOST_FILES]:
            before = copy.text(path)
            if before is None:
                continue
            after, left = _through(copy, path, before, passes)
            notes += [f"{path}: {why}" for why in left]
            if after != before:
                found = _rules(copy, path, before, after, passes)
                edits.append(Edit(path, before, after, found))
    except NotRun as error:
        return Fixed(not_run=str(error))
    more = len(mendable) - MOST_FILES
    if more > 0:
        notes.append(f"{more} more files could be mended the same way")
    return Fixed(tuple(edits), notes=tuple(notes))


def _wanted(copy: Copy) -> Sequence[str] | None:
    """Return the rules that were asked for: none is all of them, and None is no one of ruff's."""
    asked = sorted(copy.only.rules) if copy.only else []
    named = [rule.removeprefix("ruff:") for rule in asked if rule.startswith("ruff:")]
    return named if named or not asked else None


def _passes(has_rules: bool, rules: Sequence[str]) -> list[list[str]]:
    """Return how ruff is asked: once for what is safe, once for the listed others."""
    named = ",".join(rules)
    unsafe = [one for one in UNSAFE if not rules or one in rules]
    by_project = ["--fixable", named] if rules else []
    safe = by_project if has_rules else ["--select", named or SELECT]
    return [safe, *([[UNSAFELY, "--select", ",".join(unsafe)]] if unsafe else [])]


def _mendable(copy: Copy, passes: list[list[str]]) -> set[str]:
    """Name the files for which ruff offers anything, in a few questions about all of them."""
    wanted = [path for path in copy.ending(".py") if copy.text(path) is not None]
    top = copy.folder.resolve()
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        for words in passes:
            options = ["check", "--output-format", "json", "--no-cache", "--force-exclude"]
            part = wanted[start : start + AT_ONCE]
            said = ask("ruff", [*options, *words, "--", *part], copy.folder, stopped=copy.stopped)
            for one in json.loads(said or "[]"):
                if _is_offered(one, words):
                    found.add(str(Path(one["filename"]).relative_to(top)))
    return found & set(wanted)


def _through(
    copy: Copy, path: str, text: str, passes: Sequence[list[str]]
) -> tuple[str, list[str]]:
    """Return the text after each pass, and why something that was offered was not taken."""
    left: list[str] = []
    for words in passes:
        mended = _mended(copy, path, text, words)
        if why := spoils(text, mended):
            left.append(why)
            mended = _one_by_one(copy, path, text, words)
        text = mended
    return text, sorted(set(left))


def _mended(copy: Copy, path: str, text: str, words: list[str]) -> str:
    """Return the mended text; a carriage return that the text had would be lost, so it stays."""
    if "\r" in text:
        return text
    options = ["check", "--fix-only", "--quiet", "--no-cache", *words]
    return _asked(copy, [*options, "--stdin-filename", path, "-"], text)


def _one_by_one(copy: Copy, path: str, text: str, words: list[str]) -> str:
    """Take the offers that spoil nothing: one at a time, since they may touch each other."""
    for _ in range(MOST_STEPS):
        offers = (_with(text, one["fix"]["edits"]) for one in _offers(copy, path, text, words))
        better = next((one for one in offers if one != text and not spoils(text, one)), None)
        if better is None:
            break
        text = better
    return text


def _offers(copy: Copy, path: str, text: str, words: list[str]) -> list[Mapping[str, Any]]:
    options = ["check", "--output-format", "json", "--no-cache", *words]
    said = json.loads(_asked(copy, [*options, "--stdin-filename", path, "-"], text))
    return [one for one in said if _is_offered(one, words)]


def _is_offered(one: Mapping[str, Any], words: list[str]) -> bool:
    """Tell whether ruff would write something there; by our own word, what it calls unsafe."""
    fix = one["fix"]
    return bool(fix) and (fix["applicability"] == "safe" or UNSAFELY in words)


def _with(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """Return a text with the edits of one offer, the last first, so that the others stay put."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def place(one: Mapping[str, int]) -> int:
        return min(starts[one["row"] - 1] + one["column"] - 1, len(text))

    for edit in sorted(edits, key=lambda one: place(one["location"]), reverse=True):
        begin, end = place(edit["location"]), place(edit["end_location"])
        text = text[:begin] + edit["content"] + text[end:]
    return text


def _rules(
    copy: Copy, path: str, before: str, after: str, passes: list[list[str]]
) -> tuple[str, ...]:
    """Name the rules that have less to say of the new text."""
    counts: dict[str, int] = {}
    for code, sign in _told(copy, path, before, after, passes):
        counts[code] = counts.get(code, 0) + sign
    return tuple(f"ruff:{code}" for code, left in sorted(counts.items()) if left > 0)


def _told(
    copy: Copy, path: str, before: str, after: str, passes: list[list[str]]
) -> Iterator[tuple[str, int]]:
    for words in passes:
        for text, sign in ((before, 1), (after, -1)):
            options = ["check", "--output-format", "json", "--no-cache", *words]
            said = _asked(copy, [*options, "--stdin-filename", path, "-"], text)
            yield from ((one["code"] or "syntax", sign) for one in json.loads(said))


def _asked(copy: Copy, words: list[str], text: str) -> str:
    return ask("ruff", words, copy.folder, stdin=text, stopped=copy.stopped)


def _has_rules(copy: Copy) -> bool:
    if any(name in copy.paths for name in SETTINGS):
        return True
    return "pyproject.toml" in copy.paths and "[tool.ruff" in (copy.text("pyproject.toml") or "")
