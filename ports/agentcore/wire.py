"""How is AgentCore asked by boto3, each call once and within its time?"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from ports.agentcore import Failed, State
from ports.agentcore.failures import judging
from ports.agentcore.options import AgentCore
from ports.aws import Place

DATA, CONTROL = "bedrock-agentcore", "bedrock-agentcore-control"
CONNECT_SECONDS = 5.0
OFF = "agentcore.enabled is false, so nothing is asked there"
Ask = Callable[..., dict[str, Any]]  # the name of an operation, and what it is given


class Wire:
    """Open clients for the settings in force; every failure of a call becomes Failed."""

    def __init__(self, options: AgentCore) -> None:
        self.options = options

    @contextmanager
    def asking(self, service: str, seconds: float) -> Iterator[Ask]:
        """Give a way to ask a service; connecting and each silence have a share of the time."""
        if not self.options.enabled:
            raise Failed(State.NOT_CONFIGURED, "disabled", OFF)
        place = Place(self.options.region, self.options.address)
        connecting = min(seconds / 3, CONNECT_SECONDS)
        with judging("the first call"):
            client = place.client(
                service, connect_seconds=connecting, read_seconds=seconds - connecting
            )
        with closing(client):
            yield _asking(client)


def _asking(client: Any) -> Ask:
    def ask(operation: str, **given: Any) -> dict[str, Any]:
        with judging(operation):
            answer: dict[str, Any] = getattr(client, operation)(**given)
            return answer

    return ask
