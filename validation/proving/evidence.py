"""Which runs does a verdict need, and what did they tell?"""

import json
import os
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from ports.sandbox.chosen import keeps_apart
from targets.changes import Change, ChangedFile
from targets.repository import Repository
from targets.testing.ledger import Told
from validation import judges
from validation.proving import composing
from validation.proving.judge import Runs, suspects
from validation.proving.places import Places
from validation.proving.running import Bench
from validation.verdicts import counted

REPEATS = 3
KEPT = 16  # bases whose runs are remembered: most changes of a day have the same one
# What the base shows: its two runs, the files that tests stand in, those without a control run.
Known = tuple[Told, Told | None, frozenset[str], tuple[str, ...]]
_known: OrderedDict[tuple[str, Bench, str], Known] = OrderedDict()
_alone = threading.Lock()


@dataclass(frozen=True)
class Evidence:
    """Hold what was run, and what the change's own tests said where it alters tests."""

    runs: Runs
    altered: Sequence[ChangedFile] = ()  # decide how the tests turn out: judged by the base's
    own: Told | None = None
    own_control: Told | None = None
    unread: tuple[str, ...] = ()  # files of tests that nobody could turn round


def gather(
    change: Change, repository: Repository, bench: Bench, altered: Sequence[ChangedFile]
) -> Evidence:
    """Run base and change, each as it is and as a control; repeat what the change broke."""
    base, base_control, tests, unread = _of_base(change, repository, bench)
    altered = (
        *altered,
        *(file for file in change.files if file.path in tests and file not in altered),
    )
    again: list[tuple[Told, Told]] = []
    compares = base_control is not None and base_control.whole
    with _with_base_tests(change, repository, altered) as folder:
        bench.say("the base's tests on the change, and their control run")
        head, control = _both(folder, bench, tests, compares=compares)
        if head.whole and base.whole and (lost := suspects(base, head)):
            again = _again(change, repository, bench, folder, lost)
    runs = Runs(base, head, base_control, control, again)
    if not head.whole or not any(_is_test(file, tests) for file in altered):
        return Evidence(runs, altered, unread=unread)
    bench.say("the change's own tests, and their control run")
    others = [file for file in altered if not _is_test(file, tests)]
    with _with_base_tests(change, repository, others) as folder:
        own = _both(folder, bench, tests, compares=compares)
    return Evidence(runs, altered, *own, unread=unread)


def _again(
    change: Change, repository: Repository, bench: Bench, folder: Path, lost: Collection[str]
) -> list[tuple[Told, Told]]:
    """Run what seems to be broken again, on the base and with the change."""
    shorter = replace(bench, seconds=max(bench.seconds / REPEATS, 1))  # all of it takes no longer
    bench.say(f"what failed with the change, {REPEATS} times more on both: {len(lost)}")
    with composing.copied(change.base, repository) as before:
        return [
            (shorter.run(before, only=lost), shorter.run(folder, only=lost))
            for _ in range(REPEATS)
        ]


def _is_test(file: ChangedFile, tests: Collection[str]) -> bool:
    return judges.is_test(file.path) or file.path in tests


def _of_base(change: Change, repository: Repository, bench: Bench) -> Known:
    """Return the runs of the base; they are the same for every change to it."""
    sandbox = json.dumps(settings.SELFIMPROVE.sandbox.model_dump(), sort_keys=True, default=str)
    key = (change.base, bench, sandbox)
    with _alone:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    with composing.copied(change.base, repository) as folder:
        bench.say("the base's tests on the base")
        base = bench.run(folder)
        paths = Places(repository.paths(change.base))
        tests = frozenset(paths.of(name) for name in base.cases) | bench.suite.files
        bench.say(f"the control run of the base: {counted(len(base.cases), 'test')}")
        control, unread = _control(folder, bench, tests) if base.whole else (None, ())
        found = (base, control, tests, unread)
    if base.whole:
        with _alone:
            _known[key] = found
            while len(_known) > KEPT:
                _known.popitem(last=False)
    return found


def forget() -> None:
    """Forget what the bases showed, as a new process would."""
    with _alone:
        _known.clear()


def _both(
    folder: Path, bench: Bench, tests: Collection[str], *, compares: bool
) -> tuple[Told, Told | None]:
    """Run a copy as it is and, where it compares with the base's, as a control beside it."""
    if not compares:
        return bench.run(folder), None
    other = shutil.copytree(folder, folder.with_name("control"), symlinks=True)
    if not keeps_apart() or len(os.sched_getaffinity(0)) < 2:
        found = bench.run(folder)
        return found, _control(other, bench, tests)[0] if found.whole else None
    with ThreadPoolExecutor(max_workers=1) as beside:
        control = beside.submit(_control, other, bench, tests)
        found = bench.run(folder)
        return found, control.result()[0] if found.whole else None


def _control(folder: Path, bench: Bench, tests: Collection[str]) -> tuple[Told, tuple[str, ...]]:
    """Run the control of a copy, which is no test's any more afterwards; nobody reads it live."""
    unread = bench.turn_round(folder, f"_{secrets.token_hex(8)}_", tests)
    left = tuple(path for path in unread if path in tests)
    return replace(bench, heard=None).run(folder, at_length=0), left


@contextmanager
def _with_base_tests(
    change: Change, repository: Repository, altered: Sequence[ChangedFile]
) -> Iterator[Path]:
    with composing.copied(change.tree, repository, base=change.base, files=altered) as folder:
        yield folder
