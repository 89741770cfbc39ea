"""Which values does a change give another meaning, and by which keys are they somebody's?"""

import json

import pytest

from delivery.effects.leaves import ORDER, compare, others, shown
from delivery.effects.naming import Names

NAMES = Names({"web_search", "fetch-page", "memory", "cache", "Planner", "suche_ö"})


def keys(path: str, before: str | None, after: str | None) -> list[str]:
    contents = (None if text is None else text.encode() for text in (before, after))
    return [leaf.key for leaf in compare(path, *contents).changed]


def named(path: str, before: str | None, after: str | None, above: str = "") -> set[str]:
    """Return what the changed values name together; every one of them has to name something."""
    compared = compare(
        path, *(None if text is None else text.encode() for text in (before, after))
    )
    found = [compared.named(leaf, NAMES, above) for leaf in compared.changed]
    assert all(found), [leaf.key for leaf in compared.changed]
    return set().union(*found)


LIST = """\
tools:
  - name: web_search
    timeout_ms: 400
  - name: fetch_page
    timeout_ms: 900
"""


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.yaml", "tools:\n  fetch_page: {limit: 1}\n", "tools:\n  fetch_page: {limit: 2}\n"),
        ("a.json", '{"limits": {"fetch-page": 1}}', '{"limits": {"fetch-page": 2}}'),
        ("a.toml", "[FetchPage]\nlimit = 1\n", "[FetchPage]\nlimit = 2\n"),
        ("a.yaml", LIST, LIST.replace("900", "901")),
        ("a.json", '[{"id": "fetch-page", "n": 1}]', '[{"id": "fetch-page", "n": 2}]'),
        ("a.toml", "[[tools]]\nid='fetch-page'\nn=1\n", "[[tools]]\nid='fetch-page'\nn=2\n"),
    ],
)
def test_a_changed_value_is_its_tools_in_every_format(path: str, before: str, after: str) -> None:
    assert named(path, before, after) == {"fetch-page"}


def test_a_value_below_an_agent_and_a_tool_is_both_their() -> None:
    text = "agents:\n  planner:\n    tools:\n      web_search: {}\n"
    assert named("a.yaml", text.format("1"), text.format("2")) == {"Planner", "web_search"}


def test_a_file_that_comes_or_goes_changes_all_its_values() -> None:
    assert keys("a.yaml", None, LIST) == keys("a.yaml", LIST, None)
    assert named("a.yaml", LIST, None) == {"web_search", "fetch-page"}
    assert keys("a.yaml", None, "") == [""]


def test_names_with_dots_and_other_letters_are_found_whole() -> None:
    text = '{{"tools": {{"web.search": {{"n": {0}}}, "SUCHE_Ö": {{"n": {0}}}}}}}'
    assert named("a.json", text.format(1), text.format(2)) == {"web_search", "suche_ö"}
    assert not named("a.json", '{"web": {"search": 1}}', '{"web": {"search": 1}}')


@pytest.mark.parametrize(
    ("text", "above", "found"),
    [
        ("resources:\n  limits:\n    memory: {}\n    cpu: 1\n", "deployment", set()),
        ("limits:\n  memory: {}\n  cache: 1\n", "limits", {"memory"}),
        ("limits:\n  memory: {}\n  web_search: 1\n", "limits", {"memory"}),
        ("tools:\n  memory:\n    limit: {}\n", "settings", {"memory"}),
        ("allowed_tools:\n  memory: {}\n", "settings", {"memory"}),
        ("memory: {}\n", "tools", {"memory"}),
        ("memory: {}\n", "deployment", set()),
        ("web_search: {}\n", "deployment", {"web_search"}),
    ],
)
def test_a_name_of_one_word_counts_where_parts_are_listed(
    text: str, above: str, found: set[str]
) -> None:
    compared = compare("a.yaml", text.format(1).encode(), text.format(2).encode())
    (leaf,) = compared.changed
    assert compared.named(leaf, NAMES, above) == found


