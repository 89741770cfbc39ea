"""Which is the oldest Python that a project says it runs on?"""

import configparser
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

FILES = ("pyproject.toml", "setup.cfg")
_LEAST = re.compile(r"(?:>=|~=|==|\^|>)\s*3\.(\d+)|^3\.(\d+)(?:\.\*)?$")
Text = Callable[[str], str | None]  # of a file, where there is one


def oldest(path: str, text: Text) -> int | None:
    """Return the minor version that the nearest project around a file names, or nothing."""
    for folder in PurePosixPath(path).parents:
        for name in FILES:
            content = text(str(folder / name))
            for said in _said(name, content or ""):
                found = [int(one or other) for one, other in _LEAST.findall(said.strip())]
                if found:
                    return max(found)
    return None


def _said(name: str, content: str) -> Iterator[str]:
    if name == "setup.cfg":
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(content)
        except configparser.Error:
            return
        yield parser.get("options", "python_requires", fallback="")
        return
    try:
        read = tomllib.loads(content)
    except tomllib.TOMLDecodeError:
        return
    for keys in (("project", "requires-python"), ("tool", "poetry", "dependencies", "python")):
        value: Any = read
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            yield value
