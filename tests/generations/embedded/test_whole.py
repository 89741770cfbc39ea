"""Do code fixers carry a whole generation, the same way every time, one thing at a time?"""

from pathlib import Path

import pytest
from django.conf import LazySettings

from generations.models import Outcome, Reason, Result, Writer
from generations.phases import NAMES
from proposals.models import Engine, Proposal
from targets.repository import Repository
from tests.generations.embedded.walking import SHOP, in_a_row, target, walk

UNITTEST = '[tests]\ncommand = ["python3", "-m", "unittest"]\n'
FAULTY = (
    '"""Shipping."""\n\n\ndef free(amount: int) -> bool:\n'
    '    """Tell whether it costs nothing."""\n    return amount > 50\n'
)
CASES = (
    "import unittest\n\nfrom shop.shipping import free\n\n\nclass Shipping(unittest.TestCase):\n"
    "    def test_below(self) -> None:\n        self.assertFalse(free(49))\n\n"
    "    def test_from_fifty_on(self) -> None:\n        self.assertTrue(free(50))\n\n"
    "    def test_above(self) -> None:\n        self.assertTrue(free(51))\n"
)
RED = {
    ".selfimprove.toml": UNITTEST,
    "shop/__init__.py": '"""A shop."""\n',
    "shop/shipping.py": FAULTY,
    "test_shop.py": CASES,
}
pytestmark = pytest.mark.django_db


def test_what_a_fixer_mends_becomes_a_proposal_that_says_so(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = walk(target(tmp_path, settings))
    assert (generation.outcome, generation.reason_kind) == (Outcome.ACCEPTED, "")
    assert [run.phase for run in generation.runs.filter(result=Result.PASSED)] == list(NAMES)
    assert generation.focus == "lint_score:F401"
    assert generation.written_by == Engine.EMBEDDED
    assert generation.diff.count("-import os") == 2
    assert generation.diff.count("diff --git") == 2
    proposal = Proposal.objects.get()
    assert (proposal.engine, proposal.diff) == (Engine.EMBEDDED, generation.diff)
    built = generation.runs.get(phase="build").details
    assert built["hunks"] == [
        {"fixer": "ruff", "path": path, "rules": ["ruff:F401"]}
        for path in ("shop/orders.py", "shop/prices.py")
    ]


def test_a_proposal_is_named_by_what_it_changes_and_not_by_what_was_planned(
    tmp_path: Path, settings: LazySettings
) -> None:
    takes = (
        "import unittest\n\nfrom shop import orders, prices\n\n\n"
        "class Shop(unittest.TestCase):\n"
        "    def test_one(self) -> None:\n        self.assertTrue(prices.os)\n\n"
        "    def test_other(self) -> None:\n        self.assertEqual(orders.count_up([1]), 1)\n"
    )
    files = {**SHOP, ".selfimprove.toml": UNITTEST, "test_shop.py": takes}
    on = target(tmp_path, settings, files, benchmarks=("lint_score", "test_pass_rate"))
    generation = walk(on)
    assert generation.plan is not None
    assert generation.plan["title"] == "Mend F401 in 2 files"
    built = generation.runs.get(phase="build").details
    assert [(one["path"], one["reason"]) for one in built["dropped"]] == [
        ("shop/prices.py", "test_shop.Shop.test_one fails")
    ]
    assert Proposal.objects.get().title == "Mend F401 in shop/orders.py"


def test_the_same_commit_gives_the_same_change(tmp_path: Path, settings: LazySettings) -> None:
    one = walk(target(tmp_path / "one", settings, slug="one"), dry_run=True)
    other = walk(target(tmp_path / "other", settings, slug="other"), dry_run=True)
    again = walk(one.target, dry_run=True)
    assert one.outcome == Outcome.ACCEPTED
    assert one.diff_digest == other.diff_digest != ""
    assert again.diff_digest == one.diff_digest  # a dry run hides nothing from a later one


def test_failing_tests_are_repaired_and_whoever_reads_it_is_told_what_that_means(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = walk(target(tmp_path, settings, RED, benchmarks=("test_pass_rate",)))
    assert generation.outcome == Outcome.ACCEPTED, generation.reason
    assert generation.focus == "test_pass_rate:test_shop"
    assert "+    return amount >= 50\n" in generation.diff
    built = generation.runs.get(phase="build").details
    assert built["failing_before"] == ["test_shop.Shipping.test_from_fifty_on"]
    assert (built["failing_after"], built["tests"]) == ([], 3)
    assert generation.review is not None
    said = [one["message"] for one in generation.review["findings"]]
    assert any("nobody claims" in words for words in said)


def test_a_test_that_no_edit_satisfies_ends_with_that_reason_and_is_not_tried_again(
    tmp_path: Path, settings: LazySettings
) -> None:
    hopeless = {**RED, "test_shop.py": CASES.replace("free(51)", "free(51) == 7")}
    on = target(tmp_path, settings, hopeless, benchmarks=("test_pass_rate",))
    first, second = walk(on), walk(on)
    assert (first.outcome, first.reason_kind) == (Outcome.REJECTED, Reason.NO_CHANGE)
    assert "edits makes the tests pass" in first.reason
    assert second.outcome == Outcome.NOTHING
    planned = second.runs.get(phase="plan")
    assert planned.result == Result.NOTHING


def test_the_next_of_a_row_keeps_off_files_that_an_open_proposal_changes(
    tmp_path: Path, settings: LazySettings
) -> None:
    files = {
        **SHOP,
        "shop/both.py": "import json\n\nx = f'nothing'\n",
        "shop/free.py": "x = f'nothing'\n",
    }
    asked = in_a_row(target(tmp_path, settings, files), 5)
    made = list(asked.generations.order_by("number"))
    assert [one.focus for one in made] == ["lint_score:F401", "lint_score:F541", ""]
    assert [one.diff.count("diff --git") for one in made] == [3, 1, 0]
    assert "shop/free.py" in made[1].diff
    assert "found nothing left to improve" in asked.ending


def test_a_row_of_rehearsals_looks_further_each_time_and_writes_nothing(
    tmp_path: Path, settings: LazySettings
) -> None:
    files = {**SHOP, "shop/bare.py": "x = f'nothing'\n"}
    on = target(tmp_path, settings, files)
    before = Repository.of(on).refs("refs")
    asked = in_a_row(on, 3, dry_run=True)
    outcomes = [(one.focus, one.outcome) for one in asked.generations.order_by("number")]
    assert outcomes == [
        ("lint_score:F401", Outcome.ACCEPTED),
        ("lint_score:F541", Outcome.ACCEPTED),
        ("", Outcome.NOTHING),
    ]
    assert Proposal.objects.count() == 0
    assert Repository.of(on).refs("refs") == before


def test_words_need_a_model(tmp_path: Path, settings: LazySettings) -> None:
    generation = walk(target(tmp_path, settings), brief="Make it nicer.", subject="idea:1")
    assert (generation.outcome, generation.writer) == (Outcome.NOTHING, Writer.EMBEDDED)
    assert "it needs the writer “model”" in generation.reason
