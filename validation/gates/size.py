"""Is the change small enough for a person to judge?"""

from targets.changes import Change
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Limits, Mark, answer, counted

NAME = "size"
QUESTION = "Is the change small enough for a person to judge?"
VERSION = 2

MAX_HUNKS = 500
MAX_BYTES = 1024 * 1024
BEYOND = 10  # times what is allowed: nobody reads that, and reading it all takes hours


def is_beyond_reading(change: Change, limits: Limits) -> bool:
    """Tell whether the other gates should not even begin to read the changed files."""
    lines = sum(file.added + file.removed for file in change.files)
    return (
        len(change.files) > BEYOND * limits.max_files
        or lines > BEYOND * limits.max_lines
        or len(change.diff) > BEYOND * MAX_BYTES
    )


def run(change: Change, context: Context) -> GateVerdict:
    """Count files, lines, hunks and bytes of git's own diff."""
    lines = sum(file.added + file.removed for file in change.files)
    hunks = sum(1 for line in change.diff.split("\n") if line.startswith("@@ "))
    size = len(change.diff.encode())
    limits = context.limits
    counts = (
        (len(change.files), limits.max_files, "files"),
        (lines, limits.max_lines, "changed lines"),
        (hunks, MAX_HUNKS, "hunks"),
        (size, MAX_BYTES, "bytes"),
    )
    marks = [
        Mark("", None, f"the change has {count} {what}; {most} are allowed: split it")
        for count, most, what in counts
        if count > most
    ]
    marks += [
        Mark(shown(file.path), None, "is binary: nobody can read what changes")
        for file in change.files
        if file.binary
    ]
    if not change.files:
        marks.append(Mark("", None, "nothing is changed"))
    return answer(
        NAME,
        QUESTION,
        marks,
        passed=f"{counted(len(change.files), 'file')}, {counted(lines, 'line')}",
    )
