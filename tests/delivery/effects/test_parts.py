"""Do the paths of a change tell which tools and agents it touches?"""

import pytest

from delivery.effects.parts import touched

NAMES = {"web_search", "fetch-page", "Planner", "db", "search"}


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        (["tools/web_search.py"], {"web_search", "search"}),
        (["tools/fetch_page/limits.toml"], {"fetch-page"}),
        (["tools/FetchPage.ts"], {"fetch-page"}),
        (["agents/planner/prompt.txt", "tools/fetch-page.py"], {"Planner", "fetch-page"}),
        (["tools/research.py"], set()),
        (["tools/db.py"], set()),  # two letters stand in too many words
        (["config/tools.yaml"], set()),
        (["tools/fetch_page.py", "config/tools.yaml"], set()),
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
    assert touched(paths, NAMES) == named


def test_without_names_nothing_is_touched_for_sure() -> None:
    assert touched(["tools/web_search.py"], set()) == frozenset()
