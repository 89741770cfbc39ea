"""Do the settings of test runners and the steps of CI still ask for as much as before?"""

import configparser
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from validation import strict_yaml
from validation.paths import matches
from validation.strict_yaml import NotStrict
from validation.strictness.folding import SHOWN, Weakness
from validation.strictness.suite import CannotBeRead

_INI = ("**/pytest.ini", "**/.pytest.ini", "**/tox.ini", "**/setup.cfg", "**/.coveragerc")
_TOML = ("**/pyproject.toml", "**/.coveragerc.toml", "**/pytest.toml", "**/.selfimprove.toml")
_CI = (
    *(".github/workflows/*.y*ml", ".github/actions/**/*.y*ml", ".gitlab-ci.yml"),
    *(".gitlab/**/*.y*ml", ".circleci/*.y*ml", "azure-pipelines.yml", ".travis.yml"),
    ".pre-commit-config.yaml",
)
_PLAIN = ("**/Makefile", "**/noxfile.py", "**/justfile", "**/Jenkinsfile")
_SECTIONS = re.compile(
    r"(?:tool[.:])?(?:pytest|coverage|tox|nox|unittest|tests?\b|run\b|report\b|testenv)", re.I
)
_ASKS = re.compile(r"test|check|cov|lint|mypy|ruff|nox|tox|session", re.I)
_STEPS = {"run", "uses", "script", "before_script", "after_script", "entry", "command", "id"}
_WAIVES = {"continue-on-error", "allow_failure", "if", "when", "only", "except", "rules", "skip"}
# Steps that ask for nothing: they get what the others need, build or publish.
_OTHERWISE = re.compile(
    r"(?:sudo )?(?:(?:python\S* -m |uv )?pip3? install|uv sync|apt(?:-get)? install|echo |twine "
    r"|git (?:config|fetch|checkout|push|tag)|(?:python\S* -m |uv )build)[^;&|]*"
)
_NOT_ASKING = ("actions/", "docker/", "pypa/", "astral-sh/setup-", "sigstore/", "github/")
_NO_DEMAND = {  # settings that say with what, but not what for
    *("description", "basepython", "base_python", "passenv", "pass_env", "deps", "requires"),
    *("dependency_groups", "extras", "package", "wheel_build_env", "faulthandler_timeout"),
    *("asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope"),
}
_RISES = ("fail_under", "fail-under")  # more is stricter
_ADDS = ("markers", "required_plugins")  # one more leaves the others as they were
_STRICT = {"--strict-markers", "--strict-config", "--strict", "-ra", "-q", "-v", "-vv"}


@dataclass
class Settings:
    """Hold what a file demands of the runs of tests."""

    values: dict[str, str] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)
    waives: Counter[str] = field(default_factory=Counter)


def concerns(path: str) -> bool:
    """Tell whether a file says how tests are run."""
    return any(matches(pattern, path) for pattern in (*_INI, *_TOML, *_CI, *_PLAIN))


def weaknesses(path: str, old: str | None, new: str | None) -> Iterator[Weakness]:
    """Compare what a file says of the runs before and after; raise CannotBeRead."""
    if old is None and not any(matches(pattern, path) for pattern in (*_INI, *_TOML)):
        return  # another workflow takes nothing away
    before, after = read(path, old or ""), read(path, new or "")
    for key in sorted({*before.values, *after.values}):
        if what := _changed(key, before.values.get(key), after.values.get(key)):
            yield Weakness(_line(new, key), what)
    for step in sorted((before.steps - after.steps).elements()):
        yield Weakness(None, f"a step is gone or another one: {_cut(step)}")
    for waived in sorted((after.waives - before.waives).elements()):
        yield Weakness(_line(new, waived), f"a step can be left out or may fail: {_cut(waived)}")


def read(path: str, text: str) -> Settings:
    """Return what the text demands; raise CannotBeRead."""
    try:
        if any(matches(pattern, path) for pattern in _INI):
            return Settings(values=dict(_ini(text)))
        if any(matches(pattern, path) for pattern in _TOML):
            return Settings(values=dict(_leaves(tomllib.loads(text), ())))
        if any(matches(pattern, path) for pattern in _PLAIN):
            return Settings(steps=Counter(filter(_ASKS.search, _words(text))))
        return _workflow(text)
    except (configparser.Error, tomllib.TOMLDecodeError, NotStrict, RecursionError) as error:
        raise CannotBeRead(f"what it says of tests cannot be read: {error}") from error


def _ini(text: str) -> Iterator[tuple[str, str]]:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.read_string(text)
    for section in parser.sections():
        if _SECTIONS.match(section):
            for key, value in parser.items(section):
                yield f"{section}.{key}", "\n".join(value.split("\n")).strip()


def _leaves(node: object, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*above, str(key)))
    elif _SECTIONS.match(".".join(above)):
        text = "\n".join(map(str, node)) if isinstance(node, list) else str(node)
        yield ".".join(above), text


def _workflow(text: str) -> Settings:
    found = Settings()
    for key, value in _pairs(strict_yaml.load(text)):
        if key == "uses":
            if not value.startswith(_NOT_ASKING):
                found.steps[value.partition("@")[0]] += 1  # of which release is for the safety
        elif key in _STEPS:
            lines = (line.strip() for line in value.split("\n"))
            found.steps.update(one for one in lines if one and not _OTHERWISE.fullmatch(one))
        elif key in _WAIVES and value.lower() not in ("false", "always", "always()"):
            found.waives[f"{key}: {value}"] += 1
    return found


def _pairs(node: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            # YAML 1.1 reads the bare word `on` as true; no step is called that
            yield from _pairs(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from _pairs(value, key)
    else:
        yield key, str(node)


def _changed(key: str, old: str | None, new: str | None) -> str:
    name = key.rpartition(".")[2]
    if old == new or name in _NO_DEMAND:
        return ""
    if name in _RISES and _number(new) >= max(_number(old), 0):
        return ""
    if name in _ADDS and new is not None and set(_words(old)) <= set(_words(new)):
        return ""
    if name == "addopts" and new is not None and _only_stricter(old, new):
        return ""
    if new is None:
        return f"{key} is gone; it was {_cut(old or '')}"
    was = f"; it was {_cut(old)}" if old is not None else ", and was not said before"
    return f"{key} is {_cut(new)}{was}"


def _only_stricter(old: str | None, new: str) -> bool:
    before, after = Counter((old or "").split()), Counter(new.split())
    return not before - after and set((after - before).elements()) <= _STRICT


def _words(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").split("\n") if line.strip()]


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return -1.0  # no share that could be asked for


def _line(text: str | None, key: str) -> int | None:
    name = key.partition(":")[0].rpartition(".")[2]
    for number, line in enumerate((text or "").split("\n"), 1):
        if line.strip().lstrip("- \"'").lower().startswith(name.lower()):
            return number
    return None


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"
