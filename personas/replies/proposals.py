"""Which proposals does a model's answer hold, and what in it cannot be used?"""

import re
from dataclasses import dataclass
from typing import NamedTuple

LARGEST_ANSWER = 1_000_000
LARGEST_BLOCK = 256 * 1024
MOST_BLOCKS = 20

# A diff's own lines begin with a blank, a plus or a minus. A tag counts only as a whole line, from
# its first column, so that a change to a file that speaks of tags never opens or closes one.
TAG = re.compile(
    r'^(?:<proposal(?:[ \t]+n="(?P<number>[^"\n]{0,100})")?[ \t]*>'
    r"|(?P<close></proposal>)|(?P<done><done[ \t]*/>))[ \t]*$",
    re.MULTILINE,
)
FENCED = re.compile(r"\A(?P<fence>`{3,})(?:markdown|md)?\n(?P<inside>.*)\n(?P=fence)\Z", re.DOTALL)


@dataclass(frozen=True)
class Complaint:
    """Keep what could not be used, with the reason."""

    text: str
    reason: str


class Reading(NamedTuple):
    """Hold the usable blocks of an answer in order, and the complaints about the rest."""

    blocks: tuple[str, ...]
    complaints: tuple[Complaint, ...]


def proposals_in(text: str, *, nonce: str = "") -> Reading:
    """Extract the complete `<proposal>` blocks of an answer.

    With a nonce, only blocks that carry it count, and the answer must end with `<done/>`:
    otherwise it may be cut, or a log line may be speaking.
    """
    if len(text) > LARGEST_ANSWER:
        reason = f"the answer has {len(text)} characters, at most {LARGEST_ANSWER} are read"
        return Reading((), (Complaint(text[:LARGEST_BLOCK], reason),))
    found = _pieces(text.replace("\r\n", "\n"))
    done = bool(found) and found[-1].kind == "done"
    pieces = [piece for piece in found if piece.kind != "done"]
    blocks: list[str] = []
    complaints: list[Complaint] = []
    for piece in pieces:
        reason = _reason_against(piece, nonce=nonce, done=done, count=len(blocks))
        if reason:
            complaints.append(Complaint(piece.text[:LARGEST_BLOCK], reason))
        else:
            blocks.append(_unfenced(piece.text))
    if nonce and not pieces and not done:
        complaints.append(Complaint(text, "neither a proposal nor <done/> in the answer"))
    return Reading(tuple(blocks), tuple(complaints))


@dataclass(frozen=True)
class _Piece:
    kind: str  # "block", "open" (never closed), "stray" (closed, never opened) or "done"
    text: str
    number: str = ""


def _pieces(text: str) -> list[_Piece]:
    """Cut the text at its tags; a block must close before the next one opens."""
    pieces: list[_Piece] = []
    opened: re.Match[str] | None = None
    for tag in TAG.finditer(text):
        if tag["done"] and opened is None:
            pieces.append(_Piece("done", ""))
        elif tag["close"]:
            pieces.append(_closed(text, opened, tag))
            opened = None
        elif not tag["done"]:
            if opened is not None:
                pieces.append(_unclosed(text, opened, tag.start()))
            opened = tag
    if opened is not None:
        pieces.append(_unclosed(text, opened, len(text)))
    return pieces


def _closed(text: str, opened: re.Match[str] | None, tag: re.Match[str]) -> _Piece:
    if opened is None:
        return _Piece("stray", "</proposal>")
    return _Piece("block", text[opened.end() : tag.start()].strip(), opened["number"] or "")


def _unclosed(text: str, opened: re.Match[str], end: int) -> _Piece:
    return _Piece("open", text[opened.end() : end].strip(), opened["number"] or "")


def _reason_against(piece: _Piece, *, nonce: str, done: bool, count: int) -> str:
    if piece.kind == "open":
        return "the proposal has no closing tag: the answer may be cut"
    if piece.kind == "stray":
        return "a closing tag without an opening one"
    if nonce and not piece.number.startswith(f"{nonce}-"):
        return "the opening tag does not carry the number that was asked for"
    if nonce and not done:
        return "the answer does not end with <done/>: it may be cut"
    return _reason_against_text(piece.text, count)


def _reason_against_text(text: str, count: int) -> str:
    if not text:
        return "the proposal is empty"
    if len(text) > LARGEST_BLOCK:
        return f"the proposal has {len(text)} characters, at most {LARGEST_BLOCK} are read"
    if count >= MOST_BLOCKS:
        return f"more than {MOST_BLOCKS} proposals in one answer"
    return ""


def _unfenced(text: str) -> str:
    """Take off one code fence around the whole document; documents end with a newline."""
    match = FENCED.match(text)
    return (match["inside"].strip() if match else text) + "\n"
