"""Is a deployment one only when the system works after it, and is it seen while it runs?"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from delivery.models import Outcome, Result, StageRun
from delivery.stages.live import heard
from ports.deployer.processes import run
from tests.delivery.scene import MANIFEST, Scene, make_scene

pytestmark = pytest.mark.django_db
READ = "import pathlib, time\ntext = pathlib.Path('config/tools.yaml').read_text()\n"
RUN = "if __name__ == '__main__' and '1200' in text:\n"  # the gates import it as well
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


@contextmanager
def healthy(*statuses: int) -> Iterator[tuple[str, list[str]]]:
    """Serve a health address that answers with these, the last one for ever."""
    left, asked = list(statuses), []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/healthz", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def deployed(folder: Path, health: str) -> tuple[Scene, StageRun]:
    scene = make_scene(folder, manifest=f"{MANIFEST}\n[health]\n{health}\n")
    delivery = scene.drive_until(scene.begin(), "deploy")
    scene.drive(delivery)
    return scene, delivery.runs.get(stage="deploy")


def test_it_is_asked_until_it_is_well(tmp_path: Path) -> None:
    with healthy(503, 503, 200) as (address, asked):
        _, ran = deployed(tmp_path, f'url = "{address}"')
    assert ran.result == Result.PASSED
    assert asked == ["/healthz"] * 3
    assert "$ health: passed" in ran.output
    assert "asked 3 times" in ran.output


@pytest.mark.parametrize("status", [500, 301, 204])
def test_one_that_does_not_get_well_in_time_is_taken_back(tmp_path: Path, status: int) -> None:
    with healthy(status) as (address, asked):
        scene, ran = deployed(tmp_path, f'url = "{address}"\nwithin_seconds = 1')
    assert ran.result == Result.FAILED
    assert ran.message == "The deployment failed at: health."
    assert f"{status}, wanted 200" in ran.output
    assert set(asked) == {"/healthz"}
    assert scene.timeout_on_main() == "400"
    assert scene.reloads() == ["1200"] + ["400"] * (len(scene.reloads()) - 1)


def test_the_command_is_the_last_word(tmp_path: Path) -> None:
    failing = 'command = ["python3", "-c", "print(open(\'ops/reload.py\').name); exit(4)"]'
    with healthy(200) as (address, _):
        _, ran = deployed(tmp_path, f'url = "{address}"\n{failing}')
    assert ran.message == "The deployment failed at: verification."
    assert "ops/reload.py" in ran.output


def test_a_command_alone_that_agrees_is_enough(tmp_path: Path) -> None:
    scene, ran = deployed(tmp_path, 'command = ["true"]')
    assert ran.result == Result.PASSED
    assert "$ verification: passed" in ran.output
    assert scene.reloads() == ["1200"]


def test_nobody_is_asked_when_a_step_failed(tmp_path: Path) -> None:
    with healthy(200) as (address, asked):
        scene = make_scene(
            tmp_path,
            manifest=f'{MANIFEST}\n[health]\nurl = "{address}"\n',
            reload=f"{READ}{RUN}    raise SystemExit(3)\n",
        )
        delivery = scene.begin()
        scene.drive(delivery)
    assert delivery.outcome == Outcome.REVERTED, delivery.detail
    assert len(asked) == 1  # after the way back only


def test_no_step_takes_longer_than_the_settings_allow(
    tmp_path: Path, settings: LazySettings
) -> None:
    ours = settings.SELFIMPROVE
    short = ours.delivery.model_copy(update={"deploy_timeout_seconds": 1})
    settings.SELFIMPROVE = ours.model_copy(update={"delivery": short})
    slow = f"{READ}{RUN}    time.sleep(60)\n"
    scene = make_scene(tmp_path, reload=slow)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.merge_commit, delivery.detail
    assert "$ reload: timed_out" in delivery.runs.get(stage="deploy").output
    assert delivery.outcome == Outcome.REVERTED


def test_what_a_command_says_is_heard_while_it_runs(tmp_path: Path) -> None:
    said: list[str] = []
    code = "import time; print('pulling', flush=True); time.sleep(1.6); print('done')"
    run("step", ("python3", "-c", code), tmp_path, 30, hear=said.append)
    assert said[0] == "pulling\n"


def test_what_is_heard_stands_on_the_running_stage_without_its_secrets(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "deploy")
    columns = {"plan": delivery.plan, "stage": "deploy", "started_at": scene.clock()}
    open_run = StageRun.objects.create(delivery=delivery, **columns)
    heard(delivery)(f"token {TOKEN} \0")
    open_run.refresh_from_db()
    assert "token" in open_run.output
    assert TOKEN not in open_run.output
    assert "\0" not in open_run.output
