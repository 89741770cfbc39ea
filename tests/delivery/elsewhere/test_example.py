"""Does the deployer that we hand out keep its side, over real HTTP, there and back?"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer

from delivery.models import Handover, Outcome
from tests.architecture.house import ROOT
from tests.delivery.elsewhere.stand import SECRET, manifest
from tests.delivery.scene import Scene, make_scene

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROGRAM = ROOT / "examples" / "deployer" / "deployer.py"
DEPLOY = """\
import os, pathlib
with pathlib.Path(os.environ["RAN"]).open("a") as ran:
    ran.write(f"{os.environ['COMMIT']} {os.environ['TAKES_BACK']} {os.environ['STEPS']}\\n")
assert "DEPLOYER_SECRET" not in os.environ
print("bringing it to", os.environ["COMMIT"])
is_bad = pathlib.Path(os.environ["BAD"]).exists()
raise SystemExit(3 if os.environ["TAKES_BACK"] == "no" and is_bad else 0)
"""


@contextmanager
def deployer(folder: Path, act: str = "serve", runs: str = DEPLOY) -> Iterator[str]:
    """Run the example as a process of its own."""
    program = folder / "deploy.py"
    program.write_text(runs)
    environment = {
        **os.environ,
        "DEPLOYER_SECRET": SECRET,
        "DEPLOYER_COMMAND": json.dumps([sys.executable, str(program)]),
        "DEPLOYER_SPOOL": str(folder / "spool"),
        "DEPLOYER_PORT": "0",
        "RAN": str(folder / "ran.txt"),
        "BAD": str(folder / "bad"),
    }
    command = [sys.executable, str(PROGRAM), act]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield running.stdout.readline().split()[-1] if act != "work" else ""
            if act == "work":
                running.wait(60)
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGKILL)


def begun(folder: Path, address: str, server: LiveServer, settings: LazySettings) -> Scene:
    ours = settings.SELFIMPROVE
    there = ours.delivery.model_copy(update={"callback_url": server.url})
    settings.SELFIMPROVE = ours.model_copy(update={"delivery": there})
    scene = make_scene(folder, manifest=manifest(address))
    scene.target.deploy_path = ""
    scene.target.save()
    return scene


def wait_for_end(count: int) -> None:
    """Wait until so many deployments were reported as ended."""
    deadline = time.monotonic() + 60
    while Handover.objects.exclude(ended_at=None).count() < count:
        assert time.monotonic() < deadline, "it never reported its end"
        time.sleep(0.05)


def ran(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "ran.txt").read_text().splitlines()]


def test_it_deploys_what_was_merged(
    tmp_path: Path, live_server: LiveServer, settings: LazySettings
) -> None:
    with deployer(tmp_path) as address:
        scene = begun(tmp_path, address, live_server, settings)
        delivery = scene.begin()
        scene.drive(delivery)
        wait_for_end(1)
        scene.clock.forward(seconds=20)
        scene.drive(delivery)
    assert delivery.stage == "watch", delivery.detail
    assert ran(tmp_path) == [[delivery.merge_commit, "no", "reload"]]
    assert f"bringing it to {delivery.merge_commit}" in delivery.runs.get(stage="deploy").output


def test_what_fails_there_is_taken_back_there(
    tmp_path: Path, live_server: LiveServer, settings: LazySettings
) -> None:
    (tmp_path / "bad").touch()
    with deployer(tmp_path) as address:
        scene = begun(tmp_path, address, live_server, settings)
        delivery = scene.begin()
        for count in (1, 2):
            scene.drive(delivery)
            wait_for_end(count)
            scene.clock.forward(seconds=20)
        scene.drive(delivery)
    assert delivery.outcome == Outcome.REVERTED
    assert "the command ended with 3" in delivery.runs.get(stage="deploy").output
    assert [words[:2] for words in ran(tmp_path)] == [
        [delivery.merge_commit, "no"],
        [delivery.revert_commit, "yes"],
    ]


def test_an_order_outlives_the_deployer_and_cron_carries_it_out_once(
    tmp_path: Path, live_server: LiveServer, settings: LazySettings
) -> None:
    with deployer(tmp_path, "receive") as address:
        scene = begun(tmp_path, address, live_server, settings)
        delivery = scene.begin()
        scene.drive(delivery)
    assert not (tmp_path / "ran.txt").exists()
    for _ in range(2):
        with deployer(tmp_path, "work"):
            pass
    wait_for_end(1)
    scene.clock.forward(seconds=20)
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert len(ran(tmp_path)) == 1
