"""Does the command show the declared agents, and fail with the mistakes?"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from personas.agents import load


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("agents", *arguments, stdout=out)
    return out.getvalue()


def test_it_lists_each_agent_and_who_answers_now() -> None:
    lines = output().splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("EvalAgent")
    assert "claude-sonnet-5-5" in lines[0]
    assert "no extensions" in lines[0]
    assert lines[-1] == "The rule engine answers. No language model is called."


def test_scripts_read_json() -> None:
    found = json.loads(output("--json"))
    assert found["ready"] is False
    assert [agent["name"] for agent in found["agents"]][:2] == ["EvalAgent", "PlannerAgent"]
    assert found["agents"][0]["prompt_version"] == load()["EvalAgent"].prompt.version
    assert "prompt" not in found["agents"][0]


def test_a_broken_file_fails_with_its_mistakes(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "agents.yaml").write_text("agents: {}\n", encoding="utf-8")
    settings.CONFIG_DIR = tmp_path
    with pytest.raises(CommandError, match="not declared: EvalAgent"):
        call_command("agents")
