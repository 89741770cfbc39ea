"""Which interpreter runs a target's tests, and what of this machine does it need to see?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

SYSTEM = Path("/usr")


class NoPython(Exception):
    """The operator's configuration names an interpreter that cannot be used."""


def _whole(path: Path) -> Path:
    """Refuse what would be looked for from wherever a process happens to stand."""
    if not path.is_absolute():
        raise ValueError(f"{path} is no whole path: name the Python from / on")
    return path


Interpreter = Annotated[Path, AfterValidator(_whole)]


@dataclass(frozen=True)
class Python:
    """Name an interpreter and the folders that have to be readable for it."""

    command: str
    visible: tuple[Path, ...] = ()


def chosen(target: str, pythons: Mapping[str, str], otherwise: str) -> Python:
    """Return what the operator names for a target; else the sandbox's own of this name."""
    if target not in pythons:
        return Python(otherwise)
    path = Path(pythons[target])
    if not path.is_file():
        raise NoPython(
            f"validation.pythons names {path} for {target}, which is not there:"
            " make that environment, or name another Python"
        )
    return at(path)


def at(path: Path) -> Python:
    """Return an interpreter with the folders that it lives in."""
    folders = {path.parent.parent, path.resolve().parent.parent, *_home(path)}
    outside = {folder for folder in folders if not folder.is_relative_to(SYSTEM)}
    return Python(str(path), tuple(sorted(folder for folder in outside if folder != Path("/"))))


def _home(path: Path) -> tuple[Path, ...]:
    """Return where the Python lies that a virtual environment was made from."""
    try:
        lines = (path.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    told = dict(line.split(" = ", 1) for line in lines if " = " in line)
    return (Path(told["home"]).parent,) if "home" in told else ()
