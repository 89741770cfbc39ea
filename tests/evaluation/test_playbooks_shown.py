"""Do page and command say what each playbook does, which would answer, and what came of it?"""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from evaluation.models import Lesson
from evaluation.rules import playbooks
from tests.architecture.house import ROOT
from tests.evaluation.evidence_for_tests import gateway
from tests.factories import NOW, make_proposal, make_user, tools_diff

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("playbooks", *words, stdout=out)
    return out.getvalue()


def page(client: Client, **asked: str) -> str:
    client.force_login(make_user("viewer"))
    response = client.get(reverse("evaluation:playbooks"), asked)
    assert response.status_code == 200
    return response.content.decode()


def used(folder: Path) -> None:
    """Make a proposal of one playbook whose delivery taught something."""
    target = gateway(folder)
    diff = tools_diff(900).replace("retries: 0", "retries: 0\n     backoff_ms: 0")
    proposal = make_proposal(
        target,
        front="playbook: tool-timeout\n",
        diff=diff.replace("-1,4 +1,4", "-1,5 +1,5"),
    )
    Lesson.objects.create(
        proposal=proposal, target=target, playbook="tool-timeout", verdict="EFFECTIVE", at=NOW
    )


def test_the_command_shows_every_playbook_and_what_it_changes() -> None:
    text = said()
    for playbook in playbooks.load():
        assert playbook.name in text
        assert all(remedy.key in text for remedy in playbook.change)
        assert all(f"fixer {mend.fixer}" in text for mend in playbook.mend)


def test_the_command_says_which_would_be_asked_and_in_which_order() -> None:
    rows = json.loads(said("--error-code", "anthropic.RateLimitError", "--json"))
    assert [row["name"] for row in rows] == ["retries-without-a-pause", "rate-limited"]
    rows = json.loads(said("--message", "deadlock detected", "--type", "task_failure", "--json"))
    assert [row["name"] for row in rows] == ["write-conflict"]


def test_one_playbook_is_shown_whole() -> None:
    text = said("context-exceeded")
    assert "agents.{agent}.max_context_tokens by stay_below_limit" in text
    assert "that a message states the limit" in text
    assert "config/limits.y*ml: 1000 to 1000000" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing"], "there is no playbook nothing; there are: breaker-opens-early, "),
        (["--error-code", "AccessDenied"], "no playbook explains this failure"),
        (["tool-timeout", "--message", "x"], "not both"),
    ],
)
def test_what_cannot_be_answered_is_said(words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        said(*words)


def test_a_mend_is_shown_with_its_fixer_its_rules_and_what_must_be_said(client: Client) -> None:
    text = said("yaml-loader")
    assert "mends: fixer ast-grep (ast-grep:yaml-safe-load): Rewrite each call" in text
    assert "named by the innermost frame that is no library's or a path in the message" in text
    assert "needs that a message says argument: 'loader' or yaml.load() without loader" in text
    (row,) = json.loads(said("yaml-loader", "--json"))
    assert (row["changes"], row["mends"][0]["fixer"]) == ([], "ast-grep")
    shown = page(client, message="load() missing 1 required argument")
    assert 'id="yaml-loader"' in shown
    assert "ast-grep:yaml-safe-load" in shown
    assert "a message says “argument: &#x27;loader&#x27;” or “" in shown
    assert "tests are never edited" in shown


def test_a_wrong_file_is_named_by_both(client: Client, tmp_path: Path, settings: Settings) -> None:
    settings.CONFIG_DIR = tmp_path
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "mine.toml").write_text('name = "Mine"', encoding="utf-8")
    (tmp_path / "parameters.toml").write_text("", encoding="utf-8")
    with pytest.raises(CommandError, match=r"mine\.toml: order: Field required"):
        said()
    assert "mine.toml: order: Field required" in page(client)


def test_use_and_lessons_are_counted(client: Client, tmp_path: Path) -> None:
    used(tmp_path)
    (row,) = json.loads(said("tool-timeout", "--json"))
    assert (row["proposals"], row["waiting"]) == (1, 1)
    assert row["outcomes"] == [["Effective", 1, "good"]]
    assert "1 proposals (1 effective)" in said("tool-timeout")
    text = page(client)
    assert "Effective" in text
    assert "1 open" in text
    assert text.count("never used") == len(playbooks.load()) - 1


def test_the_page_tells_which_would_answer(client: Client) -> None:
    text = page(client, error_code="503", type="tool_call")
    assert text.index('id="retries-without-a-pause"') < text.index('id="upstream-errors"')
    assert 'id="tool-timeout"' not in text
    assert "2 of " in text
    assert "No playbook explains this failure" in page(client, error_code="<script>")


def test_an_unknown_type_is_taken_for_a_call(client: Client) -> None:
    assert 'id="tool-timeout"' in page(client, message="Request timed out", type="x' OR 1=1")


def test_the_page_needs_the_permission(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody", password="long enough 1"))
    assert client.get(reverse("evaluation:playbooks")).status_code == 403


def test_without_a_database_use_is_unknown_and_not_never(tmp_path: Path) -> None:
    ran: Any = subprocess.run(
        [sys.executable, "manage.py", "playbooks", "tool-timeout", "--json"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)[0]["proposals"] is None
