"""What does it cost to ask the reading gates, and to ask them in a process of their own?

Prints the median over rounds taken in turn, for a change of nine files: the gates in this process,
in one of their own, and beside them pre-commit with seven hooks on the same files. Fails where the
process of its own takes more than twice as long, or more than a quarter of what pre-commit does.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")

import django

django.setup()

from targets.manifest import Manifest
from tests.perf.turns import in_turn
from tests.validation.changing import LIMITS, WHITELIST, changed, make_repository
from validation.asking import alone, apart
from validation.asking.watching import Unwatched
from validation.gates import READING
from validation.verdicts import Context

ROUNDS = 15
FILES = 9
GOAL = 2.0  # times the same gates in this process
SHARE = 0.25  # of what pre-commit takes
HOOKS = {  # each a program of its own, as pre-commit has it
    "syntax": "-m py_compile",
    "lint": "-m ruff check --isolated --quiet",
    "format": "-m ruff format --isolated --check --quiet",
    "tabs": "-m tabnanny",
    "compile": "-m compileall -qf",
    "imports": "-m ruff check --isolated --quiet --select I",
    "security": "-m ruff check --isolated --quiet --select S",
}
BODY = "VALUE = {0}\n\n\ndef answer() -> int:\n    return VALUE + {0}\n"


def main() -> int:
    """Measure; return 1 where a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="selfimprove-perf-") as top:
        repository = make_repository(Path(top))
        files = {f"gateway/m{number}.py": BODY.format(number) * 20 for number in range(FILES)}
        change = changed(repository, files)

        def context() -> Context:
            return Context(repository, Manifest(), WHITELIST, LIMITS)

        def here() -> object:
            given = context()
            return [alone.ask(gate, change, given) for gate in READING]

        def there() -> object:
            return apart.ask(list(enumerate(READING)), change, context(), Unwatched())

        ways: dict[str, Callable[[], object]] = {
            "in this process": here,
            "in a process of its own": there,
        }
        if find_spec("pre_commit"):
            ways["pre-commit, seven hooks"] = _hooks(Path(top, "worktree"), files)
        else:
            _say("  pre-commit is not installed: pip install -r requirements/peers.txt")
        times = in_turn(ways, ROUNDS)
    found = {name: statistics.median(one) for name, one in times.items()}
    for name, milliseconds in found.items():
        _say(f"  {name:<26}{milliseconds:8.1f} ms, at best {min(times[name]):.1f} ms")
    here_ms, there_ms, *peer = found.values()
    missed = _judged(there_ms / here_ms, GOAL, "times as long in a process of its own")
    return missed + sum(_judged(there_ms / one, SHARE, "of what pre-commit takes") for one in peer)


def _judged(ratio: float, goal: float, words: str) -> int:
    met = ratio <= goal
    _say(f"  {ratio:.2f} {words}; goal {goal:g}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _hooks(folder: Path, files: dict[str, str]) -> Callable[[], object]:
    """Lay the files into a repository with hooks; return what runs these once."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    hooks = [
        {"id": name, "name": name, "language": "system", "entry": f"{sys.executable} {entry}"}
        for name, entry in HOOKS.items()
    ]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(config))
    for command in (("git", "init", "-q"), ("git", "add", ".")):
        subprocess.run(command, cwd=folder, check=True)
    asked = (sys.executable, "-m", "pre_commit", "run", "--files", *sorted(files))

    def once() -> object:
        ran = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
        if ran.stdout.count("...") < len(HOOKS):
            raise SystemExit(f"not measured: {ran.stdout}{ran.stderr}")
        return ran

    return once


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
