"""Are the commands found that a target declares, wherever it does so?"""

import pytest

from targets.manifest import Entry
from validation.trying.commands import Unreadable, offered

PYPROJECT = b"""
[project.scripts]
shop = "shop.cli:main"
shop-admin = "shop.cli:Admin.run [extra]"
[project.gui-scripts]
shop-window = "shop.window:open"
[tool.poetry.scripts]
old = "shop.old:main"
odd = {callable = "shop.odd:main"}
"""
SETUP = b"""
[options.entry_points]
console_scripts =
    shop = shop.other:main
    till = shop.till:main
"""


def test_all_places_are_read_and_the_later_one_wins() -> None:
    found = offered({"pyproject.toml": PYPROJECT, "setup.cfg": SETUP}, ())
    assert {one.label: (one.behind, one.declared) for one in found} == {
        "old": ("shop.old", "pyproject.toml"),
        "shop": ("shop.other", "setup.cfg"),
        "shop-admin": ("shop.cli", "pyproject.toml"),
        "shop-window": ("shop.window", "pyproject.toml"),
        "till": ("shop.till", "setup.cfg"),
    }
    [admin] = [one for one in found if one.label == "shop-admin"]
    assert admin.item["attribute"] == "Admin.run"


@pytest.mark.parametrize(
    ("command", "behind", "started"),
    [
        (("python3", "-m", "shop"), "shop", ["python3", "-m", "shop", "--help"]),
        (("./run.py",), "run.py", ["./run.py", "--help"]),
        (("python3", "run.py", "--help"), "run.py", ["python3", "run.py", "--help"]),
        (("make", "usage"), "", ["make", "usage", "--help"]),
        (("python3", "-m"), "", ["python3", "-m", "--help"]),
    ],
)
def test_what_stands_behind_a_command_of_the_manifest(
    command: tuple[str, ...], behind: str, started: list[str]
) -> None:
    [found] = offered({}, [Entry(command=command)])
    assert (found.label, found.behind) == (" ".join(command), behind)
    assert found.item["command"] == started


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", b"not = toml = at all"),
        ("pyproject.toml", b"\xff"),
        ("pyproject.toml", b"project = 3\n"),
        ("setup.cfg", b"no section\n"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_said_to_be_so(path: str, text: bytes) -> None:
    with pytest.raises(Unreadable, match=path):
        offered({path: text}, ())
