"""Which answers are found again, and which must be asked for however often they were given?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from ports.sandbox import Level
from targets.models import Target
from targets.repository import Change, Repository
from tests.validation.changing import (
    AT,
    LIMITS,
    WHITELIST,
    changed,
    make_repository,
    manifest_with_tests,
)
from validation import policy, runner
from validation.gates import GATES, READING, REPEATABLE, STARTING, addresses, size, syntax
from validation.gates import tests as tests_gate
from validation.keeping import answers, tools
from validation.keeping.answers import Kept, prune
from validation.models import Answer, Outcome
from validation.verdicts import Gate, GateVerdict, Mark, Verdict

pytestmark = pytest.mark.django_db
GREEN = GateVerdict(syntax.NAME, syntax.QUESTION, Outcome.PASSED, "fine")
RAN = GateVerdict(
    tests_gate.NAME, tests_gate.QUESTION, Outcome.PASSED, "ok", level=Level.L0, steady=True
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


@pytest.fixture
def target() -> Target:
    return Target.objects.create(slug="gateway", name="Gateway", origin="/x", created_at=AT)


@pytest.fixture
def change(repository: Repository) -> Change:
    return changed(repository, {"README.md": "# y\n"})


def kept(
    repository: Repository,
    target: Target,
    change: Change,
    *,
    purpose: str = "review",
    rules: str = "r",
    days: float = 0,
    anew: bool = False,
) -> Kept:
    return Kept(
        change,
        repository,
        target=target,
        purpose=purpose,
        rules=rules,
        at=AT + timedelta(days=days),
        anew=anew,
    )


def judged(
    repository: Repository, target: Target, change: Change, *, gates: Sequence[Gate] = GATES
) -> Verdict:
    rules = policy.digest(LIMITS, WHITELIST)
    return runner.check(
        change,
        repository,
        manifest=manifest_with_tests("echo", "1 passed"),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        kept=kept(repository, target, change, rules=rules),
        gates=gates,
    )


def test_a_second_check_of_the_same_finds_the_same_answers_again(
    repository: Repository, target: Target, change: Change
) -> None:
    first = judged(repository, target, change)
    second = judged(repository, target, change)
    assert {gate.gate for gate in first.gates if gate.found_at} == set()
    found = {gate.gate for gate in second.gates if gate.found_at}
    assert found == {gate.NAME for gate in REPEATABLE}
    assert first.digest() == second.digest(), "where it comes from is no part of what it says"
    assert [gate.gate for gate in second.gates] == [gate.NAME for gate in GATES]


def test_what_is_found_again_is_whole(
    repository: Repository, target: Target, change: Change
) -> None:
    marks = (Mark("a.py", 3, "m", bound="b" * 64), Mark("", None, "n", refuses=False))
    given = replace(GREEN, outcome=Outcome.REFUSED, findings=marks)
    kept(repository, target, change).keep(syntax, given)
    found = kept(repository, target, change).find(syntax)
    assert found == given
    assert found is not None
    assert found.findings[0].bound == "b" * 64
    assert found.found_at == AT
    kept(repository, target, change).keep(tests_gate, RAN)
    assert kept(repository, target, change).find(tests_gate) == RAN


@pytest.mark.parametrize("gate", [syntax, tests_gate], ids=["reading", "running"])
def test_whatever_an_answer_depends_on_is_in_its_name(
    repository: Repository, target: Target, change: Change, gate: Gate, settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    given = GREEN if gate is syntax else RAN
    kept(repository, target, change).keep(gate, given)
    other = Target.objects.create(slug="o", name="O", origin="/o", created_at=AT)
    another = changed(repository, {"README.md": "# z\n"})
    moved = replace(change, base=repository.head("work"))
    asked = [
        kept(repository, target, change, rules="other"),
        kept(repository, other, change),
        kept(repository, target, another),
        kept(repository, target, replace(change, digest="0" * 64)),
        kept(repository, target, replace(change, tree="0" * 40)),
        kept(repository, target, moved),
        kept(repository, target, change, anew=True),
        kept(repository, target, change, days=31),
    ]
    assert [one.find(gate) for one in asked] == [None] * len(asked)
    assert kept(repository, target, change).find(gate) == given
    monkeypatch.setattr(gate, "VERSION", 99)
    assert kept(repository, target, change).find(gate) is None
    monkeypatch.undo()
    monkeypatch.setattr(tools, "reading", lambda: "another git")
    assert kept(repository, target, change).find(gate) is None


def test_another_commit_with_the_same_tree_is_the_same_base(
    repository: Repository, target: Target, change: Change
) -> None:
    kept(repository, target, change).keep(syntax, GREEN)
    base = repository.commit_tree(f"{change.base}^{{tree}}", [change.base], "Empty", AT)
    assert base != change.base
    assert kept(repository, target, replace(change, base=base)).find(syntax) == GREEN


def test_what_was_run_for_a_review_is_run_anew_for_a_merge(
    repository: Repository, target: Target, change: Change
) -> None:
    kept(repository, target, change).keep(tests_gate, RAN)
    kept(repository, target, change).keep(syntax, GREEN)
    merge = kept(repository, target, change, purpose="delivery 7")
    assert merge.find(tests_gate) is None
    assert merge.find(syntax) == GREEN, "what only reads serves every purpose"
    merge.keep(tests_gate, RAN)
    assert kept(repository, target, change, purpose="delivery 7").find(tests_gate) == RAN
    assert kept(repository, target, change, purpose="delivery 8").find(tests_gate) is None


def test_what_was_run_is_old_after_a_day(
    repository: Repository, target: Target, change: Change
) -> None:
    kept(repository, target, change).keep(tests_gate, RAN)
    assert kept(repository, target, change, days=0.9).find(tests_gate) == RAN
    assert kept(repository, target, change, days=1).find(tests_gate) is None


def test_a_sandbox_that_holds_less_gives_other_answers_and_one_that_holds_nothing_none(
    repository: Repository, target: Target, change: Change, settings: LazySettings
) -> None:
    kept(repository, target, change).keep(tests_gate, RAN)
    for backend in ("ports.sandbox.refusing.Refusing", "ports.sandbox.bubblewrap.Bubblewrap"):
        chosen = settings.SELFIMPROVE.sandbox.model_copy(update={"backend": backend})
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": chosen})
        assert kept(repository, target, change).find(tests_gate) is None


@pytest.mark.parametrize(
    "answer",
    [
        replace(RAN, outcome=Outcome.COULD_NOT_RUN),
        replace(RAN, outcome=Outcome.NOT_RUN),
        replace(RAN, steady=False),
        replace(RAN, steady=None),
        replace(RAN, steady=False, outcome=Outcome.REFUSED),
        replace(RAN, summary="x" * (answers.LARGEST + 1)),
    ],
    ids=["could not run", "not run", "by chance", "unsaid", "refused by chance", "too large"],
)
def test_what_is_no_answer_or_came_about_by_chance_is_never_kept(
    repository: Repository, target: Target, change: Change, answer: GateVerdict
) -> None:
    kept(repository, target, change).keep(tests_gate, answer)
    assert not Answer.objects.exists()


def test_a_gate_that_depends_on_more_than_has_a_name_is_never_kept(
    repository: Repository, target: Target, change: Change
) -> None:
    kept(repository, target, change).keep(size, replace(GREEN, gate=size.NAME))
    assert not Answer.objects.exists()


def test_an_answer_that_holds_more_than_is_kept_is_not_kept(
    repository: Repository, target: Target, change: Change
) -> None:
    kept(repository, target, change).keep(syntax, replace(GREEN, question="another"))
    assert not Answer.objects.exists()


def test_tests_that_run_out_of_time_are_asked_again(
    repository: Repository, target: Target, change: Change
) -> None:
    def check() -> Verdict:
        return runner.check(
            change,
            repository,
            manifest=manifest_with_tests("sleep", "60", seconds=0.3),
            parameters=WHITELIST,
            at=AT,
            limits=LIMITS,
            kept=kept(repository, target, change),
            gates=[tests_gate],
        )

    assert check().outcome == Outcome.REFUSED
    assert check().gates[0].found_at is None


def test_an_answer_that_is_given_anew_replaces_the_old_one(
    repository: Repository, target: Target, change: Change
) -> None:
    kept(repository, target, change).keep(tests_gate, RAN)
    anew = kept(repository, target, change, anew=True, days=0.5)
    assert anew.find(tests_gate) is None
    anew.keep(tests_gate, replace(RAN, summary="again"))
    found = kept(repository, target, change, days=0.6).find(tests_gate)
    assert found is not None
    assert (found.summary, found.found_at) == ("again", AT + timedelta(days=0.5))
    assert Answer.objects.count() == 1


def test_what_is_kept_is_bounded(
    repository: Repository, target: Target, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_ROWS", 20)
    Answer.objects.bulk_create(
        Answer(
            key=f"{number:064x}",
            gate="g",
            answer={},
            kept_at=AT - timedelta(minutes=number // 10),
            until=AT + timedelta(days=30 if number % 5 else -1),
        )
        for number in range(100)
    )
    assert prune(AT) == 80
    assert Answer.objects.count() == 20
    assert set(Answer.objects.values_list("kept_at", flat=True)) >= {AT}
    assert prune(AT) == 0


def test_the_tools_have_one_name_on_one_machine() -> None:
    assert len(tools.reading()) == 64
    assert tools.reading() == tools.reading()
    assert tools.starting().startswith(tools.reading())
    assert "L0" in tools.starting()


def test_every_kept_gate_is_one_of_ours_and_no_gate_is_both() -> None:
    assert set(REPEATABLE) <= set(READING) | set(STARTING) <= set(GATES)
    assert not set(READING) & set(STARTING)
    assert addresses in READING
