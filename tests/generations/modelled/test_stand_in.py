"""Does somebody without a key see a generation come about as with a model, called simulated?"""

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from examples import seed
from generations.models import Generation
from personas.models import Exchange
from ports.llm.standin import scripts
from ports.llm.standin.server import authored_step
from targets.models import State, Target
from targets.repository import Repository
from tests.architecture.house import ROOT
from tests.factories import NOW
from tests.generations.modelled.wire import (
    FILES,
    agents,
    begin,
    billed,
    configure,
    shop,
    walk,
)

pytestmark = pytest.mark.django_db
SCRIPT = ROOT / "examples" / "generation.json"


@pytest.fixture
def gateway(tmp_path: Path, settings: Settings) -> Target:
    """Plant the example of the demo as a target."""
    configure(settings, "benchmarks", enabled=("lint_score", "doc_coverage"))
    origin = tmp_path / "example" / "origin.git"
    head = seed.plant(origin, tmp_path / "example" / "deployed")
    target = Target.objects.create(
        **{"slug": "gateway", "name": "Gateway", "origin": str(origin), "state": State.READY},
        **{"created_at": NOW, "head_commit": head},
    )
    Repository.of(target).fetch()
    return target


def changed(generation: Generation, folder: Path) -> Path:
    """Write the files as the change leaves them."""
    repository = Repository.of(generation.target)
    repository.apply(generation.base_commit, generation.diff)
    folder.mkdir()
    repository.export(generation.tree, folder)
    return folder


def test_the_script_plays_a_whole_generation_on_the_target_of_the_demo(
    gateway: Target, settings: Settings, tmp_path: Path
) -> None:
    script = scripts.read(SCRIPT)
    with agents(settings, *script.steps) as played:
        generation = walk(begin(gateway))
    assert script.then_authored
    assert len(billed(played)) == len(script.steps) == 3
    assert generation.runs.filter(result="PASSED").count() == 3
    assert generation.written_by == "scripted"
    assert (generation.review_score or 0) > 0.6
    assert "no language model judged this" in str(generation.plan)
    assert all(one.simulated for one in Exchange.objects.all())
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "tests.test_journal", "tests.test_life", "-v"],
        cwd=changed(generation, tmp_path / "after"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("... ok") == 8


def test_without_a_script_it_writes_docstrings_where_they_are_missing(
    tmp_path: Path, settings: Settings
) -> None:
    bare = "def total(prices: list[int]) -> int:\n    return sum(prices)\n"
    files = {**FILES, "shop/prices.py": bare}
    target = shop(tmp_path, settings, files, benchmarks=("doc_coverage",))
    with agents(settings, otherwise=authored_step) as played:
        generation = walk(begin(target))
    assert len(billed(played)) == 3
    assert generation.runs.filter(result="PASSED").count() == 3
    text = (changed(generation, tmp_path / "after") / "shop" / "prices.py").read_text()
    assert text.startswith('"""Hold prices."""\n\ndef total(')
    assert '    """Total."""\n    return sum(prices)\n' in text
    assert generation.written_by == "scripted"


def test_where_it_can_write_nothing_it_says_so(gateway: Target, settings: Settings) -> None:
    with agents(settings, otherwise=authored_step):
        generation = walk(begin(gateway))
    assert (generation.outcome, generation.reason_kind) == ("NOTHING", "no_change")
    assert "Architect plans nothing: Every public name says what it is for." in generation.reason
    assert generation.runs.get(phase="plan").details["calls"]
