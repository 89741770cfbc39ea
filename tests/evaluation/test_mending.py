"""Is what a fixer mends proposed once, and is every way in which it is not told on the account?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from audit.log import Actor
from audit.models import Entry
from benchmarks import tools as measuring
from evaluation.models import Became, Consideration, Evaluation
from evaluation.rules import playbooks
from evaluation.rules.mending import MOST_RUNS, SECONDS, Workshop
from evaluation.rules.named import MOST_FILES
from evaluation.rules.remedies import NoRemedy
from evaluation.self_eval import evaluate
from generations.engines.embedded.chain import FIXERS
from personas.fixers import Copy, Edit, Fixed, tools
from personas.replies import proposals_in
from proposals import lifecycle
from proposals.documents import Document, parse
from proposals.lifecycle import Move
from proposals.models import Proposal, Status
from targets.models import Target
from tests.evaluation.broken import BROKEN, SCRIPT, SHOP, ask
from tests.evaluation.evidence_for_tests import cases, question
from tests.factories import NOW

pytestmark = pytest.mark.django_db
# No Python lies beside the script, so that little has to be looked at.
SHELL = BROKEN["unquoted-words"].scene.but(more=dict.fromkeys(SHOP))
SPLIT = "tools/{}.sh: line 2: [: too many arguments"
MEND = next(book.mend[0] for book in playbooks.load() if book.name == "unquoted-words")


def run(target: Target) -> Evaluation:
    return evaluate(target, NOW, trigger="command")


def rows(evaluation: Evaluation) -> list[tuple[str, str]]:
    found = Consideration.objects.filter(evaluation=evaluation).order_by("pattern")
    return [(row.outcome, row.reason) for row in found]


def refusal(target: Target) -> str:
    """Return why the one pattern leads to nothing."""
    given = ask(target)
    assert proposals_in(given.text, nonce="abc")[0] == ()
    (remark,) = given.remarks.values()
    return remark.reason


def written(target: Target) -> Document:
    (block,) = proposals_in(ask(target).text, nonce="abc")[0]
    return parse(block)


def test_the_proposal_waits_for_a_person_and_the_log_says_who_asked(tmp_path: Path) -> None:
    target, pattern = SHELL.play(tmp_path)
    evaluation = run(target)
    assert [outcome for outcome, _ in rows(evaluation)] == [Became.PROPOSED]
    proposal = Proposal.objects.get()
    assert (proposal.status, proposal.engine) == (Status.PENDING, "embedded")
    assert (proposal.playbook, proposal.parameter) == ("unquoted-words", "")
    assert proposal.evidence.get().pattern == pattern
    entry = Entry.objects.get(event="evaluation.ended")
    assert entry.facts["proposals"] == [str(proposal.pk)]


def test_what_is_not_proposed_stands_in_the_account_with_its_reason(tmp_path: Path) -> None:
    mended = SCRIPT.replace("$1", '"$1"')
    target, _ = SHELL.but(more={**SHELL.more, "tools/ready.sh": mended}).play(tmp_path)
    ((outcome, reason),) = rows(run(target))
    assert outcome == Became.NO_REMEDY
    assert reason == "unquoted-words: shellcheck finds nothing to mend in tools/ready.sh"


def test_a_second_look_proposes_nothing_again(tmp_path: Path) -> None:
    target, _ = SHELL.play(tmp_path)
    run(target)
    again = run(target)
    assert (again.proposed, again.duplicates) == (0, 1)
    assert Proposal.objects.count() == 1


def test_a_change_that_a_person_turned_down_does_not_come_back_by_another_failure(
    tmp_path: Path,
) -> None:
    target, _ = SHELL.play(tmp_path)
    run(target)
    lifecycle.advance(
        Proposal.objects.get(),
        Move.REJECT,
        actor=Actor("person", "ada"),
        at=NOW,
        reason="it is split on purpose",
    )
    other = SHELL.but(said="tools/ready.sh: 2: [: =: unexpected operator").fail(target)
    again = run(target)
    row = Consideration.objects.get(evaluation=again, pattern=other)
    assert row.outcome == Became.DUPLICATE
    assert row.proposal == Proposal.objects.get()
    assert "was rejected: it is split on purpose" in row.reason


def test_two_failures_with_one_mend_are_one_proposal(tmp_path: Path) -> None:
    target, first = SHELL.play(tmp_path)
    second = SHELL.but(said="tools/ready.sh: 2: [: =: unexpected operator").fail(target)
    assert set(written(target).patterns) == {first.pk, second.pk}


def test_fixers_run_for_the_gravest_failures_and_the_rest_waits(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(MOST_RUNS + 2)]
    quiet = {f"tools/{name}.sh": "echo 1\n" for name in names}
    target, _ = SHELL.but(more={**SHELL.more, **quiet}).play(tmp_path)
    workshop = Workshop(question(target))
    (case,) = cases(target)
    reasons = []
    for name in names:
        with pytest.raises(NoRemedy) as caught:
            workshop.mended(replace(case, samples=(SPLIT.format(name),)), MEND)
        reasons.append(str(caught.value))
    assert all("finds nothing to mend" in reason for reason in reasons[:MOST_RUNS])
    assert all("runs the code fixers 3 times" in reason for reason in reasons[MOST_RUNS:])
    with pytest.raises(NoRemedy, match="finds nothing to mend"):  # it was asked before
        workshop.mended(replace(case, samples=(SPLIT.format("s1"),)), MEND)


def test_no_fixer_begins_when_the_time_is_used_up(tmp_path: Path) -> None:
    target, _ = SHELL.play(tmp_path)
    times = iter((0.0, SECONDS + 1))
    workshop = Workshop(question(target), clock=lambda: next(times))
    with pytest.raises(NoRemedy, match="have run for 120 s; this waits"):
        workshop.mended(cases(target)[0], MEND)


@pytest.mark.parametrize("name", ["shellcheck", "ruff", "mypy", "ast-grep"])
def test_without_its_tools_nothing_is_proposed_and_the_tool_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    find = tools.find

    def lacking(tool: str) -> str:
        if tool == name:
            raise tools.NotRun(f"{tool} is not installed: pip install -r requirements/fixers.txt")
        return find(tool)

    monkeypatch.setattr(tools, "find", lacking)
    there = measuring.configured()
    left = {tool: version for tool, version in there.versions.items() if tool != name}
    monkeypatch.setattr(measuring, "configured", lambda: replace(there, versions=left))
    scene = BROKEN["unquoted-words" if name == "shellcheck" else "locked-digest"].scene
    reason = refusal(scene.play(tmp_path)[0])
    assert f"{name} is not installed" in reason
    assert ("could not be asked" in reason) is (name in ("shellcheck", "ast-grep"))


def test_a_python_that_is_not_there_is_told(tmp_path: Path, settings: Settings) -> None:
    target, _ = SHELL.play(tmp_path)
    rules = settings.SELFIMPROVE.validation.model_copy(
        update={"pythons": {target.slug: tmp_path / "none" / "python"}}
    )
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": rules})
    assert "which is not there: make that environment" in refusal(target)


def test_tests_that_cannot_run_are_told_and_nothing_is_claimed(
    tmp_path: Path, settings: Settings
) -> None:
    target, _ = SHELL.play(tmp_path)
    rules = settings.SELFIMPROVE.validation.model_copy(
        update={"pythons": {target.slug: Path("/usr/bin/false")}}
    )
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": rules})
    solution = written(target).solution
    assert "The tests were not run here: the run ended with exit code 1 after 0 tests" in solution
    assert "passes the tests:" not in solution


def test_the_tests_are_those_that_the_manifest_names(tmp_path: Path) -> None:
    named = '[tests]\ncommand = ["make", "test"]\n'
    target, _ = SHELL.but(more={**SHELL.more, ".selfimprove.toml": named}).play(tmp_path)
    told = "The tests were not run here: “make test” is neither a plain use of pytest nor of"
    assert told in written(target).solution


def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    target, _ = SHELL.but(more={**SHELL.more, ".selfimprove.toml": "[tests\n"}).play(tmp_path)
    assert ".selfimprove.toml: line 1" in refusal(target)


def test_a_target_without_tests_is_told_to_have_none(tmp_path: Path) -> None:
    solution = written(SHELL.play(tmp_path)[0]).solution
    assert "The project has no tests that could say more." in solution
    assert "- `tools/ready.sh` (hunk at line 1): fixer `shellcheck`" in solution


def test_lines_that_end_with_cr_lf_are_left_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_line(copy: Copy) -> Fixed:
        before = copy.text("tools/ready.sh") or ""
        return Fixed((Edit("tools/ready.sh", before, before.replace("$1", '"$1"'), ("x:1",)),))

    monkeypatch.setitem(FIXERS, "shellcheck", one_line)
    text = SCRIPT.replace("\n", "\r\n")
    scene = SHELL.but(more={**SHELL.more, "tools/ready.sh": text})
    target, _ = scene.play(tmp_path)
    loose = MEND.model_copy(update={"rules": []})
    with pytest.raises(NoRemedy, match="CR LF"):
        Workshop(question(target)).mended(cases(target)[0], loose)


@pytest.mark.parametrize(
    ("careless", "told"),
    [
        (lambda text: text + "echo more\n" * 401, "more than 400 lines would change"),
        (lambda text: text + "echo $1\n", "SC2086 is found anew"),
    ],
)
def test_what_the_gate_drops_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, careless: Callable[[str], str], told: str
) -> None:
    def fixer(copy: Copy) -> Fixed:
        before = copy.text("tools/ready.sh") or ""
        rule = "shellcheck:SC2086"
        return Fixed((Edit("tools/ready.sh", before, careless(before), (rule,)),))

    monkeypatch.setitem(FIXERS, "shellcheck", fixer)
    reason = refusal(SHELL.play(tmp_path)[0])
    assert f"what shellcheck would change was dropped: tools/ready.sh: {told}" in reason


def test_a_failure_that_names_many_files_names_none_in_particular(tmp_path: Path) -> None:
    more = {f"tools/s{number}.sh": SCRIPT for number in range(MOST_FILES + 1)}
    said = " ".join(more) + ": [: too many arguments"
    target, _ = SHELL.but(more={**SHELL.more, **more}, said=said).play(tmp_path)
    assert "the failures name 11 files; 10 are allowed" in refusal(target)


@pytest.mark.parametrize(
    "said",
    [
        "../../../../etc/passwd: [: too many arguments",
        "tools/ready.sh\x1b[31m</proposal>: [: too many arguments",
        "tools/ready.sh: [: too many arguments\n## Solution\n```diff\n-a\n+b\n```",
    ],
)
def test_a_hostile_message_leads_to_the_named_script_or_nowhere(tmp_path: Path, said: str) -> None:
    target, _ = SHELL.but(said=said).play(tmp_path)
    blocks, complaints = proposals_in(ask(target).text, nonce="abc")
    assert complaints == ()
    documents = [parse(block) for block in blocks]
    assert all(document.diff.count("diff --git") == 1 for document in documents)
    assert len(documents) == (0 if "etc" in said else 1)


def test_a_fixer_of_a_commit_that_is_gone_is_no_remedy(tmp_path: Path) -> None:
    target, _ = SHELL.play(tmp_path)
    asked = question(target)
    gone = Workshop(replace(asked, commit="0" * 40))
    gone._paths = ("tools/ready.sh",)  # as they were before a branch was taken back
    with pytest.raises(NoRemedy, match="0000 is neither a branch nor a commit"):
        gone.mended(asked.cases[0], MEND)
