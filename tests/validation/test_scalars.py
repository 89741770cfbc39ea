"""Are values read as a program would, and is exactly one replaced with every other byte kept?"""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from validation import scalars
from validation.scalars import ABSENT, CannotReplace, ChangedLeaf, Unreadable

TEXT = """\
# tools of the gateway\r
tools:
  web_search: {timeout_ms: 400, "a.b": 'it''s'}   # keep this
  fetch:
    retries: 0
    note: |
      two
      lines
list: [1, 2.5, ~, "x"]
shared: &s {x: 1}
use: *s
"""


def test_every_value_has_a_key_of_its_own() -> None:
    assert scalars.leaves("a.yml", TEXT) == {
        "tools.web_search.timeout_ms": 400,
        'tools.web_search."a.b"': "it's",
        "tools.fetch.retries": 0,
        "tools.fetch.note": "two\nlines\n",
        "list.[0]": 1,
        "list.[1]": 2.5,
        "list.[2]": None,
        "list.[3]": "x",
        "shared.x": 1,
        "use.x": 1,
    }


def test_the_three_formats_read_alike() -> None:
    expected = {"a.b": 1, "c.[0]": True}
    assert scalars.leaves("x.json", '{"a": {"b": 1}, "c": [true]}') == expected
    assert scalars.leaves("x.toml", "c = [true]\n[a]\nb = 1\n") == expected
    assert scalars.leaves("x.yaml", "a: {b: 1}\nc: [true]\n") == expected


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("a.yaml", "a: &a [*a]", "nested deeper"),
        ("a.yaml", "[" * 3000, "nested too deeply"),
        ("a.yaml", "a: \x00", "not allowed"),
        ("a.yaml", "? [a]\n: 1", "not a plain value"),
        ("a.yaml", "1: a\n0x1: b", "there twice"),
        ("a.yaml", "a: !!bool maybe", "cannot be read"),
        ("a.yaml", "x: &x [1]\ny: [" + "*x, " * 51 + "]", "more than 50 aliases"),
        ("a.yaml", "a: " + "x" * 1_000_001, "larger than"),
        ("a.yaml", "a: [" + "1, " * 20_001 + "]", "more than 20000 values"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '{"a": Infinity}', "Infinity"),
        ("a.toml", "a = 1\na = 2\n", "Cannot overwrite"),
        ("a.txt", "a: 1", "only YAML, JSON and TOML"),
    ],
)
def test_what_is_ambiguous_or_boundless_cannot_be_read(path: str, text: str, what: str) -> None:
    with pytest.raises(Unreadable, match=what):
        scalars.leaves(path, text)


def test_differences_go_by_type_as_well_as_by_value() -> None:
    old = {"a": 1, "b": True, "c": None, "d": "x"}
    new = {"a": 1.0, "b": 1, "d": "x", "e": None}
    assert scalars.differences(old, new) == (
        ChangedLeaf("a", 1, 1.0),
        ChangedLeaf("b", True, 1),
        ChangedLeaf("c", None, ABSENT),
        ChangedLeaf("e", ABSENT, None),
    )


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("tools.web_search.timeout_ms", 900, "timeout_ms: 400", "timeout_ms: 900"),
        ('tools.web_search."a.b"', "o'k", "'it''s'", "'o''k'"),
        ("tools.fetch.retries", 2, "retries: 0", "retries: 2"),
        ("list.[1]", 3.5, "2.5", "3.5"),
        ("list.[2]", True, "~", "true"),
        ("list.[3]", "y: z", '"x"', '"y: z"'),
    ],
)
def test_one_value_is_replaced_and_every_other_byte_kept(
    key: str, value: object, old: str, new: str
) -> None:
    assert scalars.replace("a.yaml", TEXT, key, value) == TEXT.replace(old, new)


def test_a_tab_indented_json_file_keeps_its_tabs() -> None:
    text = '{\n\t"a": {"b": 1},\n\t"c": "x"\n}\n'
    assert scalars.replace("a.json", text, "a.b", 7) == text.replace("1", "7")
    assert scalars.line_of("a.json", text, "c") == 3


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a.yaml", "use.x"),
        ("a.yaml", "shared.x"),
        ("a.yaml", "tools.fetch.note"),
        ("a.yaml", "tools.nowhere"),
    ],
)
def test_a_value_that_cannot_be_replaced_alone_is_left(path: str, key: str) -> None:
    with pytest.raises(CannotReplace):
        scalars.replace(path, TEXT, key, 5)


@given(
    st.dictionaries(
        st.text("abc.é\"'", max_size=4),
        st.one_of(st.integers(-99, 99), st.booleans(), st.text("ab: #é", max_size=5)),
        min_size=1,
        max_size=4,
    ),
    st.integers(-999, 999),
)
def test_any_value_of_any_file_can_be_replaced(content: dict[str, object], value: int) -> None:
    for path, text in (
        ("a.json", json.dumps(content, indent=1)),
        ("a.yaml", yaml.safe_dump(content, allow_unicode=True)),
    ):
        for key, old in scalars.leaves(path, text).items():
            after = scalars.leaves(path, scalars.replace(path, text, key, value))
            expected = () if old == value and type(old) is int else (key,)
            changed = scalars.differences(scalars.leaves(path, text), after)
            assert tuple(leaf.key for leaf in changed) == expected
