"""How long does it take to import what a change reaches, beside an empty run on the same files?

Give it unpacked source releases. For each it changes the module that most others come to import,
and one that none does, and prints how many were tried and how many times an empty run in the same
sandbox that took.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
django.setup()

from ports.sandbox import Bounds, Job
from targets.changes import Change
from targets.manifest import Manifest
from targets.repository import ZERO, Repository
from validation import parameters
from validation.gates import imports
from validation.trying import sandboxed
from validation.trying.modules import Reach, modules
from validation.verdicts import Context, Limits

AT = datetime(2026, 1, 1, tzinfo=UTC)
WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
WHO |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in WHO.items()}


def main() -> None:
    """Measure each release that was named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", nargs="+", type=Path)
    for release in parser.parse_args().release:
        with tempfile.TemporaryDirectory() as folder:
            measure(release, _repository(release, Path(folder)))


def measure(release: Path, repository: Repository) -> None:
    """Print what the two changes take."""
    head = repository.head("main")
    paths = repository.paths(head)
    known = modules(paths)
    context = Context(repository, Manifest(), parameters.load(), Limits.configured())
    with sandboxed.copied(repository, head) as copy:
        texts = imports.read(copy, paths)
    reach = Reach(known, texts)
    sizes = {module.path: len(reach.of([module.path], [])) for module in known.values()}
    empty = _seconds(lambda: _empty(repository, head))
    about = f"{len(known)} modules, {len(paths)} files, empty run {empty:.2f} s"
    print(f"{release.name}: {about}")  # noqa: T201
    for kind, choose in (("edge", min), ("hub", max)):
        path = choose(sizes, key=sizes.__getitem__)
        took, said = _asked(_commented(repository, path), context)
        cost = f"{took:.2f} s, ×{took / empty:.1f}"
        print(f"  {kind}: {sizes[path]} reached, {cost}: {said[:120]}")  # noqa: T201


def _asked(change: Change, context: Context) -> tuple[float, str]:
    start = time.monotonic()
    summary = imports.run(change, context).summary
    return time.monotonic() - start, summary


def _empty(repository: Repository, tree: str) -> None:
    with sandboxed.copied(repository, tree) as copy:
        sandboxed.run(
            Job(command=("python3", "-I", "-c", ""), tree=copy, bounds=Bounds(seconds=60))
        )


def _seconds(act: Callable[[], object]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


def _commented(repository: Repository, path: str) -> Change:
    base = repository.head("main")
    if old := repository.ref("refs/heads/work"):
        repository.delete_ref("refs/heads/work", old)
    repository.update_ref("refs/heads/work", base, ZERO)
    text = repository.read(base, path) + b"\n# another line\n"
    return repository.between(base, repository.commit_files("work", {path: text}, "Work", AT))


def _repository(release: Path, folder: Path) -> Repository:
    work = folder / "work"
    shutil.copytree(release, work, symlinks=True)
    for words in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-qm", "Begin"]):
        subprocess.run(["git", *words], cwd=work, env={**os.environ, **WHO}, check=True)
    repository = Repository.create(folder / "clone.git", origin=str(work))
    repository.fetch()
    return repository


if __name__ == "__main__":
    main()
