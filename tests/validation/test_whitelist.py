"""Does the whitelist that ships permit what it says, and is a broken one refused?"""

import pytest

from validation import parameters
from validation.parameters import BadParameters
from validation.paths import matches


def test_the_whitelist_that_ships_can_be_read() -> None:
    loaded = parameters.load()
    found = loaded.find("config/tools.yml", "tools.web_search.timeout_ms")
    assert found is not None
    assert found.allows(400, 900) is None
    assert loaded.covers("config/tools.yaml")
    assert len(loaded.digest) == 64


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("config/tools.json", "tools.a.timeout_ms"),
        ("other/config/tools.yaml", "tools.a.timeout_ms"),
        ("config/tools.yaml", "tools.timeout_ms"),
        ("config/tools.yaml", "tools.a.b.timeout_ms"),
        ("config/tools.yaml", 'tools."a.timeout_ms"'),
        ("config/tools.yaml", "tools.a.timeout_ms.x"),
    ],
)
def test_nothing_else_is_permitted(path: str, key: str) -> None:
    assert parameters.load().find(path, key) is None


def test_a_dot_inside_a_name_is_no_step_down() -> None:
    assert parameters.load().find("config/tools.yaml", 'tools."a.b".timeout_ms') is not None


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("path = 1", "path"),
        ("mni = 3", "mni"),
        ("step = 0", "step"),
        ('type = "text"', "type"),
        ("max = -5", "above max"),
        ("largest_change = true", "largest_change"),
    ],
)
def test_a_broken_whitelist_is_refused_with_the_place(line: str, what: str) -> None:
    lines = {
        "path": 'path = "a"',
        "key": 'key = "b"',
        "type": 'type = "integer"',
        "min": "min = 0",
        "max": "max = 5",
        "step": "step = 1",
        "largest_change": "largest_change = 1",
    }
    lines[line.split(" ")[0]] = line
    text = "[[parameter]]\n" + "\n".join(lines.values())
    with pytest.raises(BadParameters, match=what):
        parameters.parse(text.encode())


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**", "a/b/c.py", True),
        ("**/c.py", "c.py", True),
        ("**/c.py", "a/b/c.py", True),
        ("**/c.py", "a/bc.py", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("*", "a\nb", True),
    ],
)
def test_a_star_stays_inside_its_folder(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits
