"""An error of ours is told as ours: it is tried again, and given up in the end, never hidden."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import OperationalError

from audit.models import Entry
from generations.models import Generation, Outcome, Reason, Result
from generations.phases import NAMES
from generations.running import loop, recording
from ports.sandbox import Ending
from proposals.models import Proposal
from tests.generations.scene import FILES, UNITTEST, Scene, configure, make_scene
from validation.gates import imports, syntax
from validation.verdicts import CouldNotRun

pytestmark = pytest.mark.django_db
FULL = OSError(28, "No space left on device")
AWAY = OperationalError("unable to open database file")


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def failing(phase: str, error: Exception, times: int) -> Callable[[Generation, str], None]:
    """Break a phase in its middle, so many times."""
    left = [times]

    def told(generation: Generation, words: str) -> None:
        if words and generation.phase == phase and left[0]:
            left[0] -= 1
            raise error

    return told


def walk(scene: Scene, told: Callable[[Generation, str], None], **wish: bool) -> Generation:
    generation = scene.begin(**wish)
    for _ in range(6):
        generation = loop.drive(generation.pk, scene.clock, told=told, engines=scene.engine)
        if not generation.is_open:
            break
        scene.clock.at = generation.next_step_at
    return generation


@pytest.mark.parametrize("error", [FULL, AWAY, RuntimeError("token=ghp_" + "a1B2" * 9)])
@pytest.mark.parametrize("phase", NAMES)
def test_a_phase_that_errs_once_is_tried_again(scene: Scene, phase: str, error: Exception) -> None:
    generation = walk(scene, failing(phase, error, 1))
    assert generation.outcome == Outcome.ACCEPTED
    first, second = generation.runs.filter(phase=phase)
    assert (first.result, second.result) == (Result.ERRORED, Result.PASSED)
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.message.startswith(type(error).__name__)
    assert "ghp_" not in first.message
    assert generation.runs.count() == len(NAMES) + 1
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize("phase", NAMES)
def test_a_phase_that_always_errs_is_given_up_with_everything_on_record(
    scene: Scene, phase: str
) -> None:
    generation = walk(scene, failing(phase, FULL, 99))
    assert (generation.outcome, generation.reason_kind) == (Outcome.FAILED, Reason.OURS)
    assert generation.reason == (
        f"Gave up after {recording.MOST_ERRORS} errors on our side: OSError: {FULL}"
    )
    runs = generation.runs.filter(phase=phase)
    assert [run.result for run in runs] == [Result.ERRORED] * recording.MOST_ERRORS
    done = generation.runs.exclude(phase=phase)
    assert [run.phase for run in done] == list(NAMES[: NAMES.index(phase)])
    assert not Proposal.objects.exists()
    assert Entry.objects.filter(event="generation.ended").get().facts["kind"] == "ours"
    assert scene.turn().number == 2


def test_the_pauses_grow_and_nothing_happens_before_their_end(scene: Scene) -> None:
    generation = scene.begin()
    told = failing("baseline", FULL, 99)
    pauses = []
    for _ in range(2):
        before = scene.clock()
        loop.step(generation.pk, scene.clock(), told=told, engines=scene.engine)
        generation.refresh_from_db()
        pauses.append(generation.next_step_at - before)
        early = generation.next_step_at - timedelta(seconds=1)
        assert loop.step(generation.pk, early, engines=scene.engine) is None
        scene.clock.at = generation.next_step_at
    assert timedelta(0) < pauses[0] < pauses[1]


def test_errors_of_different_phases_do_not_add_up(scene: Scene) -> None:
    told = [failing(phase, FULL, 2) for phase in ("plan", "measure")]

    def both(generation: Generation, words: str) -> None:
        for one in told:
            one(generation, words)

    assert walk(scene, both).outcome == Outcome.ACCEPTED


def test_an_origin_that_is_away_for_a_moment_costs_an_attempt(scene: Scene) -> None:
    generation = scene.begin()
    origin = Path(scene.target.origin)
    origin.rename(origin.with_name("away"))
    scene.drive(generation)
    origin.with_name("away").rename(origin)
    scene.clock.forward(minutes=1)
    ended = scene.finish(generation)
    assert ended.outcome == Outcome.ACCEPTED
    assert ended.runs.earliest("id").message.startswith("OriginUnreachable")


def test_a_database_that_is_away_while_it_records_leaves_the_phase_to_the_next_worker(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = scene.until(scene.begin(), "safety")

    def away(*_arguments: object, **_words: object) -> None:
        raise AWAY

    with monkeypatch.context() as patched:
        patched.setattr("generations.running.recording._close", away)
        with pytest.raises(OperationalError):
            loop.step(generation.pk, scene.clock(), engines=scene.engine)
    generation.refresh_from_db()
    assert (generation.phase, generation.report) == ("safety", None)
    assert generation.runs.latest("id").result == ""
    scene.clock.forward(minutes=1)
    ended = scene.finish(generation)
    assert ended.outcome == Outcome.ACCEPTED
    first, second = ended.runs.filter(phase="safety")
    assert (first.result, first.message) == (Result.ERRORED, recording.INTERRUPTED)
    assert second.result == Result.PASSED


def test_what_cannot_be_written_down_is_an_error_and_never_a_success(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.running.comparing.weighted", lambda _: float("nan"))
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.FAILED, Reason.OURS)
    assert "the weighted gain is nan" in generation.reason
    assert not generation.deltas.exists()


def test_details_that_are_no_json_are_an_error_of_ours(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.phases.measure._details", lambda *_: {"gain": float("nan")})
    generation = scene.turn()
    assert generation.outcome == Outcome.FAILED
    assert "What it found cannot be kept: ValueError" in generation.reason
    assert not generation.deltas.exists()


def test_a_gate_that_breaks_for_a_reason_of_ours_is_never_the_changes_fault(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syntax, "run", silent("no parser here"))
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.FAILED, Reason.OURS)
    assert "CouldNotJudge: The gates could not judge it: syntax: no parser here" in (
        generation.reason
    )
    assert generation.report is None


def test_programs_of_the_target_that_cannot_be_followed_twice_alike_are_the_changes_doing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "run", silent(f"it was {Ending.LOST}"))
    generation = scene.turn()
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.GATES)
    assert "twice in the same words: imports: it was" in generation.reason
    assert [result for _, result in scene.phases(generation)][-2:] == [
        Result.ERRORED,
        Result.REJECTED,
    ]
    assert generation.report is not None


def test_where_nothing_of_the_target_may_run_nobody_blames_the_change(
    tmp_path: Path, settings: LazySettings
) -> None:
    files = {**FILES, ".selfimprove.toml": UNITTEST}
    scene = make_scene(tmp_path, settings, files=files)
    scene.until(generation := scene.begin(), "safety")
    configure(settings, "sandbox", backend="ports.sandbox.refusing.Refusing")
    ended = scene.finish(generation)
    assert (ended.outcome, ended.reason_kind) == (Outcome.FAILED, Reason.OURS)


def test_a_manifest_that_cannot_be_read_says_where_it_is_wrong(
    tmp_path: Path, settings: LazySettings
) -> None:
    scene = make_scene(tmp_path, settings, files={**FILES, ".selfimprove.toml": "[tests\n"})
    generation = scene.turn()
    assert generation.outcome == Outcome.REJECTED
    assert ".selfimprove.toml" in generation.reason


def silent(words: str) -> Callable[..., None]:
    def run(*_arguments: object) -> None:
        raise CouldNotRun(words)

    return run


def test_signs_that_no_database_keeps_are_taken_out() -> None:
    assert recording.clean("half a sign \ud83d, none\0") == "half a sign ?, none�"
