"""Where in a text of Python does a text with expressions begin and end, and what is in it?

By the rules of Python's own reader since 3.12. What they leave open is refused, never guessed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

JOINED = frozenset({"f", "fr", "rf", "t", "tr", "rt"})
PLAIN = frozenset({"", "r", "b", "br", "rb", "u"})
DEEPEST = 20
_QUOTES = r"'''|\"\"\"|'|\""
_NEXT = re.compile(rf"#[^\n]*|(?P<prefix>\w*)(?P<quote>{_QUOTES})|\w+|!=|[\[\](){{}}!:\n\\]")
_SPECIAL = re.compile(r"[\\{}\n'\"]")
_ENDS = {
    "'": re.compile(r"[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"),
    '"': re.compile(r'[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"'),
    "'''": re.compile(r"[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"),
    '"""': re.compile(r'[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""'),
}
_NAMED = re.compile(r"\\N\{[A-Za-z0-9 \-]+\}")
_CONVERSION = re.compile(r"!([sra])\s*(?=[:}])")
_COMMENT = re.compile(r"#[^\n]*")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_COMPARES = ("==", "!=", "<=", ">=")


@dataclass(frozen=True)
class Field:
    """Hold one expression within a text."""

    source: str
    line: int
    said: str  # what `=` shows before the value
    conversion: str
    spec: "tuple[str | Field, ...] | None"


Parts = tuple[str | Field, ...]  # a text is as it stands, with its escapes


@dataclass(frozen=True)
class Joined:
    """Hold one text with expressions in it."""

    start: int
    end: int
    last_line: int
    raw: bool
    template: bool
    parts: Parts


@dataclass
class Lexer:
    """Go through a text once, from its begin to its end."""

    text: str
    lines: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = [match.end() for match in re.finditer("\n", self.text)]

    def joined(self) -> Iterator[Joined]:
        """Yield the texts with expressions that stand in no other."""
        at = 0
        while match := _NEXT.search(self.text, at):
            at = match.end()
            if match["quote"] is not None:
                found = self._string(match, 0)
                at = found.end if isinstance(found, Joined) else found
                if isinstance(found, Joined):
                    yield found

    def line(self, at: int) -> int:
        """Return the number of the line on which a place is."""
        return 1 + bisect_right(self.lines, at)

    def wrong(self, what: str, at: int) -> SyntaxError:
        """Say what is wrong where."""
        return SyntaxError(what, ("", self.line(at), 0, ""))

    def _string(self, match: re.Match[str], depth: int) -> Joined | int:
        """Return what a text holds, or where a plain one ends."""
        prefix, quote = match["prefix"].lower(), match["quote"]
        if prefix not in JOINED:  # anything but a prefix is a word, and a plain text follows it
            end = _ENDS[quote].match(self.text, match.end())
            if end is None:
                raise self.wrong("unterminated string literal", match.start())
            return end.end()
        if depth > DEEPEST:
            raise self.wrong("too many texts within texts", match.start())
        raw = "r" in prefix
        parts, end_at = self._middle(match.end(), quote, depth, raw=raw, spec=False)
        last = self.line(end_at - 1)
        return Joined(match.start(), end_at, last, raw, "t" in prefix, parts)

    def _middle(
        self, at: int, quote: str, depth: int, *, raw: bool, spec: bool
    ) -> tuple[Parts, int]:
        """Read text and expressions up to the quote, or to the brace that ends a format."""
        parts: list[str | Field] = []
        while special := _SPECIAL.search(self.text, at):
            parts.append(self.text[at : special.start()])
            at, sign = special.start(), special[0]
            if self.text.startswith(quote, at) and not spec:
                return tuple(parts), at + len(quote)
            if sign == "}" and spec:
                return tuple(parts), at
            if sign == "{" and (spec or not self.text.startswith("{{", at)):
                found, at = self._field(at + 1, quote, depth, raw=raw)
                parts.append(found)
            else:
                piece, at = self._piece(at, quote, raw=raw, spec=spec)
                parts.append(piece)
        raise self.wrong("unterminated f-string literal", len(self.text))

    def _piece(self, at: int, quote: str, *, raw: bool, spec: bool) -> tuple[str, int]:
        """Return one sign of text that could have been something else, and where it ends."""
        sign = self.text[at]
        if sign in "{}":
            if self.text[at + 1 : at + 2] != sign:
                raise self.wrong("f-string: single '}' is not allowed", at)
            return sign, at + 2
        if sign == "\\":
            return self._escape(at, raw=raw)
        if spec or (sign == "\n" and len(quote) == 1):
            raise self.wrong("f-string: a format that cannot be read", at)
        return sign, at + 1

    def _escape(self, at: int, *, raw: bool) -> tuple[str, int]:
        after = self.text[at + 1 : at + 2]
        if after in ("{", "}"):
            return ("\\" if raw else "\\\\"), at + 1
        if after == "N" and not raw and self.text.startswith("{", at + 2):
            named = _NAMED.match(self.text, at)
            if named is None:
                raise self.wrong("malformed \\N character escape", at)
            return named[0], named.end()
        return self.text[at : at + 2], at + 2

    def _field(self, at: int, quote: str, depth: int, *, raw: bool) -> tuple[Field, int]:
        end = self._expression(at, depth)
        source = self.text[at:end]
        stripped = source.rstrip()
        said = ""
        if stripped.endswith("=") and not stripped.endswith(_COMPARES):
            said, source = source, stripped[:-1]
        if not _COMMENT.sub("", source).strip():
            raise self.wrong("f-string: an expression is missing", at)
        conversion, line = "", self.line(at)
        if match := _CONVERSION.match(self.text, end):
            conversion, end = match[1], match.end()
        spec = None
        if self.text[end : end + 1] == ":":
            spec, end = self._middle(end + 1, quote, depth, raw=raw, spec=True)
        if self.text[end : end + 1] != "}":
            raise self.wrong("f-string: expecting '}'", end)
        return Field(source, line, said, conversion, spec), end + 1

    def _expression(self, at: int, depth: int) -> int:
        """Return where an expression ends: at the first brace, colon or ! in no bracket."""
        open_: list[str] = []
        while match := _NEXT.search(self.text, at):
            sign, at = match[0], match.end()
            if match["quote"] is not None:
                found = self._string(match, depth + 1)
                at = found.end if isinstance(found, Joined) else found
            elif not open_ and sign in ("}", ":", "!"):
                return match.start()
            elif sign in ("(", "[", "{"):
                open_.append(sign)
            elif sign in _CLOSES and (not open_ or open_.pop() != _CLOSES[sign]):
                raise self.wrong(f"f-string: unmatched '{sign}'", match.start())
        raise self.wrong("f-string: expecting '}'", len(self.text))
