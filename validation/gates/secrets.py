"""Does the change bring in a credential, or text that cannot be seen?"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from targets.changes import Change
from telemetry.sanitizer import secrets_in
from validation import literals
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer

NAME = "secrets"
QUESTION = "Does the change bring in a credential, or text that cannot be seen?"
VERSION = 2

LARGE = 1_000_000  # characters; of larger files only what differs is searched
AROUND = 40  # lines that are searched beside it
LARGEST = 5_000_000
_PERMITTED = "\t\n\f"
# Letters by category, yet drawn as nothing.
_BLANK_LETTERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
# Marks and places that programs draw as nothing; any text at all can be written in them.
_IGNORED = (
    *((0x034F, 0x034F), (0x180B, 0x180F), (0xFE00, 0xFE0F)),
    *((0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF)),
)
_EMOJI_FORM = "\ufe0f"


def run(change: Change, context: Context) -> GateVerdict:
    """Compare what each file holds with what it held: only what is new counts."""
    marks: list[Mark] = []
    for file in change.files:
        if secrets_in(file.path):
            marks.append(
                Mark("", None, "a file name holds what looks like a credential: rename it")
            )
        try:
            before = context.before(change, file.path) or ""
            after = context.after(change, file.path) or ""
        except NotText as error:
            marks.append(Mark(shown(file.path), None, f"cannot be read: {error}"))
            continue
        name = shown(file.path)
        skipped, old, new = _narrowed(before, after)
        if len(new) > LARGEST:
            marks.append(Mark(name, None, "differs in more than can be searched for credentials"))
            continue
        marks += [
            replace(mark, line=mark.line + skipped if mark.line else None)
            for mark in (*_secrets(name, old, new), *_unseen(name, old, new))
        ]
    return answer(NAME, QUESTION, marks, passed="no credential, nothing hidden")


def _narrowed(before: str, after: str) -> tuple[int, str, str]:
    """Return how many lines are skipped, and of large files only the part that differs."""
    if len(after) <= LARGE:
        return 0, before, after
    old, new = before.split("\n"), after.split("\n")
    most = min(len(old), len(new))
    same = takewhile(lambda place: old[place] == new[place], range(most))
    first = max(sum(1 for _ in same) - AROUND, 0)
    rest = range(1, most - first + 1)
    same = takewhile(lambda place: old[-place] == new[-place], rest)
    last = max(sum(1 for _ in same) - AROUND, 0)
    return first, "\n".join(old[first : len(old) - last]), "\n".join(new[first : len(new) - last])


def _secrets(path: str, before: str, after: str) -> Iterator[Mark]:
    known = Counter(text for _, _, text in _found(before))
    told: set[int | None] = set()
    for rule, line, text in _found(after):
        if known[text] > 0:
            known[text] -= 1
        else:
            told.add(line)
            yield Mark(path, line, f"holds what looks like a credential ({rule}): take it out")
    yield from (mark for mark in _put_together(path, before, after) if mark.line not in told)


def _put_together(path: str, before: str, after: str) -> Iterator[Mark]:
    """Find what no line shows, because it is written in pieces, escaped or backwards."""
    old = {secret for _, text in literals.texts(path, before) for _, _, secret in _found(text)}
    for line, text in literals.texts(path, after):
        for rule, _, secret in _found(text):
            if secret not in after and secret not in old:
                old.add(secret)
                yield Mark(
                    path, line, f"puts together what looks like a credential ({rule}): take it out"
                )


def _found(text: str) -> list[tuple[str, int, str]]:
    return [
        (found.rule, found.line, text[found.start : found.start + found.length])
        for found in secrets_in(text)
    ]


def _unseen(path: str, before: str, after: str) -> Iterator[Mark]:
    known = Counter(before.split("\n"))
    for number, line in enumerate(after.split("\n"), start=1):
        if known[line] > 0:
            known[line] -= 1
        elif signs := _unseen_in(line):
            names = ", ".join(f"U+{ord(sign):04X}" for sign in signs[:5])
            yield Mark(path, number, f"holds characters that cannot be seen ({names})")


def _unseen_in(line: str) -> list[str]:
    # A return belongs to the end of a line; elsewhere it begins another one for Python and for
    # terminals, but not on a page. Signs of emoji may be told which form to take, once each.
    line = re.sub(rf"([^\x00-\x7f\ufe00-\ufe0f]|[0-9#*]){_EMOJI_FORM}", r"\1", line)
    return sorted({sign for sign in line.removesuffix("\r") if _is_unseen(sign)})


def _is_unseen(sign: str) -> bool:
    if sign in _PERMITTED:
        return False
    if any(first <= ord(sign) <= last for first, last in _IGNORED):
        return True
    return sign in _BLANK_LETTERS or unicodedata.category(sign) in _UNSEEN
