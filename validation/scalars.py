"""Which values does a configuration file hold, which of them differ, how is one replaced?

A file is compared by what a program would read from it, so that anchors, merge keys, escapes and
other spellings cannot carry a change past the reader.
"""

import enum
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final, Literal

import yaml

from validation import strict_yaml

MAX_LEAVES = 20_000
MAX_DEPTH = 60
MAX_CHARACTERS = 1_000_000
MAX_YAML_CHARACTERS = 300_000  # its reader takes seconds for as much
MAX_BITS = 256  # of an integer
KINDS: Final = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}
MAX_PLACES = 200
_TOML_WORD = re.compile(r"""\"(?:[^"\\\n]|\\.)*\"|'[^'\n]*'|[^\s,\[\]{}#="']+""")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")  # an anchor or a tag, which the marks include
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|[^.]+')


class Absent(enum.Enum):
    """Stand for a value that is not there, which is not the same as null."""

    ABSENT = "(absent)"


ABSENT: Literal[Absent.ABSENT] = Absent.ABSENT


class Unreadable(ValueError):
    """The text cannot be read as the configuration format that its name promises."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


class CannotReplace(ValueError):
    """The value cannot be replaced without touching something else."""


@dataclass(frozen=True)
class ChangedLeaf:
    """One value that is not the same before and after; ABSENT stands for "not there"."""

    key: str
    old: object
    new: object


def kind_of(path: str) -> str | None:
    """Return yaml, json or toml by the file's name, or None for any other file."""
    return KINDS.get(PurePosixPath(path).suffix.lower())


def leaves(path: str, text: str) -> dict[str, object]:
    """Return every scalar of the file under its dotted key; raises Unreadable."""
    most = MAX_YAML_CHARACTERS if kind_of(path) == "yaml" else MAX_CHARACTERS
    if len(text) > most:
        raise Unreadable(f"the file is larger than {most} characters")
    found: dict[str, object] = {}
    for key, value in _walk(_parse(path, text), (), 0):
        found[key] = value
        if len(found) > MAX_LEAVES:
            raise Unreadable(f"the file holds more than {MAX_LEAVES} values")
    return found


def steps(key: str) -> tuple[str, ...]:
    """Return the steps of a dotted key as they are written in it; of a list, [0] and so on."""
    return tuple(_STEP.findall(key))


def segment(key: object) -> str:
    """Write one key so that a dot inside of it cannot be taken for a step down."""
    if isinstance(key, str):
        return key if _PLAIN_KEY.match(key) else json.dumps(key)
    word = f"<{key!r}>"  # so that the key null is not taken for the key "None"
    return json.dumps(word) if ">" in word[:-1] else word


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[ChangedLeaf, ...]:
    """Return the leaves that differ, by type as well as by value, in the order of their keys."""
    changed = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if not _same(before, after):
            changed.append(ChangedLeaf(key, before, after))
    return tuple(changed)


def replace(path: str, text: str, key: str, value: object) -> str:
    """Return the text with exactly this one scalar replaced and every other byte kept.

    Raises CannotReplace, also where a second value would change with it, and Unreadable.
    """
    before = leaves(path, text)
    if key not in before:
        raise CannotReplace(f"{path} has no value at {key}")
    if _same(before[key], value):
        return text
    written = _written_toml if kind_of(path) == "toml" else _written_marked
    for result in written(text, key, before[key], value):
        if _only(key, value, before, path, result):
            return result
    raise CannotReplace(f"{path}: {key} cannot be replaced alone; other values depend on it")


def _only(key: str, value: object, before: Mapping[str, object], path: str, result: str) -> bool:
    """Tell whether a program would read the new value there, and nothing else anew."""
    try:
        after = leaves(path, result)
    except Unreadable:
        return False
    return [leaf.key for leaf in differences(before, after)] == [key] and _same(after[key], value)


def _written_marked(text: str, key: str, old: object, value: object) -> Iterator[str]:
    """Write the value where the marks of YAML's own reader say that the old one stands."""
    node = _node_at(text.replace("\t", " "), key)
    end = node.end_mark.index
    start = _PROPERTIES.match(text, node.start_mark.index, end).end()  # type: ignore[union-attr]
    yield text[:start] + _literal(value, node.style) + text[end:]


