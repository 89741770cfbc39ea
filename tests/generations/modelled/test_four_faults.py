"""Does the Architect see the four faults of the small project, and is one of them worked on?"""

from pathlib import Path

import pytest
from pytest_django import Settings

from generations.models import Generation
from ports.llm.standin.server import authored_step
from ports.llm.standin.steps import Step
from targets.models import Target
from targets.repository import Repository
from tests.generations.four_faults import BENCHMARKS, plant
from tests.generations.modelled.wire import agents, begin, billed, planned, reviewed, shown, walk

pytestmark = pytest.mark.django_db
ALL_FOUR = """\
<file path="till/goods/__init__.py">
\"\"\"Goods.\"\"\"
</file>
<edit path="till/goods/prices.py">
<<<<<<< SEARCH
def total(prices, discount=0):
    return
=======
def total(prices: list[int], discount: int = 0) -> int:
    \"\"\"Add up, less a discount.\"\"\"
    return
>>>>>>> REPLACE
<<<<<<< SEARCH
SOLD = []
=======
SOLD: list[int] = []
>>>>>>> REPLACE
<<<<<<< SEARCH
    return max(prices)
=======
    return min(prices)
>>>>>>> REPLACE
</edit>
<done/>
""".replace("    return\n", "    return sum(prices) - discount\n")


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    return plant(tmp_path, settings)


def text_after(generation: Generation, path: str) -> str:
    repository = Repository.of(generation.target)
    repository.apply(generation.base_commit, generation.diff)
    return repository.read(generation.tree, path).decode()


def test_each_fault_is_found_and_shown(target: Target, settings: Settings) -> None:
    paths = ["till/goods/__init__.py", "till/goods/prices.py"]
    plan = planned(files_to_modify=paths, new_files=paths[:1], focus=0)
    with agents(settings, plan, Step(text=ALL_FOUR), reviewed()) as played:
        generation = walk(begin(target))
    findings = {one["benchmark"]: one for one in shown(played)["findings"]}
    assert set(findings) == set(BENCHMARKS)
    assert findings["doc_coverage"]["places"][0]["name"] == "total"
    assert findings["file_organization"]["places"][0]["path"] == "till/goods"
    assert generation.runs.filter(result="PASSED").count() == 3
    assert "return min(prices)" in text_after(generation, "till/goods/prices.py")
    assert text_after(generation, "till/goods/__init__.py") == '"""Goods."""\n'
    assert "def total(prices: list[int]" in shown(played, 2)["diff"]


def test_the_stand_in_writes_the_docstring(target: Target, settings: Settings) -> None:
    with agents(settings, otherwise=authored_step) as played:
        generation = walk(begin(target))
    assert len(billed(played)) == 3
    assert generation.runs.filter(result="PASSED").count() == 3
    assert '    """Total."""\n' in text_after(generation, "till/goods/prices.py")
    assert generation.written_by == "scripted"
