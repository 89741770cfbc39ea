"""What does ruff mend by itself: what it calls safe, and the few others that are listed here?"""

import json

from personas.fixers import Copy, Edit, Fixed
from personas.fixers.tools import NotRun, ask

# Where a project says nothing of its own.
SELECT = "E,F,W,I,B,C4,PIE,UP"
# What ruff calls unsafe only because a comment may go with it, or since a name may be shadowed.
UNSAFE = "F841,SIM118,C416"
SETTINGS = ("ruff.toml", ".ruff.toml")


def ruff_fixes(copy: Copy) -> Fixed:
    """Mend each Python file, by the project's own rules where it has some."""
    chosen = [] if _has_rules(copy) else ["--select", SELECT]
    edits = []
    try:
        for path in copy.ending(".py"):
            before = copy.text(path)
            if before is None:
                continue
            after = _mended(copy, path, before, chosen)
            after = _mended(copy, path, after, ["--unsafe-fixes", "--select", UNSAFE])
            if after != before:
                edits.append(Edit(path, before, after, _rules(copy, path, before, after, chosen)))
    except NotRun as error:
        return Fixed(not_run=str(error))
    return Fixed(tuple(edits))


def _mended(copy: Copy, path: str, text: str, words: list[str]) -> str:
    """Return the mended text; a carriage return that the text had would be lost, so it stays."""
    if "\r" in text:
        return text
    options = ["check", "--fix-only", "--quiet", "--no-cache", *words]
    return ask("ruff", [*options, "--stdin-filename", path, "-"], copy.folder, stdin=text)


def _rules(copy: Copy, path: str, before: str, after: str, chosen: list[str]) -> tuple[str, ...]:
    """Name the rules that have less to say of the new text."""
    counts: dict[str, int] = {}
    for words in (chosen, ["--select", UNSAFE]):
        for text, sign in ((before, 1), (after, -1)):
            options = ["check", "--output-format", "json", "--no-cache", *words]
            said = ask("ruff", [*options, "--stdin-filename", path, "-"], copy.folder, stdin=text)
            for one in json.loads(said):
                counts[one["code"] or "syntax"] = counts.get(one["code"] or "syntax", 0) + sign
    return tuple(f"ruff:{code}" for code, left in sorted(counts.items()) if left > 0)


def _has_rules(copy: Copy) -> bool:
    if any(name in copy.paths for name in SETTINGS):
        return True
    return "pyproject.toml" in copy.paths and "[tool.ruff" in (copy.text("pyproject.toml") or "")
