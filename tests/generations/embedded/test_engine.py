"""Does each step of the engine keep within its bounds, and stop when it is told to?"""

from pathlib import Path

import pytest
from django.conf import LazySettings

from generations.choosing import candidates
from generations.choosing.focus import Focus
from generations.engines.embedded import ENGINE
from generations.engines.embedded.recipes import recipes
from generations.models import Generation, Reason, Result
from generations.phases.shape import Interrupted, NothingToDo, Planned, Refused, Turn
from personas.replies.contracts import Plan
from targets.models import Target
from targets.repository import Repository
from tests.factories import make_proposal
from tests.generations.embedded.walking import SHOP, UNUSED, begin, run_of, target, turn
from tests.generations.scene import configure
from validation.models import Finding, GateResult, Report
from validation.models import Outcome as Gate

TWO = {**SHOP, "shop/bare.py": "x = f'nothing'\n", "test_shop.py": UNUSED}
pytestmark = pytest.mark.django_db


def at_plan(on: Target) -> Generation:
    generation = begin(on)
    generation.base_commit = on.head_commit
    generation.save()
    return generation


def planned(on: Target, given: Turn | None = None) -> Planned:
    given = given or turn(at_plan(on))
    return ENGINE.plan(given, candidates.of(given))


def at_build(on: Target) -> tuple[Turn, Plan]:
    generation = at_plan(on)
    said = planned(on, turn(generation))
    generation.focus, generation.plan = said.focus.fingerprint, said.plan.model_dump()
    generation.save()
    run_of(generation, "plan", result=Result.PASSED, details=said.details)
    return turn(generation), said.plan


def test_the_plan_names_what_and_where_and_code_before_its_tests(
    tmp_path: Path, settings: LazySettings
) -> None:
    said = planned(target(tmp_path, settings, TWO))
    assert said.plan.title == "Mend F401 in 3 files"
    assert said.plan.files_to_modify == ["shop/orders.py", "shop/prices.py", "test_shop.py"]
    assert said.plan.expected_effect == {"lint_score": 0.75}
    assert (said.plan.risk, said.written_by) == ("medium", "embedded")  # a name may be exported
    assert said.details["fixer"] == "ruff"


def test_an_import_that_only_tests_have_is_no_risk(tmp_path: Path, settings: LazySettings) -> None:
    on = target(tmp_path, settings, {"shop/__init__.py": "", "test_shop.py": UNUSED})
    assert planned(on).plan.risk == "low"


def test_no_more_files_are_planned_than_may_change(tmp_path: Path, settings: LazySettings) -> None:
    on = target(tmp_path, settings, {f"shop/m{n:02}.py": UNUSED for n in range(14)})
    assert len(planned(on).plan.files_to_modify) == 10


def test_what_is_protected_or_in_an_open_proposal_is_not_planned(
    tmp_path: Path, settings: LazySettings
) -> None:
    said = "[validation]\nforbidden_paths = ['shop/prices.py']\n"
    on = target(tmp_path, settings, {**TWO, ".selfimprove.toml": said}, slug="gateway")
    assert planned(on).plan.files_to_modify == ["shop/orders.py", "test_shop.py"]
    on.generations.all().delete()
    make_proposal(
        on,
        diff="--- a/shop/orders.py\n+++ b/shop/orders.py\n@@ -1,3 +1,3 @@\n"
        '-"""Prices."""\n+"""Orders."""\n \n import os\n',
    )
    assert planned(on).plan.files_to_modify == ["test_shop.py"]


def test_files_that_are_all_protected_leave_nothing_to_plan(
    tmp_path: Path, settings: LazySettings
) -> None:
    said = "[validation]\nforbidden_paths = ['shop/**']\n"
    on = target(tmp_path, settings, {**SHOP, ".selfimprove.toml": said})
    with pytest.raises(NothingToDo, match="No fixer has an answer"):
        planned(on)


