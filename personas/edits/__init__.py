"""How do edits that a model or a person wrote by hand become a diff that git takes as it is?

Pure functions, text in and text out. What cannot be placed in exactly one way is refused, and
an answer is used as a whole or not at all. What was overlooked on the way is told, so that the
reader of the change knows that it is not letter by letter what was handed in.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from personas.edits import blocks, unified
from personas.edits.anchors import CannotPlace, Hunk, Page, place
from personas.edits.blocks import Block
from personas.edits.lines import Draft, Edit, Line, split, written
from personas.edits.unified import Patch

Read = Callable[[str], str | None]  # the text of a file, None where there is none
SHORT = 80  # lines; what a longer file loses in a text that was written anew, nobody sees


class CannotEdit(ValueError):
    """These edits cannot be made of these files; the words say which and why."""


class Unclear(CannotEdit):
    """These edits can be read in more than one way, or only in part."""


class NothingChanges(CannotEdit):
    """These edits leave every file as it is."""


class NoEdits(NothingChanges):
    """The answer is whole, and holds no edit on purpose."""


@dataclass(frozen=True)
class Edited:
    """Hold the edits as a strict diff, and what was overlooked to place them."""

    diff: str
    repairs: tuple[str, ...] = ()
    lines: int = 0  # that were handed in as going or coming


def repaired(diff: str, read: Read) -> Edited:
    """Return the strict form of a unified diff whose numbers, ends or blanks are wrong.

    Raises CannotEdit. A diff that was cut looks like a smaller one: the caller has to know that
    it is whole, by the fence or the tag that closes it.
    """
    try:
        patches = unified.read(diff)
    except unified.CannotRead as error:
        raise CannotEdit(str(error)) from error
    made = _Making(read)
    for patch in patches:
        made.patch(patch)
    steps = (sign for patch in patches for hunk in patch.hunks for sign, _ in hunk.steps)
    return made.edited(lines=sum(sign != " " for sign in steps))


def extracted(answer: str, read: Read) -> Edited:
    """Return the diff that an answer's `<edit>` and `<file>` blocks make; raises CannotEdit."""
    try:
        found = blocks.read(answer)
    except blocks.Empty as error:
        raise NoEdits(str(error)) from error
    except blocks.CannotRead as error:
        raise CannotEdit(str(error)) from error
    return placed(found, read)


def placed(found: Iterable[Block], read: Read) -> Edited:
    """Return the diff that blocks make, whoever wrote them; raises CannotEdit."""
    made = _Making(read)
    for block in found:
        if block.whole is None:
            made.change(block.path, block.hunks)
        else:
            made.rewrite(block.path, block.whole)
    return made.edited()


@dataclass
class _Making:
    """Collect the edits of each file, placed in the file as it is before all of them."""

    read: Read
    files: dict[str, Draft] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)

    def patch(self, patch: Patch) -> None:
        old, new = self._names(patch)
        if old is None:
            self.replace(new or "", _text(patch), anew=True)
        elif new is None:
            self._remove(old, patch.hunks)
        elif old != new:
            raise CannotEdit(f"{old}: it would be renamed to {new}; only edits can be repaired")
        else:
            self.change(old, patch.hunks)

    def change(self, path: str, hunks: Sequence[Hunk]) -> None:
        draft = self.files.get(path) or Draft(self._lines(path))
        if draft.old is None or draft.edits is None:
            raise CannotEdit(f"{path}: there is no such file to be edited")
        page, edits, ended = Page(draft.old), list(draft.edits), draft.ended
        for hunk in hunks:
            try:
                placed = place(page, hunk)
            except CannotPlace as error:
                kind = Unclear if error.unclear else CannotEdit
                raise kind(f"{path}: {error}") from error
            edits += placed.edits
            ended = placed.ended if ended is None else ended
            if placed.overlooked:
                self._note(f"{path}: {placed.overlooked}")
        self.files[path] = Draft(draft.old, _in_order(path, edits), ended)

    def rewrite(self, path: str, text: str) -> None:
        """Take a whole text only where whoever wrote it can have had all of the old one."""
        many = len(self._lines(path) or ())
        if many >= SHORT:
            words = f"it has {many} lines, and whole texts are taken of fewer than {SHORT}"
            raise CannotEdit(f"{path}: {words}; write edits of the lines that change")
        self.replace(path, text)

    def replace(self, path: str, text: str, *, anew: bool = False) -> None:
        lines = self._lines(path)
        if path in self.files or (anew and lines is not None):
            raise CannotEdit(f"{path}: it is there already; edit it instead of making it anew")
        new = split(text)
        ended = not new or bool(new[-1].end)
        edits = tuple(_differing(lines or [], tuple(line.text for line in new)))
        self.files[path] = Draft(lines, edits, ended)

    def edited(self, *, lines: int = 0) -> Edited:
        """Write all files; raises CannotEdit where nothing would change."""
        diff = "".join(written(path, draft) for path, draft in self.files.items())
        if not diff:
            raise NothingChanges("nothing would change")
        return Edited(diff, tuple(self.repairs), lines)

    def _remove(self, path: str, hunks: Sequence[Hunk]) -> None:
        lines = self._lines(path)
        gone = [text.rstrip() for hunk in hunks for text in hunk.before]
        if lines is None or path in self.files:
            raise CannotEdit(f"{path}: there is no such file to be removed")
        if gone != [line.text.rstrip() for line in lines]:
            raise CannotEdit(f"{path}: it would be removed, but holds other lines than the diff")
        self.files[path] = Draft(lines, None)

    def _names(self, patch: Patch) -> tuple[str | None, str | None]:
        """Take off the folders a/ and b/ of git, unless the names are meant as they are."""
        old, new = patch.old, patch.new
        plain = [name for name in (old, new) if name is not None]
        if all(name.startswith(("a/", "b/")) for name in plain) and not any(
            name.startswith("a/") and self.read(name) is not None for name in plain
        ):
            return old and old[2:], new and new[2:]
        return old, new

    def _lines(self, path: str) -> list[Line] | None:
        text = self.read(path)
        return None if text is None else split(text)

    def _note(self, what: str) -> None:
        if what not in self.repairs:
            self.repairs.append(what)


def _text(patch: Patch) -> str:
    """Return the text of a file that a patch makes."""
    if any(hunk.before for hunk in patch.hunks):
        raise CannotEdit(f"{patch.new}: a new file cannot have lines that were there before")
    text = "".join(f"{line}\n" for hunk in patch.hunks for _, line in hunk.steps)
    unended = any("+" in hunk.unended for hunk in patch.hunks)
    return text.removesuffix("\n") if unended else text


def _in_order(path: str, edits: Sequence[Edit]) -> list[Edit]:
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.stop))
    for first, second in itertools.pairwise(ordered):
        if second.start < first.stop or (second.start, second.stop) == (first.start, first.stop):
            raise CannotEdit(f"{path}: two edits touch line {second.start + 1}")
    return ordered


def _differing(old: Sequence[Line], new: Sequence[str]) -> Iterator[Edit]:
    """Return the one edit between what both have at their start and at their end."""
    head = 0
    while head < min(len(old), len(new)) and old[head].text == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail].text == new[-1 - tail]:
        tail += 1
    if head + tail < max(len(old), len(new)):
        yield Edit(head, len(old) - tail, tuple(new[head : len(new) - tail]))


__all__ = [
    "Block",
    "CannotEdit",
    "Edited",
    "NoEdits",
    "NothingChanges",
    "Unclear",
    "extracted",
    "placed",
    "repaired",
]
