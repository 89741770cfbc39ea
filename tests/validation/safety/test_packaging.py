"""Is it told what a project pulls in, and what runs because of its settings?"""

from validation.safety import Seen, packaging

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "own"
backend-path = ["."]

[project]
name = "x"
dependencies = ["requests>=2", "evil @ https://x.example/evil.tar.gz"]

[project.entry-points.pytest11]
mine = "x.plugin"

[tool.pytest.ini_options]
addopts = "-p x.plugin"

[tool.ruff]
line-length = 99
"""


def whats(found: list[Seen]) -> set[str]:
    return {one.what for one in found}


def test_what_a_project_needs_and_what_it_makes_run_is_told() -> None:
    found = list(packaging.project(PROJECT))
    assert whats(found) == {
        "sets build-system.requires = setuptools",
        "sets build-system.build-backend = own",
        "sets build-system.backend-path = .",
        "depends on requests",
        "takes evil @ https://x.example/evil.tar.gz",
        "sets project.entry-points.pytest11.mine = x.plugin",
        "sets tool.pytest.ini_options.addopts = -p x.plugin",
    }
    assert next(one.line for one in found if "pytest11" in one.what) == 12


def test_a_list_of_requirements_is_read_line_by_line() -> None:
    text = "# ours\nrequests==2.31 --hash=sha256:0\n-r more.txt\n--index-url https://x\ngit+https://y\n"
    found = list(packaging.requirements(text))
    assert [(one.line, one.what) for one in found] == [
        (2, "depends on requests"),
        (4, "takes --index-url https://x"),
        (5, "takes git+https://y"),
    ]


def test_a_requirement_without_a_version_is_told() -> None:
    old, new = ({one.what for one in packaging.requirements(text)} for text in ("a==1\n", "a\n"))
    assert new - old == {"takes any version of a"}


def test_another_version_of_the_same_is_the_same_name() -> None:
    old, new = (
        next(iter(packaging.requirements(text))).name for text in ("Two_Words==1\n", "two-words>2")
    )
    assert old == new


def test_setup_cfg_and_tox_are_read() -> None:
    found = list(
        packaging.ini("[options]\ninstall_requires =\n  a\n  b\n[testenv]\ncommands = x\n")
    )
    assert whats(found) == {"depends on a", "depends on b", "sets testenv.commands = x"}


def test_what_cannot_be_read_is_refused_and_never_passed_over() -> None:
    (found,) = packaging.ini("no section = 1\n")
    assert found.refuses
    (found,) = packaging.project("= 1")
    assert found.refuses
