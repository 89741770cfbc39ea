"""Which ways to fake success are known, and does this installation catch them now?

The cases stand under `tests/cheats/`, which an installation may lack. What they are and what
caught each of them when it was last recorded stands beside this module, wherever we are.
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ports import temporary
from targets import manifest
from targets.repository import ZERO, Repository
from validation import parameters, runner
from validation.models import Outcome
from validation.verdicts import Limits, Verdict

INDEX = Path(__file__).with_suffix(".toml")
HONEST = "honest"
KINDS = ("runtime", "configuration", "suite", "semantic", "adaptive", HONEST)
SHOP = "shop.toml"
SECONDS = 20  # for one run of the shop's tests
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # so that all cases have one base
_TEXT = re.compile(r"@([A-Z_]+)@")


@dataclass(frozen=True)
class Case:
    """One way to fake success, or an honest change that must not be taken for one."""

    name: str
    kind: str
    title: str
    suite: str
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str | None] = field(default_factory=dict)

    @property
    def honest(self) -> bool:
        """Tell whether nobody cheats here."""
        return self.kind == HONEST


@dataclass(frozen=True)
class Seen:
    """Say what the gates answered to one case."""

    name: str
    kind: str
    title: str
    outcome: Outcome
    gates: tuple[str, ...]  # those that refused, else those that asked

    @property
    def right(self) -> bool:
        """Tell whether a cheat was caught, or an honest change was let through."""
        if self.kind == HONEST:
            return self.outcome in (Outcome.PASSED, Outcome.ACKNOWLEDGE)
        return self.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)

    @property
    def words(self) -> str:
        """Say it to a person."""
        by = ", ".join(self.gates)
        return f"{self.outcome.label}: {by}" if by else self.outcome.label


def recorded() -> tuple[Seen, ...]:
    """Return what was seen when the corpus was last recorded."""
    return tuple(_seen(entry) for entry in tomllib.loads(INDEX.read_text("utf-8"))["case"])


def written(found: list[Seen]) -> str:
    """Return the text of the record."""
    lines = ["# What caught each case of tests/cheats/; written by tests/cheats/record.py.", ""]
    for one in found:
        lines += [
            "[[case]]",
            f'name = "{one.name}"',
            f'kind = "{one.kind}"',
            f'title = "{one.title}"',
            f'outcome = "{one.outcome.value}"',
            f"gates = [{', '.join(f'{chr(34)}{gate}{chr(34)}' for gate in one.gates)}]",
            "",
        ]
    return "\n".join(lines)


def read(folder: Path) -> tuple[Case, ...]:
    """Return the cases of a folder, in one order everywhere."""
    shop = tomllib.loads((folder / SHOP).read_text(encoding="utf-8"))
    texts: dict[str, str] = shop["texts"]
    files = sorted(
        folder.glob("*/*.toml"), key=lambda one: (KINDS.index(one.parent.name), one.stem)
    )
    return tuple(_case(file, shop["suites"], texts) for file in files)


def tried(case: Case, *, python: Path | None, at: datetime) -> Seen:
    """Ask every gate about one case, in a repository that is gone afterwards."""
    with temporary.folder("cheat") as folder:
        verdict = _verdict(case, folder, python, at)
    refusing = tuple(one.gate for one in verdict.gates if one.outcome == Outcome.REFUSED)
    others = (Outcome.COULD_NOT_RUN, Outcome.ACKNOWLEDGE)
    asking = tuple(one.gate for one in verdict.gates if one.outcome in others)
    return Seen(case.name, case.kind, case.title, verdict.outcome, refusing or asking)


def _verdict(case: Case, folder: Path, python: Path | None, at: datetime) -> Verdict:
    place = folder / "shop.git"
    repository = Repository.create(place, origin=str(place))
    before = {path: text.encode() for path, text in case.before.items()}
    base = repository.commit_files("main", before, "The shop", MADE_AT)
    repository.update_ref("refs/heads/change", base, ZERO)
    after = {p: None if text is None else text.encode() for p, text in case.after.items()}
    change = repository.between(base, repository.commit_files("change", after, "Change", MADE_AT))
    pythons = (("shop", str(python)),) if python and case.suite == "pytest" else ()
    return runner.check(
        change,
        repository,
        manifest=manifest.read(repository, base),
        parameters=parameters.load(),
        at=at,
        limits=replace(Limits.configured(), pythons=pythons, test_timeout_seconds=SECONDS),
    )


def _case(file: Path, suites: dict[str, dict[str, str]], texts: dict[str, str]) -> Case:
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    suite = found.get("suite", "unittest")
    files = {**suites[suite], **found.get("base", {})}
    return Case(
        name=file.stem,
        kind=file.parent.name,
        title=found["title"],
        suite=suite,
        before={path: _filled(text, texts) for path, text in files.items()},
        after={
            **{path: _filled(text, texts) for path, text in found.get("files", {}).items()},
            **dict.fromkeys(found.get("removed", ())),
        },
    )


def _filled(text: str, texts: dict[str, str]) -> str:
    """Put in the texts that several cases share."""
    return _TEXT.sub(lambda found: texts[found[1]].strip("\n"), text)


def _seen(entry: dict[str, Any]) -> Seen:
    outcome, gates = Outcome(entry["outcome"]), tuple(entry["gates"])
    return Seen(entry["name"], entry["kind"], entry["title"], outcome, gates)
