"""Does the example's replay hook tell a setting that cures a failure from one that does not?"""

import json
from pathlib import Path

import pytest

from examples.seed import plant
from tests.examples import stage

WENT_WELL, FAILED_AGAIN, CANNOT_REPLAY = 0, 3, 77
TOOLS, SCHEDULE = "config/tools.yaml", "config/schedule.yaml"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    plant(tmp_path / "origin.git", tmp_path / "deployed")
    return tmp_path / "deployed"


def replayed(checkout: Path, component: str, **event: str) -> int:
    """Replay a case with this one event; return the exit code."""
    case = checkout.parent / "case.json"
    case.write_text(json.dumps({"component": component, "events": [event] if event else []}))
    return stage.run(["python3", "ops/replay.py", str(case)], checkout).returncode


def edited(checkout: Path, file: str, old: str, new: str) -> None:
    text = (checkout / file).read_text(encoding="utf-8")
    assert old in text
    (checkout / file).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("limit", "code"), [(400, FAILED_AGAIN), (450, FAILED_AGAIN), (800, WENT_WELL)]
)
def test_a_search_goes_well_once_it_may_take_as_long_as_it_does(
    checkout: Path, limit: int, code: int
) -> None:
    edited(checkout, TOOLS, "timeout_ms: 400", f"timeout_ms: {limit}")
    found = replayed(checkout, "web_search", agent="researcher", error_code="timeout")
    assert found == code


@pytest.mark.parametrize(("retries", "code"), [(0, FAILED_AGAIN), (1, WENT_WELL)])
def test_a_digest_goes_well_once_it_is_tried_again(
    checkout: Path, retries: int, code: int
) -> None:
    edited(checkout, SCHEDULE, "retries: 0", f"retries: {retries}")
    assert replayed(checkout, "nightly_digest", error_category="connection") == code


@pytest.mark.parametrize(
    ("component", "event"),
    [
        ("mailer", {"agent": "courier", "error_code": "rate_limited"}),
        ("nobody", {"error_code": "timeout"}),
        ("web_search", {}),
    ],
)
def test_what_it_cannot_replay_it_says_so(
    checkout: Path, component: str, event: dict[str, str]
) -> None:
    assert replayed(checkout, component, **event) == CANNOT_REPLAY


def test_an_agent_that_may_no_longer_call_is_a_failure(checkout: Path) -> None:
    edited(checkout, TOOLS, "timeout_ms: 400", "timeout_ms: 800")
    assert replayed(checkout, "web_search", agent="biller", error_code="timeout") == FAILED_AGAIN


def test_settings_that_cannot_be_read_are_no_answer(checkout: Path) -> None:
    edited(checkout, TOOLS, "timeout_ms: 400", "timeout_ms: soon")
    found = replayed(checkout, "web_search", agent="researcher", error_code="timeout")
    assert found not in (WENT_WELL, FAILED_AGAIN, CANNOT_REPLAY)


@pytest.mark.parametrize(("value", "code"), [("900", 0), ("soon", 1)])
def test_the_deploy_step_in_dry_form_reads_the_settings_and_no_more(
    checkout: Path, value: str, code: int
) -> None:
    edited(checkout, TOOLS, "timeout_ms: 400", f"timeout_ms: {value}")
    done = stage.run(["python3", "ops/reload.py", "--dry-run"], checkout)
    assert done.returncode == code
    assert ("5 tools and 3 tasks" in done.stdout) is (code == 0)
    assert ("timeout_ms is 'soon'" in done.stderr) is (code == 1)
    assert not (checkout / "var").exists()
