"""Can what a person wants to allow beforehand be allowed at all?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from proposals.standing.rules import ENGINES, HIGHEST, Bounds
from telemetry.sanitizer import sanitize

MOST_DAYS, LONGEST_REASON = 90, 2000
MOST_GLOBS, LONGEST_GLOB = 50, 200
LARGEST = 10_000  # files, lines or approvals: beyond it a bound is none


class CannotGrant(Exception):
    """This cannot be allowed, or not so; the words say what to do."""


@dataclass(frozen=True)
class Wish:
    """Say what is to be allowed, why, and for how many days."""

    bounds: Bounds
    reason: str
    days: int


def checked(wish: Wish) -> Wish:
    """Return the wish with clean words; raises CannotGrant."""
    reason = words(wish.reason)
    if not reason:
        raise CannotGrant("Say why changes may be approved that no person has read.")
    if not 1 <= wish.days <= MOST_DAYS:
        raise CannotGrant(f"It has to end: give it between 1 and {MOST_DAYS} days.")
    return replace(wish, reason=reason, bounds=_bounded(wish.bounds))


def words(text: str) -> str:
    """Clean what a person wrote."""
    return sanitize(text.replace("\0", "").strip())[0][:LONGEST_REASON]


def globs(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the globs of a text, one a line; raises CannotGrant."""
    found = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    for glob in found:
        _refuse_glob(glob)
    if not found:
        raise CannotGrant("Name the paths that may change, one a line: without one, none may.")
    if len(found) > MOST_GLOBS:
        raise CannotGrant(f"{len(found)} globs are too many to read: {MOST_GLOBS} at most.")
    return found


def _bounded(bounds: Bounds) -> Bounds:
    if bounds.risk not in HIGHEST:
        raise CannotGrant(
            f"The highest risk is {' or '.join(HIGHEST)}: beyond it, a person decides."
        )
    for name, value in (
        ("files", bounds.most_files),
        ("changed lines", bounds.most_lines),
        ("approvals in 24 hours", bounds.most_per_day),
    ):
        if not 1 <= value <= LARGEST:
            raise CannotGrant(f"Bound the {name}: between 1 and {LARGEST}.")
    engines = tuple(name for name in ENGINES if name in bounds.engines)
    if not engines or set(bounds.engines) - set(ENGINES):
        raise CannotGrant(f"Choose who may have written a change: {' or '.join(ENGINES)}.")
    return replace(bounds, engines=engines, paths=globs(bounds.paths))


def _refuse_glob(glob: str) -> None:
    if len(glob) > LONGEST_GLOB or not glob.isprintable():
        raise CannotGrant(f"{glob[:40]!r} is no glob of at most {LONGEST_GLOB} visible signs.")
    if glob.startswith("/") or "\\" in glob or ".." in glob.split("/") or "//" in glob:
        raise CannotGrant(
            f"{glob!r} names no path inside the repository, such as `config/*.yaml`."
        )
    if not glob.replace("*", "").replace("/", "").replace("?", ""):
        raise CannotGrant(f"{glob!r} names every path: say which ones may change.")
