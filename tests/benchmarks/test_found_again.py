"""Is the same tree not measured twice, and only what a change can touch measured again?"""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from benchmarks import choosing, tools
from benchmarks.choosing import Chosen
from benchmarks.models import Finding, Measurement
from benchmarks.names import NAMES
from benchmarks.running import keeping, together
from benchmarks.running.together import Asked, Scored
from benchmarks.running.trees import Standing, Tree
from targets.models import Target
from tests.benchmarks.scenes import CALM
from tests.benchmarks.trees import commit, enable, shop, tree
from tests.factories import NOW

pytestmark = pytest.mark.django_db
EVERYTHING = {"code_coverage", "test_pass_rate", "file_organization"}  # reads each file
WRONG = {"shop/prices.py": CALM["shop/prices.py"] + "\n\nimport os\n"}


@pytest.fixture
def target(tmp_path: Path, settings: LazySettings) -> Target:
    enable(settings)
    return shop(tmp_path)


def measure(one: Tree, *, anew: bool = False) -> dict[str, Scored]:
    wanted = choosing.chosen(one.manifest)
    found = together.measure(one, wanted, Asked(timezone.now(), anew=anew))
    return {scored.chosen.name: scored for scored in found}


def keys(one: Tree) -> dict[str, str]:
    standing = Standing.now()
    return {name: standing.key(one, _all(one)[name]) for name in NAMES}


def _all(one: Tree) -> dict[str, Chosen]:
    return {chosen.name: chosen for chosen in choosing.chosen(one.manifest, only=NAMES)}


def test_a_second_run_finds_everything_again_as_it_was(target: Target) -> None:
    changed = commit(target, WRONG)
    first, second = measure(tree(target, changed)), measure(tree(target, changed))
    assert {one.found_again for one in first.values()} == {False}
    assert {one.found_again for one in second.values()} == {True}
    assert {name: one.measured for name, one in first.items()} == {
        name: one.measured for name, one in second.items()
    }
    assert first["lint_score"].measured.value == 2


def test_asked_to_measure_anew_it_finds_and_keeps_nothing(target: Target) -> None:
    measure(tree(target), anew=True)
    assert not Measurement.objects.exists()
    measure(tree(target))
    assert {one.found_again for one in measure(tree(target), anew=True).values()} == {False}


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("README.md", EVERYTHING),
        ("requirements.txt", EVERYTHING | {"import_check"}),
        ("shop/more.py", set(NAMES)),
    ],
    ids=["page", "dependencies", "code"],
)  # fmt: skip
def test_only_what_a_change_can_touch_has_another_name(
    path: str, again: set[str], target: Target
) -> None:
    before = keys(tree(target))
    after = keys(tree(target, commit(target, {path: "# more\n"})))
    assert {name for name in NAMES if before[name] != after[name]} == again
    assert all(before.values())


def test_moving_a_file_changes_the_name_though_no_content_does(target: Target) -> None:
    before = keys(tree(target))["lint_score"]
    moved = commit(target, {"shop/prices.py": None, "shop/moved.py": CALM["shop/prices.py"]})
    assert keys(tree(target, moved))["lint_score"] != before


def test_another_limit_or_another_tool_is_another_name(
    target: Target, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys(tree(target))["lint_score"]
    shorter = settings.SELFIMPROVE.benchmarks.model_copy(update={"timeout_seconds": 7.0})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"benchmarks": shorter})
    limited = keys(tree(target))["lint_score"]
    monkeypatch.setattr(tools, "own_code", lambda: "other")
    assert len({before, limited, keys(tree(target))["lint_score"]}) == 3


def test_what_did_not_run_is_asked_again(target: Target, settings: LazySettings) -> None:
    enable(settings, "test_pass_rate")
    hanging = commit(target, {"test_shop.py": "import os\nos.kill(os.getpid(), 9)\n"})
    assert not measure(tree(target, hanging))["test_pass_rate"].measured.is_measured
    assert not Measurement.objects.exists()


def test_findings_are_kept_by_fingerprint_without_secrets(target: Target) -> None:
    secret = "ghp_" + "a1B2" * 9
    made = commit(target, {f"shop/{secret}.py": "import os\n"})
    measure(tree(target, made))
    row = Finding.objects.get(rule="F401")
    assert secret not in row.path
    assert (row.symbol, row.line) == ("", 1)


def test_what_is_old_and_shown_nowhere_goes(target: Target) -> None:
    measure(tree(target))
    now = timezone.now()
    assert keeping.prune(now, 1) == 0
    Measurement.objects.update(measured_at=NOW)
    assert keeping.prune(now, 1) == 2
    assert not Measurement.objects.exists()
