"""Is every gate asked, is no silence taken for a yes, and is the answer bound to the change?"""

from dataclasses import replace
from pathlib import Path

import pytest

from targets.manifest import Manifest
from targets.models import Target
from targets.repository import Change, Repository
from tests.validation.changing import (
    A_TEST,
    AT,
    FILES,
    LIMITS,
    TOOLS,
    UNITTEST,
    WHITELIST,
    changed,
    make_repository,
    manifest_with_tests,
)
from validation import policy, report, runner
from validation.gates import GATES, size
from validation.models import Outcome, Report
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark, Verdict, overall


class Scripted:
    """A gate that does what it was made for."""

    NAME = "scripted"
    QUESTION = "Does it do what it was made for?"
    VERSION = 1

    def __init__(self, answer: Outcome | Exception, words: str = "") -> None:
        self.answer, self.words = answer, words

    def run(self, change: Change, context: Context) -> GateVerdict:
        """Answer, or break."""
        if isinstance(self.answer, Exception):
            raise self.answer
        mark = Mark("a.py", 3, self.words)
        return GateVerdict(self.NAME, self.QUESTION, self.answer, self.words, (mark,))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, {**FILES, "test_answer.py": A_TEST})


def judged(
    repository: Repository,
    *gates: Scripted,
    files: dict[str, str] | None = None,
    manifest: Manifest | None = None,
) -> Verdict:
    return runner.check(
        changed(repository, files or {"README.md": "# y\n"}),
        repository,
        manifest=manifest or Manifest(),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        gates=gates or GATES,
    )


def test_all_gates_answer_even_after_the_first_refusal(repository: Repository) -> None:
    files = {"docker-compose.yml": "a: 1\na: 2\n", "config/tools.yaml": "tools: {}\n"}
    verdict = judged(repository, files=files, manifest=manifest_with_tests("false", seconds=5))
    assert {gate.gate: gate.outcome for gate in verdict.gates} == {
        "size": Outcome.PASSED,
        "forbidden paths": Outcome.REFUSED,
        "syntax": Outcome.REFUSED,
        "parameters": Outcome.ACKNOWLEDGE,
        "privileges": Outcome.REFUSED,
        "addresses": Outcome.PASSED,
        "secrets": Outcome.PASSED,
        "weakened tests": Outcome.PASSED,
        "authorised": Outcome.REFUSED,
        "safety": Outcome.PASSED,
        "guards": Outcome.PASSED,
        "imports": Outcome.NOTHING_SHOWN,
        "entry points": Outcome.NOTHING_SHOWN,
        "tests": Outcome.REFUSED,
        "witness": Outcome.NOTHING_SHOWN,
    }
    assert verdict.outcome == Outcome.REFUSED


def test_a_bounded_change_with_green_tests_passes(repository: Repository) -> None:
    files = {"config/tools.yaml": TOOLS.decode().replace("400", "900")}
    tested = manifest_with_tests(*UNITTEST)
    verdict = judged(repository, files=files, manifest=tested)
    assert verdict.outcome == Outcome.PASSED, verdict.gates


def test_a_target_without_tests_needs_acknowledgement(repository: Repository) -> None:
    assert judged(repository).outcome == Outcome.ACKNOWLEDGE


@pytest.mark.parametrize("error", [CouldNotRun("no shell"), ValueError("oops"), KeyError("x")])
def test_a_gate_that_breaks_never_passes_and_hides_no_other(
    repository: Repository, error: Exception
) -> None:
    verdict = judged(repository, Scripted(error), Scripted(Outcome.PASSED))
    assert [gate.outcome for gate in verdict.gates] == [Outcome.COULD_NOT_RUN, Outcome.PASSED]
    assert str(error).strip("'") in verdict.gates[0].summary
    assert verdict.outcome == Outcome.COULD_NOT_RUN


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Outcome.COULD_NOT_RUN),
        ([Outcome.PASSED, Outcome.PASSED], Outcome.PASSED),
        ([Outcome.PASSED, Outcome.NOT_RUN], Outcome.ACKNOWLEDGE),
        ([Outcome.ACKNOWLEDGE, Outcome.PASSED], Outcome.ACKNOWLEDGE),
        ([Outcome.COULD_NOT_RUN, Outcome.ACKNOWLEDGE], Outcome.COULD_NOT_RUN),
        ([Outcome.COULD_NOT_RUN, Outcome.REFUSED], Outcome.REFUSED),
        ([Outcome.PASSED, Outcome.NOTHING_SHOWN], Outcome.PASSED),
        ([Outcome.NOTHING_SHOWN, Outcome.ACKNOWLEDGE], Outcome.ACKNOWLEDGE),
        ([Outcome.NOTHING_SHOWN, Outcome.NOT_RUN], Outcome.ACKNOWLEDGE),
        ([Outcome.NOTHING_SHOWN], Outcome.COULD_NOT_RUN),
    ],
)
def test_the_worst_answer_decides(outcomes: list[Outcome], expected: Outcome) -> None:
    assert overall([GateVerdict("g", "q", outcome) for outcome in outcomes]) == expected


def test_what_a_gate_says_is_sanitised(repository: Repository) -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    verdict = judged(repository, Scripted(Outcome.REFUSED, f"token {key} was printed"))
    assert key not in str(verdict)
    assert "was printed" in verdict.gates[0].summary


def test_progress_names_each_gate_before_and_after(repository: Repository) -> None:
    seen: list[tuple[str, Outcome | None]] = []
    runner.check(
        changed(repository, {"README.md": "# y\n"}),
        repository,
        manifest=Manifest(),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        gates=[size],
        progress=lambda *step: seen.append(step),
    )
    assert seen == [("size", None), ("size", Outcome.PASSED)]


def test_the_digest_names_the_content_and_not_the_moment(repository: Repository) -> None:
    first = judged(repository, Scripted(Outcome.REFUSED, "no"))
    again = replace(judged(repository, Scripted(Outcome.REFUSED, "no")), seconds=99.0)
    other = judged(repository, Scripted(Outcome.REFUSED, "never"))
    assert first.digest() == again.digest()
    assert first.digest() != other.digest()


def test_the_policy_digest_moves_with_every_rule() -> None:
    now = policy.digest(LIMITS, WHITELIST)
    assert now == policy.digest(LIMITS, WHITELIST)
    assert now != policy.digest(replace(LIMITS, max_files=11), WHITELIST)
    assert now != policy.digest(replace(LIMITS, forbidden_paths=()), WHITELIST)
    assert now != policy.digest(LIMITS, replace(WHITELIST, digest="other"))


@pytest.mark.django_db
def test_a_saved_report_holds_every_answer(repository: Repository) -> None:
    target = Target.objects.create(slug="gateway", name="Gateway", origin="/x", created_at=AT)
    verdict = judged(
        repository, Scripted(Outcome.PASSED), Scripted(Outcome.ACKNOWLEDGE, "look\x00here")
    )
    saved = report.save(verdict, target, AT)
    kept = Report.objects.get(pk=saved.pk)
    assert (kept.outcome, kept.digest) == (Outcome.ACKNOWLEDGE, verdict.digest())
    assert kept.diff_digest == verdict.diff_digest
    assert [result.outcome for result in kept.results.all()] == ["PASSED", "ACKNOWLEDGE"]
    finding = kept.results.all()[1].findings.get()
    assert (finding.path, finding.line, "\x00" in finding.message) == ("a.py", 3, False)
