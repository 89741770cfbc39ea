"""Can the policies be listed and tried from a terminal and by a program?"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from targets.models import Target
from tests.factories import make_proposal, make_target
from tests.proposals.authorising.test_page import NO_PARAMETERS
from validation.authorising.sources import digest

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Return exit code and output of the command."""
    try:
        call_command("policies", *words)
    except SystemExit as end:
        return int(str(end.code)), capsys.readouterr().out
    return 0, capsys.readouterr().out


def wrote(tmp_path: Path, text: str) -> str:
    path = tmp_path / "tried.cedar"
    path.write_text(text)
    return str(path)


def test_it_lists_what_decides(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(capsys)
    assert code == 0
    assert "size_and_rate" in out
    assert "(config/policies/judge.cedar:1)" in out
    assert out.endswith(f"set {digest()}\n")


def test_a_program_gets_it_as_json(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Any] = json.loads(told(capsys, "--json")[1])
    assert found["digest"] == digest()
    assert [one["effect"] for one in found["policies"]].count("forbid") == 5
    assert found["flaws"] == []


def test_a_try_says_who_would_deny(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposal = make_proposal(target)
    file = wrote(tmp_path, NO_PARAMETERS)
    code, out = told(capsys, "--try", file, "--proposal", str(proposal.pk))
    assert code == 1
    assert out == f"{proposal.pk} would be denied\n    merge: denied by no_settings\n"
    code, out = told(capsys, "--try", file, "--last", "1", "--json")
    [answer] = json.loads(out)["proposals"]
    assert (code, answer["passes"], answer["would_pass"]) == (1, True, False)
    assert [one["policies"] for one in answer["decisions"]][-1] == ["no_settings"]


def test_what_passes_ends_well(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposal = make_proposal(target)
    file = wrote(tmp_path, NO_PARAMETERS.replace("parameters", "code"))
    assert told(capsys, "--try", file) == (0, f"{proposal.pk} would pass\n")


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("forbid (principal, action)", (), "what you tried:1"),
        (NO_PARAMETERS, ("--proposal", "7"), "There is no proposal 7."),
        (NO_PARAMETERS, ("--last", "0"), "--last takes 1 to 50"),
    ],
)
def test_bad_input_is_told_and_ends_as_unusable(
    target: Target, tmp_path: Path, text: str, words: tuple[str, ...], wanted: str
) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("policies", "--try", wrote(tmp_path, text), *words)
    assert wanted in str(caught.value)
    assert caught.value.returncode == 2


def test_a_file_that_is_not_there_is_named(target: Target) -> None:
    with pytest.raises(CommandError, match="nowhere: No such file"):
        call_command("policies", "--try", "nowhere")
    with pytest.raises(CommandError, match="goes with --try"):
        call_command("policies", "--proposal", "7")


def test_flaws_are_json_where_json_is_asked_for(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = told(capsys, "--try", wrote(tmp_path, "x"), "--json")
    assert code == 2
    assert json.loads(out)["flaws"][0].startswith("what you tried:1")
