"""What happens when code fixers improve a clone of this very project, three times in a row?

`make self-run` runs it as it is: once plainly, and once with each phase failing the first time.
Nothing may crash, stay behind in git or in the temporary folder, or be left out of a report.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from generations.models import Generation, Loop
    from targets.models import Target

# Three things to find: an import, a string, and a package that lost its file.
FAULTS: Mapping[str, str | None] = {
    "examples/world/idle.py": '"""Idle."""\n\nimport json\n\nNAME = "idle"\n',
    "examples/world/plain.py": '"""Plain."""\n\nNAME = f"plain"\n',
    "proposals/management/commands/__init__.py": None,
}
WANTED = 3
Say = Callable[[str], object]


class PlannedFailure(OSError):
    """A phase fails because it was told to."""


def clone_of(origin: Path, place: Path, faults: Mapping[str, str | None]) -> Path:
    """Clone a repository and plant faults in the clone."""
    _git(place.parent, "clone", "--quiet", "--no-hardlinks", str(origin), str(place))
    _git(place, "checkout", "--quiet", "-B", "main")
    for path, text in faults.items():
        if text is None:
            (place / path).unlink()
        else:
            (place / path).write_text(text, encoding="utf-8")
    _git(place, "add", "-A")
    _git(place, "commit", "--quiet", "-m", "Plant faults")
    return place


def _git(folder: Path, *words: str) -> str:
    names = ("-c", "user.name=T", "-c", "user.email=t@localhost", "-c", "commit.gpgSign=false")
    command = ["git", *names, *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@contextmanager
def failing_once(names: Sequence[str]) -> Iterator[set[str]]:
    """Let each phase fail when it is first asked; tell which have."""
    failed: set[str] = set()
    modules: dict[str, tuple[ModuleType, Any]] = {}

    def breaking(name: str, run: Any) -> Any:
        def once(turn: Any) -> Any:
            if name not in failed:
                failed.add(name)
                raise PlannedFailure(f"{name} was told to fail once")
            return run(turn)

        return once

    try:
        for name in names:
            module = import_module(f"generations.phases.{name}")
            modules[name] = (module, module.run)
            module.__dict__["run"] = breaking(name, module.run)
        yield failed
    finally:
        for module, run in modules.values():
            module.__dict__["run"] = run


def in_a_row(target: "Target", wanted: int = WANTED) -> "Loop":
    """Walk several generations one after the other, and wait where an error makes one wait."""
    from audit.log import Actor
    from generations.running import loop, series
    from generations.running.opening import Wish

    now = datetime.now(UTC)
    asked = series.ask(Wish(target=target, actor=Actor("person", "ada")), wanted, at=now)
    while (generation := series.next_of(asked, at=now)) is not None:
        while generation.is_open:
            now = max(datetime.now(UTC), generation.next_step_at)
            generation = loop.drive(generation.pk, lambda at=now: at)  # type: ignore[misc]
    asked.refresh_from_db()
    return asked


def complaints(asked: "Loop", refs: Mapping[str, str]) -> list[str]:
    """Say what a row of generations left behind, or did not record."""
    from targets.repository import Repository

    clone = Repository.of(asked.target)
    found = [
        f"{ref} is new or moved" for ref in set(clone.refs("refs").items()) ^ set(refs.items())
    ]
    left = list((clone.git_dir / "quarantine").glob("*"))
    found += [f"{place} was left in quarantine" for place in left]
    if asked.ended_at is None:
        found.append("the row has not ended")
    for generation in asked.generations.all():
        found += [f"#{generation.number}: {words}" for words in _lacking(generation)]
    return found


def _lacking(generation: "Generation") -> Iterator[str]:
    """Name what a report of a generation would lack."""
    from generations.models import Outcome, Result
    from generations.phases import NAMES

    if generation.is_open or generation.ended_at is None:
        yield "it has not ended"
    if generation.outcome in (Outcome.FAILED, Outcome.TIMED_OUT):
        yield f"it {generation.outcome}: {generation.reason}"
    runs = list(generation.runs.all())
    yield from (f"{run.phase} has no result" for run in runs if not run.result or not run.ended_at)
    if generation.outcome != Outcome.ACCEPTED:
        return
    passed = {run.phase for run in runs if run.result == Result.PASSED}
    yield from (f"nothing is known of {name}" for name in NAMES if name not in passed)
    if generation.report is None or not generation.report.results.exists():
        yield "no gate is recorded"
    if not generation.deltas.exists():
        yield "no benchmark is recorded"
    if generation.proposal is None:
        yield "no proposal is linked"


def told(asked: "Loop") -> Iterator[str]:
    """Say what came of each generation."""
    for one in asked.generations.order_by("number"):
        seconds = sum(run.seconds or 0 for run in one.runs.all())
        reason = one.reason.partition("\n")[0]
        failed = one.runs.filter(result="ERRORED").count()
        lines = sum(
            line[:1] in "+-" and line[:3] not in ("+++", "---") for line in one.diff.splitlines()
        )
        yield (
            f"  #{one.number} {one.outcome} {one.focus or '–'}: {reason} "
            f"({lines} lines, {failed} phases failed and were walked again, {seconds:.0f} s)"
        )


def run(say: Say, *, failing: bool) -> list[str]:
    """Improve a clone of this project in a folder of its own; return what was wrong with it."""
    from generations.phases import NAMES
    from targets.models import State, Target
    from targets.repository import Repository

    slug = "itself-failing" if failing else "itself"
    origin = clone_of(ROOT, Path(os.environ["SELF_RUN"], slug), FAULTS)
    began = time.monotonic()
    target = Target.objects.create(
        slug=slug, name=slug, origin=str(origin), state=State.READY, created_at=datetime.now(UTC)
    )
    repository = Repository.of(target)
    repository.fetch()
    refs = repository.refs("refs")
    with failing_once(NAMES if failing else ()) as failed:
        asked = in_a_row(target)
    for line in (*told(asked), f"  {asked.ending} ({time.monotonic() - began:.0f} s)"):
        say(f"{line}\n")
    wrong = complaints(asked, refs)
    if failing and failed != set(NAMES):
        wrong.append(f"never walked: {', '.join(sorted(set(NAMES) - failed))}")
    left = [place.name for place in Path(tempfile.gettempdir()).iterdir()]
    return [*wrong, *(f"{name} was left in the temporary folder" for name in left)]


def main() -> int:
    """Run it with a database and a temporary folder of its own; return 1 where it complains."""
    from tests.perf.databases import prepare, sqlite_address

    with tempfile.TemporaryDirectory(prefix="self-run-") as top:
        for name in ("origins", "tmp"):
            Path(top, name).mkdir()
        tempfile.tempdir = str(Path(top, "tmp"))  # so that what is left behind is seen
        os.environ |= {"SELF_RUN": f"{top}/origins", "TMPDIR": tempfile.tempdir}
        with sqlite_address(Path(top)) as url:
            python = f'[validation.pythons]\nitself = "{sys.executable}"\n'
            Path(top, "settings.toml").write_text(
                f'{python}itself-failing = "{sys.executable}"\n', encoding="utf-8"
            )
            os.environ |= {
                "DATABASE_URL": url,
                "SELFIMPROVE_DATA_DIR": f"{top}/var",
                "SELFIMPROVE_CONFIG": f"{top}/settings.toml",
                "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
            }
            prepare()
            wrong = []
            for failing in (False, True):
                sys.stdout.write("each phase fails once\n" if failing else "as it is\n")
                wrong += run(sys.stdout.write, failing=failing)
    for words in wrong:
        sys.stdout.write(f"WRONG: {words}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