def test_without_anything_to_weigh_there_is_nothing_to_do(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = target(tmp_path, settings)
    with pytest.raises(NothingToDo, match="Nothing that was measured"):
        ENGINE.plan(turn(at_plan(on)), [])


@pytest.mark.parametrize(
    ("fingerprint", "facts", "asked"),
    [
        ("lint_score:F401", {"rule": "F401"}, ["ruff"]),
        ("security_scan:S506", {"rule": "S506"}, ["ast-grep", "ruff"]),
        ("file_organization:no-init", {"rule": "no-init"}, ["init-files"]),
        ("file_organization:shadows", {"rule": "shadows"}, []),
        ("test_pass_rate:a.py", {"tests": ["a.py::test"]}, ["repair"]),
        ("type_check:attr-defined", {"rule": "attr-defined"}, []),
        ("lint_score:invalid-syntax", {"rule": "invalid-syntax"}, []),
        ("lint_score:F401,E", {"rule": "F401,E"}, []),
        ("score:own", {}, []),
        ("pattern:7", {}, []),
        ("brief:idea:7", {}, []),
    ],
)
def test_each_kind_of_thing_has_its_fixers_or_none(
    fingerprint: str, facts: dict[str, object], asked: list[str]
) -> None:
    focus = Focus(fingerprint, "words", 1.0, 1.0, paths=("a",), facts=facts)
    assert [one.fixer for one in recipes(focus)] == asked


def test_a_package_file_is_added_where_one_lacks(tmp_path: Path, settings: LazySettings) -> None:
    files = {"shop/__init__.py": '"""A shop."""\n', "shop/deep/a.py": '"""Deep."""\n'}
    on = target(tmp_path, settings, files, benchmarks=("file_organization",))
    given, plan = at_build(on)
    assert plan.files_to_modify == ["shop/deep/__init__.py"]
    built = ENGINE.build(given, plan)
    assert built.details["hunks"][0]["rules"] == ["init-files:missing"]
    assert Repository.of(on).apply(on.head_commit, built.diff).files[0].status == "A"


def test_unsafe_calls_are_rewritten_by_their_pattern(
    tmp_path: Path, settings: LazySettings
) -> None:
    files = {"shop/load.py": "import yaml\n\n\ndef load(text):\n    return yaml.load(text)\n"}
    on = target(tmp_path, settings, files, benchmarks=("security_scan",))
    given, plan = at_build(on)
    assert plan.risk == "medium"
    assert "+    return yaml.safe_load(text)" in ENGINE.build(given, plan).diff


def test_the_gate_leaves_nothing_and_the_reason_is_told(
    tmp_path: Path, settings: LazySettings
) -> None:
    two = UNUSED.replace("import os\n", "import os\nimport sys\n")
    on = target(tmp_path, settings, {"shop/a.py": two, "shop/b.py": two})
    given, plan = at_build(on)
    configure(settings, "generations", lines=1)
    with pytest.raises(Refused) as refused:
        ENGINE.build(given, plan)
    assert refused.value.kind == Reason.NO_CHANGE
    assert "more than 1 lines would change, and 1 more" in refused.value.reason
    assert len(refused.value.details["dropped"]) == 2


def test_a_focus_that_is_gone_is_not_built(tmp_path: Path, settings: LazySettings) -> None:
    given, plan = at_build(target(tmp_path, settings))
    given.generation.focus = "lint_score:E999"
    with pytest.raises(Refused, match="is not found on this commit any more"):
        ENGINE.build(given, plan)


def test_whoever_calls_it_off_is_heard_in_each_step(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = target(tmp_path, settings)
    given, plan = at_build(on)
    over = turn(given.generation, is_over=True)
    focuses = candidates.of(given)
    with pytest.raises(Interrupted):
        ENGINE.plan(over, focuses)
    with pytest.raises(Interrupted):
        ENGINE.build(over, plan)


def reviewed(
    on: Target, *outcomes: Gate, signed: tuple[str, ...] = ("shop/orders.py", "shop/prices.py")
) -> tuple[bool, float, list[str], list[str]]:
    given, plan = at_build(on)
    change = given.repository.apply(given.base, ENGINE.build(given, plan).diff)
    hunks = [{"fixer": "ruff", "path": path, "rules": ["ruff:F401"]} for path in signed]
    dropped = [{"fixer": "ruff", "path": "a.py", "reason": "S307 is found anew"}]
    details = {"hunks": hunks, "dropped": dropped, "notes": ["3 more files"], "not_run": {}}
    run_of(given.generation, "build", result=Result.PASSED, details=details)
    report = Report.objects.create(
        target=on,
        base_commit=given.base,
        tree=change.tree,
        diff_digest=change.digest,
        outcome=Gate.PASSED,
        made_at=given.clock(),
        seconds=1,
    )
    for number, outcome in enumerate(outcomes):
        row = GateResult.objects.create(
            report=report, position=number, gate=f"gate {number}", outcome=outcome, summary="said"
        )
        Finding.objects.create(result=row, path="a.py", line=3, message="look", refuses=False)
    review = ENGINE.review(given, plan, change, report).review
    said = [f"{one.rule}: {one.message}" for one in review.findings]
    return review.approved, review.score, said, review.must_fix


@pytest.mark.parametrize(
    ("outcomes", "approved", "score"),
    [
        ((Gate.PASSED, Gate.NOTHING_SHOWN), True, 1.0),
        ((Gate.PASSED, Gate.ACKNOWLEDGE), True, 0.7),
        ((Gate.PASSED, Gate.NOT_RUN), True, 0.65),
        ((Gate.PASSED, Gate.COULD_NOT_RUN), False, 0.0),
        ((Gate.REFUSED,), False, 0.0),
        ((), False, 0.0),
    ],
)
def test_the_review_is_worth_what_the_weakest_gate_says(
    tmp_path: Path,
    settings: LazySettings,
    outcomes: tuple[Gate, ...],
    approved: bool,
    score: float,
) -> None:
    found = reviewed(target(tmp_path, settings), *outcomes)
    assert found[:2] == (approved, score)
    assert "ruff: Left out: S307 is found anew" in found[2]
    assert "note: 3 more files" in found[2]
    assert sum("Whoever imports this name from here" in words for words in found[2]) == 2
    assert bool(found[3]) is not approved


def test_a_file_that_no_fixer_signed_for_is_not_approved(
    tmp_path: Path, settings: LazySettings
) -> None:
    found = reviewed(target(tmp_path, settings), Gate.PASSED, signed=("shop/orders.py",))
    assert found[:2] == (False, 0.0)
    assert "shop/prices.py is changed, and no fixer has said that it did that." in found[3]
