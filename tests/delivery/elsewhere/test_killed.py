"""A worker killed at any point of a deployment elsewhere starts no second one."""

import signal
from pathlib import Path

import pytest

from delivery.elsewhere.records import Handed
from delivery.models import Outcome
from tests.delivery.elsewhere.stand import away
from tests.delivery.test_killed_in_each_stage import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
POINTS = [("opened", "return"), ("ask", "call"), ("ask", "return"), ("finish", "call")]
ENDED = [("log_of", "call"), ("finish", "call"), ("_passed", "return")]


def test_killed_at_every_act_it_is_deployed_once_and_taken_back_once(tmp_path: Path) -> None:
    with away(tmp_path, seconds=3600) as there:
        scene, delivery = there.scene, there.delivery
        for point in POINTS:
            assert work(scene, delivery, "deploy", *point) == -signal.SIGKILL, point
        assert work(scene, delivery) == 0
        assert there.report("failed", reason="it does not start")[0] == 202
        assert work(scene, delivery, "deploy", "finish", "call") == -signal.SIGKILL
        for point in POINTS:
            assert work(scene, delivery, "redeploy", *point) == -signal.SIGKILL, point
        assert work(scene, delivery) == 0
        assert delivery.stage == "redeploy"
        assert there.report("succeeded")[0] == 202
        for point in ENDED:
            work(scene, delivery, "redeploy", *point)
        work(scene, delivery)
        assert delivery.outcome == Outcome.REVERTED
        assert [order["takes_back"] for order in there.stand.orders][:2] == [False, True]
        assert len(set(there.stand.messages)) == len(there.stand.orders)
        assert there.stand.unsigned == 0
        forward = delivery.handovers.filter(plan="FORWARD")
        assert [handed.state for handed in forward] == [Handed.FAILED]
