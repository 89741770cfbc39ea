"""Does a question hold what it should, within its budget, and count what it leaves out?"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.asking import files, material
from evaluation.asking.files import AROUND, LONG
from evaluation.modelled import prepared
from evaluation.models import Lesson
from evaluation.rules.levers import unified
from personas.agents import Agent, load
from personas.wording import estimated_tokens
from proposals.models import Status
from targets.models import Target
from tests.evaluation.evidence_for_tests import FILES, SCHEDULE, TOOLS, fail, gateway, question
from tests.factories import NOW, make_proposal
from validation.gates.forbidden_paths import ALWAYS

pytestmark = pytest.mark.django_db

LINES = ["tools:"]
for NUMBER in range(120):
    LINES += [f"  tool_{NUMBER}:", f"    timeout_ms: {400 + NUMBER}", "    retries: 0", "    # x"]
LONG_FILE = "\n".join(LINES) + "\n"


def agent(budget: int) -> Agent:
    """Declare an agent that may be asked so much."""
    return load()["EvalAgent"].model_copy(update={"max_prompt_tokens": budget})


def asked(target: Target, budget: int = 24_000) -> tuple[dict[str, Any], material.Material]:
    """Gather what would be asked."""
    found = material.gather(question(target), agent(budget))
    return json.loads(found.text), found


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def test_a_short_file_is_shown_whole_with_its_hash(target: Target) -> None:
    fail(target)
    shown = asked(target)[0]["files"]
    assert set(shown) == set(FILES)
    entry = shown["config/tools.yaml"]
    assert entry["text"] == TOOLS
    assert entry["sha256"] == hashlib.sha256(TOOLS.encode()).hexdigest()


def test_a_long_file_is_shown_around_its_settings_with_line_numbers(tmp_path: Path) -> None:
    head = "".join(f"note_{number}: x\n" for number in range(200))
    text = f"{head}{TOOLS}" + "".join(f"end_{number}: x\n" for number in range(200))
    target = gateway(tmp_path, {"config/tools.yaml": text, "config/schedule.yaml": SCHEDULE})
    fail(target)
    entry = asked(target)[0]["files"]["config/tools.yaml"]
    assert "text" not in entry
    (part,) = entry["parts"]
    lines = text.split("\n")
    first = part["first_line"]
    shown = part["text"].split("\n")
    assert shown == lines[first - 1 : first - 1 + len(shown)]
    assert first == lines.index("    timeout_ms: 400") + 1 - AROUND
    assert len(shown) < LONG
    assert entry["lines"] == len(lines)
    assert entry["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_parts_that_touch_are_one() -> None:
    found = list(files._parts([10, 60, 300, 900], 920))
    assert found == [(1, 100), (260, 340), (860, 920)]


def test_a_secret_in_a_setting_is_not_shown(tmp_path: Path) -> None:
    secret = "sk-ant-" + "api03-" + "a1B2c3D4" * 6
    target = gateway(tmp_path, {"config/tools.yaml": f'{TOOLS}  key: "{secret}"\n'})
    fail(target)
    assert secret not in asked(target)[1].text


def test_what_no_change_may_touch_is_named(tmp_path: Path) -> None:
    own = '[validation]\nforbidden_paths = ["crown/**"]\n'
    target = gateway(tmp_path, {**FILES, ".selfimprove.toml": own, "selfimprove.toml": own})
    fail(target)
    named = asked(target)[0]["forbidden"]
    assert set(ALWAYS) < set(named)
    assert "SYSTEM_CONTRACT.md" in named
    assert "crown/**" in named


def test_what_was_rejected_is_told_with_reason_and_parameter(target: Target) -> None:
    fail(target)
    diff = unified("config/tools.yaml", TOOLS, TOOLS.replace("400", "900"))
    row = make_proposal(target, status=Status.REJECTED, diff=diff)
    (entry,) = asked(target)[0]["rejected"]
    assert (entry["title"], entry["reason"]) == (row.title, row.reason)
    assert entry["diff"] == row.diff_digest[:12]
    assert entry["kind"]


def test_what_outcomes_taught_is_told(target: Target) -> None:
    fail(target)
    diff = unified("config/tools.yaml", TOOLS, TOOLS.replace("400", "900"))
    row = make_proposal(target, status=Status.IMPLEMENTED, diff=diff)
    Lesson.objects.create(
        proposal=row,
        target=target,
        verdict=Lesson.Verdict.INEFFECTIVE,
        detail="failures before 4 of 9, after 5 of 9",
        at=NOW,
    )
    (entry,) = asked(target)[0]["lessons"]
    assert entry["verdict"] == "INEFFECTIVE"
    assert entry["detail"] == "failures before 4 of 9, after 5 of 9"
    assert entry["title"] == row.title


@pytest.mark.parametrize("budget", [3_000, 6_000, 24_000])
def test_the_question_fits_its_budget_and_everything_is_accounted_for(
    tmp_path: Path, budget: int
) -> None:
    target = gateway(tmp_path, {"config/tools.yaml": LONG_FILE})
    for number in range(30):
        fail(
            target,
            component=f"tool_{number}",
            template=f"failure of kind {'abcdefgh'[number % 8]}",
        )
    shown, found = asked(target, budget)
    account = found.account
    assert len(found.text) <= agent(budget).room
    assert found.tokens <= budget + estimated_tokens(found.prompt.text)
    assert account.patterns == len(shown["patterns"]) == len(shown["documents"])
    assert account.patterns + account.patterns_left_out == 30
    assert shown["left_out"]["patterns"] == account.patterns_left_out
    assert account.parameters + account.parameters_left_out == 240
    assert account.files + account.files_left_out == 1
    assert account.exemplars == sum(len(one["exemplars"]) for one in shown["clusters"])
    assert account.patterns >= 1


def test_the_settings_of_what_fails_are_shown_before_all_others(tmp_path: Path) -> None:
    target = gateway(tmp_path, {"config/tools.yaml": LONG_FILE})
    fail(target, component="tool_77")
    shown, found = asked(target, 4_000)
    assert found.account.parameters_left_out > 0
    assert all("tool_77" in one["key"] for one in shown["parameters"][:2])


def test_the_declared_agent_is_the_one_that_would_be_asked(target: Target) -> None:
    fail(target)
    found = prepared(question(target))
    assert found.prompt.persona == "evaluator"
    assert found.tokens > 1_000


def test_one_cluster_of_many_patterns_does_not_crowd_out_the_others(target: Target) -> None:
    for number in range(45):
        fail(target, component=f"tool_{number}", template="the same everywhere")
    fail(target, component="alone", template="something else", sessions=["a", "b", "c"])
    shown, found = asked(target)
    assert [one["patterns"] for one in shown["clusters"]] == [45, 1]
    assert "alone" in {one["component"] for one in shown["patterns"]}
    assert found.account.patterns <= 40
