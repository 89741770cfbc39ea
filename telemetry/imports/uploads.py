"""How does what a browser sends become files of ours: bounded, under names that do no harm?"""

import io
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from telemetry.imports.records import OPEN, Import, place_of, root

FIELD = "upload"
LEFT_OVER = timedelta(days=1)
LONGEST_STEM, LONGEST_ENDING = 120, 40  # bytes; a file system takes 255 for both
_STRANGE = re.compile(r"[^\w.\- ()+=@]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file as it arrived."""

    name: str
    size: int


class Landing(FileUploadHandler):
    """Write what arrives into a folder of its own, until there is more than may be."""

    def __init__(self, most: int) -> None:
        """Make the folder, for its owner only."""
        super().__init__()
        self.folder = uuid.uuid4().hex
        self.place = place_of(self.folder)
        self.most, self.taken = most, 0
        self.pieces: list[Piece] = []
        self.fault = ""
        self.too_large = self.kept = False
        self._out: IO[bytes] | None = None
        root().mkdir(mode=0o700, exist_ok=True)
        self.place.mkdir(mode=0o700)

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """Open a file under a number of ours; what cannot be kept is read past."""
        super().new_file(field_name, file_name, *args, **kwargs)
        if field_name != FIELD or self.too_large or self.fault:
            raise SkipFile
        folder = self.place / f"{len(self.pieces) + 1:04}"
        self._path = folder / safe_name(file_name)
        try:
            folder.mkdir(mode=0o700)
            self._out = os.fdopen(
                os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            )
        except OSError as error:
            self._give_up(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece; read past the rest once it is too much or the disk is full."""
        self.taken += len(raw_data)
        if self.taken > self.most:
            self.too_large = True
            self.close()
            raise SkipFile
        try:
            if self._out is not None:
                self._out.write(raw_data)
        except OSError as error:
            self._give_up(error)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """Keep in mind what came; the file itself stays where it is."""
        try:
            self.close()
        except OSError as error:
            self.fault = _told(error)
            return None
        self.pieces.append(Piece(self._path.name, file_size))
        return UploadedFile(io.BytesIO(), name=self._path.name, size=file_size)

    def upload_interrupted(self) -> None:
        """Let go of a half-written file."""
        self.close()

    def close(self) -> None:
        """Close the file that is being written."""
        out, self._out = self._out, None
        if out is not None:
            out.close()

    def _give_up(self, error: OSError) -> None:
        self.fault = _told(error)
        try:
            self.close()
        except OSError:
            self._out = None
        raise SkipFile from error


@contextmanager
def landing(most: int) -> Iterator[Landing]:
    """Take an upload; unless somebody keeps it, nothing of it is left."""
    taken = Landing(most)
    try:
        yield taken
    finally:
        if not taken.kept:
            taken.close()
            remove(taken.folder)


def safe_name(name: str) -> str:
    """Return what of a name may stand in a folder: readable, short, and nothing but a name."""
    plain = unicodedata.normalize("NFKC", re.split(r"[\\/]", name)[-1])
    plain = _STRANGE.sub("_", plain).strip(" .") or "file"
    stem, dot, ending = plain.partition(".")
    return _cut(stem or "file", LONGEST_STEM) + dot + _cut(ending[::-1], LONGEST_ENDING)[::-1]


def _cut(text: str, most: int) -> str:
    while len(text.encode()) > most:
        text = text[:-1]
    return text


def paths(folder: str) -> list[Path]:
    """Return the files of an upload, in the order in which they came."""
    return sorted(place_of(folder).glob("[0-9]*/*"))


def remove(folder: str) -> None:
    """Delete an upload; one that is gone already is no fault."""
    if folder:
        shutil.rmtree(place_of(folder), ignore_errors=True)


def tidy(now: datetime) -> int:
    """Delete what has lain for a day and nobody works on; return how many uploads that were."""
    before = now - LEFT_OVER
    Import.objects.exclude(state__in=OPEN).exclude(folder="").filter(ended_at__lt=before).update(
        folder=""
    )
    needed = set(Import.objects.exclude(folder="").values_list("folder", flat=True))
    gone = 0
    for place in root().iterdir() if root().exists() else ():
        if place.name not in needed and _modified(place) < before.timestamp():
            remove(place.name)
            gone += not place.exists()  # what could not be deleted is tried again tomorrow
    return gone


def _modified(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except FileNotFoundError:  # an import has ended meanwhile
        return float("inf")


def _told(error: OSError) -> str:
    return f"The server could not keep it: {error.strerror or error}."
