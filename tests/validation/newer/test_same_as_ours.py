"""Does the reading of newer Python say of older Python what `ast` says of it?"""

import ast
import sysconfig
import warnings
from pathlib import Path

import pytest

from validation import newer
from validation.parsing import parsed

LIBRARY = Path(sysconfig.get_path("stdlib"))
# Modules with many texts with expressions, of every kind.
MODULES = (
    *("argparse", "ast", "dataclasses", "enum", "functools", "inspect", "platform", "tarfile"),
    *("sysconfig", "traceback", "turtle", "typing", "zoneinfo/_zoneinfo", "asyncio/events"),
)
OLDER = {
    "plain": 'x = f"{a}"',
    "no expression": "x = f'plain'",
    "nothing": 'x = f""',
    "braces": 'x = f"{{{a}}}{{}}"',
    "conversion and format": 'x = f"{a!r:>{width}.{n}}"',
    "empty format": 'x = f"{a:}"',
    "what was asked": 'x = f"{a=} {a + 1 = } {a=!s} {a=:>3}"',
    "comparisons": 'x = f"{a == b} {a != b} {a >= b} {a <= b}"',
    "dictionary": "x = f\"{ {'a': 1}['a'] }\"",
    "slice": 'x = f"{a[1:2]}"',
    "lambda in brackets": 'x = f"{(lambda y: y)(1)}"',
    "walrus in brackets": 'x = f"{(y := 1)} {y:=5}"',
    "star": 'x = f"{*a, b}"',
    "raw": "x = rf'\\d{a}\\n' fR'\\{b}'",
    "escapes": 'x = f"\\n\\t\\x41\\u00e9\\\\{a}\\"\\\'"',
    "named sign": 'x = f"\\N{EM DASH}{a}" "\\N{DIGIT ONE}"',
    "lines": "x = f'''a\n{b\n+ c}\n\"'''\ny = f\"\"\"a \"{b}\"'''\"\"\"\n",
    "backslash and a new line": 'x = f"a\\\n{b}"\n',
    "several in a row": "x = ('a' f'{b}'  # why\n  f'{c}' \"d\" u'e')",
    "in texts": "x = f\"{'a' f'{b}'}\"",
    "bytes beside": "x = b'{a}', f'{a}'",
    "words before quotes": "x = 1 if'a'else'b'\nassert'c'in'd' or f'{e}'",
    "comment with a quote": "x = 1  # don't f'{\ny = f'{x}'",
    "text with a comment sign": "x = '# f\"{'\ny = f'{x}# {x}'",
    "documentation": "def f():\n    f'{x}'\n",
    "old ends of lines": "x = f'{a}'\r\ny = f'''{\r\nb}'''\r\n",
    "lone carriage return": "x = 1 # a\ry = f'{x}'\r",
    "no last end of line": "x = f'''{\na}'''",
    "type as a name": "type = 1\ntype(x)\ntype: int = 3\ntype[0] = 1\nx = type, f'{type}'",
    "except with brackets": "try: pass\nexcept (A, B) as e: pass\nexcept f(a, b): pass\n",
    "definitions": "class A(B): pass\ndef f(a: list[int] = [1, 2]) -> dict[str, int]: pass\n",
    "signs of private use": "x = '\ue0000\ue001' f'{a}' '\ue0001\ue0010\ue002'",
}


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_is_read_as_ast_reads_it(name: str) -> None:
    same(LIBRARY.joinpath(f"{name}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(OLDER))
def test_what_ast_can_read_is_read_the_same(name: str) -> None:
    same(OLDER[name])


def same(text: str) -> None:
    """Compare the trees, and on which lines statements and expressions stand."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = ast.parse(text)
    found = newer.tree(text, parsed).tree
    assert ast.dump(found) == ast.dump(wanted)
    assert lines(found) == lines(wanted)
    compile(found, "x", "exec")


def lines(tree: ast.AST) -> list[tuple[str, int]]:
    """Leave out what stands in texts: older Pythons place it by guess."""
    return [
        (type(node).__name__, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt | ast.Call | ast.Attribute)
    ]
