"""Which file does a failure name, and does it name none where it might be another?"""

import pytest

from evaluation.rules.named import Evidence, files, packages

PATHS = (
    "main.py",
    "load",
    "bin/deploy",
    "shop/__init__.py",
    "shop/pricing.py",
    "shop/reports/monthly.py",
    "src/depot/stock.py",
    "tools/backup.sh",
    "a/twice.py",
    "b/twice.py",
    "a/deep/twins.py",
    "b/deep/twins.py",
    "docs/größe.md",
)


def named(way: str, *texts: str, frames: tuple[str, ...] = ()) -> tuple[str, ...]:
    return files([way], Evidence(texts, frames, PATHS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tools/backup.sh: line 3: [: too many arguments", "tools/backup.sh"),
        ("./tools/backup.sh: 2: x: unexpected operator", "tools/backup.sh"),
        ("/srv/app/tools/backup.sh: line 3", "tools/backup.sh"),
        ("backup.sh: line 3: failed", "tools/backup.sh"),
        ('File "/srv/[...]/shop/pricing.py", line 12, in total', "shop/pricing.py"),
        ("at shop\\pricing.py:12", "shop/pricing.py"),
        ("see shop/pricing.py.", "shop/pricing.py"),
        ("bin/deploy: line 9: ambiguous redirect", "bin/deploy"),
        ("docs/größe.md is too large", "docs/größe.md"),
        ("a/twice.py:3", "a/twice.py"),
    ],
)
def test_a_path_in_a_message_names_its_file(text: str, expected: str) -> None:
    assert named("path", text) == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "twice.py failed",  # two are called so
        "deep/twins.py failed",
        "could not load the prices",  # a word, though a file is called so
        "site-packages/shop/pricing.py:3",
        "/usr/lib/node_modules/tools/backup.sh",
        "/srv/[...]: line 3",
        "pricing.pyc",
        "xshop/pricing.py2",
        "../../etc/passwd",
        "",
        "...",
        "/",
    ],
)
def test_what_might_be_another_file_names_none(text: str) -> None:
    assert named("path", text) == ()


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("shop.pricing:total", ("shop/pricing.py",)),
        ("app.main:run", ("main.py",)),  # at the top, in a folder that is called app elsewhere
        ("depot.stock:count", ("src/depot/stock.py",)),
        ("reports.monthly:turnover", ("shop/reports/monthly.py",)),
        ("a.twice:x", ("a/twice.py",)),
        ("deep.twins:x", ()),
        ("tools.backup:main", ()),  # a script in another language
        ("other.pricing:total", ()),
        ("__main__:x", ()),
        ("?:?", ()),
        ("", ()),
    ],
)
def test_a_frame_names_the_file_of_its_module(frame: str, expected: tuple[str, ...]) -> None:
    assert named("frame", frames=(frame,)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No module named 'shop.reports'", ("shop/reports/__init__.py",)),
        ("No module named 'shop.reports.monthly'", ("shop/reports/monthly.py",)),
        ("No module named depot", ("src/depot/__init__.py",)),
        ("cannot import name 'x' from 'shop.pricing' (/srv/[...])", ("shop/pricing.py",)),
        ("No module named 'numpy'", ()),
        ("No module named 'shop.nothing'", ()),
        ("No module named 'tools'", ()),  # no Python lies there
        ("No module named '...'", ()),
        ("No module named ''", ()),
    ],
)
def test_a_module_names_its_file_or_its_folder(text: str, expected: tuple[str, ...]) -> None:
    assert named("module", text) == expected


def test_packages_are_the_folders_around_a_file_and_not_the_one_that_holds_sources() -> None:
    assert packages(["src/depot/deep/stock.py", "main.py"]) == {
        "src/depot/__init__.py",
        "src/depot/deep/__init__.py",
    }


def test_several_ways_and_texts_name_each_file_once() -> None:
    shown = Evidence(["shop/pricing.py:1", "shop/pricing.py:2"], ["shop.pricing:x"], PATHS)
    assert files(["path", "frame"], shown) == ("shop/pricing.py",)


@pytest.mark.parametrize(
    "text",
    [
        "a/" * 50_000,
        "." * 100_000,
        "No module named " * 20_000,
        "x" * 100_000 + ".py",
        "\\" * 9999,
    ],
    ids=["folders", "dots", "modules", "a long name", "backslashes"],
)
def test_a_hostile_message_names_nothing(text: str) -> None:
    many = tuple(f"room{number}/file{number}.py" for number in range(20_000))
    for way in ("path", "module"):
        assert files([way], Evidence([text] * 3, [text], many)) == ()
