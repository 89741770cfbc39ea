"""Which commands does a target offer, and what stands behind each?"""

import configparser
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from targets.manifest import Entry

DECLARING = ("pyproject.toml", "setup.cfg")
HELP = "--help"


@dataclass(frozen=True)
class Offered:
    """Name a command, the module or file behind it, and what the driver runs."""

    label: str
    behind: str  # a module's dotted name or a path; empty where it cannot be told
    item: Mapping[str, Any] = field(compare=False, hash=False)
    declared: str = ""  # the file that names it; empty for the manifest


class Unreadable(Exception):
    """A file that names commands cannot be read as what its name says."""


def offered(texts: Mapping[str, bytes], entries: Sequence[Entry]) -> list[Offered]:
    """Return the commands that a tree declares and those that the manifest names."""
    found = {
        one.label: one
        for path in DECLARING
        if path in texts
        for one in _scripts(path, texts[path])
    }
    return [*found.values(), *map(_named, entries)]


def _scripts(path: str, text: bytes) -> Iterator[Offered]:
    try:
        pairs = _of_pyproject(text) if path == "pyproject.toml" else _of_setup(text)
    except (ValueError, configparser.Error, AttributeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    for name, place in pairs.items():
        if not isinstance(place, str) or ":" not in place:
            continue  # a table with more to it, which another tool reads
        module, _, attribute = place.partition("[")[0].strip().partition(":")
        item = {"kind": "call", "name": name, "module": module, "attribute": attribute.strip()}
        yield Offered(name, module, item, path)


def _of_pyproject(text: bytes) -> dict[str, Any]:
    document = tomllib.loads(text.decode())
    project = document.get("project", {})
    poetry = document.get("tool", {}).get("poetry", {})
    return {
        **poetry.get("scripts", {}),
        **project.get("gui-scripts", {}),
        **project.get("scripts", {}),
    }


def _of_setup(text: bytes) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text.decode())
    found: dict[str, str] = {}
    for kind in ("gui_scripts", "console_scripts"):
        listed = parser.get("options.entry_points", kind, fallback="")
        pairs = (line.partition("=") for line in listed.splitlines() if "=" in line)
        found.update({name.strip(): place.strip() for name, _, place in pairs})
    return found


def _named(entry: Entry) -> Offered:
    command = [*entry.command, *([] if HELP in entry.command else [HELP])]
    return Offered(
        " ".join(entry.command), _behind(entry.command), {"kind": "run", "command": command}
    )


def _behind(command: Sequence[str]) -> str:
    """Return the module or the file that a command starts, where it says so."""
    if "-m" in command[:-1]:
        return command[command.index("-m") + 1]
    return next((word.removeprefix("./") for word in command if word.endswith(".py")), "")
