"""What the benchmarks said is kept whole or not at all, and nothing is asked twice."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from benchmarks.models import Measurement
from benchmarks.verdicts import Verdict
from generations.models import Delta, Generation, Outcome, Reason, Result
from generations.running import loop
from tests.generations.scene import FILES, UNUSED, Scene, configure, make_scene, plan

pytestmark = pytest.mark.django_db
README = "--- a/README.md\n+++ b/README.md\n@@ -1 +1,2 @@\n # Shop\n+Open all day.\n"
OWN = """\
[benchmarks]
enabled = ["lint_score", "score"]

[[benchmarks.own]]
name = "score"
command = ["python3", "score.py"]
read = "regex"
pattern = "score: (\\\\S+)"
timeout_seconds = 20
"""
# What it says depends on whether the change is there.
SAYS = """\
import pathlib
changed = "import os" not in pathlib.Path("shop/prices.py").read_text()
{what}
"""


def with_own(tmp_path: Path, settings: LazySettings, what: str) -> Scene:
    files = {**FILES, ".selfimprove.toml": OWN, "score.py": SAYS.format(what=what)}
    return make_scene(tmp_path, settings, files=files, benchmarks=("lint_score",))


def delta(generation: Generation, benchmark: str) -> Delta:
    return generation.deltas.get(benchmark=benchmark)


def test_each_benchmark_leaves_one_row_with_both_scores(
    tmp_path: Path, settings: LazySettings
) -> None:
    scene = make_scene(tmp_path, settings, benchmarks=("lint_score", "code_complexity"))
    generation = scene.turn()
    lint, ways = delta(generation, "lint_score"), delta(generation, "code_complexity")
    assert (lint.before, lint.after, lint.verdict) == (1.0, 0.0, Verdict.BETTER)
    assert (lint.wins, lint.losses) == (["F401 shop/prices.py"], [])
    assert (lint.keep, lint.proven) == (True, False)
    assert ways.verdict == Verdict.NO_DIFFERENCE
    assert generation.gain == pytest.approx(lint.weight / (lint.weight + ways.weight))


def test_what_the_diff_cannot_touch_is_not_measured_again(
    tmp_path: Path, settings: LazySettings
) -> None:
    scene = make_scene(tmp_path, settings, benchmarks=("lint_score", "doc_coverage"))
    scene.with_engine(diff=README, plan_=plan("README.md"))
    generation = scene.until(scene.begin(), "measure")
    before = set(Measurement.objects.values_list("pk", flat=True))
    assert len(before) == 2
    scene.until(generation, "decide")
    assert set(Measurement.objects.values_list("pk", flat=True)) == before
    assert {one.verdict for one in generation.deltas.all()} == {Verdict.NO_DIFFERENCE}


def test_the_base_is_measured_once_for_all_generations(
    tmp_path: Path, settings: LazySettings
) -> None:
    scene = make_scene(tmp_path, settings)
    scene.turn()
    kept = set(Measurement.objects.values_list("pk", flat=True))
    assert len(kept) == 2
    scene.until(scene.begin(), "plan")
    assert set(Measurement.objects.values_list("pk", flat=True)) == kept


def test_a_phase_that_breaks_while_it_is_recorded_leaves_no_row_and_its_repeat_all(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(tmp_path, settings)
    generation = scene.until(scene.begin(), "measure")
    with monkeypatch.context() as patched:
        patched.setattr("generations.running.recording._told", broken)
        with pytest.raises(OSError, match="No space left"):
            loop.step(generation.pk, scene.clock(), engines=scene.engine)
    assert not generation.deltas.exists()
    generation.refresh_from_db()
    assert (generation.phase, generation.gain) == ("measure", None)
    scene.clock.forward(minutes=2)
    ended = scene.finish(generation)
    assert ended.outcome == Outcome.ACCEPTED
    assert ended.deltas.count() == 1
    assert scene.phases(ended)[-4:] == [
        ("measure", Result.ERRORED), ("measure", Result.PASSED), ("decide", Result.PASSED),
        ("propose", Result.PASSED),
    ]  # fmt: skip


def test_a_repeat_replaces_what_was_there(tmp_path: Path, settings: LazySettings) -> None:
    scene = make_scene(tmp_path, settings)
    generation = scene.until(scene.begin(), "decide")
    old = generation.deltas.get().pk
    Generation.objects.filter(pk=generation.pk).update(phase="measure")
    generation.refresh_from_db()
    scene.until(generation, "decide")
    assert generation.deltas.get().pk != old


NUMBERS = {
    "nan": ("print('score:', 'nan' if changed else 1)", Reason.WORSE),
    "infinite": ("print('score:', 'inf' if changed else 1)", Reason.WORSE),
    "words": ("print('score:', 'many' if changed else 1)", Reason.WORSE),
    "nothing": ("print('' if changed else 'score: 1')", Reason.WORSE),
    "crash": ("print('score: 1'); assert not changed", Reason.WORSE),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_inconclusive_and_never_a_gain(
    tmp_path: Path, settings: LazySettings, name: str
) -> None:
    configure(settings, "generations", threshold=0.6)  # of two, one is better by all it can be
    generation = with_own(tmp_path, settings, NUMBERS[name][0]).turn()
    score = delta(generation, "score")
    assert (score.verdict, score.before, score.after) == (Verdict.INCONCLUSIVE, 1.0, None)
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.NO_GAIN)
    assert "inconclusive is no gain" in generation.reason
    measured = generation.runs.get(phase="measure")
    assert measured.details["unmeasured"] == {"score": score.words}


def test_a_report_that_is_cut_in_the_middle_is_inconclusive(
    tmp_path: Path, settings: LazySettings
) -> None:
    manifest = OWN.replace('read = "regex"\npattern = "score: (\\\\S+)"', JSON)
    what = "print('{\"p95\": 1' + ('' if changed else '}'))"
    files = {**FILES, ".selfimprove.toml": manifest, "score.py": SAYS.format(what=what)}
    generation = make_scene(tmp_path, settings, files=files).turn()
    score = delta(generation, "score")
    assert (score.verdict, score.before, score.after) == (Verdict.INCONCLUSIVE, 1.0, None)


JSON = 'read = "json"\npointer = "/p95"'


def test_a_score_of_its_own_that_falls_rejects(tmp_path: Path, settings: LazySettings) -> None:
    generation = with_own(tmp_path, settings, "print('score:', 1 if changed else 2)").turn()
    assert generation.reason_kind == Reason.WORSE
    assert generation.reason.startswith("score is worse: from 2 to 1")


def test_a_change_does_not_choose_its_judge(tmp_path: Path, settings: LazySettings) -> None:
    """The manifest of the base counts, whatever the change writes into its own."""
    loose = (
        "--- a/.selfimprove.toml\n+++ b/.selfimprove.toml\n@@ -0,0 +1,2 @@\n"
        "+[benchmarks]\n+enabled = []\n"
    )
    scene = make_scene(tmp_path, settings)
    scene.with_engine(diff=UNUSED + loose, plan_=plan("shop/prices.py", ".selfimprove.toml"))
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.GATES)


def broken(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")