def test_a_member_put_in_before_others_changes_none_of_them() -> None:
    more = LIST.replace("tools:\n", "tools:\n  - name: memory\n    timeout_ms: 1\n")
    assert keys("a.yaml", LIST, more) == ["tools.memory.name", "tools.memory.timeout_ms"]
    assert named("a.yaml", LIST, more) == {"memory"}
    assert named("a.yaml", more, LIST) == {"memory"}


def test_another_order_is_a_change_of_the_list_itself() -> None:
    first, second = LIST.split("  - ")[1:]
    turned = f"tools:\n  - {second}  - {first}"
    compared = compare("a.yaml", LIST.encode(), turned.encode())
    (leaf,) = compared.changed
    assert (leaf.key, shown(leaf)) == (f"tools.{ORDER}", "the order of tools")
    assert compared.named(leaf, NAMES) == frozenset()


def test_members_without_names_of_their_own_stand_by_their_number() -> None:
    for text in (
        "tools:\n  - name: web_search\n    n: {}\n  - name: web_search\n    n: 1\n",
        "tools:\n  - name: web_search\n    n: {}\n  - n: 1\n",
        "tools:\n  - {}\n  - name: web_search\n",
        "tools:\n  - [{}]\n",
    ):
        (key,) = keys("a.yaml", text.format(1), text.format(2))
        assert key.startswith("tools.[0]")


def test_a_list_that_becomes_a_mapping_is_not_the_same() -> None:
    mapping = "tools:\n  web_search:\n    name: web_search\n    timeout_ms: 400\n"
    listed = "tools:\n  - name: web_search\n    timeout_ms: 400\n"
    assert keys("a.yaml", listed, mapping) == [f"tools.{ORDER}"]
    assert keys("a.yaml", listed, "tools: []\n") != []


def test_lists_in_lists_are_told_by_all_their_names() -> None:
    text = json.dumps(
        {"agents": [{"name": "planner", "tools": [{"id": "memory", "n": 1}, {"id": "cache"}]}]}
    )
    assert keys("a.json", text, text.replace("1", "2")) == ["agents.planner.tools.memory.n"]
    assert named("a.json", text, text.replace("1", "2")) == {"Planner", "memory"}


def test_what_an_anchor_carries_changes_wherever_it_is_read() -> None:
    text = "x: &x {{n: {}}}\ntools:\n  web_search:\n    <<: *x\n"
    assert keys("a.yaml", text.format(1), text.format(2)) == ["tools.web_search.n", "x.n"]


def test_a_value_that_is_a_name_is_told() -> None:
    (leaf,) = compare("a.yaml", b"a: web_search\n", b"a: fetchPage\n").changed
    assert others(leaf, NAMES) == {"web_search", "fetch-page"}
    (number,) = compare("a.yaml", b"a: 1\n", b"a: [web_search]\n").changed[:1]
    assert others(number, NAMES) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        *("{}", "- {}", "- - {}", "? 1.5\n: {}", "null: {}", '"": {}', '"[0]": {}', '"[]": {}'),
        *(
            "2026-03-02: {}",
            "? !!binary PiJceDAwIg==\n: {}",
            '"\\ud800.\\u0000": {}',
            "<<: {{a: {}}}",
        ),
        *(
            "- name: ''\n  a: {}",
            "- name: [x]\n  a: {}",
            "- {{name: a.b, x: {}}}",
            "a: !!set {{{}}}",
        ),
        '"a\\"b.c": {}',
    ],
)
def test_no_key_is_so_strange_that_its_value_is_overlooked(text: str) -> None:
    compared = compare("a.yaml", text.format(1).encode(), text.format(2).encode())
    assert compared.changed
    for leaf in compared.changed:
        assert compared.named(leaf, NAMES, "a") == frozenset()
        assert shown(leaf)


def test_ten_thousand_named_members_are_compared_in_one_pass() -> None:
    members = [{"name": f"tool_{n}", "n": n} for n in range(9_000)]
    before = json.dumps({"tools": members})
    members[4500]["n"] = -1
    assert keys("a.json", before, json.dumps({"tools": members})) == ["tools.tool_4500.n"]
