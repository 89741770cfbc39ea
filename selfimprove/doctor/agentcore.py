"""What of AWS AgentCore can be used now, and what is used instead?"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache

from ports.agentcore import Failed, Seen, Service, State
from ports.agentcore.chosen import options
from ports.agentcore.directory import LISTINGS, Lists
from ports.sandbox.away.agentcore import AWAY
from selfimprove.doctor.findings import GOOD, KEPT_SECONDS, WARN, Finding
from telemetry.sanitizer import sanitize

COMMAND = "manage.py agentcore-status"
TONES = {
    State.OK: "good",
    State.NOT_CONFIGURED: "quiet",
    State.DENIED: "bad",
    State.UNREACHABLE: "bad",
    State.ERROR: "bad",
}


@dataclass(frozen=True)
class Row:
    """Say of one service how its call ended, and what does its work now."""

    service: Service
    state: State
    call: str
    asked: bool  # whether the call was sent
    id: str
    status: str
    words: str
    used: str
    seconds: float

    @property
    def tone(self) -> str:
        """Say how good the news is."""
        return TONES[self.state]

    def plain(self) -> dict[str, Any]:
        """Return it for a program."""
        return {**asdict(self), "service": str(self.service), "state": str(self.state)}


def gather() -> list[Row]:
    """Ask for the list of each service, all at once; nothing is changed."""
    with Lists(options()) as lists, ThreadPoolExecutor(len(Service)) as askers:
        return list(askers.map(partial(_row, lists), Service))


def lately() -> list[Row]:
    """Return what was answered within the last minute."""
    found: list[Row] | None = cache.get_or_set("agentcore", gather, KEPT_SECONDS)
    return gather() if found is None else found


def holds(found: list[Row]) -> bool:
    """Tell whether nothing that is configured fails."""
    return all(row.state in (State.OK, State.NOT_CONFIGURED) for row in found)


def is_on() -> bool:
    """Tell whether anything is asked at all."""
    return options().enabled


def findings() -> list[Finding]:
    """Tell a doctor of what is in use, and only of that."""
    if not is_on():
        return []
    wanted = {
        Service.MEMORY: bool(options().memory_id),
        Service.CODE_INTERPRETER: _is_sent(),
        Service.EVALUATIONS: bool(options().evaluator_id),
    }
    return [_finding(row) for row in gather() if wanted.get(row.service)]


def _finding(row: Row) -> Finding:
    name = f"AgentCore, {row.service}"
    if row.state == State.OK:
        return Finding(name, GOOD, row.words)
    return Finding(name, WARN, f"{row.words}. Used instead: {row.used}", f"See {COMMAND}.")


def _row(lists: Lists, service: Service) -> Row:
    began = time.monotonic()
    try:
        seen, reason = lists.look(service), None
    except Failed as failed:
        seen, reason = Seen(), failed
    return Row(
        service=service,
        state=reason.state if reason else State.OK,
        call=LISTINGS[service].call,
        asked=not reason or reason.state != State.NOT_CONFIGURED,
        id=seen.id,
        status=seen.status,
        words=sanitize(str(reason) if reason else _words(seen))[0],
        used=_used(service, works=reason is None),
        seconds=round(time.monotonic() - began, 3),
    )


def _words(seen: Seen) -> str:
    if not seen.id:
        return "It answers, and there is none"
    more = f", and {seen.others} more" if seen.others else ""
    return f"{seen.id} is {seen.status}{more}"


def _used(service: Service, *, works: bool) -> str:
    """Say what does a service's work; where it works, that need not be the service."""
    if service == Service.MEMORY:
        store = "the local store of lessons"
        return f"AgentCore's memory, beside {store}" if works else store
    if service == Service.CODE_INTERPRETER:
        return _interpreted(works=works)
    if service == Service.EVALUATIONS:
        review = "the local review"
        return f"a second opinion on reviews, beside {review}" if works else f"{review} alone"
    return {
        Service.POLICY: "local Cedar policies",
        Service.GATEWAY: "our own tools over MCP",
    }[service]


def _interpreted(*, works: bool) -> str:
    if not _is_sent():
        return f'the local sandbox (benchmarks.sandbox is not "{AWAY}")'
    if not works:
        return "the local sandbox"
    return "AgentCore for benchmarks that can be sent there, the local sandbox for all else"


def _is_sent() -> bool:
    return bool(settings.SELFIMPROVE.benchmarks.sandbox == AWAY)
