"""Which runs does a verdict need, and what did they tell?"""

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from targets.changes import Change, ChangedFile
from targets.repository import Repository
from validation import judges
from validation.proving import composing
from validation.proving.judge import Runs, suspects
from validation.proving.ledger import Told
from validation.proving.running import Bench

REPEATS = 3
KEPT = 16  # bases whose runs are remembered: most changes of a day have the same one
Pair = tuple[Told, Told | None]
_known: OrderedDict[tuple[str, Bench, str], Pair] = OrderedDict()
_alone = threading.Lock()


@dataclass(frozen=True)
class Evidence:
    """Hold what was run, and what the change's own tests said where it alters tests."""

    runs: Runs
    own: Told | None = None
    own_control: Told | None = None


def gather(
    change: Change, repository: Repository, bench: Bench, altered: Sequence[ChangedFile]
) -> Evidence:
    """Run base and change, each as it is and as a control; repeat what the change broke."""
    base, base_control = _of_base(change, repository, bench)
    with _with_base_tests(change, repository, altered) as folder:
        head = bench.run(folder)
        again: list[tuple[Told, Told]] = []
        if head.whole and base.whole and (lost := suspects(base, head)):
            with composing.copied(change.base, repository) as before:
                again = [
                    (bench.run(before, only=lost), bench.run(folder, only=lost))
                    for _ in range(REPEATS)
                ]
        control = _control(folder, bench) if head.whole else None
    own, own_control = _own(change, repository, bench, altered) if head.whole else (None, None)
    return Evidence(Runs(base, head, base_control, control, again), own, own_control)


def _of_base(change: Change, repository: Repository, bench: Bench) -> Pair:
    """Return the runs of the base; they are the same for every change to it."""
    sandbox = json.dumps(settings.SELFIMPROVE.sandbox.model_dump(), sort_keys=True, default=str)
    key = (change.base, bench, sandbox)
    with _alone:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    with composing.copied(change.base, repository) as folder:
        base = bench.run(folder)
        found = (base, _control(folder, bench) if base.whole else None)
    if base.whole:
        with _alone:
            _known[key] = found
            while len(_known) > KEPT:
                _known.popitem(last=False)
    return found


def _own(
    change: Change, repository: Repository, bench: Bench, altered: Sequence[ChangedFile]
) -> tuple[Told | None, Told | None]:
    """Run the tests as the change leaves them, under the base's configuration."""
    if not any(judges.is_test(file.path) for file in altered):
        return None, None
    others = [file for file in altered if not judges.is_test(file.path)]
    with _with_base_tests(change, repository, others) as folder:
        own = bench.run(folder)
        return own, _control(folder, bench) if own.whole else None


def _control(folder: Path, bench: Bench) -> Told:
    """Run the control of a copy, which is none of the tests' any more afterwards."""
    composing.turn_round(folder, f"_{secrets.token_hex(8)}_")
    return bench.run(folder)


@contextmanager
def _with_base_tests(
    change: Change, repository: Repository, altered: Sequence[ChangedFile]
) -> Iterator[Path]:
    with composing.copied(change.tree, repository, base=change.base, files=altered) as folder:
        yield folder
