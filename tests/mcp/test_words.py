"""Are the words that the tools offer those of the lifecycle?"""

from typing import get_args

from proposals.models import Category, Status
from selfimprove.mcp import server


def test_every_state_and_every_reason_can_be_named() -> None:
    assert set(get_args(server.State)) == {"", *Status.values}
    assert set(get_args(server.Why)) == set(Category.values)
