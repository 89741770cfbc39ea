"""How does a diff look when a person has to judge it?"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.cache import cache
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from pygments.lexer import Lexer
from pygments.lexers import TextLexer
from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from proposals.pages.colours import Piece, Row, lexer_for, rows_of, visible, visible_lines

MOST_COLOURED = 3000  # lines; above that, colour costs more than it tells
FOLDED = 400  # lines; above that, each file starts folded
LONG = 500
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_SIGNS = {
    b"n": b"\n",
    b"t": b"\t",
    b"r": b"\r",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
}
KEPT_SECONDS = 86_400
# The row of a line as _row draws it: nothing that a diff says can look like it, being escaped.
_NUMBER = re.compile(
    r'(<tr class="si-diff__row[\w -]*" id="(f\d+)([LR])(\d+)">)'
    r'<td class="si-diff__num">(\d*)</td><td class="si-diff__num">(\d*)</td>'
)
_STYLE = 3  # part of the cache key: raise it when the drawing changes


def draw(diff: str, digest: str, *, name: str = "", asks: bool = False) -> SafeString:
    """Draw a canonical diff as HTML; the same digest is drawn once.

    Where a page shows two, a name without spaces keeps their places apart. One that asks has a
    link at each line, to say something about it.
    """
    key = f"diff:{_STYLE}:{digest}{name}{'?' if asks else ''}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = str(_draw(diff, name))
        if asks:
            kept = _NUMBER.sub(_asking, kept)
        cache.set(key, kept, KEPT_SECONDS)
    return SafeString(kept)  # built by format_html below


def _asking(row: re.Match[str]) -> str:
    head, file, side, line, old, new = row.groups()
    what = "Comment on line" if side == "R" else "Comment on removed line"
    link = (
        f'<a class="si-diff__ask" href="?say={file}{side}{line}#say" rel="nofollow"'
        f' aria-label="{what} {line}">{line}</a>'
    )
    old, new = (old, link) if side == "R" else (link, new)
    return f'{head}<td class="si-diff__num">{old}</td><td class="si-diff__num">{new}</td>'


def _draw(diff: str, name: str) -> SafeString:
    try:
        patch = PatchSet(diff)
    except UnidiffParseError:
        patch = None
    if not patch:
        return format_html('<pre class="si-code">{}</pre>', visible_lines(diff))
    lines = diff.count("\n")
    files = format_html_join(
        "", "{}", ((_file(file, f"{name}f{n}", lines, name),) for n, file in enumerate(patch))
    )
    return format_html('<div class="si-diff{}">{}</div>', _long(lines), files)


def _long(lines: int) -> str:
    return " si-diff--long" if lines > LONG else ""


def _file(file: Any, anchor: str, lines: int, name: str) -> SafeString:
    path = name_of(file.path)
    lexer = lexer_for(path) if lines <= MOST_COLOURED else TextLexer()
    hunks = format_html_join(
        "", "{}", ((_hunk(hunk, path, lexer, anchor, name),) for hunk in file)
    )
    return format_html(
        '<details class="si-diff__file" id="{}"{}><summary class="si-diff__head">'
        '<span class="si-diff__path">{}</span>{}<span class="si-diff__stat">'
        '<span class="si-quiet">{} lines</span> '
        '<span class="si-diff__plus">+{}</span> <span class="si-diff__minus">−{}</span></span>'
        "</summary>{}</details>",
        anchor,
        SafeString(" open") if lines <= FOLDED else "",
        visible(path),
        _state(file),
        sum(len(hunk) for hunk in file),
        file.added,
        file.removed,
        hunks,
    )


def name_of(path: str) -> str:
    """Read a file name as git writes it: in quotes and escaped when it holds odd signs."""
    if len(path) < 2 or not (path.startswith('"') and path.endswith('"')):
        return path
    return _ESCAPED.sub(_sign, path[1:-1].encode()).decode("utf-8", "backslashreplace")


def _sign(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) & 255]) if code.isdigit() else _SIGNS.get(code, code)


def _state(file: Any) -> SafeString:
    badges = []
    if file.is_added_file:
        badges.append(("good", "new file"))
    elif file.is_removed_file:
        badges.append(("bad", "removed"))
    if (mode := _mode(str(file.patch_info or ""))) and not file.is_removed_file:
        badges.append(("warn", mode))
    return format_html_join("", '<span class="si-badge si-badge--{}">{}</span>', badges)


def _mode(head: str) -> str:
    """Say in words what else than text changes: nobody may miss that a file can be run."""
    modes = re.findall(r"^(?:old|new|new file) mode (\d+)$", head, flags=re.MULTILINE)
    if not modes or (len(modes) == 1 and modes[0] == "100644"):
        return ""
    if modes[-1] == "100755":
        return "executable" if len(modes) == 1 else "becomes executable"
    return "no longer executable" if modes[-1] == "100644" else f"mode {modes[-1]}"


def _hunk(hunk: Any, path: str, lexer: Lexer, anchor: str, name: str) -> SafeString:
    head = f"@@ -{hunk.source_start},{hunk.source_length} +{hunk.target_start},"
    head += f"{hunk.target_length} @@ {visible(hunk.section_header)}".rstrip()
    rows = format_html_join("", "{}", ((_row(row, anchor),) for row in rows_of(hunk, lexer)))
    return format_html(
        '<div class="si-diff__hunk" tabindex="0" role="region" aria-label="{}{}, from line {}">'
        '<table class="si-diff__table"><tbody>'
        '<tr class="si-diff__row si-diff__row--hunk"><td colspan="4">{}</td></tr>'
        "{}</tbody></table></div>",
        f"{name}: " if name else "",
        visible(path),
        hunk.target_start,
        head,
        rows,
    )


def _row(row: Row, anchor: str) -> SafeString:
    if row.sign == "\\":
        return format_html(
            '<tr class="si-diff__row si-diff__row--note"><td colspan="4">{}</td></tr>',
            "no newline at the end of the file",
        )
    kind = {"+": " si-diff__row--add", "-": " si-diff__row--del"}.get(row.sign, "")
    side = f"{anchor}R{row.new}" if row.new else f"{anchor}L{row.old}"
    return format_html(
        '<tr class="si-diff__row{}" id="{}"><td class="si-diff__num">{}</td>'
        '<td class="si-diff__num">{}</td><td class="si-diff__sign">{}</td>'
        '<td class="si-diff__code">{}</td></tr>',
        *(kind, side, row.old or "", row.new or ""),
        {"-": "−"}.get(row.sign, row.sign),
        _code(row),
    )


def _code(row: Row) -> SafeString:
    parts = []
    for kind, text, marked in _cut_at_marks(row.pieces, row.marks):
        shown = format_html('<span class="pg-{}">{}</span>', kind, text) if kind else text
        word = format_html('<span class="si-diff__word">{}</span>', shown) if marked else shown
        parts.append(conditional_escape(word))
    return SafeString("".join(parts))


def _cut_at_marks(
    pieces: Sequence[Piece], marks: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, str, bool]]:
    """Split coloured pieces where a marked stretch begins or ends."""
    edges = sorted({edge for mark in marks for edge in mark})
    position = 0
    for kind, text in pieces:
        cuts = [e for e in edges if position < e < position + len(text)]
        for start, end in zip([position, *cuts], [*cuts, position + len(text)], strict=True):
            marked = any(a <= start < b for a, b in marks)
            yield kind, text[start - position : end - position], marked
        position += len(text)
