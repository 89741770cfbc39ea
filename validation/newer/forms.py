"""How do newer statements leave a module, and come back into its tree?

Lines stay where they are: what goes leaves as many ends of lines, each with a backslash before it.
"""

import ast
import io
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

OLDEST = 12  # the first Python 3 with anything of this
_BEGINS = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT}
_BLANK = {tokenize.NL, tokenize.COMMENT}
_OPENS, _CLOSES = ("(", "[", "{"), (")", "]", "}")
Token = tokenize.TokenInfo
Edit = tuple[int, int, str]
Expression = Callable[[str, int], ast.expr]


@dataclass(frozen=True)
class Bound:
    """Hold what a parameter of a type is bound to, or is where nothing else is said."""

    name: str
    source: str
    line: int


@dataclass
class Marks:
    """Say what was taken out, by the line of its statement."""

    bounds: dict[int, list[Bound]] = field(default_factory=dict)
    minor: int = OLDEST


def taken_out(text: str) -> tuple[str, Marks]:
    """Write newer statements as older ones; what cannot be told stays for `ast` to refuse."""
    if not any(word in text for word in ("type", "def", "class", "except")):
        return text, Marks()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError) as error:
        raise SyntaxError(str(error.args[0])) from error
    source = _Source(text, tokens)
    for number in source.statements():
        source.write(number)
    pieces, at = [], 0
    for start, end, instead in sorted(source.edits):
        pieces += [text[at:start], instead]
        at = end
    return "".join([*pieces, text[at:]]), source.marks


def put_back(tree: ast.Module, marks: Marks, expression: Expression) -> None:
    """Put each bound before its statement, as an annotation; raises where there is none."""
    if not marks.bounds:
        return
    left = dict(marks.bounds)
    for node in list(ast.walk(tree)):
        for _, body in ast.iter_fields(node):
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                body[:] = [new for old in body for new in _with_bounds(old, left, expression)]
    if left:
        raise SyntaxError("parameters of a type stand where none may")


def _with_bounds(
    statement: ast.stmt, left: dict[int, list[Bound]], expression: Expression
) -> Iterator[ast.stmt]:
    if isinstance(
        statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.AnnAssign
    ):
        for bound in left.pop(statement.lineno, ()):
            value = expression(bound.source, bound.line)
            name = ast.Name(bound.name, ast.Store())
            yield ast.copy_location(ast.AnnAssign(name, value, None, 1), value)
    yield statement


