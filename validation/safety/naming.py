"""Which names in code are not what they look like, or stand in the way of others?"""

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from validation.parsing import understood
from validation.safety import Seen

_LOOKS = "it looks like another name and is none"
HIDES = "code that imports that name gets this file instead"
_SOURCES = (".", "src", "lib")  # folders from which a program's modules are found


def identifiers(text: str) -> Iterator[Seen]:
    """Note names with letters of several scripts, as PEP 672 warns of them."""
    if text.isascii():
        return
    try:
        tree = understood(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # `python.seen` refuses it
        return
    for node in ast.walk(tree):
        for name in _names(node):
            scripts = {_script(letter) for letter in name if letter.isalpha()}
            if len(scripts) > 1:
                line = getattr(node, "lineno", None)
                what = f"has the name {name!a}, of {' and '.join(sorted(scripts))} letters"
                yield Seen("name", name, line, what, _LOOKS)


def _names(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name"):
        value = getattr(node, field, None)
        if isinstance(value, str) and not value.isascii():
            yield value


def _script(letter: str) -> str:
    """Take the script from the name of the sign; marks and modifiers count as Latin."""
    first = unicodedata.name(letter, "?").split(" ", 1)[0].capitalize()
    return (
        first
        if first
        not in (
            "Modifier",
            "Combining",
            "Fullwidth",
            "Micro",
            "Feminine",
            "Masculine",
            "Mathematical",
        )
        else "Latin"
    )


def module(path: str) -> str:
    """Return the name by which a program imports a file at its top; nothing for any other."""
    place = PurePosixPath(path)
    if place.suffix not in (".py", ".so", ".pyc", ".pyd"):
        return ""
    folder, name = place.parent, place.name.partition(".")[0]
    if name == "__init__":
        folder, name = folder.parent, folder.name
    return name if str(folder) in _SOURCES else ""
