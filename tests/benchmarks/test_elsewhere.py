"""Do benchmarks run at AgentCore where they can, and here with the reason where they cannot?"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from benchmarks import choosing
from benchmarks.measured import Outcome
from benchmarks.models import Measurement, Run, Score, State
from benchmarks.running import comparing, runs, together
from benchmarks.running.runs import Wish
from benchmarks.running.together import Asked, Scored
from benchmarks.running.trees import Tree
from benchmarks.verdicts import Verdict
from ports.agentcore.standin import frames
from ports.llm.standin.routes import FRAMES, aws_failure
from ports.llm.standin.steps import Step
from targets.models import Target
from tests.architecture.house import ROOT
from tests.benchmarks.scenes import CALM, PYTEST
from tests.benchmarks.trees import ADA, commit, enable, shop, tree
from tests.factories import make_user
from tests.ports.agentcore.interpreter import There, there

pytestmark = pytest.mark.django_db
PORTABLE = ("code_complexity", "doc_coverage", "file_organization", "test_pass_rate")
DENIED = aws_failure(403, "AccessDeniedException", "no right to it")
WORSE = {"shop/prices.py": CALM["shop/prices.py"] + "\n\ndef unsaid() -> None: ...\n"}


@pytest.fixture
def target(tmp_path: Path, settings: LazySettings) -> Target:
    enable(settings, *PORTABLE, "lint_score")
    return shop(tmp_path)


@pytest.fixture
def away(settings: LazySettings) -> Iterator[There]:
    """Send benchmarks to a code interpreter that works."""
    with there() as found:
        send(settings, found)
        yield found


def send(settings: LazySettings, found: There, **chosen: object) -> None:
    chosen = {"enabled": True, "address": found.played.address, **chosen}
    now = settings.SELFIMPROVE
    settings.SELFIMPROVE = now.model_copy(
        update={
            "benchmarks": now.benchmarks.model_copy(update={"sandbox": "agentcore"}),
            "agentcore": now.agentcore.model_copy(update=chosen),
        }
    )


def measure(one: Tree, *only: str) -> dict[str, Scored]:
    wanted = choosing.chosen(one.manifest, only=only)
    return {scored.chosen.name: scored for scored in together.measure(one, wanted, asked())}


def asked() -> Asked:
    return Asked(timezone.now())


def test_it_says_there_what_it_says_here(
    target: Target, settings: LazySettings, away: There
) -> None:
    there_ = measure(tree(target))
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(
        update={
            "benchmarks": settings.SELFIMPROVE.benchmarks.model_copy(update={"sandbox": "local"})
        }
    )
    here = measure(tree(target))
    for name in PORTABLE:
        found = there_[name].measured
        assert (found.where, found.instead_because) == ("agentcore", "")
        assert (found.outcome, found.value, found.findings, found.items) == (
            here[name].measured.outcome,
            here[name].measured.value,
            here[name].measured.findings,
            here[name].measured.items,
        )
        assert here[name].measured.where == "local"
    assert len(away.machine.ended) == len(PORTABLE)
    assert not away.played.account.sessions


def test_what_is_sent_tells_no_path_of_this_machine(target: Target, away: There) -> None:
    measure(tree(target))
    sent = [
        one["blob"]
        for asked_for in away.played.requests
        if asked_for.get("name") == "writeFiles"
        for one in asked_for["arguments"]["content"]
    ]
    assert len(sent) == 2 * len(PORTABLE)
    for content in sent:
        raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        for path in (sys.executable, str(ROOT), str(target.origin)):
            assert path.encode() not in raw, path


def test_what_needs_a_tool_of_this_machine_runs_here_and_says_why(
    target: Target, away: There
) -> None:
    found = measure(tree(target), "lint_score")["lint_score"].measured
    assert (found.outcome, found.where) == (Outcome.MEASURED, "local")
    assert found.instead_because == "it needs programs that only this machine has"
    assert not away.played.asked


def test_switched_off_nothing_is_asked_and_the_reason_names_the_setting(
    target: Target, settings: LazySettings, away: There
) -> None:
    send(settings, away, enabled=False)
    found = measure(tree(target), "doc_coverage")["doc_coverage"].measured
    assert (found.outcome, found.where) == (Outcome.MEASURED, "local")
    assert "agentcore.enabled is false" in found.instead_because
    assert not away.played.asked


def test_where_it_is_denied_the_score_is_the_local_one_and_its_page_says_so(
    target: Target, settings: LazySettings, client: Client
) -> None:
    client.force_login(make_user("viewer"))
    with there(DENIED) as found:
        send(settings, found)
        enable(settings, "doc_coverage")
        run = runs.ask(
            Wish(target, target.head_commit, ADA), at=timezone.now(), state=State.RUNNING
        )
        runs.carry_out(run)
        assert len(found.played.asked) == 1
    score = Score.objects.get(run=run)
    assert (score.outcome, score.where) == (Outcome.MEASURED, "local")
    assert "AccessDeniedException" in score.instead_because
    page = client.get(run.get_absolute_url()).content.decode()
    assert "It ran here, not at AgentCore: denied, AccessDeniedException" in page
    assert "no right to it" in page


def test_a_page_says_that_it_ran_there(target: Target, away: There, client: Client) -> None:
    client.force_login(make_user("viewer"))
    run = runs.ask(Wish(target, target.head_commit, ADA), at=timezone.now(), state=State.RUNNING)
    runs.carry_out(run)
    shown = client.get(run.get_absolute_url()).content.decode()
    assert shown.count("It ran at AgentCore.") == len(PORTABLE)
    assert Score.objects.get(run=run, benchmark="doc_coverage").measurement is not None
    assert Run.objects.get(pk=run.pk).state == "ended"


def test_what_ran_there_is_kept_and_never_found_again(target: Target, away: There) -> None:
    measure(tree(target), "doc_coverage")
    again = measure(tree(target), "doc_coverage")["doc_coverage"]
    assert not again.found_again
    assert [row.where for row in Measurement.objects.all()] == ["agentcore"] * 2
    assert len(away.machine.ended) == 2


def test_what_had_to_run_here_is_kept_as_what_is_measured_here(
    target: Target, settings: LazySettings
) -> None:
    with there(DENIED) as found:
        send(settings, found)
        measure(tree(target), "doc_coverage")
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(
            update={
                "benchmarks": settings.SELFIMPROVE.benchmarks.model_copy(
                    update={"sandbox": "local"}
                )
            }
        )
        again = measure(tree(target), "doc_coverage")["doc_coverage"]
    assert again.found_again
    assert (again.measured.where, again.measured.instead_because) == ("local", "")


def test_two_sides_from_different_machines_are_not_compared(
    target: Target, settings: LazySettings
) -> None:
    old, new = tree(target), tree(target, commit(target, WORSE))
    with there() as found:
        send(settings, found)
        before = measure(old, "doc_coverage")
        found.played.services.append(DENIED)
        after = measure(new, "doc_coverage")
        (answer,) = comparing.compare(
            old, new, list(before.values()), list(after.values()), asked()
        )
    assert answer.difference.verdict == Verdict.INCONCLUSIVE
    assert "different machines" in answer.difference.words
    assert answer.gain == 0


def test_two_sides_from_the_same_machine_are(target: Target, away: There) -> None:
    old, new = tree(target), tree(target, commit(target, WORSE))
    before, after = measure(old, "doc_coverage"), measure(new, "doc_coverage")
    (answer,) = comparing.compare(old, new, list(before.values()), list(after.values()), asked())
    assert answer.difference.verdict == Verdict.WORSE


def test_tests_that_move_in_the_middle_of_a_comparison_leave_it_undecided(
    target: Target, settings: LazySettings
) -> None:
    failing = CALM["test_shop.py"].replace("[1, 2]), 3", "[1, 2]), 4")
    old, new = tree(target), tree(target, commit(target, {"test_shop.py": failing}))
    with there() as found:
        send(settings, found)
        before, after = measure(old, "test_pass_rate"), measure(new, "test_pass_rate")
        found.played.services.append(DENIED)  # the old, run again
        (answer,) = comparing.compare(
            old, new, list(before.values()), list(after.values()), asked()
        )
    assert answer.difference.verdict == Verdict.INCONCLUSIVE
    assert "different machines" in answer.difference.words


def test_a_framework_that_is_not_there_brings_the_tests_back_here(
    tmp_path: Path, settings: LazySettings
) -> None:
    enable(settings, "test_pass_rate")
    manifest = PYTEST.replace('"pytest"]', '"pytest", "-p", "plugin_that_is_nowhere"]')
    own = shop(tmp_path, {**CALM, ".selfimprove.toml": manifest})
    with there() as found:
        send(settings, found)
        said = measure(tree(own), "test_pass_rate")["test_pass_rate"].measured
        assert found.tools[1:3] == ["writeFiles", "executeCommand"]
    assert said.where == "local"
    assert "the Python there has no" in said.instead_because
    assert "plugin_that_is_nowhere" in said.instead_because


def test_a_stream_that_breaks_off_is_no_score_of_anything(
    target: Target, settings: LazySettings
) -> None:
    half = frames.result({"content": [{"type": "text", "text": "1.0"}]})[:-20]
    authored = Step(authored=True)
    with there(authored, authored, Step(body=half, headers={"content-type": FRAMES})) as found:
        send(settings, found)
        said = measure(tree(target), "doc_coverage")["doc_coverage"].measured
        assert len(found.played.asked) == 4  # it was ended nevertheless
    assert (said.outcome, said.where) == (Outcome.MEASURED, "local")
    assert "stream_broken" in said.instead_because


def test_the_command_tells_a_person_and_a_program(
    tmp_path: Path, settings: LazySettings, away: There, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shop(tmp_path)
    enable(settings, "doc_coverage", "lint_score")
    call_command("bench", "--repo", own.origin, "--anew")
    said = capsys.readouterr().out
    assert "It ran at AgentCore." in said
    assert "It ran here, not at AgentCore: it needs programs" in said
    call_command("bench", "--repo", own.origin, "--json", "--only", "doc_coverage")
    (score,) = json.loads(capsys.readouterr().out)["scores"]
    assert (score["sandbox"], score["sandbox_reason"]) == ("agentcore", "")


def test_an_own_benchmark_runs_there(tmp_path: Path, settings: LazySettings) -> None:
    own = (
        '[[benchmarks.own]]\nname = "answer"\ncommand = ["python3", "-c", "print(42)"]\n'
        'read = "regex"\npattern = "([0-9]+)"\n'
    )
    made = shop(tmp_path, {**CALM, ".selfimprove.toml": own})
    with there() as found:
        send(settings, found)
        said = measure(tree(made), "answer")["answer"].measured
    assert (said.value, said.where) == (42.0, "agentcore")
