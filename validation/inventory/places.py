"""Where in a target does each whitelisted value stand at the head, and what is it there?"""

from dataclasses import dataclass

from targets.repository import Repository
from telemetry.sanitizer import sanitize
from validation import scalars
from validation.parameters import Parameter, Parameters
from validation.paths import shown
from validation.verdicts import visible

LONGEST_VALUE = 60
MOST_PLACES = 20_000  # of one target; more than that are counted and not listed


@dataclass(frozen=True)
class Place:
    """One value of one file, and what is wrong with it where something is."""

    path: str
    key: str
    value: object
    parameter: Parameter
    trouble: str = ""


@dataclass(frozen=True)
class Head:
    """Hold every place of a commit, the files that may hold one, and those that cannot be read."""

    places: tuple[Place, ...] = ()
    files: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    beyond: int = 0  # places that are not listed

    def of(self, parameter: Parameter) -> list[Place]:
        """Return the places of one parameter."""
        return [place for place in self.places if place.parameter == parameter]


def read(repository: Repository, commit: str, parameters: Parameters) -> Head:
    """Read every file that may hold a whitelisted value; one that cannot be read is named."""
    places: list[Place] = []
    unreadable: list[tuple[str, str]] = []
    files = [path for path in repository.paths(commit) if parameters.covers(path)]
    for path in files:
        try:
            values = scalars.leaves(path, repository.read(commit, path).decode())
        except (scalars.Unreadable, UnicodeDecodeError) as error:
            unreadable.append((shown(path), quoted(str(error))))
            continue
        for key, value in values.items():
            if parameter := parameters.find(path, key):
                trouble = quoted(parameter.admits(value) or "")
                places.append(Place(path, key, value, parameter, trouble))
    beyond = max(0, len(places) - MOST_PLACES)
    return Head(tuple(places[:MOST_PLACES]), tuple(files), tuple(unreadable), beyond)


def said(value: object) -> str:
    """Write a value for people; it comes from a file of the target."""
    if value is scalars.ABSENT:
        return "not set"
    text = quoted(value if isinstance(value, str) else repr(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def quoted(text: str) -> str:
    """Take out what nobody may see, and write out what could not be seen."""
    return " ".join(visible(sanitize(text)[0]).split())[:300]
