"""Which tree is measured, and what of it has a say in a benchmark's answer?"""

import hashlib
import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings

from benchmarks import tools
from benchmarks.choosing import Chosen
from benchmarks.measures.asking import Scene
from benchmarks.tools import NoTools, Tools
from ports import temporary
from ports.git import GitFailed
from ports.sandbox import LOCAL, PermanentError, Stopped, TemporaryError
from ports.sandbox.away.agentcore import AWAY
from ports.sandbox.chosen import sandbox
from targets.manifest import Manifest
from targets.repository import BadName, Repository

FORM = 1  # of what is kept; part of its name


class UnknownCommit(ValueError):
    """The repository has no such commit or branch."""


@dataclass(frozen=True)
class Tree:
    """Name one commit of a repository, under the manifest that it is judged by."""

    repository: Repository
    commit: str
    name: str  # of the target, as the configuration knows it
    manifest: Manifest
    pythons: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def tree(self) -> str:
        """Return the name of the tree."""
        return self.repository.git.text("rev-parse", "--verify", f"{self.commit}^{{tree}}")

    @cached_property
    def listing(self) -> tuple[tuple[str, str], ...]:
        """Return each path with the mode and the name of its content."""
        records = self.repository.git.run("ls-tree", "-r", "-z", "--full-tree", self.tree).fields()
        parts = (record.partition("\t") for record in records)
        return tuple((path, details) for details, _, path in parts)

    def inputs(self, chosen: Chosen) -> str:
        """Name all that the tree contributes to a benchmark's answer."""
        reads = chosen.benchmark.reads
        if reads not in self._named:
            told = "\0".join(f"{path}\0{blob}" for path, blob in self.listing if reads(path))
            digest = hashlib.sha256(told.encode("utf-8", "surrogateescape"))
            self._named[reads] = digest.hexdigest()
        return self._named[reads]

    @cached_property
    def _named(self) -> dict[Callable[[str], bool], str]:
        """Keep the names: most benchmarks read the same files."""
        return {}

    @contextmanager
    def scene(self, stopped: Stopped | None = None) -> Iterator[Scene]:
        """Give a plain copy of the files with what goes with it; gone afterwards."""
        with temporary.folder("benchmarks") as top:
            folder = top / "files"
            folder.mkdir()
            self.repository.export(self.tree, folder)
            yield Scene(
                name=self.name,
                folder=folder,
                paths=tuple(path for path, _ in self.listing),
                manifest=self.manifest,
                pythons=self.pythons,
                tools=tools.configured(),
                stopped=stopped,
            )


def commit(repository: Repository, name: str) -> str:
    """Return the commit that a branch, tag or sha names; raise UnknownCommit."""
    try:
        if not name or name.startswith("-"):
            raise BadName(name)
        if branch := repository.remote_head(name):
            return branch
        return repository.git.text("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    except (GitFailed, BadName) as error:
        raise UnknownCommit(
            f"{name or 'an empty name'} is neither a branch nor a commit of a branch;"
            " give a branch or a full sha"
        ) from error


@dataclass(frozen=True)
class Standing:
    """Name what of this machine has a say in answers; asked once for all benchmarks."""

    tools: Tools
    sandbox: str  # "": nothing may run
    away: bool = False  # whether what can be asked on another machine is asked there

    @classmethod
    def now(cls) -> "Standing":
        """Ask the tools and the sandbox what holds."""
        backend = settings.SELFIMPROVE.sandbox.backend
        away = settings.SELFIMPROVE.benchmarks.sandbox == AWAY
        try:
            standing = sandbox().examine()
        except (PermanentError, TemporaryError):
            return cls(tools.configured(), "", away)
        level = f"{backend} {standing.level}" if standing.enough else ""
        return cls(tools.configured(), level, away)

    def known(self, tree: Tree, chosen: Chosen) -> str:
        """Name where an answer may be found again; what is meant for elsewhere is asked anew."""
        return "" if self.away and chosen.benchmark.portable else self.key(tree, chosen)

    def kept(self, tree: Tree, chosen: Chosen, where: str) -> str:
        """Name where an answer is kept; nobody here knows the Python of another machine."""
        return secrets.token_hex(32) if where != LOCAL else self.key(tree, chosen)

    def key(self, tree: Tree, chosen: Chosen) -> str:
        """Name everything that a benchmark's answer depends on; "" where that is not possible."""
        if not self.sandbox:
            return ""
        benchmark = chosen.benchmark
        manifest = tree.manifest.tests.model_dump() if benchmark.starts else {}
        parts = [
            *(FORM, benchmark.name, benchmark.version, benchmark.definition, chosen.seconds),
            *(tree.inputs(chosen), tree.name, manifest, self.sandbox, tools.own_code()),
            *(self.tools.digest, _language(tree)),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _language(tree: Tree) -> str:
    """Name the Python that runs the target, with all that is installed in it."""
    command = tree.pythons.get(tree.name) or f"{sys.base_prefix}/bin/python3"
    try:
        return f"{command} {tools.at(str(command)).digest}"
    except NoTools:
        return str(command)
