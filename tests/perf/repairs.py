"""How many small programs does the search for one edit mend, judged on tests it did not see?

Every second input is visible to the search, and the others decide. Run it by itself:
`python tests/perf/repairs.py [NAME …]`. It counts; nothing here asserts a time.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from personas.fixers import Copy
from personas.fixers.repair import repair
from personas.fixers.trying import Suite, plainly
from ports.sandbox import Sandbox
from ports.sandbox.bubblewrap import Bubblewrap
from tests.perf.faulty_programs import PROGRAMS, Program


@dataclass(frozen=True)
class Mended:
    """Say how one program fared."""

    name: str
    seen: bool  # the visible tests fail at all
    fixed: bool
    held: bool
    note: str
    seconds: float


def expected(program: Program, text: str, inputs: Iterable[str]) -> list[tuple[str, str]]:
    """Call the right program with each input."""
    space: dict[str, object] = {}
    exec(text, space)  # noqa: S102 - our own programs, some lines above
    return [(one, repr(eval(f"{program.name}{one}", space))) for one in inputs]  # noqa: S307


def write(folder: Path, program: Program, text: str, cases: Sequence[tuple[str, str]]) -> Copy:
    """Write a program with a test for each case."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    tests = [f"from program import {program.name}\n"]
    for number, (given, wanted) in enumerate(cases):
        tests.append(f"\n\ndef test_{number}():\n    assert {program.name}{given} == {wanted}\n")
    (folder / "test_program.py").write_text("".join(tests), encoding="utf-8")
    return Copy(folder, ("program.py", "test_program.py"))


def mended(program: Program, sandbox: Sandbox) -> Mended:
    """Let the search see half of the tests, and judge what it brings up by the other half."""
    started = time.monotonic()
    cases = expected(program, program.text, program.inputs)
    visible, hidden = cases[::2], cases[1::2]
    tests = Suite(sandbox, plainly(seconds=60), each=3, test_seconds=0.5)
    with TemporaryDirectory() as place:
        copy = write(Path(place), program, program.faulty, visible)
        fixed = repair(Copy(copy.folder, copy.paths, tests))
    note = fixed.not_run or "; ".join(fixed.notes)
    held = False
    for edit in fixed.edits:
        with TemporaryDirectory() as place:
            write(Path(place), program, edit.after, hidden)
            came = tests.run(Path(place))
            held = len(came.passing) == len(hidden) and not came.failing
    seen = note != "no test fails"
    taken = time.monotonic() - started
    return Mended(program.name, seen, bool(fixed.edits), held, note, taken)


def main() -> None:
    """Print a line for each program, and the counts."""
    chosen = [one for one in PROGRAMS if not sys.argv[1:] or one.name in sys.argv[1:]]
    found = []
    for program in chosen:
        one = mended(program, Bubblewrap())
        found.append(one)
        state = "held" if one.held else "fixed, did not hold" if one.fixed else "not fixed"
        sys.stdout.write(f"{one.name:<16} {state:<20} {one.seconds:5.1f} s  {one.note}\n")
        sys.stdout.flush()
    sys.stdout.write(
        f"programs {len(found)}; fault seen by the visible tests {sum(o.seen for o in found)}; "
        f"fixed on visible {sum(o.fixed for o in found)}; "
        f"held on hidden {sum(o.held for o in found)}; "
        f"{sum(o.seconds for o in found):.0f} s\n"
    )


if __name__ == "__main__":
    main()
