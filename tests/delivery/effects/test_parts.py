"""Does a change tell which tools and agents it touches, and by what?"""

import pytest

from delivery.effects.parts import File, Parted, touched

NAMES = {"web_search", "fetch-page", "Planner", "db", "search"}
SECTION = "tools:\n  web_search:\n    timeout_ms: {}\n  fetch_page:\n    timeout_ms: 900\n"


def by_paths(*paths: str) -> frozenset[str]:
    return touched([File(path) for path in paths], NAMES).names


def settings(path: str = "config/tools.yaml", text: str = SECTION) -> File:
    return File(path, text.format(400).encode(), text.format(1200).encode())


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        (["tools/web_search.py"], {"web_search", "search"}),
        (["tools/fetch_page/limits.ini"], {"fetch-page"}),
        (["tools/FetchPage.ts"], {"fetch-page"}),
        (["agents/planner/prompt.txt", "tools/fetch-page.py"], {"Planner", "fetch-page"}),
        (["tools/research.py"], set()),
        (["tools/db.py"], set()),  # two letters stand in too many words
        (["config/tools.ini"], set()),
        (["tools/fetch_page.py", "config/tools.ini"], set()),
        (["tools/fetch_page.py", "tests/anything.py", "README.md"], {"fetch-page"}),
        (["tools/fetch_page.py", "test_everything.py"], {"fetch-page"}),
        (["README.md"], set()),
        ([""], set()),
        ([], set()),
    ],
)
def test_a_path_names_a_tool_where_its_words_stand_side_by_side(
    paths: list[str], named: set[str]
) -> None:
    assert by_paths(*paths) == named


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        (["prompts/fetch_page.md"], {"fetch-page"}),
        (["prompts/house_rules.md", "tools/fetch_page.py"], set()),
        (["AGENTS.md", "tools/fetch_page.py"], set()),
        (["tests/prompts/fetch_page.md"], set()),
        (["docs/fetch_page.md"], set()),
    ],
)
def test_what_agents_are_told_is_no_document(paths: list[str], named: set[str]) -> None:
    assert by_paths(*paths) == named


def test_without_names_nothing_is_touched_for_sure() -> None:
    assert touched([File("tools/web_search.py")], set()).names == frozenset()
    assert touched([settings()], {""}).names == frozenset()


def test_a_changed_value_tells_its_tool_where_the_path_tells_none() -> None:
    assert touched([settings()], NAMES) == Parted(
        frozenset({"web_search"}), ("config/tools.yaml: tools.web_search.timeout_ms",)
    )


def test_one_value_that_names_none_leaves_everything_open_and_is_named() -> None:
    both = SECTION + "retries: {}\n"
    found = touched([settings(), File("etc/all.yaml", both.encode(), b"retries: 1\n")], NAMES)
    assert found == Parted(
        told=("etc/all.yaml: retries names no tool or agent that telemetry knows",)
    )


def test_folders_are_read_like_keys_so_all_that_are_named_count() -> None:
    file = settings("agents/planner/tools.yaml")
    assert touched([file], NAMES).names == {"Planner", "web_search"}
    alone = File("tools/fetch_page.toml", b"retries = 1\n", b"retries = 2\n")
    assert touched([alone], NAMES) == Parted(
        frozenset({"fetch-page"}), ("tools/fetch_page.toml: retries",)
    )


def test_a_value_that_is_a_name_itself_is_touched_as_well() -> None:
    text = "tools:\n  web_search:\n    instead: {}\n"
    before, after = text.format("none").encode(), text.format("fetch-page").encode()
    assert touched([File("a.yaml", before, after)], NAMES).names == {"web_search", "fetch-page"}
    alone = File("a.yaml", b"default: web_search\n", b"default: fetch-page\n")
    assert touched([alone], NAMES).names == frozenset()


def test_what_says_the_same_as_before_touches_nothing() -> None:
    again = File("config/other.yaml", b"retries: 1 # few\n", b"# more\nretries: 0x1\n")
    assert touched([again, settings()], NAMES).names == {"web_search"}
    assert touched([again], NAMES).told == (
        "nothing of it runs: documents, tests, comments, or what the manifest gives to nobody",
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a: 1\na: 2\n", "the key 'a' is there twice (line 2)"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"a: {{ template }}\n", "(line 1)"),
        (b"a: 1\n---\na: 2\n", "(line 2)"),
        (b"a: [" * 200, "nested too deeply"),
    ],
)
def test_values_that_cannot_be_compared_leave_the_path_to_tell(content: bytes, why: str) -> None:
    assert touched([File("web_search.yaml", b"a: 1\n", content)], NAMES).names == {
        "web_search",
        "search",
    }
    found = touched([File("all.yaml", b"a: 1\n", content)], NAMES)
    assert found.names == frozenset()
    assert found.told[0].startswith("all.yaml: its values cannot be compared: ")
    assert why in found.told[0]


def test_the_manifest_has_the_first_word() -> None:
    owned = {"config/**": ["Planner"], "**/tools.yaml": ["fetch-page"], "docs/**": ["db"]}
    found = touched([settings()], NAMES, owned)
    assert found.names == {"Planner", "fetch-page"}
    assert found.told == ("config/tools.yaml: Planner, fetch-page, by the manifest",)
    assert touched([File("docs/a.md")], NAMES, owned).names == {"db"}
    assert touched([File("tools/web_search.py")], NAMES, owned).names == {"web_search", "search"}


def test_what_the_manifest_gives_to_nobody_touches_nothing() -> None:
    owned: dict[str, list[str]] = {"ops/**": [], "ops/search/**": ["search"]}
    files = [File("ops/dashboard.py"), settings()]
    assert touched(files, NAMES, owned).names == {"web_search"}
    assert touched([File("ops/search/a.py")], NAMES, owned).names == {"search"}


def test_a_name_of_the_manifest_that_telemetry_does_not_know() -> None:
    owned = {"lib/**": ["web_serch"], "old/**": ["db", "retired"]}
    found = touched([File("lib/a.py"), settings()], NAMES, owned)
    assert found.names == frozenset()
    assert found.told == (
        "lib/a.py: the manifest gives it to web_serch, and telemetry knows nothing of that name",
    )
    assert touched([File("old/a.py")], NAMES, owned).names == {"db", "retired"}


def test_long_and_strange_names_are_shown_in_few_signs_that_hide_nothing() -> None:
    before = ("tools:\n" + "".join(f"  k{n}: 1\n" for n in range(9))).encode()
    after = before.replace(b": 1", b": 2")
    files = [File(f"web_search/{n}.yaml", before, after) for n in range(5)]
    found = touched(files, NAMES)
    assert found.told[0] == "web_search/0.yaml: tools.k0, tools.k1, tools.k2, 6 more values"
    assert found.told[3:] == ("2 more files",)
    hidden = File("web_search/\u202e.yaml", b"a: 1\n", b"a: 2\n")
    assert touched([hidden], NAMES).told == ("web_search/\\u202e.yaml: a",)
    wide = File("web_search.json", b"{}", b'{"%s": 1}' % (b"x" * 900))
    assert len(touched([wide], NAMES).told[0]) < 400


def test_the_later_of_two_orders_of_files_tells_the_same() -> None:
    files = [settings(), File("tools/fetch_page.py")]
    assert touched(files, NAMES).names == touched(files[::-1], NAMES).names
