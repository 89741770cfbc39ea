"""Is newer Python judged like any other, and refused where nobody can say what it is?"""

import ast

import pytest

from validation import newer
from validation.parsing import parsed, understood
from validation.safety import guards, naming, python
from validation.strictness import suite

NEWER = {  # what it is as an older Python would have it, and which reads it first
    'x = f"{a["b"]}"': ("x = f\"{a['b']}\"", 12),
    'x = f"{f"{f"{1}"}"}"': ("x = f\"{f'''{f'{1}'}'''}\"", 12),
    'x = f"{a!r:{"w"}}"': ("x = f\"{a!r:{'w'}}\"", 12),
    'x = f"{\n a  # a } is no end\n}"': ('x = f"{a}"', 12),
    "x = f'''{\n\"\"\"b\"\"\" '''c'''}'''": ("x = f'''{\"bc\"}'''", 12),
    "type X = int": ("X: TypeAlias = int", 12),
    "type X[T] = list[T]; y = 1": ("X: TypeAlias = list[T]; y = 1", 12),
    "type X[T: int, *Ts, **P] = c[T]": ("T: int\nX: TypeAlias = c[T]", 12),
    "def f[T: (int, str)](x: T) -> T: ...": ("T: (int, str)\ndef f(x: T) -> T: ...", 12),
    "async def f[\n  T,  # why\n](): pass": ("async def f(): pass", 12),
    "@d\nclass C[T = int](B): pass": ("T: int\n@d\nclass C(B): pass", 13),
    "class C[T: a = b]: pass": ("T: a\nT: b\nclass C: pass", 13),
    "if x: type X = int": ("if x: X: TypeAlias = int", 12),
    "try: pass\nexcept A, B: pass": ("try: pass\nexcept (A, B): pass", 14),
    "try: pass\nexcept* A, f(b, c): pass": ("try: pass\nexcept* (A, f(b, c)): pass", 14),
    'x = t"{a["b"]}" rt"\\d"': ("x = f\"{a['b']}\\\\d\"", 14),
}
NOBODY_READS = {
    "brackets that part": 'f"{a)+(b}"',
    "no expression": 'f"{}"',
    "nothing but a comment": 'f"{#}\n}"',
    "lambda": 'f"{lambda x: 1}"',
    "statement": 'f"{x = 1; y}"',
    "two conversions": 'f"{x!r!s}"',
    "unknown conversion": 'f"{x!z}"',
    "blank before a conversion": 'f"{x! r}"',
    "lone brace": 'f"{a["b"]}}"',
    "no end": 'f"{a["b"]',
    "no end of a format": 'f"{a["b"]:>',
    "line in a text": 'f"{a["b"]}\n"',
    "line in a format": "f'''{a[''']''']:\n}'''",
    "quote in a format": 'f"{a["b"]:"}"',
    "sign of no name": 'f"{a["b"]}\\N{NO SUCH SIGN}"',
    "expression in a sign's name": 'f"{a["b"]}\\N{DASH{x}}"',
    "bytes beside": 'x = b"a" f"{a["b"]}"',
    "no parameters": "def f[](): pass",
    "parameter without a name": "def f[1](): pass",
    "parameter without its bound": "def f[T:](): pass",
    "parameter, two bounds": "def f[T: int: str](): pass",
    "parameters of nothing": "def f[T]: pass",
    "parameters, no end": "def f[T(): pass",
    "type without a value": "type X[T]",
    "type of a subscript": "type X[T]: int = 3",
    "except with a name": "try: pass\nexcept A, B as e: pass",
    "null": 'f"{a["b"]}"\0',
    "too deep": "x = " + 'f"{' * 25 + "1" + '}"' * 25,
    "plain error": "def f(:\n  f'{x}'",
}
# Any of these alone makes our own Python refuse the file.
DISGUISES = (
    'import os\ndef f(x): return f"{os.system("id")}"',
    'import os\ndef f(x): return f"{x:{os.system("id")}}"',
    'import os\ndef f(x): return t"{x["a"]:{os.system("id")}}"',
    'import os\ndef f(x): return f"{f"{f"{os.system("id")}"}"}"',
    'import os\nx = f"{{{os.system("id")}}}"',
    "import os\nx = rf'\\N{os.system('id')}'",
    'import os\nx = rf"\\{os.system("id")}"',
    'import os\ndef f[T: os.system("id")](): pass',
    'import os\nclass C[T = f"{os.system("id")}"]: pass',
    'import os\ntype X[T: [f"{os.system("id")}"]] = int',
    'import os\ntype X = os.system("id")',
    "import os\ntry: pass\nexcept os.system('id'), B: pass",
    'type X = int\neval("1")',
    "def f[eval](): pass\neval('1')",
    'x = f"{"#"}"; __import__("os").system("id")',
    "x = f\"{'a' # '}\n}\"; eval('1')",
    'x = f"{a["b"]}\\\n"; eval("1")',
    'type X = int; y = f"{x:{"}"}}"; eval("1")',
    "type X = int  # \\\neval('1')",
    "type X = int # a\reval('1')",
)


