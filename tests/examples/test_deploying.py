"""Does a deployment reach the running gateway, and is a bad one refused?"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.seed import plant
from tests.examples import stage

TOOLS = "config/tools.yaml"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Stage]:
    found = stage.start(tmp_path_factory.mktemp("deploying"))
    yield found
    found.end()


def test_the_gateway_is_healthy(running: stage.Stage) -> None:
    assert running.get("/healthz")["ok"] is True


def test_new_settings_are_in_force_after_a_reload(running: stage.Stage) -> None:
    running.change("config/agents.yaml", "Breaks a request down", "Splits a request up")
    run = running.reload()
    assert (run.returncode, run.stdout) == (0, "reload: settings are in force\n")
    assert running.get("/agents")["planner"]["role"].startswith("Splits a request up")


def test_settings_out_of_bounds_are_refused_and_the_old_ones_stay(running: stage.Stage) -> None:
    running.change(TOOLS, "timeout_ms: 400", "timeout_ms: 4")
    run = running.reload()
    running.change(TOOLS, "timeout_ms: 4\n", "timeout_ms: 400\n")
    assert run.returncode == 1
    assert "web_search.timeout_ms is 4" in run.stderr
    assert running.get("/healthz")["ok"] is True


def test_new_code_restarts_the_gateway(running: stage.Stage) -> None:
    running.change("gateway/__init__.py", "A small gateway", "A little gateway")
    age = running.get("/healthz")["settings_age_seconds"]
    run = running.reload()
    assert (run.returncode, run.stdout) == (0, "reload: restarted with the new code\n")
    assert running.get("/healthz")["settings_age_seconds"] < age + 1


def test_a_runtime_file_that_a_deployment_swept_away_comes_back(running: stage.Stage) -> None:
    (running.checkout / "var" / "gateway.json").unlink()
    assert running.reload().returncode == 0


def test_a_gateway_that_dies_is_started_again(running: stage.Stage) -> None:
    first = running.get("/healthz")["pid"]
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 8
    pid = first
    while pid == first and time.monotonic() < end:
        time.sleep(0.1)
        try:
            pid = running.get("/healthz")["pid"]
        except OSError:
            continue
    assert pid != first


def test_a_taken_port_is_told_and_ends_the_start(running: stage.Stage, tmp_path: Path) -> None:
    plant(tmp_path / "origin.git", tmp_path / "deployed")
    process = stage.run_gateway(tmp_path, running.port)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot start" in output


def test_without_a_gateway_the_deploy_step_says_so_and_fails(tmp_path: Path) -> None:
    plant(tmp_path / "origin.git", tmp_path / "deployed")
    run = stage.reload(tmp_path / "deployed")
    assert run.returncode == 1
    assert "the gateway does not run" in run.stderr


def test_the_gateway_does_not_outlive_the_one_who_started_it(tmp_path: Path) -> None:
    orphan = stage.start(tmp_path)
    orphan.process.kill()
    orphan.process.communicate()
    end = time.monotonic() + 6
    while (tmp_path / "deployed" / "var" / "gateway.json").exists() and time.monotonic() < end:
        time.sleep(0.05)
    with pytest.raises(OSError, match="refused"):
        orphan.get("/healthz")
