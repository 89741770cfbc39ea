"""Each way in which a change can fall short ends a generation with its own reason."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from audit.models import Entry
from generations.choosing.focus import Focus
from generations.models import Outcome, Reason, Result
from generations.phases.shape import NothingToDo, Refused, Turn
from personas.replies.contracts import Review
from proposals.models import Proposal, Status
from tests.factories import make_proposal, proposal_text
from tests.generations.scene import FILES, UNITTEST, UNUSED, Scene, configure, make_scene, plan
from validation.models import Outcome as Gates
from validation.models import Report

pytestmark = pytest.mark.django_db


def new_file(path: str, text: str) -> str:
    lines = text.splitlines()
    body = "".join(f"+{line}\n" for line in lines)
    return f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{body}"


BROKEN = UNUSED + '     """Add up."""\n-    return sum(prices)\n+    return sum(prices) + 1\n'
BROKEN = BROKEN.replace("@@ -1,6 +1,5 @@", "@@ -1,8 +1,7 @@")
KNOWN = proposal_text(diff=UNUSED, target="shop")
LINT = new_file("shop/more.py", '"""More."""\n\nimport os\nimport sys')
README = "--- a/README.md\n+++ b/README.md\n@@ -1 +1,2 @@\n # Shop\n+Open all day.\n"
EVAL = new_file("shop/more.py", '"""More."""\n\n\ndef run(x: str) -> object:\n    return eval(x)')
KEY = new_file("shop/keys.py", '"""Keys."""\n\nKEY = "AKIA' + "IOSFODNN7" + 'ABCDEFG"')
NO = Review(approved=False, score=0.9, findings=[], must_fix=["Name the reason"])
UNSURE = Review(approved=True, score=0.59, findings=[], must_fix=[])


@dataclass(frozen=True)
class Row:
    """Say what an engine gives, and how that ends."""

    kind: Reason
    words: str
    phase: str
    engine: dict[str, Any]
    limits: dict[str, Any] = field(default_factory=dict)
    benchmarks: tuple[str, ...] = ("lint_score",)


def saying(diff: str, *paths: str) -> dict[str, Any]:
    return {"diff": diff, "plan_": plan(*paths)}


ROWS = {
    "edits": Row(Reason.EDITS, "patch", "build", saying(UNUSED.replace("os", "re"))),
    "cut": Row(Reason.EDITS, "corrupt patch", "build", saying(UNUSED[:-60])),
    "empty": Row(Reason.EDITS, "the diff is empty", "build", saying("")),
    "outside": Row(Reason.OUTSIDE, "does not name README.md", "build", saying(README)),
    "secret": Row(Reason.GATES, "secrets: ", "safety", saying(KEY, "shop/keys.py")),
    "danger": Row(Reason.GATES, "safety: shop/more.py:5", "safety", saying(EVAL, "shop/more.py")),
    "lines": Row(
        Reason.TOO_LARGE, "4 lines; 3 are allowed", "safety", saying(LINT, "shop/more.py"),
        {"lines": 3},
    ),
    "no_tests": Row(
        Reason.NO_TESTS, "no test comes with it", "safety", saying(UNUSED),
        {"tests_required": True},
    ),
    "review_no": Row(
        Reason.REVIEW, "The review says no: Name the reason.", "review", {"review_": NO}
    ),
    "review_unsure": Row(
        Reason.REVIEW, "gives 0.59; 0.60 is needed", "review", {"review_": UNSURE}
    ),
    "worse": Row(
        Reason.WORSE, "lint_score is worse: ", "decide", saying(LINT, "shop/more.py")
    ),
    "no_gain": Row(Reason.NO_GAIN, "gain beyond noise is +0.0000", "decide",
                   saying(README, "README.md")),
    "threshold": Row(
        Reason.NO_GAIN, "more than 1.0000 is needed", "decide", saying(UNUSED), {"threshold": 1.0}
    ),
    "unmeasured": Row(
        Reason.NOT_MEASURED, "No benchmark could measure it", "decide", saying(UNUSED),
        benchmarks=(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_it_ends_with_its_reason(tmp_path: Path, settings: LazySettings, name: str) -> None:
    row = ROWS[name]
    configure(settings, "generations", **row.limits)
    scene = make_scene(tmp_path, settings, benchmarks=row.benchmarks).with_engine(**row.engine)
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, row.kind)
    assert row.words in generation.reason
    assert scene.phases(generation)[-1] == (row.phase, Result.REJECTED)
    assert len(scene.phases(generation)) == len({phase for phase, _ in scene.phases(generation)})
    assert not Proposal.objects.exists()
    ended = Entry.objects.get(event="generation.ended")
    assert ended.facts["kind"] == row.kind
    assert ended.reason == generation.reason


@pytest.mark.parametrize("kind", [Reason.NO_PLAN, Reason.EDITS, Reason.BUDGET, Reason.MODEL])
@pytest.mark.parametrize("phase", ["plan", "build", "review"])
def test_an_engine_that_refuses_ends_it_with_its_own_words(
    tmp_path: Path, settings: LazySettings, kind: Reason, phase: str
) -> None:
    def refuse(now: str, _turn: Turn) -> None:
        if now == phase:
            raise Refused(kind, "token=ghp_" + "a1B2" * 9, {"tried": 2})

    scene = make_scene(tmp_path, settings).with_engine(first=refuse)
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, kind)
    assert "ghp_" not in generation.reason
    assert generation.runs.get(phase=phase).details == {"tried": 2}


@pytest.mark.parametrize("phase", ["plan", "build"])
def test_nothing_to_improve_is_a_normal_end(
    tmp_path: Path, settings: LazySettings, phase: str
) -> None:
    def done(now: str, _turn: Turn) -> None:
        if now == phase:
            raise NothingToDo("Nothing is wrong here.")

    generation = make_scene(tmp_path, settings).with_engine(first=done).turn()
    assert (generation.outcome, generation.reason) == (Outcome.NOTHING, "Nothing is wrong here.")
    assert generation.runs.get(phase=phase).result == Result.NOTHING


@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.APPROVED])
def test_a_change_that_people_know_costs_neither_gates_nor_benchmarks(
    tmp_path: Path, settings: LazySettings, status: str
) -> None:
    scene = make_scene(tmp_path, settings)
    known = make_proposal(scene.target, text=KNOWN, status=status)
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.KNOWN)
    assert str(known.pk) in generation.reason
    assert not generation.runs.filter(phase="measure").exists()
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize("status", [Status.SUPERSEDED, Status.FAILED])
def test_what_never_came_to_a_decision_about_it_may_be_tried_again(
    tmp_path: Path, settings: LazySettings, status: str
) -> None:
    scene = make_scene(tmp_path, settings)
    make_proposal(scene.target, text=KNOWN, status=status)
    assert scene.turn().outcome == Outcome.ACCEPTED


def test_a_test_that_breaks_rejects_before_any_benchmark(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = with_tests(tmp_path, settings).with_engine(diff=BROKEN).turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.GATES)
    assert generation.reason.startswith("tests: ")
    assert generation.report is not None
    assert generation.report.outcome == Gates.REFUSED
    assert generation.report.diff_digest == generation.diff_digest


def test_a_refusing_report_is_kept_and_bound(tmp_path: Path, settings: LazySettings) -> None:
    generation = make_scene(tmp_path, settings).with_engine(**ROWS["secret"].engine).turn()
    assert Report.objects.get() == generation.report
    assert generation.reason.startswith("secrets: shop/keys.py:3: ")
    assert "AKIA" not in generation.reason


CENTS = (
    "--- a/shop/prices.py\n+++ b/shop/prices.py\n@@ -8 +8 @@\n"
    "-    return sum(prices)\n+    return round(sum(prices), 2)\n"
)
BESIDE = new_file(
    "test_cents.py",
    "import unittest\n\nfrom shop.prices import total\n\n\nclass Cents(unittest.TestCase):\n"
    "    def test_cents(self) -> None:\n        self.assertEqual(total([0.1, 0.2]), 0.3)",
)
BOTH = plan("shop/prices.py", "test_cents.py")
BRIEF = Focus("brief:cents", "Count in whole cents", 1.0, 1.0)
LINTING = Focus("lint:E501", "Long lines", 1.0, 1.0)


@pytest.mark.parametrize(
    ("focus", "diff", "outcome", "label"),
    [
        (BRIEF, CENTS + BESIDE, Outcome.ACCEPTED, "witnessed"),
        (BRIEF, CENTS, Outcome.REJECTED, "not accepted"),
        (LINTING, CENTS + BESIDE, Outcome.REJECTED, "not accepted"),
    ],
    ids=["shown", "not-shown", "not-asked-for"],
)
def test_what_no_benchmark_counts_is_accepted_where_it_was_asked_for_and_a_test_shows_it(
    tmp_path: Path, settings: LazySettings, focus: Focus, diff: str, outcome: str, label: str
) -> None:
    generation = (
        with_tests(tmp_path, settings).with_engine(diff=diff, plan_=BOTH, focus=focus).turn()
    )
    decided = generation.runs.get(phase="decide")
    assert (generation.outcome, decided.details["label"]) == (outcome, label)
    if generation.proposal:
        assert generation.proposal.kind == "bugfix"
        assert "- witness: passed." in generation.proposal.document
    else:
        assert generation.reason_kind == Reason.NO_GAIN


def test_code_that_brings_its_test_is_let_in_where_one_is_asked_for(
    tmp_path: Path, settings: LazySettings
) -> None:
    configure(settings, "generations", tests_required=True)
    scene = with_tests(tmp_path, settings)
    ended = scene.with_engine(diff=CENTS + BESIDE, plan_=BOTH, focus=BRIEF).turn()
    assert ended.outcome == Outcome.ACCEPTED


def test_what_a_gate_asks_a_person_to_look_at_stands_in_the_proposal(
    tmp_path: Path, settings: LazySettings
) -> None:
    scene = make_scene(tmp_path, settings)
    ruby = new_file("tools/clean.rb", "puts 1")
    scene.with_engine(diff=UNUSED + ruby, plan_=plan("shop/prices.py", "tools/clean.rb"))
    ended = scene.turn()
    assert ended.outcome == Outcome.ACCEPTED, ended.reason
    assert ended.report is not None
    assert ended.report.outcome == Gates.ACKNOWLEDGE
    assert "safety" in ended.runs.get(phase="safety").message
    assert ended.proposal is not None
    assert "- safety asks: " in ended.proposal.document


def with_tests(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(
        tmp_path,
        settings,
        files={**FILES, ".selfimprove.toml": UNITTEST},
        benchmarks=("lint_score",),
    )
