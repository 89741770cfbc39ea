"""What does each service of AgentCore say that there is of it?"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from ports.agentcore import Failed, Seen, Service, State
from ports.agentcore.failures import broken, judging, plain
from ports.agentcore.options import AgentCore
from ports.agentcore.wire import CONTROL, Ask, Wire

PAGE = 100
MOST_PAGES = 10
READY = {"ACTIVE", "READY"}


@dataclass(frozen=True)
class Listing:
    """Say which call lists a service, where in the answer, and which setting names ours."""

    call: str
    members: str
    name: str
    setting: str = ""  # none: nothing of it is ours to name


LISTINGS = {
    Service.MEMORY: Listing("list_memories", "memories", "id", "memory_id"),
    Service.CODE_INTERPRETER: Listing(
        *("list_code_interpreters", "codeInterpreterSummaries", "codeInterpreterId"),
        "code_interpreter_id",
    ),
    Service.POLICY: Listing("list_policy_engines", "policyEngines", "policyEngineId"),
    Service.EVALUATIONS: Listing("list_evaluators", "evaluators", "evaluatorId", "evaluator_id"),
    Service.GATEWAY: Listing("list_gateways", "items", "gatewayId"),
}


class Lists:
    """Ask the control plane; one client serves all lists, from several threads as well."""

    def __init__(self, options: AgentCore) -> None:
        self._options = options
        self._stack = ExitStack()
        self._ask: Ask | None = None
        self._reason = Failed(State.NOT_CONFIGURED, "not_opened", "nobody was asked")

    def __enter__(self) -> "Lists":
        """Open the client, which takes longer than asking; why that fails, `look` tells."""
        try:
            wire = Wire(self._options)
            self._ask = self._stack.enter_context(
                wire.asking(CONTROL, self._options.status_seconds)
            )
        except Failed as reason:
            self._reason = reason
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client."""
        self._stack.close()

    def look(self, service: Service) -> Seen:
        """Find what the settings name; raise Failed where it is not there, or not ready."""
        if self._ask is None:
            raise self._reason
        listing = LISTINGS[service]
        wanted = str(getattr(self._options, listing.setting)) if listing.setting else ""
        if listing.setting and not wanted:
            words = f"agentcore.{listing.setting} names none"
            raise Failed(State.NOT_CONFIGURED, "no_id", words)
        with judging(listing.call):
            seen = _found(self._ask, listing, wanted.rpartition("/")[2])
        if seen.id and seen.status not in READY:
            raise broken("not_ready", f"{seen.id} is {seen.status or 'of no known status'}")
        return seen


def _found(ask: Ask, listing: Listing, wanted: str) -> Seen:
    """Read the list as far as what is wanted; the first of all where nothing is."""
    given: dict[str, Any] = {"maxResults": PAGE}
    if listing.setting == "code_interpreter_id":
        given["type"] = "SYSTEM" if wanted.startswith("aws.") else "CUSTOM"
    passed = 0
    for _ in range(MOST_PAGES):
        answer = ask(listing.call, **given)
        members = answer[listing.members]
        for one in members:
            if wanted in ("", one.get(listing.name)):
                return _seen(one, listing, passed + len(members) - 1)
        passed += len(members)
        if not answer.get("nextToken"):
            break
        given["nextToken"] = answer["nextToken"]
    if wanted:
        raise broken("not_there", f"{listing.call} knows no {wanted} among {passed}")
    return Seen()


def _seen(one: Mapping[str, Any], listing: Listing, others: int) -> Seen:
    return Seen(plain(one.get(listing.name)), plain(one.get("status")), others)
