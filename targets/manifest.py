"""What does a target say about itself: its tests, its commands, its deploy steps?"""

import tomllib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from targets.repository import PathMissing, Repository

FILE = ".selfimprove.toml"
LARGEST = 64 * 1024
CASE = "{case}"

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
# TOML gives lists; strict tuples would refuse them. The elements stay strict.
Words = Annotated[tuple[Text, ...], Field(strict=False)]
Command = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


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


class DeployStep(_Part):
    """One command that runs in the deployed checkout when a matching path changed."""

    name: Text
    paths: Command
    command: Command
    dry_command: Words = ()  # what a rehearsal runs instead, in the sandbox
    timeout_seconds: Seconds = 60.0


class Manifest(_Part):
    """Everything that a target says about itself; the empty manifest is a valid one."""

    tests: Tests = Tests()
    validation: Validation = Validation()
    policies: Policies = Policies()
    entry: Annotated[tuple[Entry, ...], Field(strict=False)] = ()
    replay: Replay = Replay()
    deploy: Annotated[tuple[DeployStep, ...], Field(strict=False)] = ()


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


def _refuse_doubles(manifest: Manifest) -> None:
    names = [step.name for step in manifest.deploy]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise BadManifest(f"deploy.{number}.name", f"two steps are called {name!r}")
