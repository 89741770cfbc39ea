"""Can every changed file be read as what its name says it is?"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from targets.changes import Change
from validation import linting
from validation.linting import Remark
from validation.newer import declared
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer, counted

NAME = "syntax"
QUESTION = "Can every changed file be read as what its name says it is?"
VERSION = 4

Reader = Callable[[str, str], Iterator[Remark]]
_READERS: dict[str, Reader] = {
    ".yaml": linting.yaml,
    ".yml": linting.yaml,
    ".json": linting.settings,
    ".toml": linting.settings,
    ".py": linting.python,
    ".pyi": linting.python,
    ".sh": linting.shell,
    ".bash": linting.shell,
}


def run(change: Change, context: Context) -> GateVerdict:
    """Read each changed file, before and after; only what is newly wrong counts."""
    marks: list[Mark] = []
    read = 0
    for path in (file.path for file in change.files if file.status != "D"):
        try:
            before, after = context.before(change, path), context.after(change, path)
        except NotText as error:
            marks.append(Mark(shown(path), None, str(error)))
            continue
        marks += _line_ends(path, before or "", after or "")
        reader = _reader(path, after or "")
        if reader and after is not None:
            read += 1
            remarks = _new(reader, path, before, after)
            marks += (mark for one in remarks for mark in _mark(path, one, change, context))
    return answer(
        NAME, QUESTION, marks, passed=f"{read} of {counted(len(change.files), 'file')} read"
    )


def _reader(path: str, text: str) -> Reader | None:
    reader = _READERS.get(PurePosixPath(path).suffix.lower())
    if reader or not text.startswith("#!"):
        return reader
    interpreter = text.split("\n", 1)[0]
    if "python" in interpreter:
        return linting.python
    return linting.shell if interpreter.rstrip().endswith("sh") else None


def _mark(path: str, remark: Remark, change: Change, context: Context) -> Iterator[Mark]:
    """Tell what is wrong; newer Python is right where the project was for such a one before."""
    if not remark.minor:
        yield Mark(shown(path), remark.line, remark.what, remark.refuses)
        return

    def oldest(read: Callable[[Change, str], str | None]) -> int | None:
        try:
            return declared.oldest(path, lambda name: read(change, name))
        except NotText:
            return None

    if (oldest(context.before) or 0) >= remark.minor:
        return
    now = oldest(context.after)
    if now is None or now >= remark.minor:
        yield Mark(shown(path), None, remark.what, refuses=False)
    else:
        what = f"{remark.what}, and the project says that it runs on Python 3.{now}"
        yield Mark(shown(path), None, what)


def _line_ends(path: str, before: str, after: str) -> Iterator[Mark]:
    """Tell when lines begin to end otherwise: hardly a reader of a diff sees that."""
    (windows, unix), (was_windows, was_unix) = _ends(after), _ends(before)
    said = ""
    if windows and unix and not (was_windows and was_unix):
        said = "some lines end with CRLF now, and others with LF"
    elif windows and was_unix and not was_windows:
        said = "all lines end with CRLF now, instead of LF"
    elif unix and was_windows and not was_unix:
        said = "all lines end with LF now, instead of CRLF"
    if said:
        yield Mark(shown(path), None, said, refuses=False)


def _ends(text: str) -> tuple[bool, bool]:
    """Tell whether lines end with CRLF, and whether lines end with LF alone."""
    windows = text.count("\r\n")
    return windows > 0, text.count("\n") > windows


def _new(reader: Reader, path: str, before: str | None, after: str) -> Iterator[Remark]:
    old = () if before is None else reader(path, before)
    known = Counter(remark.what for remark in old)
    for remark in reader(path, after):
        if known[remark.what] > 0:
            known[remark.what] -= 1
        else:
            yield remark
