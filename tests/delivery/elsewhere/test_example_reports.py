"""Is what the handed-out deployer has to say taken whole, though nobody could take it at first?"""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ports.deployer import asked
from tests.delivery.elsewhere.stand import Stand, sign, standing
from tests.delivery.elsewhere.test_example import deployer

pytestmark = pytest.mark.slow
TALKS = 'for number in range(1100):\n    print("line", number)\n'
DEPLOYMENT = "6f0d4c1e-8f0b-4d52-9a39-0d4f4c1c9f10"


def told(folder: Path, stand: Stand, runs: str = TALKS) -> list[dict[str, Any]]:
    """Have an order carried out, and return what was said of it, message by message."""
    order = {
        "deployment": DEPLOYMENT,
        "order": 1,
        "commit": "8d3f",
        "before": "41aa",
        "target": "gateway",
        "branch": "main",
        "takes_back": False,
        "steps": ["reload"],
        "callback": stand.address,
    }
    body = json.dumps({"type": "deployment.requested", "data": order}).encode()
    with deployer(folder, "receive", runs) as address:
        moment = int(time.time())
        headers = {
            "webhook-id": DEPLOYMENT,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(DEPLOYMENT, moment, body),
        }
        answer = asked.ask(asked.Request("POST", address, headers, body))
        assert answer.status == 202
    with deployer(folder, "work", runs):
        pass
    assert stand.unsigned == 0
    return [json.loads(message)["data"] for _, message in stand.messages]


def test_what_nobody_takes_is_kept_and_sent_again_in_its_order(tmp_path: Path) -> None:
    with standing() as stand:
        stand.statuses = [503, 429, 202]
        said = told(tmp_path, stand)
    assert [one["sequence"] for one in said] == [1, 1, 1, 2, 3]
    assert len({uid for uid, _ in stand.messages}) == 3  # what came twice is known as the same
    lines = [line for one in said[2:] for line in one["lines"]]
    assert lines == [f"line {number}" for number in range(1100)]
    assert json.loads(stand.messages[-1][1])["type"] == "deployment.succeeded"


def test_what_is_turned_away_is_not_sent_again_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    with standing() as stand:
        stand.statuses = [409, 202]
        said = told(tmp_path, stand)
    assert [one["sequence"] for one in said] == [1, 2, 3]


def test_an_end_is_said_until_somebody_is_there(tmp_path: Path) -> None:
    with standing() as stand:
        stand.statuses = [503, 503, 200]
        said = told(tmp_path, stand, "raise SystemExit(3)")
    assert [one["sequence"] for one in said] == [1, 1, 1]
    assert said[-1]["reason"] == "the command ended with 3"
