"""What does a target say about itself: its tests, its commands, its deploy steps?"""

import tomllib
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ports.deployer.asked import check
from targets.repository import PathMissing, Repository

FILE = ".selfimprove.toml"
LARGEST = 64 * 1024
CASE = "{case}"

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
# TOML gives lists; strict tuples would refuse them. The elements stay strict.
Words = Annotated[tuple[Text, ...], Field(strict=False)]
Command = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Address = Annotated[Text, AfterValidator(lambda given: check(given) and given)]
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class BadManifest(Exception):
    """The manifest cannot be read; `where` is the place in it and `what` the matter."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        self.what = what
        super().__init__(f"{FILE}: {where}: {what}")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Tests(_Part):
    """Say how the target is tested; no command means that it has no tests."""

    command: Words = ()
    plugins: Words = ()  # of pytest, that the tests need: no other is loaded
    timeout_seconds: Seconds = 120.0


class Validation(_Part):
    """Name the paths that no change may touch, in addition to ours."""

    forbidden_paths: Words = ()


class Policies(_Part):
    """Name the files of policies that tighten ours; they are read from the base."""

    files: Words = ()


class Entry(_Part):
    """Name a command that people start, beside those that packaging metadata declares."""

    command: Command


class Replay(_Part):
    """Say how a failing case is replayed; no command means that none can be."""

    command: Words = ()  # one word of it is {case}: the path of the case
    timeout_seconds: Seconds = 60.0


class OwnBenchmark(_Part):
    """Say how a benchmark of the target's own is run and its score read."""

    name: Name
    command: Command
    read: Literal["json", "junit", "regex", "exit"]
    report: Annotated[str, StringConstraints(max_length=200)] = ""  # a file; else what it says
    pointer: Annotated[str, StringConstraints(max_length=200)] = ""  # of JSON, such as /p95
    pattern: Annotated[str, StringConstraints(max_length=500)] = ""  # with one group: the score
    better: Literal["higher", "lower"] = "higher"
    unit: Annotated[str, StringConstraints(max_length=20)] = ""
    timeout_seconds: Seconds = 60.0
    weight: Weight = 1.0

    @model_validator(mode="after")
    def _reads_something(self) -> "OwnBenchmark":
        """Refuse a way of reading that lacks what it needs, or has what it does not."""
        needs = {"json": "pointer", "regex": "pattern"}.get(self.read, "")
        if needs and not getattr(self, needs):
            raise PydanticCustomError("needs", f"read = {self.read!r} needs a {needs}")
        for other in {"pointer", "pattern"} - {needs}:
            if getattr(self, other):
                raise PydanticCustomError("idle", f"read = {self.read!r} has no use for {other}")
        if self.pointer and not self.pointer.startswith("/"):
            raise PydanticCustomError("pointer", "a JSON pointer begins with /, such as /p95")
        if self.report.startswith("/") or ".." in self.report.split("/"):
            raise PydanticCustomError("report", "the report is a file within the target's files")
        if self.read == "exit" and self.report:
            raise PydanticCustomError("idle", "read = 'exit' has no use for report")
        return self


class Benchmarks(_Part):
    """Say which benchmarks count here and how much; what is not said is as configured."""

    enabled: Annotated[tuple[Name, ...], Field(strict=False)] | None = None
    weights: dict[Name, Weight] = Field(default_factory=dict)
    timeouts: dict[Name, Seconds] = Field(default_factory=dict)
    own: Annotated[tuple[OwnBenchmark, ...], Field(strict=False)] = ()


class DeployStep(_Part):
    """One command that runs in the deployed checkout when a matching path changed.

    A deployer elsewhere is told its name alone, and knows what that means there.
    """

    name: Text
    paths: Command
    command: Words = ()
    dry_command: Words = ()  # what a rehearsal runs instead, in the sandbox
    timeout_seconds: Seconds = 60.0


