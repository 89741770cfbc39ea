"""What is a text, line by line, and how is an edit of it written as a diff that git takes?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CONTEXT = 3
UNENDED = "\\ No newline at end of file\n"


@dataclass(frozen=True)
class Line:
    """Hold a line apart from what ends it."""

    text: str
    end: str  # "\n", "\r\n", or nothing at the end of a file


@dataclass(frozen=True)
class Edit:
    """Put lines in the place of `old[start:stop]`; their ends are the file's matter."""

    start: int
    stop: int
    lines: tuple[str, ...]


def split(text: str) -> list[Line]:
    """Cut a text into its lines; a lone carriage return stays part of one."""
    lines = []
    for piece in text.split("\n"):
        bare = piece.removesuffix("\r")
        lines.append(Line(bare, piece[len(bare) :] + "\n"))
    last = lines.pop()
    if kept := last.text + last.end.removesuffix("\n"):
        lines.append(Line(kept, ""))
    return lines


@dataclass(frozen=True)
class Draft:
    """Hold a file as it is, and what becomes of it."""

    old: Sequence[Line] | None = None  # none where there is no file yet
    edits: Sequence[Edit] | None = ()  # in order and apart; none where the file goes
    ended: bool | None = None  # whether its last line shall end; none leaves it as it was


def applied(draft: Draft) -> list[Line]:
    """Return the lines after the edits; a new line ends as its neighbours do."""
    old, edits = draft.old or (), draft.edits or ()
    new: list[Line] = []
    done = 0
    for edit in edits:
        new += old[done : edit.start]
        end = _ending(old, edit)
        new += [Line(text, end) for text in edit.lines]
        done = edit.stop
    return _closed(draft, new + list(old[done:]))


def _ending(old: Sequence[Line], edit: Edit) -> str:
    """Take the ending of what is replaced, else of the line above, else of the one below."""
    near = (*old[edit.start : edit.stop], *reversed(old[: edit.start]), *old[edit.stop :])
    return next((line.end for line in near if line.end), "\n")


def _closed(draft: Draft, new: list[Line]) -> list[Line]:
    """End every line but the last, and that one as it is wanted, or as it was."""
    if not new:
        return new
    old = draft.old or ()
    usual = next((line.end for line in (*reversed(old), *reversed(new)) if line.end), "\n")
    body = [line if line.end else Line(line.text, usual) for line in new]
    was_ended = not old or bool(old[-1].end)
    if not (was_ended if draft.ended is None else draft.ended):
        body[-1] = Line(body[-1].text, "")
    return body


def written(path: str, draft: Draft) -> str:
    """Write what becomes of a file as a unified diff; nothing where nothing does."""
    made, gone = draft.old is None, draft.edits is None
    steps = list(_steps(draft))
    changed = any(sign != " " for sign, _ in steps)
    if not (made or gone or changed):
        return ""
    head = [f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}\n"]
    head += ["new file mode 100644\n"] if made else []
    head += ["deleted file mode 100644\n"] if gone else []
    if not changed:
        return "".join(head)  # a file without content has no lines to tell
    head += [f"--- {'/dev/null' if made else _quoted('a/' + path)}\n"]
    head += [f"+++ {'/dev/null' if gone else _quoted('b/' + path)}\n"]
    return "".join((*head, *_hunks(steps)))


Step = tuple[str, Line]


def _steps(draft: Draft) -> Iterator[Step]:
    """Tell every line of both sides: kept, gone or new."""
    old, edits = draft.old or (), draft.edits
    if edits is None:
        yield from (("-", line) for line in old)
        return
    new = applied(draft)
    at_old = at_new = 0
    for edit in (*edits, Edit(len(old), len(old), ())):
        for _ in range(at_old, edit.start):
            yield from _kept(old[at_old], new[at_new])
            at_old, at_new = at_old + 1, at_new + 1
        for line in old[edit.start : edit.stop]:
            yield "-", line
        for line in new[at_new : at_new + len(edit.lines)]:
            yield "+", line
        at_old, at_new = edit.stop, at_new + len(edit.lines)


def _kept(before: Line, after: Line) -> Iterator[Step]:
    """Tell a line that stays; one whose ending alone changes goes and comes."""
    if before == after:
        yield " ", before
    else:
        yield "-", before
        yield "+", after


def _hunks(steps: Sequence[Step]) -> Iterator[str]:
    """Write the changed lines with three kept ones around them, close ones together."""
    changed = [number for number, (sign, _) in enumerate(steps) if sign != " "]
    old, new = _counted(steps)
    groups: list[list[int]] = []
    for number in changed:
        if groups and number - groups[-1][1] <= 2 * CONTEXT + 1:
            groups[-1][1] = number
        else:
            groups.append([number, number])
    for first, last in groups:
        start, stop = max(0, first - CONTEXT), min(len(steps), last + CONTEXT + 1)
        before, after = old[stop] - old[start], new[stop] - new[start]
        yield f"@@ -{old[start] + bool(before)},{before} +{new[start] + bool(after)},{after} @@\n"
        for sign, line in steps[start:stop]:
            yield f"{sign}{line.text}{line.end or chr(10)}"
            if not line.end:
                yield UNENDED


def _counted(steps: Sequence[Step]) -> tuple[list[int], list[int]]:
    """Count, for each place between steps, the old and the new lines before it."""
    old, new = [0], [0]
    for sign, _ in steps:
        old.append(old[-1] + (sign != "+"))
        new.append(new[-1] + (sign != "-"))
    return old, new


def _quoted(name: str) -> str:
    """Write a name as git does: between quotes, by bytes, where it would be misread."""
    plain = name.isascii() and name.isprintable() and '"' not in name and "\\" not in name
    if plain:
        return name
    octal = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in name.encode()
    )
    return f'"{octal}"'
