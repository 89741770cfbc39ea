"""How do a change's code and the base's tests come into one folder?"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ports import temporary
from targets.changes import ChangedFile
from targets.repository import PathMissing, Repository
from validation import judges
from validation.proving.negation import negated


class DoesNotFit(Exception):
    """A file of the base has no place beside the change."""


@contextmanager
def copied(
    tree: str, repository: Repository, *, base: str = "", files: Sequence[ChangedFile] = ()
) -> Iterator[Path]:
    """Give a plain copy of a tree, these files as they were in the base; gone afterwards."""
    with temporary.folder("tests") as top:
        folder = top / "files"
        folder.mkdir()
        repository.export(tree, folder)
        try:
            _put_back(folder, repository, base, files)
        except OSError as error:  # a folder where a file was, or the other way round
            raise DoesNotFit(
                f"the tests as they were do not fit beside the change: {error.strerror};"
                " change tests and code one after the other"
            ) from error
        yield folder


def _put_back(
    folder: Path, repository: Repository, base: str, files: Sequence[ChangedFile]
) -> None:
    """Give files the content of the base, or remove what the base did not have."""
    for file in files:
        (folder / file.path).unlink(missing_ok=True)
    for file in files:
        place = folder / file.path
        try:
            content = repository.read(base, file.path)
        except PathMissing:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o755 if file.old_mode == "100755" else 0o644)


def turn_round(folder: Path, name: str, tests: Collection[str]) -> list[str]:
    """Make the tests of a copy those of the control run; return what is no Python to us."""
    left = []
    for place in sorted(folder.rglob("*.py")):
        path = str(place.relative_to(folder))
        if (judges.is_test(path) or path in tests) and not place.is_symlink():
            try:
                place.write_text(negated(place.read_text(encoding="utf-8"), name), "utf-8")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                left.append(path)
    return left
