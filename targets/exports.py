"""How does a tree become a plain folder, byte for byte and never beyond its walls?"""

import os
from pathlib import Path

from ports.git import Git
from ports.stopping import heed
from targets.blobs import contents
from targets.changes import GITLINK, SYMLINK


class DestinationNotEmpty(Exception):
    """The folder to write to already holds something."""


def export(git: Git, *, tree: str, destination: Path) -> tuple[str, ...]:
    """Write a tree's files below a folder; return the entries that lead outside and were left out.

    The blobs are written by us: a checkout would obey the tree's own attributes, and an
    archive would drop what they tell it to.
    """
    destination.mkdir(parents=True, exist_ok=True)
    if any(destination.iterdir()):
        raise DestinationNotEmpty(f"{destination} is not empty")
    entries = [_entry(record) for record in _listing(git, tree)]
    # As long as there is no link, where a path leads can be read off it.
    wanted = [e for e in entries if e[0] != GITLINK and _leads_inside(e[2])]
    links, folders = [], {str(destination)}
    held = contents(git, [blob for _, blob, _, _ in wanted], [size for *_, size in wanted])
    for (mode, _, path, _), content in zip(wanted, held, strict=True):
        heed()
        if mode == SYMLINK:
            links.append((path, content))
        else:
            place = f"{destination}/{path}"
            _write(place, content, folders, executable=mode == "100755")
    # Links come last, so that no file is written through one.
    escaped = _make_links(destination, links)
    kept = {path for _, _, path, _ in wanted} - escaped
    return tuple(path for _, _, path, _ in entries if path not in kept)


def _make_links(destination: Path, links: list[tuple[str, bytes]]) -> set[str]:
    """Make the links; return those that lead outside or have no place, which are not there."""
    made = []
    for path, content in links:
        place = destination / path
        if _inside(destination, path) and not os.path.lexists(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.fsdecode(content))
            made.append(path)
    # Only now does each link lead where it will: one may go through another.
    escaped = {path for path in made if not _inside(destination, path)}
    for path in escaped:
        (destination / path).unlink()
    return escaped | ({path for path, _ in links} - set(made))


def _listing(git: Git, tree: str) -> list[str]:
    return git.run("ls-tree", "-r", "-z", "-l", "--full-tree", tree).fields()


def _entry(record: str) -> tuple[str, str, str, int]:
    details, _, path = record.partition("\t")
    mode, _kind, blob, size = details.split()
    return mode, blob, path, int(size) if size.isdigit() else 0


def _write(place: str, content: bytes, folders: set[str], *, executable: bool) -> None:
    folder = place.rpartition("/")[0]
    if folder not in folders:
        Path(folder).mkdir(parents=True, exist_ok=True)
        folders.add(folder)
    number = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW)
    with os.fdopen(number, "wb") as file:
        os.fchmod(number, 0o755 if executable else 0o644)
        file.write(content)


def _leads_inside(path: str) -> bool:
    """Tell whether a path ends below where it starts, whatever stands in it."""
    plain = os.path.normpath(path)
    return not plain.startswith(("/", "../")) and plain not in ("..", ".")


def _inside(destination: Path, path: str) -> bool:
    """Tell whether a path, with every link on its way followed, ends below the folder."""
    real = os.path.realpath(destination / path)
    return Path(real).is_relative_to(os.path.realpath(destination))
