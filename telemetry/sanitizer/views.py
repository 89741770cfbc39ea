"""How else can a text be read: look-alikes folded, escapes undone, each sign traced back?"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from telemetry.sanitizer.lookups import Lookup, looked_up

LEVELS = 3  # JSON in JSON in JSON; deeper nesting is not seen in logs

_ESCAPE = re.compile(
    r"\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,5}\}|\\U000[0-9A-Fa-f]{5}|\\x[0-9A-Fa-f]{2}"
    r"|\\[0-3][0-7]{2}|\\[\"'\\/nrt]"
    r"|%[0-9A-Fa-f]{2}"
    r"|&(?:quot|amp|apos|lt|gt|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});"
)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
# A line break inside a token: a long run before it, and behind it a run that is long or mixed.
_BREAK = re.compile(
    r"(?<=[\w+/.\-]{12})\\?\r?\n[ \t]{0,32}"
    r"(?=[\w+/.\-]{20}"
    r"|[\w+/.\-]{0,19}(?:[0-9]|[a-z][A-Z])[\w+/.\-]{0,19}={0,2}[ \t]{0,8}(?:[\r\n\"',;)\\]|$))"
)

# Letters of other scripts that a reader takes for Latin ones; NFKC leaves them alone.
_LOOKALIKES = dict(
    zip(
        "АВЕЅКМНОРСТУХЈІаеѕорсухіјԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνιɑɡıꓐꓓꓔꓗꓡօѡ",
        "ABESKMHOPCTYXJIaesopcyxijdqwhABEZHIKMNOPTYXaopviagiBDTKLow",
        strict=True,
    )
)


class _Plain(dict[int, str]):
    """Remember what each sign is folded to."""

    def __missing__(self, code: int) -> str:
        """Fold a sign that is met for the first time."""
        sign = chr(code)
        plain = sign if code < 128 else _plain(sign)
        if len(self) < 4096:
            self[code] = plain
        return plain


def _plain(sign: str) -> str:
    if unicodedata.category(sign) in {"Cf", "Mn"} or sign in "\u115f\u1160\u3164\uffa0":
        return ""
    return "".join(_LOOKALIKES.get(c, c) for c in unicodedata.normalize("NFKC", sign))


_FOLD = _Plain()


class View:
    """One reading of a text, made from another by replacing stretches; each sign is traced back.

    Piece i begins at `_starts[i]` here and at `_origins[i]` in the parent. It is a copy, sign for
    sign, or, where `_widths[i]` is not -1, stands as a whole for that many signs. The pieces are
    made when a place is asked for: most readings hold nothing, and none is.
    """

    __slots__ = (
        *("_found", "_made_by", "_origins", "_parent", "_raw", "_readings", "_starts", "_widths"),
        "text",
    )

    def __init__(self, text: str, parent: "View | None" = None) -> None:
        """Read the text as it is."""
        self.text = text
        self._parent = parent
        self._raw: bytes | None = None
        self._found: Lookup | None = None
        self._readings: list[View] | None = None
        self._made_by: Sequence[tuple[int, int, str]] = ()
        self._starts: list[int] = []

    @property
    def raw(self) -> bytes:
        """Return the text in ASCII, one byte for each sign."""
        if self._raw is None:
            self._raw = self.text.encode("ascii", "replace")
        return self._raw

    @property
    def found(self) -> Lookup:
        """Return what is worth trying on this reading."""
        if self._found is None:
            self._found = looked_up(self.text, self.raw)
        return self._found

    @property
    def readings(self) -> "list[View]":
        """Return all readings of this text, each traced back to it and no further."""
        if self._readings is None:
            self._readings = list(readings(self.text))
        return self._readings

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of this reading lies in the original."""
        if self._parent is None:
            return start, end
        if end <= start:
            first = self._place(start)[0]
            return self._parent.original(first, first)
        return self._parent.original(*self.stretch(start, end))

    def stretch(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of this reading lies in the reading that it was made from."""
        first = self._place(start)[0]
        return first, max(first, self._place(end - 1)[1])

    def _place(self, index: int) -> tuple[int, int]:
        if not self._starts:
            self._trace()
        piece = max(0, bisect_right(self._starts, index) - 1)
        origin, width = self._origins[piece], self._widths[piece]
        if width >= 0:
            return origin, origin + width
        place = origin + index - self._starts[piece]
        return place, place + 1

    def _trace(self) -> None:
        starts: list[int] = []
        origins: list[int] = []
        widths: list[int] = []
        position = length = 0
        for start, end, reading in self._made_by:
            if start > position:
                starts.append(length)
                origins.append(position)
                widths.append(-1)
                length += start - position
            starts.append(length)
            origins.append(start)
            widths.append(end - start)
            length += len(reading)
            position = end
        self._starts, self._origins, self._widths = (
            [*starts, length],
            [*origins, position],
            [*widths, -1],
        )

    def replaced(self, stretches: Sequence[tuple[int, int, str]]) -> "View":
        """Return the reading in which each stretch reads otherwise; they must not overlap."""
        parts: list[str] = []
        position = 0
        for start, end, reading in stretches:
            parts += (self.text[position:start], reading)
            position = end
        parts.append(self.text[position:])
        view = View("".join(parts), self)
        view._made_by = stretches
        return view


def readings(text: str) -> Iterator[View]:
    """Yield the text itself, then each reading that differs from the ones before."""
    view = View(text)
    yield view
    if not view.text.isascii():
        plain = folded(view)
        if plain is not view:
            view = plain
            yield view
    for _ in range(LEVELS):
        undone = unescaped(view)
        if undone is view:
            return
        view = undone if undone.text.isascii() else folded(undone)
        yield view


def folded(view: View) -> View:
    """Return the reading without invisible signs and with look-alikes as plain letters."""
    plain = view.text.translate(_FOLD)
    if plain == view.text:
        return view
    return view.replaced(
        [
            (index, index + 1, reading)
            for index, sign in enumerate(view.text)
            if sign > "\x7f" and (reading := _FOLD[ord(sign)]) != sign
        ]
    )


def unescaped(view: View) -> View:
    """Return the reading with one level of escapes undone; the same object when there are none."""
    text = view.text
    if "\\" not in text and "%" not in text and "&" not in text:
        return view
    found = [(m.start(), m.end(), _undone(m.group())) for m in _ESCAPE.finditer(text)]
    return view.replaced(found) if found else view


def joined(view: View) -> View:
    """Return the reading in which tokens that were broken over lines are whole again."""
    found = [(m.start(), m.end(), "") for m in _BREAK.finditer(view.text)]
    return view.replaced(found) if found else view


@lru_cache(maxsize=1024)
def _undone(escape: str) -> str:
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[0] == "%":
        return chr(int(escape[1:], 16))
    if escape[1] in "01234567":
        return chr(int(escape[1:], 8))
    if escape[1] in "uUx" and len(escape) > 2:
        code = int(escape[2:].strip("{}"), 16)
        return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)  # half a sign is none
    return _CONTROL.get(escape[1], escape[1])