def _written_toml(text: str, key: str, old: object, value: object) -> Iterator[str]:
    """Write the value in place of each word that means the old one; the caller finds the right."""
    new = _literal(value, None)
    if value is None:
        raise CannotReplace("TOML knows no null")
    words = [word for word in _TOML_WORD.finditer(text) if _means(word[0], old)]
    if len(words) > MAX_PLACES:
        raise CannotReplace(f"{key} is one of more than {MAX_PLACES} places that say {old!r}")
    for word in words:
        yield text[: word.start()] + new + text[word.end() :]


def _means(word: str, value: object) -> bool:
    try:
        read = tomllib.loads(f"x = {word}")["x"]
    except (ValueError, RecursionError, KeyError):
        return False
    return _same(read, value)


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def line_of(path: str, text: str, key: str) -> int | None:
    """Return the line on which a value stands, or None where that cannot be told."""
    return lines(path, text).get(key)


def lines(path: str, text: str) -> dict[str, int]:
    """Return the line on which each value stands, for the formats where that can be told."""
    if kind_of(path) not in ("yaml", "json"):
        return {}
    found: dict[str, int] = {}
    root = yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)
    for key, node in _scalar_nodes(root, (), 0):
        found.setdefault(key, node.start_mark.line + 1)
    return found


def _parse(path: str, text: str) -> object:
    kind = kind_of(path)
    if kind == "yaml":
        return _parse_yaml(text)
    if kind == "json":
        return _parse_json(text)
    if kind == "toml":
        return _parse_toml(text)
    raise Unreadable("only YAML, JSON and TOML files hold values that can be compared")


@lru_cache(maxsize=8)  # several gates read the same text, and it takes long; nobody changes it
def _parse_yaml(text: str) -> object:
    try:
        return strict_yaml.load(text)
    except strict_yaml.NotStrict as error:
        raise Unreadable(error.what, error.line) from error


def _parse_json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(error.msg, error.lineno) from error
    except Unreadable:
        raise
    except ValueError as error:  # an integer with more digits than Python reads
        raise Unreadable("a number in it has too many digits") from error
    except RecursionError as error:
        raise Unreadable("the file is nested too deeply") from error


def _parse_toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise Unreadable(str(error), int(line[1]) if line else None) from error
    except ValueError as error:  # an integer with more digits than Python reads
        raise Unreadable("a number in it has too many digits") from error
    except RecursionError as error:
        raise Unreadable("the file is nested too deeply") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise Unreadable(f"the key {key!r} is there twice")
        result[key] = value
    return result


def _no_constant(name: str) -> object:
    raise Unreadable(f"{name} is not a JSON value")


def _walk(value: object, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, object]]:
    if depth > MAX_DEPTH:
        raise Unreadable(f"the file is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _walk(inner, (*path, segment(key)), depth + 1)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, f"[{index}]"), depth + 1)
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise Unreadable(f"{'.'.join(path)} is a number with too many digits")
    else:
        yield ".".join(path), value


def _node_at(text: str, key: str) -> yaml.ScalarNode:
    for path, node in _scalar_nodes(yaml.compose(text, Loader=yaml.SafeLoader), (), 0):
        if path == key and node.style not in ("|", ">"):
            return node
    raise CannotReplace(f"{key} is not written as one plain value")


def _scalar_nodes(
    node: yaml.Node | None, path: tuple[str, ...], depth: int
) -> Iterator[tuple[str, yaml.ScalarNode]]:
    if depth > MAX_DEPTH:
        raise CannotReplace("the file is nested too deeply")
    if isinstance(node, yaml.ScalarNode):
        yield ".".join(path), node
    elif isinstance(node, yaml.MappingNode):
        for name, inner in node.value:
            yield from _scalar_nodes(inner, (*path, segment(strict_yaml.scalar(name))), depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for index, inner in enumerate(node.value):
            yield from _scalar_nodes(inner, (*path, f"[{index}]"), depth + 1)


def _literal(value: object, style: str | None) -> str:
    """Write a scalar in the way that YAML and JSON both read."""
    if isinstance(value, str) and style == "'":
        return "'" + value.replace("'", "''") + "'"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    raise CannotReplace(f"a {type(value).__name__} is not a scalar")
