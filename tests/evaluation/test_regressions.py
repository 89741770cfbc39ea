"""Does a head that got worse wake an evaluation, once, and only where it was measured so?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit.events import Event
from benchmarks import tasks as measuring
from benchmarks.models import Comparison, Measurement, Run, Score
from benchmarks.running import runs
from benchmarks.running.runs import Wish
from evaluation import tasks
from evaluation.models import Waking
from evaluation.triggers import regressions, waking
from selfimprove.wakes import WAKES
from targets import registry
from targets.models import Target
from tests.benchmarks.trees import ADA, commit, enable, shop

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
WORSE = {"shop/prices.py": "import os\nimport sys\n"}


@pytest.fixture
def target(tmp_path: Path, settings: LazySettings) -> Target:
    enable(settings)
    return shop(tmp_path)


def moved(target: Target, made: str) -> None:
    """Let the target's head be a commit that somebody pushed."""
    registry.refresh(target, timezone.now())
    assert target.head_commit == made


def measured(
    target: Target, commit: str, at: datetime = NOW, *, name: str = "lint_score", **items: float
) -> Run:
    """Make a run that ended, with one score: so many findings, or what each item did."""
    findings = int(items.pop("findings", 0)) if not items or "findings" in items else 0
    run = Run.objects.create(
        target=target, commit=commit, state="ended", asked_by="ada", asked_at=at, ended_at=at
    )
    kept = Measurement.objects.create(
        key=f"{run.pk:064d}", benchmark=name, outcome="measured", words="so", items=items,
        value=sum(items.values()) / len(items) if items else findings, seconds=1, measured_at=at,
    )  # fmt: skip
    for number in range(findings):
        kept.findings.create(rule="F401", path="a.py", symbol=str(number), line=1, message="x")
    Score.objects.create(
        run=run, benchmark=name, outcome="measured", words="so", value=kept.value, weight=1,
        better="lower" if not items else "higher", measurement=kept,
    )  # fmt: skip
    return run


def test_a_worse_head_wakes_with_its_figures_and_once(target: Target) -> None:
    old = target.head_commit
    runs.ask(Wish(target, "main", ADA), at=timezone.now())
    measuring.measure()
    assert tasks.notice() == "nothing out of the usual"
    moved(target, commit(target, WORSE))
    runs.ask(Wish(target, "main", ADA), at=timezone.now())
    measuring.measure()
    said = tasks.notice()
    assert f"Benchmark regression: {target.head_commit[:12]} is worse than {old[:12]}" in said
    assert "lint_score (0 findings are gone, " in said
    assert tasks.notice() == "nothing out of the usual"
    tasks.evaluate()
    woken = Waking.objects.get()
    assert woken.evaluation is not None
    assert woken.evaluation.trigger == "benchmark_regression"


def test_as_good_or_better_wakes_nobody(target: Target) -> None:
    old = target.head_commit
    measured(target, old, NOW - HOUR, findings=2)
    moved(target, commit(target, WORSE))
    measured(target, target.head_commit, findings=1)
    assert regressions.worse(target, NOW) == ""


def test_only_the_head_counts_and_only_against_what_it_contains(target: Target) -> None:
    old = target.head_commit
    aside = commit(target, {"shop/aside.py": "x = 1\n"})
    measured(target, aside, NOW, findings=9)
    measured(target, old, NOW - HOUR, findings=1)
    assert regressions.worse(target, NOW) == ""  # the newest run is of no head
    measured(target, "f" * 40, NOW - 2 * HOUR)  # a commit that git does not know
    assert regressions.worse(target, NOW) == ""


def test_one_measured_long_ago_wakes_nobody(target: Target) -> None:
    measured(target, target.head_commit, NOW - 3 * HOUR)
    moved(target, commit(target, WORSE))
    measured(target, target.head_commit, NOW - 2 * HOUR, findings=3)
    assert regressions.worse(target, NOW)
    assert regressions.worse(target, NOW + 23 * HOUR) == ""
    assert regressions.worse(target, NOW - 3 * HOUR) == ""


def test_a_second_run_of_the_same_head_is_news_after_the_debounce(target: Target) -> None:
    measured(target, target.head_commit, NOW - HOUR)
    moved(target, commit(target, WORSE))
    measured(target, target.head_commit, NOW - timedelta(minutes=1), findings=3)
    assert len(waking.notice(target, NOW)) == 1
    later = NOW + 2 * HOUR
    assert waking.notice(target, later) == []
    measured(target, target.head_commit, later, findings=3)
    assert len(waking.notice(target, later)) == 1


def test_one_run_of_what_starts_code_says_that_it_is_one(target: Target) -> None:
    measured(target, target.head_commit, NOW - HOUR, name="test_pass_rate", a=1.0, b=1.0)
    moved(target, commit(target, WORSE))
    measured(target, target.head_commit, name="test_pass_rate", a=1.0, b=0.0)
    words = regressions.worse(target, NOW)
    assert "1 for the worse" in words
    assert words.endswith(", by one run of each)")


@pytest.mark.parametrize(("verdict", "wakes"), [("inconclusive", False), ("worse", True)])
def test_a_comparison_of_these_two_has_the_last_word(
    verdict: str, wakes: bool, target: Target
) -> None:
    before = measured(target, target.head_commit, NOW - HOUR, name="test_pass_rate", a=1.0)
    moved(target, commit(target, WORSE))
    run = measured(target, target.head_commit, name="test_pass_rate", a=0.0)
    Comparison.objects.create(
        run=run, against=before, benchmark="test_pass_rate", verdict=verdict, words="in turn",
        keep=False, proven=False, compared_at=NOW,
    )  # fmt: skip
    assert ("in turn" in regressions.worse(target, NOW)) is wakes


def test_what_does_not_end_any_more_is_worse_and_what_did_not_run_is_nothing(
    target: Target,
) -> None:
    measured(target, target.head_commit, NOW - HOUR, name="test_pass_rate", a=1.0)
    moved(target, commit(target, WORSE))
    run = measured(target, target.head_commit, name="test_pass_rate", a=1.0)
    run.scores.update(measurement=None, value=None, outcome="not_run")
    assert regressions.worse(target, NOW) == ""
    run.scores.update(outcome="broken_off")
    assert "it had a score, and does not end now" in regressions.worse(target, NOW)


def test_what_was_deleted_meanwhile_cannot_be_compared(target: Target) -> None:
    measured(target, target.head_commit, NOW - HOUR)
    moved(target, commit(target, WORSE))
    measured(target, target.head_commit, findings=3)
    Measurement.objects.all().delete()
    assert regressions.worse(target, NOW) == ""


def test_a_measured_run_is_looked_at_at_once() -> None:
    assert "evaluation.notice" in WAKES[Event.BENCHMARKS_MEASURED]
