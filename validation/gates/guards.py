"""Does the code still refuse, bound and tell what it did before?"""

from collections.abc import Iterator

from targets.changes import Change
from validation import judges
from validation.paths import shown
from validation.safety import guards
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer, counted

NAME = "guards"
QUESTION = "Does the code still refuse, bound and tell what it did before?"
VERSION = 2

LARGEST = 1_000_000  # characters of one file


def run(change: Change, context: Context) -> GateVerdict:
    """Compare each changed Python file with itself before, function by function."""
    files = [
        file.path
        for file in change.files
        if file.status == "M" and file.path.endswith(".py") and not judges.is_test(file.path)
    ]
    marks = [mark for path in files for mark in _marks(path, change, context)]
    marks += [
        Mark(
            shown(file.path),
            None,
            "a module is gone: what it held up, it holds no more",
            refuses=False,
        )
        for file in change.files
        if file.status == "D" and file.path.endswith(".py") and not judges.is_test(file.path)
    ]
    return answer(NAME, QUESTION, marks, passed=f"{counted(len(files), 'file')} compared")


def _marks(path: str, change: Change, context: Context) -> Iterator[Mark]:
    try:
        before, after = context.before(change, path), context.after(change, path)
    except NotText as error:
        yield Mark(shown(path), None, f"cannot be compared: {error}")
        return
    if max(len(before or ""), len(after or "")) > LARGEST:
        yield Mark(shown(path), None, f"has more than {LARGEST} characters: it is not compared")
        return
    for seen in guards.seen(before or "", after or ""):
        yield Mark(shown(path), seen.line, shown(f"{seen.what}: {seen.why}"), refuses=False)
