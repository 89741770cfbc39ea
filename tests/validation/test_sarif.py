"""Can other programs show what the gates said, each finding at its line?"""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from targets.repository import Repository
from tests.validation.changing import A_TEST, TESTED, changed, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {".selfimprove.toml": TESTED, "test_it.py": A_TEST, "app/a b.py": b"X = 1\n"}
    return make_repository(tmp_path, files)


def told(repository: Repository, *options: str) -> tuple[object, dict[str, Any]]:
    out = io.StringIO()
    code: object = 0
    try:
        call_command(
            "validate", "--repo", str(repository.git_dir), "--sarif", *options, stdout=out
        )
    except SystemExit as ended:
        code = ended.code
    log = json.loads(out.getvalue())
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    return code, log["runs"][0]


def test_a_refusal_is_an_error_at_its_line(repository: Repository) -> None:
    changed(repository, {"app/a b.py": "X = 1\nY = eval('1')\n"})
    code, run = told(repository, "--base", "main", "--branch", "work")
    assert code == 1
    (found,) = [one for one in run["results"] if one["ruleId"] == "safety"]
    assert found["level"] == "error"
    assert "builtins.eval" in found["message"]["text"]
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "app/a%20b.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 2},
    }


def test_every_result_has_a_rule_that_says_what_was_asked(repository: Repository) -> None:
    changed(repository, {"docker-compose.yml": "a: 1\n", "new.py": "import socket\n"})
    _, run = told(repository, "--base", "main", "--branch", "work")
    rules = {
        rule["id"]: rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]
    }
    assert {one["ruleId"] for one in run["results"]} == {
        "authorised",
        "forbidden-paths",
        "safety",
    }
    assert {one["ruleId"] for one in run["results"]} <= rules.keys()
    assert {one["level"] for one in run["results"]} == {"error", "warning"}
    assert rules["forbidden-paths"].endswith("?")


def test_a_gate_without_an_answer_is_a_notification_and_no_result(tmp_path: Path) -> None:
    without_tests = make_repository(tmp_path, {"app.py": b"X = 1\n"})
    changed(without_tests, {"app.py": "X = 2\n"})
    code, run = told(without_tests, "--base", "main", "--branch", "work")
    assert (code, run["results"]) == (3, [])
    told_of = run["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["associatedRule"]["id"]) for one in told_of] == [
        ("note", "entry-points"),
        ("warning", "tests"),
        ("note", "witness"),
    ]
    assert "names no tests" in told_of[1]["message"]["text"]


def test_what_was_never_judged_is_told_too(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "bad.diff").write_text("no diff\n")
    code, run = told(repository, "--base", "main", "--diff", str(tmp_path / "bad.diff"))
    assert code == 1
    assert run["results"] == []
    ended = run["invocations"][0]
    assert ended["executionSuccessful"] is False
    (why,) = ended["toolExecutionNotifications"]
    assert (why["level"], run["properties"]) == ("error", {"outcome": "REFUSED"})
    assert "does not apply" in why["message"]["text"]


def test_what_passes_has_no_result(repository: Repository) -> None:
    changed(repository, {"app/a b.py": "X = 2\n"})
    code, run = told(repository, "--base", "main", "--branch", "work")
    assert (code, run["results"]) == (0, [])
    (ended,) = run["invocations"]
    assert ended["executionSuccessful"] is True
    assert {one["level"] for one in ended["toolExecutionNotifications"]} == {"note"}