class _Source:
    """Find newer statements among the tokens of a module."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.marks = Marks()
        self.edits: list[Edit] = []
        self.begins = [0]
        for line in io.StringIO(text):
            self.begins.append(self.begins[-1] + len(line))

    def statements(self) -> Iterator[int]:
        """Yield the number of each token with which a statement may begin."""
        depth, fresh = 0, True
        for number, token in enumerate(self.tokens):
            if fresh and token.type == tokenize.NAME:
                yield number
            if token.string in _OPENS or token.string in _CLOSES:
                depth += 1 if token.string in _OPENS else -1
            ended = token.type in _BEGINS or token.string in (";", ":", "async")
            fresh = depth == 0 and ended

    def write(self, number: int) -> None:
        """Write the statement that begins here as an older Python would have it."""
        words = [token.string for token in self.tokens[number : number + 3]]
        if len(words) < 3:
            return
        if words[0] in ("def", "class") and words[2] == "[":
            self._parameters(number + 2, self.tokens[number].start[0], "")
        elif words[0] == "type" and self.tokens[number + 1].type == tokenize.NAME:
            if words[2] in ("[", "="):
                self._type(number, bracket=words[2] == "[")
        elif words[0] == "except":
            self._except(number + (2 if words[1] == "*" else 1))

    def _type(self, number: int, *, bracket: bool) -> None:
        name = self.tokens[number + 1]
        first, begin = self._at(self.tokens[number].start), self._at(name.start)
        if "\n" in self.text[first:begin]:
            raise SyntaxError(
                "`type` and its name are not on one line", ("", name.start[0], 0, "")
            )
        self.edits.append((first, begin, ""))
        if bracket:
            self._parameters(number + 2, name.start[0], ": TypeAlias")
        else:
            self.edits.append((self._at(name.end), self._at(name.end), ": TypeAlias"))

    def _parameters(self, number: int, line: int, instead: str) -> None:
        end = self._closing(number)
        parameter: list[Token] = []
        found: list[Bound] = []
        for token, depth in self._depths(number + 1, end):
            if depth == 0 and token.string == ",":
                found += self._bounds(parameter)
                parameter = []
            else:
                parameter.append(token)
        found += self._bounds(parameter)
        start, after = self._at(self.tokens[number].start), self._at(self.tokens[end].end)
        if end == number + 1 or (instead and self.tokens[end + 1].string != "="):
            raise SyntaxError("parameters of a type cannot be read", ("", line, 0, ""))
        lines = self.text.count("\n", start, after)
        self.edits.append((start, after, instead + "\\\n" * lines))
        if found:
            self.marks.bounds.setdefault(line, []).extend(found)

    def _bounds(self, parameter: Sequence[Token]) -> Iterator[Bound]:
        """Read one parameter, `*name: bound = default`, and return its expressions."""
        rest = [token for token in parameter if token.type not in _BLANK]
        if not rest:  # after the last comma
            return
        if rest[0].string in ("*", "**"):
            rest = rest[1:]
        if not rest or rest[0].type != tokenize.NAME:
            raise SyntaxError(
                "a parameter of a type has no name", ("", parameter[0].start[0], 0, "")
            )
        name, expressions = rest[0].string, _cut(rest[1:])
        for sign, tokens in expressions:
            self.marks.minor = max(self.marks.minor, 13 if sign == "=" else OLDEST)
            start, end = self._at(tokens[0].start), self._at(tokens[-1].end)
            yield Bound(name, self.text[start:end], tokens[0].start[0])

    def _except(self, number: int) -> None:
        found = []
        for token, depth in self._depths(number, len(self.tokens)):
            if depth == 0 and (token.string == ":" or token.type == tokenize.NEWLINE):
                break
            found.append((token, depth))
        outside = [token.string for token, depth in found if depth == 0]
        if "," in outside and "as" not in outside:
            start, end = self._at(found[0][0].start), self._at(found[-1][0].end)
            self.edits += [(start, start, "("), (end, end, ")")]
            self.marks.minor = 14

    def _closing(self, number: int) -> int:
        depth = 0
        for place in range(number, len(self.tokens)):
            sign = self.tokens[place].string
            depth += (sign in _OPENS) - (sign in _CLOSES)
            if depth == 0:
                return place
        raise SyntaxError("'[' was never closed", ("", self.tokens[number].start[0], 0, ""))

    def _depths(self, start: int, end: int) -> Iterator[tuple[Token, int]]:
        """Yield tokens with the number of brackets around each."""
        depth = 0
        for token in self.tokens[start:end]:
            depth -= token.string in _CLOSES
            yield token, depth
            depth += token.string in _OPENS

    def _at(self, place: tuple[int, int]) -> int:
        return self.begins[place[0] - 1] + place[1]


def _cut(tokens: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Part what follows a parameter's name at `:` and `=` that stand in no bracket."""
    parts: list[tuple[str, list[Token]]] = []
    depth = 0
    for token in tokens:
        depth -= token.string in _CLOSES
        if depth == 0 and token.string in (":", "=") and token.string not in [p[0] for p in parts]:
            parts.append((token.string, []))
        elif parts:
            parts[-1][1].append(token)
        else:
            raise SyntaxError("a parameter of a type cannot be read", ("", token.start[0], 0, ""))
        depth += token.string in _OPENS
    if any(not inner for _, inner in parts):
        raise SyntaxError("a parameter of a type lacks its bound", ("", tokens[0].start[0], 0, ""))
    return parts
