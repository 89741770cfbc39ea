"""Which tests does a command name, so that we can run them ourselves and hear of each one?

Everything here is read from the base: its manifest and its own settings of pytest.
"""

import configparser
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_SWITCHES = frozenset({"-B", "-u", "-b", "-bb", "-E", "-s", "-I", "-P"})
_WITH_WORD = frozenset({"-k", "-m", "-W", "--ignore", "--deselect", "--ignore-glob"})
_ALLOWED = re.compile(
    r"-[qvsl]+|-r\w+|--(tb|color|durations|ignore|ignore-glob|deselect|capture)=.*"
    r"|--(strict-markers|no-header|no-summary|disable-warnings|doctest-modules|showlocals)"
)
# What changes only how it runs, is told or stored; or what would end it before the last test.
_DROPPED = re.compile(
    r"-x|--exitfirst|--maxfail=.*|--strict(-config)?|--cov\S*|--no-cov\S*|--dist=.*"
    r"|--numprocesses=.*|-n\d+|--junit-?xml=.*|--import-mode=.*|--(lf|ff|nf|sw)|--verbose|--quiet"
)
_DROPPED_WITH_WORD = frozenset({"-n", "--dist", "--numprocesses"})
_SETTINGS = frozenset(
    {
        *("markers", "python_files", "python_classes", "python_functions", "testpaths"),
        *("filterwarnings", "norecursedirs", "xfail_strict", "usefixtures"),
        *("doctest_optionflags", "collect_imported_tests", "empty_parameter_set_mark"),
    }
)
# Where pytest looks for its settings, in its own order.
FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_SECTIONS = {"tox.ini": "pytest", "setup.cfg": "tool:pytest"}


@dataclass(frozen=True)
class Suite:
    """Say which tests to run, by which framework, and with what."""

    framework: str
    python: str
    switches: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    paths: tuple[str, ...] = (".",)
    settings: str = ""

    @property
    def files(self) -> frozenset[str]:
        """Return the files of the tree that its plugins would be."""
        return frozenset(f"{name.replace('.', '/')}.py" for name in self.plugins)


def recognised(command: Sequence[str]) -> Suite | None:
    """Return the tests that a command names; None when it is no plain use of what we know."""
    name, *rest = command
    if name in ("pytest", "py.test"):
        return _pytest(Suite("pytest", "python3"), rest, strict=True)
    if not _PYTHON.fullmatch(name):
        return None
    switches: list[str] = []
    while rest and rest[0] != "-m":
        taken = 2 if rest[0] == "-W" else 1
        if rest[0] not in _SWITCHES and taken == 1 and not rest[0].startswith("-W"):
            return None
        switches += rest[:taken]
        rest = rest[taken:]
    framework = rest[1] if len(rest) > 1 else ""
    if framework == "unittest":
        return Suite("unittest", name, tuple(switches), tuple(rest[2:]))
    if framework == "pytest":
        return _pytest(Suite("pytest", name, tuple(switches)), rest[2:], strict=True)
    return None


def narrowed(suite: Suite, files: Sequence[str], modules: Sequence[str]) -> Suite:
    """Return the suite of these files alone, which unittest knows by their modules."""
    if suite.framework == "unittest":
        return replace(suite, arguments=tuple(modules))
    options = (word for word in suite.arguments if _ALLOWED.fullmatch(word))
    return replace(suite, arguments=(*options, *files))


def _pytest(suite: Suite, words: Sequence[str], *, strict: bool) -> Suite | None:
    """Add pytest's arguments; what we do not know ends it, or is left out where not strict."""
    kept, plugins, without = list(suite.arguments), list(suite.plugins), list(suite.without)
    left = list(words)
    while left:
        word = left.pop(0)
        if word in _WITH_WORD and left:
            kept += [word, left.pop(0)]
        elif word in _DROPPED_WITH_WORD and left:
            left.pop(0)
        elif word.startswith("-p") and (left or len(word) > 2):
            named = word[2:] or left.pop(0)
            (without if named.startswith("no:") else plugins).append(named.removeprefix("no:"))
        elif not word.startswith("-") or _ALLOWED.fullmatch(word):
            kept.append(word)
        elif strict and not _DROPPED.fullmatch(word):
            return None
    return replace(suite, arguments=tuple(kept), plugins=tuple(plugins), without=tuple(without))


def configured(
    suite: Suite, files: Mapping[str, str], paths: Sequence[str], plugins: Sequence[str]
) -> Suite:
    """Add what the base's settings say of pytest, and the folders that it would import from."""
    if suite.framework != "pytest":
        return suite
    suite = replace(suite, plugins=(*suite.plugins, *plugins))
    found = next((read for name in FILES if (read := _section(name, files)) is not None), {})
    options = shlex.split(" ".join(_words(found.get("addopts", ""))))
    named = replace(suite, arguments=())
    with_options = _pytest(named, options, strict=False) or named
    arguments = (*with_options.arguments, *suite.arguments)
    folders = (".", *_words(found.get("pythonpath", "")), *_source(paths), *_tops(paths))
    return replace(
        with_options,
        arguments=arguments,
        paths=tuple(dict.fromkeys(folders)),
        settings=_ini(found, with_options.plugins),
    )


def _section(name: str, files: Mapping[str, str]) -> Mapping[str, object] | None:
    """Return a file's settings of pytest, None when it has none; what cannot be read has none."""
    if (text := files.get(name)) is None:
        return None
    try:
        if name == "pyproject.toml":
            tool = tomllib.loads(text).get("tool", {})
            section = tool.get("pytest", {}).get("ini_options")
            return section if isinstance(section, dict) else None
        parser = configparser.RawConfigParser()
        parser.read_string(text)
    except (tomllib.TOMLDecodeError, configparser.Error, AttributeError):
        return None
    wanted = _SECTIONS.get(name, "pytest")
    return dict(parser[wanted]) if parser.has_section(wanted) else None


def _ini(found: Mapping[str, object], plugins: Sequence[str]) -> str:
    """Write pytest's settings anew, without those that lead out of what is judged."""
    words = [plugin.removeprefix("pytest_").partition(".")[0].lower() for plugin in plugins]
    lines = ["[pytest]"]
    for key, value in sorted(found.items()):
        if key in _SETTINGS or any(word in key.lower() for word in words):
            lines.append(f"{key} =")
            lines += [f"    {line}" for line in _lines(value)]
    return "\n".join(lines) + "\n"


def _lines(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [line.strip() for line in str(value).splitlines() if line.strip()]


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value).split()


def _source(paths: Sequence[str]) -> list[str]:
    """Return the folder in which many keep their packages, if there is one."""
    return ["src"] if any(p.startswith("src/") and p.endswith(".py") for p in paths) else []


def _tops(paths: Sequence[str]) -> list[str]:
    """Return the folders from which tests import what lies beside them, as pytest would."""
    packages = {str(PurePosixPath(p).parent) for p in paths if p.endswith("__init__.py")}
    found: set[str] = set()
    for path in paths:
        place = PurePosixPath(path)
        if place.suffix == ".py" and (place.name.startswith(("test_", "conftest"))):
            folder = place.parent
            while str(folder) in packages and folder != folder.parent:
                folder = folder.parent
            found.add(str(folder))
    return sorted(found)
