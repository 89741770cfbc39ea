"""Can every changed file be read as what its name says it is?"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from targets.changes import Change
from validation import linting
from validation.linting import Remark
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer, counted

NAME = "syntax"
QUESTION = "Can every changed file be read as what its name says it is?"
VERSION = 2

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
        reader = _reader(path, after or "")
        if reader and after is not None:
            read += 1
            marks += _new(reader, path, before, after)
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


def _new(reader: Reader, path: str, before: str | None, after: str) -> Iterator[Mark]:
    old = () if before is None else reader(path, before)
    known = Counter(remark.what for remark in old)
    for remark in reader(path, after):
        if known[remark.what] > 0:
            known[remark.what] -= 1
        else:
            yield Mark(shown(path), remark.line, remark.what, remark.refuses)
