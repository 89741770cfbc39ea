"""Is a command known for what it runs, and is nothing taken over that a target could bend?"""

import pytest

from targets.testing.suites import Suite, configured, recognised


@pytest.mark.parametrize(
    ("command", "suite"),
    [
        ("python3 -m unittest", Suite("unittest", "python3")),
        ("python -m unittest -v", Suite("unittest", "python", (), ("-v",))),
        (
            "python3.11 -B -W error -m unittest discover -s tests -t .",
            Suite(
                "unittest",
                "python3.11",
                ("-B", "-W", "error"),
                ("discover", "-s", "tests", "-t", "."),
            ),
        ),
        ("pytest", Suite("pytest", "python3")),
        ("python3 -m pytest -q tests", Suite("pytest", "python3", (), ("-q", "tests"))),
        ("pytest -x --maxfail=1 -n auto --cov=app", Suite("pytest", "python3")),
        (
            "pytest -k fast -p no:randomly -p pytest_asyncio",
            Suite(
                "pytest",
                "python3",
                (),
                ("-k", "fast"),
                plugins=("pytest_asyncio",),
                without=("randomly",),
            ),
        ),
        ("pytest -pname", Suite("pytest", "python3", plugins=("name",))),
    ],
)
def test_a_plain_use_is_recognised(command: str, suite: Suite) -> None:
    assert recognised(command.split()) == suite


@pytest.mark.parametrize(
    "command",
    [
        "true",
        "make test",
        "python3",
        "python3 -m",
        "python3 -m nose",
        "python3 run_tests.py",
        "python3 -c pass",
        "python3 -O -m unittest",
        "python3 -X importtime -m unittest",
        "/usr/bin/python3 -m unittest",
        "./python3 -m unittest",
        "python2 -m unittest",
        "pypy3 -m pytest",
        "pytest -c other.ini",
        "pytest --rootdir=elsewhere",
        "pytest -o python_files=x",
        "pytest --override-ini=x",
        "pytest --collect-only",
        "pytest --confcutdir=.",
        "tox",
        "npm test",
    ],
)
def test_anything_else_is_judged_by_its_end(command: str) -> None:
    assert recognised(command.split()) is None


PYTEST = Suite("pytest", "python3")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\ntestpaths = tests\nmarkers =\n    slow: waits\n"),
        (".pytest.ini", "[pytest]\ntestpaths = tests\nmarkers =\n    slow: waits\n"),
        ("tox.ini", "[tox]\n[pytest]\ntestpaths = tests\nmarkers =\n    slow: waits\n"),
        ("setup.cfg", "[tool:pytest]\ntestpaths = tests\nmarkers =\n    slow: waits\n"),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nmarkers = ["slow: waits"]\n',
        ),
    ],
)
def test_harmless_settings_of_the_base_are_taken_over(name: str, text: str) -> None:
    suite = configured(PYTEST, {name: text}, (), ())
    assert suite.settings == "[pytest]\nmarkers =\n    slow: waits\ntestpaths =\n    tests\n"


def test_the_first_file_counts_as_for_pytest() -> None:
    files = {"pytest.ini": "[pytest]\ntestpaths = a\n", "tox.ini": "[pytest]\ntestpaths = b\n"}
    assert "    a\n" in configured(PYTEST, files, (), ()).settings
    empty = {"pyproject.toml": "[project]\n", "tox.ini": "[pytest]\ntestpaths = b\n"}
    assert "    b\n" in configured(PYTEST, empty, (), ()).settings


@pytest.mark.parametrize(
    "line",
    [
        "cache_dir = x",
        "junit_family = x",
        "log_file = x",
        "required_plugins = x",
        "minversion = 99",
        "asyncio_mode = auto",
    ],
)
def test_what_leads_out_or_belongs_to_no_named_plugin_is_left_out(line: str) -> None:
    suite = configured(PYTEST, {"pytest.ini": f"[pytest]\n{line}\n"}, (), ())
    assert suite.settings == "[pytest]\n"


@pytest.mark.parametrize(
    ("plugin", "line"),
    [
        ("asyncio", "asyncio_mode = auto"),
        ("pytest_asyncio", "asyncio_mode = auto"),
        ("pytest_django", "DJANGO_SETTINGS_MODULE = shop.settings"),
        ("pytest_timeout", "timeout = 5"),
    ],
)
def test_settings_of_a_named_plugin_are_taken_over(plugin: str, line: str) -> None:
    name, _, value = line.partition(" = ")
    suite = configured(PYTEST, {"pytest.ini": f"[pytest]\n{line}\n"}, (), (plugin,))
    assert suite.settings == f"[pytest]\n{name.lower()} =\n    {value}\n"
    assert suite.plugins == (plugin,)


def test_options_of_the_base_come_before_those_of_the_command() -> None:
    text = "[pytest]\naddopts = -ra -m 'not slow' -c x.ini -p plain --strict-config --cov\n"
    command = Suite("pytest", "python3", (), ("-k", "fast"))
    suite = configured(command, {"pytest.ini": text}, (), ())
    assert suite.arguments == ("-ra", "-m", "not slow", "x.ini", "-k", "fast")
    assert suite.plugins == ("plain",)


def test_tests_are_imported_from_where_pytest_would() -> None:
    files = {"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n'}
    paths = (
        "tests/unit/test_a.py",
        "pkg/__init__.py",
        "pkg/tests/__init__.py",
        "pkg/tests/test_b.py",
    )
    suite = configured(PYTEST, files, paths, ())
    assert suite.paths == (".", "src", "tests/unit")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "no section"),
        ("pyproject.toml", "tool = 1\n"),
        ("pyproject.toml", "[tool]\npytest = 1\n"),
        ("pyproject.toml", "not toml"),
        ("setup.cfg", "[pytest]\ntestpaths = x\n"),
    ],
)
def test_settings_that_cannot_be_read_are_none(name: str, text: str) -> None:
    assert configured(PYTEST, {name: text}, (), ()).settings == "[pytest]\n"


def test_unittest_has_no_settings() -> None:
    suite = Suite("unittest", "python3")
    assert configured(suite, {"pytest.ini": "[pytest]\ntestpaths = x\n"}, (), ("p",)) == suite


def test_plugins_of_the_tree_are_known_as_files() -> None:
    assert Suite("pytest", "python3", plugins=("tests.plug",)).files == {"tests/plug.py"}


def test_packages_below_src_can_be_imported() -> None:
    suite = Suite("pytest", "python3")
    found = configured(suite, {}, ["src/shop/__init__.py", "tests/test_a.py"], [])
    assert found.paths == (".", "src", "tests")
    assert configured(suite, {}, ["src/main.c", "tests/test_a.py"], []).paths == (".", "tests")