class Webhook(_Part):
    """Say where the deployer is that brings the running system to a commit, elsewhere."""

    url: Address
    timeout_seconds: Seconds = 900.0


class Health(_Part):
    """Say how a deployed system shows that it works; the command runs in its checkout."""

    url: Annotated[str, AfterValidator(lambda given: check(given) if given else given)] = ""
    status: Annotated[int, Field(ge=100, le=599)] = 200
    within_seconds: Annotated[float, Field(gt=0, le=300)] = 30.0
    command: Words = ()
    timeout_seconds: Seconds = 60.0


# Globs of paths, each with the tools and agents that read what it names; none: nothing does.
Parts = dict[Text, Words]


class Manifest(_Part):
    """Everything that a target says about itself; the empty manifest is a valid one."""

    tests: Tests = Tests()
    validation: Validation = Validation()
    policies: Policies = Policies()
    entry: Annotated[tuple[Entry, ...], Field(strict=False)] = ()
    replay: Replay = Replay()
    deploy: Annotated[tuple[DeployStep, ...], Field(strict=False)] = ()
    webhook: Webhook | None = None
    health: Health = Health()
    benchmarks: Benchmarks = Benchmarks()
    parts: Parts = Field(default_factory=dict)


def read(repository: Repository, commit: str) -> Manifest:
    """Return the manifest of a commit, the defaults when it has none; raise BadManifest."""
    try:
        content = repository.read(commit, FILE)
    except PathMissing:
        return Manifest()
    return parse(content)


def parse(content: bytes) -> Manifest:
    """Return the manifest that this file content declares."""
    if len(content) > LARGEST:
        raise BadManifest("the file", f"it has {len(content)} bytes; {LARGEST} are allowed")
    try:
        document = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise BadManifest(f"byte {error.start}", "it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise BadManifest(*_toml_error(str(error))) from error
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as error:
        raise BadManifest(*_field_error(error)) from error
    _refuse_doubles(manifest)
    _refuse_replay_without_case(manifest.replay)
    _refuse_idle_deploy(manifest)
    _refuse_paths_outside(manifest.parts)
    return manifest


def _toml_error(words: str) -> tuple[str, str]:
    what, _, where = words.rstrip(")").partition(" (at ")
    return where or "the file", f"it is not TOML: {what}"


def _field_error(error: ValidationError) -> tuple[str, str]:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden":
        return where, "there is no such setting"
    return where, first["msg"]


def _refuse_replay_without_case(replay: Replay) -> None:
    if replay.command and replay.command.count(CASE) != 1:
        raise BadManifest("replay.command", f"one of its words, and no more, has to be {CASE}")


def _refuse_idle_deploy(manifest: Manifest) -> None:
    """Refuse what could not be run where this target is deployed."""
    if manifest.webhook is not None:
        if manifest.health.command:
            what = "with a webhook there is no checkout here to run it in: use health.url"
            raise BadManifest("health.command", what)
        return
    for number, step in enumerate(manifest.deploy):
        if not step.command:
            what = "without a webhook a step needs a command"
            raise BadManifest(f"deploy.{number}.command", what)


def _refuse_paths_outside(parts: Parts) -> None:
    """Refuse a glob that no file of the target can fit: what it says would never count."""
    for glob in parts:
        if glob.startswith("/") or not {"", ".", ".."}.isdisjoint(glob.split("/")):
            what = "write the path as git does, from the root of the target: tools/search/**"
            raise BadManifest(f"parts.{glob!r}", what)


def _refuse_doubles(manifest: Manifest) -> None:
    lists = (
        ("deploy", "steps", [step.name for step in manifest.deploy]),
        ("benchmarks.own", "benchmarks", [own.name for own in manifest.benchmarks.own]),
    )
    for place, what, names in lists:
        for number, name in enumerate(names):
            if name in names[:number]:
                raise BadManifest(f"{place}.{number}.name", f"two {what} are called {name!r}")
