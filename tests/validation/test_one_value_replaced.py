"""However a file is written: does exactly one line change, and every other byte stay?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation import scalars
from validation.scalars import CannotReplace, Unreadable

TOML = """\
# timeout_ms = 400 was too short\r
title = "400"\r
timeout_ms = 400   # ms; retries = 400\r
hex = 0x190
"quoted.key" = 400
[tools.web_search]
timeout_ms = 400
limits = { timeout_ms = 400, retries = [400, 400] }   # {400}
note = \"\"\"
timeout_ms = 400
\"\"\"
[[tasks]]
every_ms = 400
[[tasks]]
every_ms = 400
names = ['400', "a # 400",]
ratio = 0.5
on = true"""
KEYS = [
    *("timeout_ms", '"quoted.key"', "tools.web_search.timeout_ms", "hex"),
    *("tools.web_search.limits.timeout_ms", "tools.web_search.limits.retries.[1]"),
    *("tasks.[0].every_ms", "tasks.[1].every_ms"),
]


def only_line(before: str, after: str) -> tuple[str, str]:
    """Return the one line that differs, before and after; both keep their line ends."""
    old, new = before.split("\n"), after.split("\n")
    assert len(old) == len(new)
    ((left, right),) = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    return left, right


@pytest.mark.parametrize("key", sorted(KEYS))
def test_one_value_of_a_toml_file_changes_its_one_line(key: str) -> None:
    after = scalars.replace("a.toml", TOML, key, 650)
    left, right = only_line(TOML, after)
    assert left.endswith("\r") == right.endswith("\r")
    assert right.count("650") == 1
    changed = scalars.differences(scalars.leaves("a.toml", TOML), scalars.leaves("a.toml", after))
    assert [(leaf.key, leaf.old, leaf.new) for leaf in changed] == [(key, 400, 650)]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("tasks.[1].ratio", 0.75, "ratio = 0.75"),
        ("tasks.[1].on", False, "on = false"),
        ("title", 'say "no"', 'title = "say \\"no\\""\r'),
        ("tasks.[1].names.[0]", "b", 'names = ["b", "a # 400",]'),
    ],
)
def test_every_kind_of_value_can_be_written(key: str, value: object, line: str) -> None:
    assert only_line(TOML, scalars.replace("a.toml", TOML, key, value))[1] == line


def test_the_value_that_stands_there_already_changes_nothing() -> None:
    assert scalars.replace("a.toml", TOML, "hex", 400) == TOML


@pytest.mark.parametrize(
    ("path", "text", "key", "value", "told"),
    [
        ("a.toml", TOML, "tools.web_search.note", "x", "cannot be replaced alone"),
        ("a.toml", TOML, "tasks.[1].on", None, "TOML knows no null"),
        ("a.toml", TOML, "title", "\x7f", "cannot be replaced alone"),
        ("a.toml", TOML, "title", ["x"], "is not a scalar"),
        ("a.toml", TOML, "nowhere", 1, "has no value"),
        ("a.toml", "a = [" + "1, " * 500 + "]", "a.[400]", 2, "more than 200 places"),
        ("a.yaml", "a: &x 1\nb: *x\n", "b", 2, "other values depend on it"),
        ("a.yaml", "a: &x 1\nb: *x\n", "a", 2, "other values depend on it"),
        ("a.yaml", "base: &b {x: 1}\nuse: {<<: *b}\n", "base.x", 2, "other values depend"),
    ],
)
def test_what_cannot_be_replaced_alone_is_refused(
    path: str, text: str, key: str, value: object, told: str
) -> None:
    with pytest.raises(CannotReplace, match=told):
        scalars.replace(path, text, key, value)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "a: 1\n---\na: 2\n"),
        ("a.yaml", "a: 1\na: 2\n"),
        ("a.json", '{"a": 1, "a": 2}'),
        ("a.json", '{"a": 1}\n{"a": 2}'),
        ("a.toml", "a = 1\na = 2\n"),
        ("a.toml", "[a]\nb = 1\n[a]\nb = 2\n"),
        ("a.ini", "[a]\nb = 1\n"),
        ("a.env", "A=1\n"),
    ],
)
def test_a_file_that_says_it_twice_or_in_no_known_format_is_refused(path: str, text: str) -> None:
    with pytest.raises(Unreadable):
        scalars.replace(path, text, "a", 5)


@pytest.mark.parametrize("path", ["a.json", "a.yaml"])
def test_line_ends_of_windows_are_kept(path: str) -> None:
    text = '{\r\n  "a": 1,\r\n  "b": 1\r\n}\r\n'
    assert scalars.replace(path, text, "b", 7) == text.replace('"b": 1', '"b": 7')


def test_an_anchor_that_nobody_uses_stays_before_its_value() -> None:
    text = "a: &x  400 # why\nb: [2, 1]\nc: !!int 7\n"
    assert scalars.replace("a.yaml", text, "a", 5) == text.replace("400", "5")
    assert scalars.replace("a.yaml", text, "c", 5) == text.replace("7", "5")


NAMES = st.sampled_from(["a", "b", "c-d", '"e.f"'])
SMALL = st.integers(0, 3)


@st.composite
def toml_texts(draw: st.DrawFn) -> str:
    """Write few numbers in many places, so that the right place is hard to find."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines: list[str] = []
    for table in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        lines += ["", f"[t.{table}]  # 1"]
        for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
            one, two = draw(SMALL), draw(SMALL)
            form = draw(st.sampled_from(["{} = {}", "{} = [{}, {}]", "{} = {{x = {}, y = {}}}"]))
            blank = draw(st.sampled_from(["", " ", "  # 1 2 [3]", "\t# '0'"]))
            lines.append(form.format(name, one, two) + blank)
    return end.join(lines) + draw(st.sampled_from(["", end]))


@given(toml_texts(), st.integers(-9, 9))
def test_any_number_of_any_toml_file_changes_alone(text: str, value: int) -> None:
    before = scalars.leaves("a.toml", text)
    for key, old in before.items():
        result = scalars.replace("a.toml", text, key, value)
        if old == value:
            assert result == text
        else:
            left, right = only_line(text, result)
            assert len(right) - len(left) == len(str(value)) - len(str(old))
            after = scalars.leaves("a.toml", result)
            assert [leaf.key for leaf in scalars.differences(before, after)] == [key]


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    """Mix block and flow style, quotes, comments and line ends."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = ["# 1: 2"]
    for table in draw(st.lists(st.sampled_from("pqr"), min_size=1, max_size=3, unique=True)):
        one, two = draw(SMALL), draw(SMALL)
        lines += draw(
            st.sampled_from(
                [
                    [f"{table}:", f"    a: {one}   # {two}", f"    'b c': {two}"],
                    [f"{table}: {{a: {one}, b: [{two}, {one}]}}  # {one}"],
                    [f"{table}:", f"- {one}", f"- {{x: {two}}}"],
                    [f'"{table}": &{table}', f"  x:   {one}", "  note: |", f"    x: {two}"],
                ]
            )
        )
    return end.join(lines) + draw(st.sampled_from(["", end]))


@given(yaml_texts(), st.integers(10, 99))
def test_any_number_of_any_yaml_file_changes_alone(text: str, value: int) -> None:
    before = scalars.leaves("a.yaml", text)
    for key, old in before.items():
        if isinstance(old, int):
            result = scalars.replace("a.yaml", text, key, value)
            only_line(text, result)
            after = scalars.leaves("a.yaml", result)
            assert [leaf.key for leaf in scalars.differences(before, after)] == [key]
