"""Where does the report of each generation that has ended lie, and is it there?"""

import os
import re
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings

from generations.models import Generation
from generations.reporting import document
from targets.models import Target

AT_ONCE = 500  # reports of one look; the rest follows at the next
NAME = re.compile(r"gen-([1-9][0-9]{0,9})\.json", re.ASCII)


class NotWritten(Exception):
    """A report could not be written; nothing of it is left behind, and its rows hold it all."""


def folder_of(target: Target) -> Path:
    """Return the folder of a target's reports."""
    folder: Path = settings.DATA_DIR / "reports" / target.slug
    return folder


def path_of(generation: Generation) -> Path:
    """Return where a generation's report lies once it has ended."""
    return folder_of(generation.target) / f"gen-{generation.number}.json"


def write(generation: Generation) -> Path:
    """Write a report beside its place and move it there, whole or not at all; raise NotWritten."""
    path = path_of(generation)
    try:
        _put(path, document.encoded(generation))
    except OSError as error:
        why = error.strerror or str(error)
        raise NotWritten(
            f"{path} was not written: {why}. Its rows hold everything; it is written again by"
            " itself once that is mended."
        ) from error
    return path


def write_missing() -> list[Path]:
    """Write each report that is not there; raise NotWritten after all have been tried."""
    written, failed = [], []
    for generation in islice(missing(), AT_ONCE):
        try:
            written.append(write(generation))
        except NotWritten as error:
            failed.append(str(error))
    if failed:
        more = f" ({len(failed) - 1} more)" if len(failed) > 1 else ""
        raise NotWritten(f"{failed[0]}{more}")
    return written


def missing() -> Iterator[Generation]:
    """Yield the generations that have ended and have no file, the oldest first."""
    for target in Target.objects.order_by("pk"):
        ended = Generation.objects.filter(target=target).exclude(outcome="")
        absent = set(ended.values_list("number", flat=True)) - _there(target)
        for number in sorted(absent):
            found = ended.select_related("target", "loop", "parent", "report")
            if generation := found.filter(number=number).first():
                yield generation


def remove_all(target: Target) -> int:
    """Remove a target's reports; return how many there were."""
    numbers = _there(target)
    for number in numbers:
        (folder_of(target) / f"gen-{number}.json").unlink(missing_ok=True)
    return len(numbers)


def _there(target: Target) -> set[int]:
    try:
        with os.scandir(folder_of(target)) as entries:
            found = [NAME.fullmatch(entry.name) for entry in entries]
    except FileNotFoundError:
        return set()
    return {int(name[1]) for name in found if name}


def _put(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
