"""Where do fixers work, and what do the benchmarks say of what they bring up?"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from benchmarks import choosing
from benchmarks.choosing import Chosen
from benchmarks.measured import Fingerprint
from benchmarks.measures import tested
from benchmarks.measures.asking import NotMeasured, Scene
from benchmarks.running import together
from benchmarks.running.together import Asked, Scored
from benchmarks.running.trees import Tree
from personas.fixers import Copy, Edit, Only
from personas.fixers.trying import Suite
from ports.sandbox.chosen import sandbox
from targets import changes
from targets.changes import Change
from targets.manifest import Benchmarks, Manifest

TESTS = "test_pass_rate"
# A fingerprint that these have not seen before takes an edit out; the rest is judged as a whole.
READING = ("lint_score", "security_scan", "type_check", "import_check")
JUDGED = (*READING, TESTS)
PYTEST = ("python3", "-m", "pytest")  # where no manifest names the tests


@dataclass(frozen=True)
class Looked:
    """Hold what was found in a tree, who gave no answer, and how the tests ended."""

    findings: Counter[Fingerprint] = field(default_factory=Counter)
    silent: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, float] | None = None

    @property
    def failing(self) -> tuple[str, ...]:
        """Name the tests that fail."""
        return tuple(sorted(name for name, passed in (self.tests or {}).items() if not passed))

    def new_since(self, before: "Looked") -> list[Fingerprint]:
        """Return what was not there before, or is there more often; and who fell silent."""
        fell = [name for name in self.silent if name not in before.silent]
        new = [Fingerprint(f"no answer of {name} ({self.silent[name]})", "", "") for name in fell]
        return new + sorted((self.findings - before.findings).elements())

    def broken_since(self, before: "Looked") -> Mapping[str, str]:
        """Say of the tests that passed what they do now; one that is gone does not pass."""
        now = self.tests or {}
        passed = sorted(name for name, value in (before.tests or {}).items() if value)
        lost = [name for name in passed if not now.get(name)]
        return {name: "fails" if name in now else "runs no more" for name in lost}


@dataclass(frozen=True)
class Workshop:
    """Hold the commit that is mended, how it is judged, and how much may change."""

    tree: Tree
    asked: Asked
    judged: Collection[str] = JUDGED  # those of them that have an answer to begin with
    silent: Mapping[str, str] = field(default_factory=dict)  # why the others have none
    most_files: int = 10
    most_lines: int = 400

    @contextmanager
    def copy(self, only: Only | None = None) -> Iterator[Copy]:
        """Give a plain copy of the commit's files; nothing of the repository is written or run."""
        with self.tree.scene(self.asked.stopped) as scene:
            suite = _suite(scene) if TESTS in self.judged else None
            yield Copy(scene.folder, scene.paths, suite, only, self.asked.stopped)

    def change(self, edits: Sequence[Edit]) -> Change:
        """Return what edits make of the commit, as git itself tells it."""
        files = {edit.path: edit.after.encode() for edit in edits}
        return changes.written(self.tree.repository.git, base=self.tree.commit, files=files)

    def look(
        self, edits: Sequence[Edit] = (), *, at: Sequence[str] = READING, anew: bool = False
    ) -> Looked:
        """Measure the commit with these edits; what another asks of the same is found again."""
        tree = replace(self.tree, commit=self.change(edits).tree) if edits else self.tree
        names = [name for name in at if name in self.judged]
        asked = replace(self.asked, anew=anew)
        return _looked(together.measure(tree, _by_our_choice(tree.manifest, names), asked))


def _by_our_choice(manifest: Manifest, names: Collection[str]) -> list[Chosen]:
    """Choose as the installation does: a target leaves none out here, and cuts no time short."""
    ours = manifest.model_copy(update={"benchmarks": Benchmarks()})
    return [one for one in choosing.chosen(ours) if one.name in names]


def _looked(scored: Sequence[Scored]) -> Looked:
    findings: Counter[Fingerprint] = Counter()
    silent: dict[str, str] = {}
    tests: Mapping[str, float] | None = None
    for one in scored:
        if not one.measured.is_measured:
            silent[one.chosen.name] = one.measured.words
        elif one.chosen.name == TESTS:
            tests = one.measured.items
        else:
            findings.update(one.measured.fingerprints)
    return Looked(findings, silent, tests)


def _suite(scene: Scene) -> Suite | None:
    """Return what runs the tests as the benchmark does; None where it has nothing to run."""
    seconds = scene.manifest.tests.timeout_seconds
    try:
        wanted = tested.wanted(scene, seconds)
    except NotMeasured:
        return None
    return Suite(sandbox(), wanted, stopped=scene.stopped or bool)