@pytest.mark.parametrize("text", sorted(NEWER))
def test_newer_python_is_what_older_python_would_say(text: str) -> None:
    older, minor = NEWER[text]
    with pytest.raises(SyntaxError):
        parsed(text)
    found = newer.tree(text, parsed)
    assert ast.unparse(found.tree) == ast.unparse(parsed(older))
    assert found.minor == minor
    compile(found.tree, "x", "exec")


@pytest.mark.parametrize("name", sorted(NOBODY_READS))
def test_what_nobody_reads_stays_refused(name: str) -> None:
    text = NOBODY_READS[name]
    with pytest.raises((SyntaxError, ValueError)):
        understood(text)
    assert [one.rule for one in python.seen(text)] == ["unreadable"]


@pytest.mark.parametrize("text", DISGUISES)
def test_a_danger_in_newer_python_is_refused_by_its_name(text: str) -> None:
    found = [one for one in python.seen(text) if one.refuses]
    assert {one.rule for one in found} & {"shell", "dynamic-code"}, found
    assert "unreadable" not in {one.rule for one in found}


def test_findings_stand_on_the_lines_of_the_file() -> None:
    text = (
        "import os\n\ntype X[\n  T,\n] = int\nx = f'''\n{\n os.system('''id''')}'''\n"
        "try: pass\nexcept A, B: pass\ndef f[\nT: (int,\n eval('1'))](): exec(x)\n"
    )
    found = {(one.line, one.what) for one in python.seen(text) if one.refuses}
    assert {(8, "uses os.system"), (13, "uses builtins.eval")} <= found
    assert (13, "uses builtins.exec") in found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ntype X = int\ny = = 2\n", 3),
        ("x = 1\ny = = 2\ntype X = int\n", 2),
        ("type X = int\nx = f'{\n\na)}'\n", 4),
        ("type X = int\ny = 'a\n", 2),
    ],
)
def test_a_fault_is_told_where_it_stands_and_not_where_newer_python_begins(
    text: str, line: int
) -> None:
    with pytest.raises(SyntaxError) as refused:
        understood(text)
    assert refused.value.lineno == line


def test_the_other_readers_read_newer_python_too() -> None:
    before = 'def check_it(x):\n    if not x: raise ValueError(f"{x["a"]}")\n    return x\n'
    after = before.replace('    if not x: raise ValueError(f"{x["a"]}")\n', "") + "type X = int\n"
    assert any("ValueError" in one.what for one in guards.seen(before, after))
    assert [one.rule for one in naming.identifiers("type \u0430b = int")] == ["name"]
    test = 'def test_a[T]():\n    assert f(1) == f"{x["a"]}"\n'
    assert suite.read(test).tests["test_a"].demands


def test_a_file_of_many_texts_is_read_to_its_end() -> None:
    text = "".join(f'x{n} = f"{{a["{n}"]}}" "b"\ntype X{n}[T: int] = T\n' for n in range(1500))
    assert len(understood(text + "import os\n").body) == 4501
