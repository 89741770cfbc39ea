"""Where do the policies in force come from: from us, from the operator, from a target's base?"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from targets import manifest
from targets.manifest import Manifest
from targets.repository import PathMissing, Repository
from validation.authorising import deciding
from validation.authorising.deciding import SCHEMA, PolicySet
from validation.authorising.reading import BadPolicies, Flaw, Source, Text
from validation.paths import matches

ENDING = ".cedar"
SHIPPED = (
    "base",
    "judge",
    "privileges",
    "protected_paths",
    "secrets_and_network",
    "size_and_rate",
)
MOST_FILES = 50  # of a target


def in_force(
    repository: Repository | None = None, commit: str = "", said: Manifest | None = None
) -> PolicySet:
    """Return the set that decides here, with the target's own from its base; raise BadPolicies."""
    texts = installed()
    if repository is not None and said is not None and said.policies.files:
        texts += tuple(_of_target(repository, commit, said.policies.files))
    policies = deciding.build(texts, schema())
    _refuse_incomplete(policies)
    return policies


def digest() -> str:
    """Name what this installation decides by, whether it can be used or not."""
    try:
        return deciding.digest(installed(), schema())
    except BadPolicies as bad:
        return str(bad)


def installed() -> tuple[Text, ...]:
    """Return our own files and the operator's, unread; raise BadPolicies where one cannot be."""
    texts = [*_folder(_ours(), "config/policies", Source.SHIPPED)]
    if own := settings.SELFIMPROVE.validation.own_policies:
        texts += _folder(Path(own).expanduser(), own.rstrip("/"), Source.OWN)
    return tuple(texts)


def schema() -> str:
    """Return the words that policies are written in."""
    return _text(_ours() / "selfimprove.cedarschema", SCHEMA)


def _ours() -> Path:
    return Path(settings.CONFIG_DIR) / "policies"


def _folder(place: Path, shown: str, source: Source) -> Iterator[Text]:
    if not place.is_dir():
        what = "is no folder: make it, or change validation.own_policies"
        raise BadPolicies(Flaw(shown, 0, what))
    for path in sorted(place.glob(f"*{ENDING}")):
        name = f"{shown}/{path.name}"
        yield Text(name, _text(path, name), source)


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        what = f"cannot be read ({error.strerror}): bring it back, or let it be read"
        raise BadPolicies(Flaw(shown, 0, what)) from error
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text (byte {error.start}): save it as UTF-8"
        raise BadPolicies(Flaw(shown, 0, what)) from error


def _of_target(repository: Repository, commit: str, patterns: Sequence[str]) -> Iterator[Text]:
    """Read a target's policies from its base, so that no change brings its own along."""
    paths = repository.paths(commit)
    named: dict[str, None] = {}
    for number, pattern in enumerate(patterns):
        found = [path for path in paths if matches(pattern, path)]
        if not found:
            what = f"policies.files.{number}: {pattern} fits no file: mend it, or take it out"
            raise BadPolicies(Flaw(manifest.FILE, 0, what))
        named |= dict.fromkeys(found)
    if len(named) > MOST_FILES:
        what = f"policies.files names {len(named)} files; {MOST_FILES} are allowed"
        raise BadPolicies(Flaw(manifest.FILE, 0, what))
    for path in named:
        try:
            yield Text(path, repository.read(commit, path).decode(), Source.TARGET)
        except (PathMissing, UnicodeDecodeError) as error:
            raise BadPolicies(Flaw(path, 0, "is no text: save it as UTF-8")) from error


def _refuse_incomplete(policies: PolicySet) -> None:
    ours = {policy.id for policy in policies.policies if policy.source is Source.SHIPPED}
    flaws = [
        Flaw("config/policies", 0, f"{name} is missing: bring {name}{ENDING} back")
        for name in SHIPPED
        if name not in ours
    ]
    if flaws:
        raise BadPolicies(*flaws)
