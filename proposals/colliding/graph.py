"""Which open proposals touch the same lines, the same file, or call for the same deploy step?"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.db.models import QuerySet

from ports.deployer.commands import matches
from ports.git import GitFailed
from proposals.colliding.groups import Group, Kind
from proposals.colliding.hunks import Touched, collide, touched
from proposals.colliding.meeting import meeting
from proposals.models import OPEN, Proposal
from targets import manifest
from targets.manifest import BadManifest, DeployStep
from targets.models import Target
from targets.repository import Repository

KEPT_SECONDS = 3600
MOST_COMPARED = 200
COLUMNS = ("pk", "target__slug", "diff_digest", "target__head_commit", "target__deploy_path")


@dataclass(frozen=True)
class Row:
    """Hold what is compared of an open proposal."""

    pk: UUID
    target: str
    diff_digest: str
    head: str
    deployed: str


@dataclass(frozen=True)
class Neighbour:
    """Name an open proposal that touches the same places as another one, and where."""

    proposal: Proposal
    files: tuple[str, ...]


def groups() -> tuple[Group, ...]:
    """Return every group of open proposals; found again while no diff and no head changed."""
    found: tuple[Group, ...] | None = cache.get(_key(_rows()))
    if found is None:
        rows = [(Row(*values), diff) for *values, diff in _open().values_list(*COLUMNS, "diff")]
        found = tuple(_groups([(row, touched(diff)) for row, diff in rows]))
        cache.set(_key([row for row, _ in rows]), found, KEPT_SECONDS)
    return found


def touching(proposal: Proposal) -> list[Neighbour]:
    """List the open proposals whose change does not go together with this one, itself compared."""
    if proposal.status not in OPEN:
        return []
    mine = [one for one in groups() if one.kind is Kind.LINES and proposal.pk in one.members]
    keys = {pk for one in mine for pk in one.members} - {proposal.pk}
    others = Proposal.objects.filter(pk__in=keys, status__in=OPEN).defer("document")
    here = touched(proposal.diff)
    compared = ((one, collide(here, touched(one.diff))) for one in others[:MOST_COMPARED])
    return [Neighbour(one, files) for one, files in compared if files]


def _open() -> QuerySet[Proposal]:
    found = Proposal.objects.filter(status__in=OPEN)
    return found.order_by("target__slug", "created_at", "pk")


def _rows() -> list[Row]:
    return [Row(*values) for values in _open().values_list(*COLUMNS)]


def _key(rows: Sequence[Row]) -> str:
    said = "\n".join(
        f"{row.pk} {row.target} {row.diff_digest} {row.head} {row.deployed}" for row in rows
    )
    return f"colliding:{hashlib.sha256(said.encode()).hexdigest()}"


def _groups(rows: Sequence[tuple[Row, Mapping[str, Touched]]]) -> Iterator[Group]:
    targets: dict[str, dict[UUID, Mapping[str, Touched]]] = {}
    for row, change in rows:
        targets.setdefault(row.target, {})[row.pk] = change
    for slug, changes in targets.items():
        yield from _of_target(slug, changes)


def _of_target(slug: str, changes: Mapping[UUID, Mapping[str, Touched]]) -> Iterator[Group]:
    files: dict[str, dict[str, Touched]] = {}
    for pk, change in changes.items():
        for path, file in change.items():
            files.setdefault(path, {})[str(pk)] = file
    for path, by_name in sorted(files.items()):
        yield from _of_file(slug, path, by_name)
    for step in _steps(slug):
        calling = [pk for pk, change in changes.items() if _calls(step, change)]
        if len(calling) > 1:
            yield Group(Kind.STEP, slug, step.name, "", tuple(calling))


def _of_file(slug: str, path: str, by_name: Mapping[str, Touched]) -> Iterator[Group]:
    met = meeting(by_name)
    for names in met:
        where = _where([by_name[name] for name in names])
        yield Group(Kind.LINES, slug, path, where, tuple(map(UUID, names)))
    if len(by_name) > 1 and not (met and len(met[0]) == len(by_name)):
        yield Group(Kind.FILE, slug, path, "", tuple(map(UUID, by_name)))


def _where(files: Sequence[Touched]) -> str:
    """Name the lines where all start from one text; else there is no common count."""
    if len({file.blob for file in files}) > 1 or any(file.whole for file in files):
        return ""
    return Touched(changed=set().union(*(file.changed for file in files))).lines


def _calls(step: DeployStep, change: Mapping[str, Touched]) -> bool:
    return any(matches(pattern, path) for pattern in step.paths for path in change)


def _steps(slug: str) -> Sequence[DeployStep]:
    """Return the deploy steps of a target; one that is not deployed or not readable has none."""
    target = Target.objects.get(slug=slug)
    if not target.head_commit:
        return ()
    try:
        said = manifest.read(Repository.of(target), target.head_commit)
        return said.deploy if target.deploy_path or said.webhook else ()
    except (BadManifest, GitFailed):
        return ()  # its own page says why
