"""How does a test get a commit that fixers work on, judged by the real benchmarks?"""

import sys
from pathlib import Path

from benchmarks.running.together import Asked
from benchmarks.running.trees import Tree
from generations.engines.embedded.workshop import READING, TESTS, Workshop
from targets.manifest import Manifest, Tests
from targets.repository import Repository
from tests.factories import NOW

PYTEST = Manifest(tests=Tests(command=("python3", "-m", "pytest"), timeout_seconds=60))


def shop(
    repository: Path, *, tests: bool = True, manifest: Manifest = PYTEST, name: str = "shop"
) -> Workshop:
    """Return a workshop of the newest commit of a repository."""
    clone = Repository.create(repository.parent / f"{repository.name}.git", origin=str(repository))
    clone.fetch()
    tree = Tree(clone, clone.head("main"), name, manifest, {name: sys.executable})
    return Workshop(tree, Asked(at=NOW), (*READING, TESTS) if tests else READING)
