"""Which settings of a target may be moved, and what does moving one look like?"""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evaluation.rules.remedies import NoRemedy, Number
from targets.repository import Repository
from telemetry.sanitizer import sanitize
from validation import scalars
from validation.parameters import Parameter, Parameters

_PLAIN_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True)
class Lever:
    """Hold one whitelisted setting as it stands in a file of the target."""

    path: str
    key: str
    value: object
    parameter: Parameter
    text: str = field(repr=False)

    def moved_to(self, value: Number) -> str:
        """Return the diff that changes this one value; raise NoRemedy when that is impossible."""
        if refusal := self.parameter.allows(self.value, value):
            raise NoRemedy(f"{value} is not permitted: {refusal}")
        try:
            after = scalars.replace(self.path, self.text, self.key, value)
        except (scalars.CannotReplace, scalars.Unreadable) as error:
            raise NoRemedy(str(error)) from error
        diff = unified(self.path, self.text, after)
        if "\r" in diff:  # a document's own line ends are normalised, and the diff would not apply
            raise NoRemedy(f"{self.path} ends its lines with CR LF: store it with LF in git")
        return diff


@dataclass(frozen=True)
class Levers:
    """Hold every whitelisted setting of one commit of a target."""

    found: tuple[Lever, ...]
    unreadable: tuple[str, ...] = ()  # files that may hold one, with what is wrong
    permitted: Parameters = field(default_factory=Parameters)

    @classmethod
    def of(cls, repository: Repository, commit: str, parameters: Parameters) -> "Levers":
        """Read the files that may hold one; a file that cannot be read is named."""
        levers: list[Lever] = []
        unreadable: list[str] = []
        for path in repository.paths(commit):
            if parameters.covers(path):
                try:
                    levers += _in_file(repository, commit, path, parameters)
                except (scalars.Unreadable, UnicodeDecodeError) as error:
                    reason = " ".join(sanitize(str(error))[0].split())  # it may quote the file
                    unreadable.append(f"{path}: {reason[:200]}")
        return cls(tuple(levers), tuple(unreadable), parameters)

    def at(self, key: str) -> Lever:
        """Return the one setting with this key; raise NoRemedy when there is none, or two."""
        matching = [lever for lever in self.found if lever.key == key]
        if not matching:
            raise NoRemedy(self._lacking(key))
        if len(matching) > 1:
            places = ", ".join(lever.path for lever in matching)
            raise NoRemedy(
                f"{key} stands in several files ({places}): which one counts is unclear"
            )
        return matching[0]

    def _lacking(self, key: str) -> str:
        """Say exactly which setting would be needed, and where it would have to stand."""
        parameter = self.permitted.for_key(key)
        if parameter is None:
            return f"no permitted setting is called {key}: config/parameters.toml does not list it"
        unit = f" {parameter.unit}" if parameter.unit else ""
        bounds = f"{parameter.type}, {parameter.min} to {parameter.max}{unit}"
        unread = f"; not readable: {'; '.join(self.unreadable)}" if self.unreadable else ""
        return (
            f"no permitted file of the target has a setting {key}; it would have to stand in "
            f"{parameter.path_glob} ({bounds}) and be read by the program{unread}"
        )

    def files(self) -> dict[str, str]:
        """Return the text of each file that holds a setting."""
        return {lever.path: lever.text for lever in self.found}


def key_for(pattern: str, component: str, agents: Sequence[str] = ()) -> str:
    """Write the key of a component's or an agent's setting; a dot in its name is no step down.

    Raises NoRemedy where the failures do not come from exactly one agent.
    """
    names = {"{component}": component}
    if "{agent}" in pattern.split("."):
        if len(agents) != 1:
            met = f"{len(agents)} agents" if agents else "no agent that has a name"
            raise NoRemedy(f"{pattern} is one agent's setting, and the failures are of {met}")
        names["{agent}"] = agents[0]
    return ".".join(_step(names[part]) if part in names else part for part in pattern.split("."))


def _step(name: str) -> str:
    return name if _PLAIN_STEP.match(name) else json.dumps(name)


def unified(path: str, before: str, after: str) -> str:
    """Write the difference of two texts as a unified diff that git can apply."""
    lines = difflib.unified_diff(
        list(_lines(before)), list(_lines(after)), f"a/{path}", f"b/{path}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(text: str) -> Iterator[str]:
    """Cut at line feeds only: git knows no other line end."""
    while text:
        line, feed, text = text.partition("\n")
        yield line + feed


def _in_file(
    repository: Repository, commit: str, path: str, parameters: Parameters
) -> Iterator[Lever]:
    text = repository.read(commit, path).decode()
    for key, value in scalars.leaves(path, text).items():
        if parameter := parameters.find(path, key):
            yield Lever(path, key, value, parameter, text)
