"""Which one finding is meant, and what becomes of an answer when it is waived?

A waiver names a finding by everything that a person looked at: the gate and its version, the
words, the file, the content of the very line (of all of the file where a line alone says too
little), and the how-manieth of its kind it is. Whatever else a gate finds, in this change or
another, has another name and stays refused.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from targets.changes import Change
from targets.repository import PathMissing
from validation.models import Outcome
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Mark, Waived, counted

# Gates that judge by what something looks like, and so may be wrong about a line that a person
# can read. What is not named here cannot be waived: size, forbidden paths, syntax, parameters,
# privileges, tests and what judges them, policies, and every gate that is yet to come.
WAIVABLE = frozenset({"addresses", "secrets", "safety"})
# An address or a secret stands in its line. What a line of code does depends on the lines around
# it (arguments, variables, what a name stands for): then the whole file is what was looked at.
OF_THE_FILE = frozenset({"safety"})


def bound(answer: GateVerdict, change: Change, context: Context, *, version: int) -> GateVerdict:
    """Give each finding that could be waived the name by which a waiver would know it."""
    if answer.gate not in WAIVABLE or answer.outcome != Outcome.REFUSED:
        return answer
    lines = _Lines(change, context)
    before: Counter[str] = Counter()
    marks = []
    for mark in answer.findings:
        whole = mark.line is None or answer.gate in OF_THE_FILE
        code = lines.digest(mark, whole=whole) if mark.refuses else ""
        if code:
            seen = [answer.gate, version, mark.path, mark.message, code]
            number = before[_digest(seen)]
            before[_digest(seen)] += 1
            mark = replace(mark, bound=_digest([*seen, number]))
        marks.append(mark)
    return replace(answer, findings=tuple(marks))


def applied(answer: GateVerdict, waivers: Mapping[str, Waived]) -> GateVerdict:
    """Let pass what is waived: then a person has to acknowledge it, and it is never "passed"."""
    if answer.gate not in WAIVABLE or answer.outcome != Outcome.REFUSED:
        return answer
    marks = tuple(_let_pass(mark, waivers) for mark in answer.findings)
    waived = sum(1 for mark in marks if mark.waived)
    if not waived:
        return answer
    left = sum(1 for mark in marks if mark.refuses)
    outcome = Outcome.REFUSED if left else Outcome.ACKNOWLEDGE
    summary = f"{counted(len(marks), 'finding')}, {waived} of them waived"
    return replace(answer, findings=marks, outcome=outcome, summary=summary)


def _let_pass(mark: Mark, waivers: Mapping[str, Waived]) -> Mark:
    waiver = waivers.get(mark.bound) if mark.refuses and mark.bound else None
    return replace(mark, refuses=False, waived=waiver) if waiver else mark


class _Lines:
    """Reads each file that findings point at once."""

    def __init__(self, change: Change, context: Context) -> None:
        self._tree, self._repository = change.tree, context.repository
        names = Counter(shown(path) for path in change.paths)
        self._paths = {shown(path): path for path in change.paths if names[shown(path)] == 1}
        self._kept: dict[str, list[bytes]] = {}

    def digest(self, mark: Mark, *, whole: bool) -> str:
        """Name the line, with the whole file or by itself; "" where there is none."""
        path = self._paths.get(mark.path)
        if path is None:
            return ""
        lines = self._read(path)
        if not lines or (mark.line is not None and not 0 < mark.line <= len(lines)):
            return ""
        seen = b"" if mark.line is None else lines[mark.line - 1]
        parts = (mark.line is None, seen.hex(), b"\n".join(lines).hex() if whole else "")
        return _digest(list(parts))

    def _read(self, path: str) -> list[bytes]:
        if path not in self._kept:
            try:
                self._kept[path] = self._repository.read(self._tree, path).split(b"\n")
            except PathMissing:
                self._kept[path] = []
        return self._kept[path]


def _digest(content: list[object]) -> str:
    text = json.dumps(content, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
